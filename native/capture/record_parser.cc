#include "capture/record_parser.h"

#include <algorithm>

#include "base/bytes.h"

namespace pbfast::capture {

namespace {

constexpr uint32_t kMagicMicros = 0xa1b2c3d4, kMagicNanos = 0xa1b23c4d, kMagicModified = 0xa1b2cd34;
constexpr uint32_t kPcapRecord = 16;
constexpr uint32_t kSectionBlock = 0x0a0d0d0a, kByteOrder = 0x1a2b3c4d;
constexpr uint32_t kInterfaceBlock = 1, kObsoletePacket = 2, kSimplePacket = 3, kEnhancedPacket = 6;
constexpr uint16_t kOptionEnd = 0, kOptionResolution = 9, kOptionOffset = 14;
constexpr uint32_t kBlockHeader = 8, kBlockTrailer = 4;

// LINKTYPE_RAW has other numbers in files of some systems.
uint16_t normal_link_type(uint32_t type) {
  const auto low = static_cast<uint16_t>(type);
  return low == 12 || low == 14 ? 101 : low;
}

}  // namespace

uint16_t RecordParser::u16(const uint8_t* p) const {
  return swapped_ ? base::read_be16(p) : base::read_le16(p);
}
uint32_t RecordParser::u32(const uint8_t* p) const {
  return swapped_ ? base::read_be32(p) : base::read_le32(p);
}

bool RecordParser::begin(const uint8_t* data, uint64_t size, uint32_t* consumed) {
  if (size < 12) return false;
  const uint32_t magic = base::read_le32(data), reversed = base::read_be32(data);
  if (magic == kSectionBlock) {
    is_ng_ = true;
    *consumed = 0;
    return read_section(data);
  }
  if (size < kHeader) return false;
  swapped_ = reversed == kMagicMicros || reversed == kMagicNanos || reversed == kMagicModified;
  const uint32_t kind = swapped_ ? reversed : magic;
  if (kind != kMagicMicros && kind != kMagicNanos && kind != kMagicModified) return false;
  fraction_nanos_ = kind == kMagicNanos ? 1 : 1000;
  link_type_ = normal_link_type(u32(data + 20) & 0x0fffffff);
  is_ng_ = false;
  *consumed = kHeader;
  return kind != kMagicModified;
}

RecordParser::Result RecordParser::next(const uint8_t* data, uint64_t size, Frame* frame,
                                        uint32_t* consumed, uint32_t* needed) {
  return is_ng_ ? next_block(data, size, frame, consumed, needed)
                : next_pcap(data, size, frame, consumed, needed);
}

RecordParser::Result RecordParser::next_pcap(const uint8_t* data, uint64_t size, Frame* frame,
                                             uint32_t* consumed, uint32_t* needed) {
  *needed = kPcapRecord;
  if (size < kPcapRecord) return Result::kMore;
  const uint32_t captured = u32(data + 8);
  if (captured > kMaxRecord) return Result::kBad;
  *needed = kPcapRecord + captured;
  if (size < *needed) return Result::kMore;
  frame->data = data + kPcapRecord;
  frame->captured = captured;
  frame->wire = u32(data + 12);
  frame->time =
      u32(data) * base::kSecond + static_cast<base::Nanos>(u32(data + 4)) * fraction_nanos_;
  frame->link_type = link_type_;
  frame->has_vlan = false;
  *consumed = *needed;
  return Result::kFrame;
}

RecordParser::Result RecordParser::next_block(const uint8_t* data, uint64_t size, Frame* frame,
                                              uint32_t* consumed, uint32_t* needed) {
  *needed = kBlockHeader + kBlockTrailer;
  if (size < *needed) return Result::kMore;
  const uint32_t type = u32(data);
  // A new section may have the other byte order; its magic stands behind the length.
  if (type == kSectionBlock && !read_section(data)) return Result::kBad;
  const uint32_t length = u32(data + 4);
  if (length < kBlockHeader + kBlockTrailer || length > kMaxRecord || length % 4 != 0)
    return Result::kBad;
  *needed = length;
  if (size < length) return Result::kMore;
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
      return size < 20 ? Result::kBad : read_packet(body, size, u32(body), frame);
    case kObsoletePacket:
      return size < 20 ? Result::kBad : read_packet(body, size, u16(body), frame);
    case kSimplePacket:
      return size < 4 ? Result::kBad : read_simple_packet(body, size, frame);
    default:
      return Result::kSkipped;
  }
}

RecordParser::Result RecordParser::read_packet(const uint8_t* body, uint32_t size,
                                               uint32_t interface, Frame* frame) {
  const uint32_t captured = u32(body + 12);
  if (interface >= interfaces_.size() || captured > size - 20) return Result::kBad;
  const Interface& from = interfaces_[interface];
  frame->data = body + 20;
  frame->captured = captured;
  frame->wire = u32(body + 16);
  frame->time = to_nanos(from, static_cast<uint64_t>(u32(body + 4)) << 32 | u32(body + 8));
  frame->link_type = from.link_type;
  frame->has_vlan = false;
  return Result::kFrame;
}

RecordParser::Result RecordParser::read_simple_packet(const uint8_t* body, uint32_t size,
                                                      Frame* frame) {
  if (interfaces_.empty()) return Result::kBad;
  const Interface& from = interfaces_[0];
  frame->wire = u32(body);
  frame->captured = std::min(frame->wire, size - 4);
  if (from.snaplen) frame->captured = std::min(frame->captured, from.snaplen);
  frame->data = body + 4;
  frame->time = 0;
  frame->link_type = from.link_type;
  frame->has_vlan = false;
  return Result::kFrame;
}

void RecordParser::read_interface(const uint8_t* body, uint32_t size) {
  if (size < 8 || interfaces_.size() >= kMaxInterfaces) return;
  Interface interface;
  interface.link_type = normal_link_type(u16(body));
  interface.snaplen = u32(body + 4);
  for (uint32_t at = 8; at + 4 <= size;) {
    const uint16_t code = u16(body + at), length = u16(body + at + 2);
    const uint8_t* value = body + at + 4;
    if (code == kOptionEnd || length > size - at - 4) break;
    if (code == kOptionResolution && length >= 1) {
      const uint32_t exponent = value[0] & 0x7f;
      interface.units = 1;
      if (value[0] & 0x80)
        interface.units = exponent < 63 ? 1ull << exponent : 1ull << 62;
      else
        for (uint32_t i = 0; i < exponent && i < 18; i++) interface.units *= 10;
    } else if (code == kOptionOffset && length == 8) {
      const uint64_t low = u32(value + (swapped_ ? 4 : 0)), high = u32(value + (swapped_ ? 0 : 4));
      interface.offset = static_cast<int64_t>(high << 32 | low);
    }
    at += 4 + ((length + 3u) & ~3u);
  }
  interfaces_.push_back(interface);
}

base::Nanos RecordParser::to_nanos(const Interface& interface, uint64_t stamp) const {
  const uint64_t seconds = stamp / interface.units + static_cast<uint64_t>(interface.offset);
  const uint64_t rest = stamp % interface.units;
  if (interface.units <= 1'000'000'000)
    return seconds * base::kSecond + rest * base::kSecond / interface.units;
  return seconds * base::kSecond + rest / (interface.units / base::kSecond);
}

}  // namespace pbfast::capture
