#include "capture/record_parser.h"

#include <algorithm>

namespace pbfast::capture {

namespace {

constexpr uint32_t kMagicMicros = 0xa1b2c3d4, kMagicNanos = 0xa1b23c4d;
constexpr uint32_t kSectionBlock = 0x0a0d0d0a, kByteOrder = 0x1a2b3c4d, kSection = 28;
constexpr uint32_t kInterfaceBlock = 1, kObsoletePacket = 2, kSimplePacket = 3, kEnhancedPacket = 6;
constexpr uint32_t kPacketFields = 20;
constexpr uint16_t kOptionEnd = 0, kOptionResolution = 9, kOptionOffset = 14;
constexpr uint32_t kBlockHeader = 8, kBlockTrailer = 4;
// Blocks looked through for the first interface.
constexpr int kMaxPeeked = 16;

bool is_magic(uint32_t magic) { return magic == kMagicMicros || magic == kMagicNanos; }

// draft-ietf-opsawg-pcapng 4.2, if_tsresol: a power of ten, or of two with the top bit. What does
// not fit 64 bits cannot be meant.
uint64_t units_of(uint8_t resolution) {
  const uint32_t exponent = resolution & 0x7f;
  if (resolution & 0x80) return 1ull << std::min(exponent, 63u);
  uint64_t units = 1;
  for (uint32_t i = 0; i < std::min(exponent, 19u); i++) units *= 10;
  return units;
}

}  // namespace

bool RecordParser::begin(const uint8_t* data, uint64_t size, uint32_t* consumed) {
  if (size < kBlockHeader + kBlockTrailer) return false;
  const uint32_t magic = base::read_le32(data), reversed = base::read_be32(data);
  is_ng_ = magic == kSectionBlock;
  if (is_ng_) {
    *consumed = 0;
    return read_section(data);
  }
  if (size < kHeader) return false;
  if (!is_magic(magic) && !is_magic(reversed)) return false;
  swapped_ = is_magic(reversed);
  const uint32_t kind = swapped_ ? reversed : magic;
  fraction_nanos_ = kind == kMagicNanos ? 1 : 1000;
  // The upper bits tell of frame check sequences.
  link_type_ = normal_link_type(u32(data + 20) & 0x0fffffff);
  *consumed = kHeader;
  return true;
}

uint16_t RecordParser::first_link_type(const uint8_t* data, uint64_t size) const {
  if (!is_ng_) return link_type_;
  RecordParser ahead = *this;
  for (int i = 0; i < kMaxPeeked && ahead.interfaces_.empty(); i++) {
    Frame frame;
    uint32_t consumed = 0, needed = 0;
    const Result result = ahead.next_block(data, size, &frame, &consumed, &needed);
    if (result == Result::kMore || result == Result::kBad) break;
    data += consumed;
    size -= consumed;
  }
  return ahead.interfaces_.empty() ? 1 : ahead.interfaces_[0].link_type;
}

// draft-ietf-opsawg-pcapng 3.1: the length stands before and behind the body.
RecordParser::Result RecordParser::next_block(const uint8_t* data, uint64_t size, Frame* frame,
                                              uint32_t* consumed, uint32_t* needed) {
  *needed = kBlockHeader + kBlockTrailer;
  if (size < *needed) return Result::kMore;
  const uint32_t type = u32(data);
  // A new section may have the other byte order; its magic stands behind the length.
  if (type == kSectionBlock && !read_section(data)) return Result::kBad;
  const uint32_t length = u32(data + 4);
  const uint32_t least = type == kSectionBlock ? kSection : kBlockHeader + kBlockTrailer;
  if (length < least || length > kMaxRecord || length % 4 != 0) return Result::kBad;
  *needed = length;
  if (size < length) return Result::kMore;
  if (u32(data + length - kBlockTrailer) != length) return Result::kBad;
  *consumed = length;
  return read_block(type, data + kBlockHeader, length - kBlockHeader - kBlockTrailer, frame);
}

bool RecordParser::read_section(const uint8_t* data) {
  if (base::read_le32(data + 8) == kByteOrder)
    swapped_ = false;
  else if (base::read_be32(data + 8) == kByteOrder)
    swapped_ = true;
  else
    return false;
  interfaces_.clear();
  return true;
}

RecordParser::Result RecordParser::read_block(uint32_t type, const uint8_t* body, uint32_t size,
                                              Frame* frame) {
  switch (type) {
    case kInterfaceBlock:
      read_interface(body, size);
      return Result::kSkipped;
    case kEnhancedPacket:
      return size < kPacketFields ? Result::kBad : read_packet(body, size, u32(body), frame);
    case kObsoletePacket:
      return size < kPacketFields ? Result::kBad : read_packet(body, size, u16(body), frame);
    case kSimplePacket:
      return read_simple_packet(body, size, frame);
    default:
      return Result::kSkipped;
  }
}

RecordParser::Result RecordParser::read_packet(const uint8_t* body, uint32_t size,
                                               uint32_t interface, Frame* frame) {
  const uint32_t captured = u32(body + 12);
  if (interface >= interfaces_.size() || captured > size - kPacketFields) return Result::kBad;
  const Interface& from = interfaces_[interface];
  frame->data = body + kPacketFields;
  frame->captured = captured;
  frame->wire = u32(body + 16);
  frame->time = to_nanos(from, static_cast<uint64_t>(u32(body + 4)) << 32 | u32(body + 8));
  frame->link_type = from.link_type;
  frame->has_vlan = false;
  last_time_ = frame->time;
  return Result::kFrame;
}

// draft-ietf-opsawg-pcapng 4.4: no captured length and no time; the snapshot length of interface 0
// says how much there is. With neither, the block says it, padding included.
RecordParser::Result RecordParser::read_simple_packet(const uint8_t* body, uint32_t size,
                                                      Frame* frame) {
  if (size < 4 || interfaces_.empty()) return Result::kBad;
  const Interface& from = interfaces_[0];
  const uint32_t wire = u32(body);
  const uint32_t captured = from.snaplen ? std::min(wire, from.snaplen) : wire;
  frame->captured = std::min(captured, size - 4);
  frame->wire = wire;
  frame->data = body + 4;
  frame->time = last_time_;
  frame->link_type = from.link_type;
  frame->has_vlan = false;
  return Result::kFrame;
}

// A block too short to be read still takes its number, or the packets of all interfaces behind it
// would get the wrong one.
void RecordParser::read_interface(const uint8_t* body, uint32_t size) {
  if (interfaces_.size() >= kMaxInterfaces) return;
  Interface interface;
  if (size >= 8) {
    interface.link_type = normal_link_type(u16(body));
    interface.snaplen = u32(body + 4);
  }
  for (uint32_t at = 8; at + 4 <= size;) {
    const uint16_t code = u16(body + at), length = u16(body + at + 2);
    if (code == kOptionEnd || length > size - at - 4) break;
    read_option(code, body + at + 4, length, &interface);
    at += 4 + ((length + 3u) & ~3u);
  }
  if (interface.offset == 0 && base::kSecond % interface.units == 0) {
    interface.nanos_a_unit = base::kSecond / interface.units;
    interface.plain_stamps = kMaxTime / interface.nanos_a_unit + 1;
  }
  interfaces_.push_back(interface);
}

void RecordParser::read_option(uint16_t code, const uint8_t* value, uint32_t size,
                               Interface* interface) const {
  if (code == kOptionResolution && size >= 1) interface->units = units_of(value[0]);
  if (code == kOptionOffset && size == 8) {
    const uint64_t low = u32(value + (swapped_ ? 4 : 0)), high = u32(value + (swapped_ ? 0 : 4));
    interface->offset = static_cast<int64_t>(high << 32 | low);
  }
}

base::Nanos RecordParser::to_nanos(const Interface& interface, uint64_t stamp) {
  // PERF: a multiplication for what nearly all files hold, in place of two divisions.
  if (stamp < interface.plain_stamps) return stamp * interface.nanos_a_unit;
  const auto units = static_cast<__int128>(interface.units);
  const __int128 nanos = static_cast<__int128>(stamp) * base::kSecond / units +
                         static_cast<__int128>(interface.offset) * base::kSecond;
  if (nanos < 0) return 0;
  return nanos > static_cast<__int128>(kMaxTime) ? kMaxTime : static_cast<base::Nanos>(nanos);
}

}  // namespace pbfast::capture
