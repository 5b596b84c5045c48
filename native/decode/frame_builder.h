// Builds frames for tests, innermost layer first: ethernet(0x0800, ipv4(6, tcp(1, 2, "x"))).
#pragma once
#include <algorithm>
#include <string>

#include "decode/packet_view.h"

namespace pbfast::decode::testing {

using Data = std::string;

inline Data be16(uint32_t v) { return {static_cast<char>(v >> 8), static_cast<char>(v)}; }
inline Data be32(uint32_t v) { return be16(v >> 16) + be16(v & 0xffff); }
inline Data zeros(size_t n) { return Data(n, '\0'); }

inline Data tcp(uint16_t from, uint16_t to, const Data& payload, uint32_t words = 5,
                uint8_t flags = 0x18) {
  return be16(from) + be16(to) + be32(0x01020304) + be32(0x05060708) + be16(words << 12 | flags) +
         be16(512) + be32(0) + zeros(words * 4 - 20) + payload;
}
inline Data udp(uint16_t from, uint16_t to, const Data& payload, int length = -1) {
  return be16(from) + be16(to) + be16(length < 0 ? 8 + payload.size() : length) + be16(0) + payload;
}
inline Data icmp(uint8_t type, uint8_t code, uint16_t id, const Data& payload = "") {
  return be16(type << 8 | code) + be16(0) + be16(id) + be16(1) + payload;
}

// 10.0.0.1 to 10.0.0.2. `total` < 0: the true length.
inline Data ipv4(uint8_t protocol, const Data& payload, int total = -1, uint16_t fragment = 0,
                 uint32_t words = 5) {
  const uint32_t length = total < 0 ? words * 4 + payload.size() : total;
  return be16(0x4000 | words << 8) + be16(length) + be16(7) + be16(fragment) +
         be16(64 << 8 | protocol) + be16(0) + be32(0x0a000001) + be32(0x0a000002) +
         zeros(words * 4 - 20) + payload;
}
// ::1:1 to ::1:2.
inline Data ipv6(uint8_t next, const Data& payload, int length = -1) {
  return be32(6u << 28) + be16(length < 0 ? payload.size() : length) + be16(next << 8 | 64) +
         zeros(12) + be32(0x00010001) + zeros(12) + be32(0x00010002) + payload;
}
// An extension header of `units` x 8 bytes.
inline Data extension(uint8_t next, uint32_t units, const Data& payload) {
  return be16(next << 8 | (units - 1)) + zeros(units * 8 - 2) + payload;
}
inline Data fragment6(uint8_t next, uint32_t offset, bool more, const Data& payload) {
  return be16(next << 8) + be16(offset | (more ? 1 : 0)) + be32(9) + payload;
}

inline Data vlan(uint16_t tci, uint16_t type, const Data& payload) {
  return be16(tci) + be16(type) + payload;
}
inline Data ethernet(uint16_t type, const Data& payload) {
  return Data("\x02\x00\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x0a", 12) + be16(type) + payload;
}

// The first `captured` bytes of a frame, in memory of exactly that size so that a sanitizer sees
// each read beyond.
class Captured {
 public:
  explicit Captured(const Data& frame, uint16_t link_type = 1, size_t captured = Data::npos)
      : bytes_(new uint8_t[std::min(captured, frame.size())]) {
    frame_.captured = static_cast<uint32_t>(std::min(captured, frame.size()));
    frame_.wire = static_cast<uint32_t>(frame.size());
    frame_.link_type = link_type;
    frame_.time = 5;
    std::copy_n(frame.begin(), frame_.captured, bytes_);
    frame_.data = bytes_;
  }
  ~Captured() { delete[] bytes_; }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  Frame* frame() { return &frame_; }
  Verdict decode() { return decode_frame(frame_, &view); }
  Data payload() const {
    return Data(reinterpret_cast<const char*>(view.payload), view.payload_captured);
  }

  PacketView view;

 private:
  uint8_t* bytes_;
  Frame frame_;
};

}  // namespace pbfast::decode::testing
