// Records of a capture file, whatever holds its bytes: pcap (draft-ietf-opsawg-pcap: µs and ns,
// both byte orders) and pcapng (draft-ietf-opsawg-pcapng: several sections and interfaces). Pure:
// bytes in, frame out.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "capture/source.h"

namespace pbfast::capture {

// LIMIT: a longer record is a lie, or damage: reading ends there.
inline constexpr uint32_t kMaxRecord = 16u << 20;
inline constexpr uint32_t kMaxInterfaces = 4096;

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

  Result next(const uint8_t* data, uint64_t size, Frame* frame, uint32_t* consumed,
              uint32_t* needed);

 private:
  struct Interface {
    uint16_t link_type = 1;
    uint32_t snaplen = 0;
    uint64_t units = 1'000'000;  // of a time stamp, in a second
    int64_t offset = 0;          // seconds to add
  };
  Result next_pcap(const uint8_t* data, uint64_t size, Frame* frame, uint32_t* consumed,
                   uint32_t* needed);
  Result next_block(const uint8_t* data, uint64_t size, Frame* frame, uint32_t* consumed,
                    uint32_t* needed);
  Result read_block(uint32_t type, const uint8_t* data, uint32_t size, Frame* frame);
  Result read_packet(const uint8_t* body, uint32_t size, uint32_t interface, Frame* frame);
  Result read_simple_packet(const uint8_t* body, uint32_t size, Frame* frame);
  void read_interface(const uint8_t* body, uint32_t size);
  bool read_section(const uint8_t* data);
  base::Nanos to_nanos(const Interface& interface, uint64_t stamp) const;
  uint16_t u16(const uint8_t* p) const;
  uint32_t u32(const uint8_t* p) const;

  bool is_ng_ = false, swapped_ = false;
  uint32_t fraction_nanos_ = 1000;  // pcap: nanoseconds in a unit of the fraction
  uint16_t link_type_ = 1;
  std::vector<Interface> interfaces_;
};

}  // namespace pbfast::capture
