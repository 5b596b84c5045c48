// Records of a capture file, whatever holds its bytes: pcap (draft-ietf-opsawg-pcap: µs and ns,
// both byte orders) and pcapng (draft-ietf-opsawg-pcapng: several sections and interfaces). Pure:
// bytes in, frame out.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "capture/source.h"

namespace pbfast::capture {

// LIMIT: a longer record is a lie, or damage: reading ends there.
inline constexpr uint32_t kMaxRecord = 16u << 20;
inline constexpr uint32_t kMaxInterfaces = 4096;
// Packet headers hold 32-bit seconds; a later time is held at this one.
inline constexpr base::Nanos kMaxTime = 0xffffffffull * base::kSecond + (base::kSecond - 1);

class RecordParser {
 public:
  enum class Result : uint8_t {
    kFrame,    // *frame is set, *consumed bytes are done
    kSkipped,  // *consumed bytes hold no frame
    kMore,     // the record is not whole yet: *needed bytes would do
    kBad,      // a length lies: nothing behind it can be trusted
  };

  // Looks at the first bytes; false when they are neither format.
  bool begin(const uint8_t* data, uint64_t size, uint32_t* consumed);
  // Bytes that begin() needs.
  static constexpr uint32_t kHeader = 24;
  // Of a record in a pcap file.
  static constexpr uint32_t kRecord = 16;

  Result next(const uint8_t* data, uint64_t size, Frame* frame, uint32_t* consumed,
              uint32_t* needed) {
    return is_ng_ ? next_block(data, size, frame, consumed, needed)
                  : next_pcap(data, size, frame, consumed, needed);
  }

  // LINKTYPE_ of the first interface when the bytes behind begin() tell it; else Ethernet.
  uint16_t first_link_type(const uint8_t* data, uint64_t size) const;

 private:
  struct Interface {
    uint16_t link_type = 1;
    uint32_t snaplen = 0;
    uint64_t units = 1'000'000;  // of a time stamp, in a second
    int64_t offset = 0;          // seconds to add
    uint64_t nanos_a_unit = 0;   // of stamps below plain_stamps: a whole number, no offset
    uint64_t plain_stamps = 0;
  };
  Result next_pcap(const uint8_t* data, uint64_t size, Frame* frame, uint32_t* consumed,
                   uint32_t* needed);
  Result next_block(const uint8_t* data, uint64_t size, Frame* frame, uint32_t* consumed,
                    uint32_t* needed);
  Result read_block(uint32_t type, const uint8_t* body, uint32_t size, Frame* frame);
  Result read_packet(const uint8_t* body, uint32_t size, uint32_t interface, Frame* frame);
  Result read_simple_packet(const uint8_t* body, uint32_t size, Frame* frame);
  void read_interface(const uint8_t* body, uint32_t size);
  void read_option(uint16_t code, const uint8_t* value, uint32_t size, Interface* interface) const;
  bool read_section(const uint8_t* data);
  uint16_t u16(const uint8_t* p) const {
    return swapped_ ? base::read_be16(p) : base::read_le16(p);
  }
  uint32_t u32(const uint8_t* p) const {
    return swapped_ ? base::read_be32(p) : base::read_le32(p);
  }
  static base::Nanos to_nanos(const Interface& interface, uint64_t stamp);

  bool is_ng_ = false, swapped_ = false;
  uint32_t fraction_nanos_ = 1000;  // pcap: nanoseconds in a unit of the fraction
  uint16_t link_type_ = 1;
  base::Nanos last_time_ = 0;  // for simple packets, which have none
  std::vector<Interface> interfaces_;
};

// LINKTYPE_RAW has other numbers on some systems, in files and in DLT_ values.
inline uint16_t normal_link_type(uint32_t type) {
  const auto low = static_cast<uint16_t>(type);
  return low == 12 || low == 14 ? 101 : low;
}

// PERF: inlined into the walk over a file, with the header's fields in registers.
inline RecordParser::Result RecordParser::next_pcap(const uint8_t* data, uint64_t size,
                                                    Frame* frame, uint32_t* consumed,
                                                    uint32_t* needed) {
  *needed = kRecord;
  if (size < kRecord) return Result::kMore;
  const uint32_t captured = u32(data + 8);
  if (captured > kMaxRecord) return Result::kBad;
  *needed = kRecord + captured;
  if (size < *needed) return Result::kMore;
  frame->data = data + kRecord;
  frame->captured = captured;
  frame->wire = u32(data + 12);
  frame->time = std::min(kMaxTime, u32(data) * base::kSecond +
                                       static_cast<base::Nanos>(u32(data + 4)) * fraction_nanos_);
  frame->link_type = link_type_;
  frame->has_vlan = false;
  *consumed = *needed;
  return Result::kFrame;
}

}  // namespace pbfast::capture
