// IP addresses: always 16 bytes; an IPv4 address is held as its IPv4-mapped IPv6 form (RFC
// 4291 2.5.5.2).
#pragma once
#include <cstdint>
#include <cstring>

namespace pbfast::base {

struct Ip {
  uint8_t bytes[16] = {};

  static Ip from_v4(const uint8_t* p) {
    Ip ip;
    ip.bytes[10] = ip.bytes[11] = 0xff;
    std::memcpy(ip.bytes + 12, p, 4);
    return ip;
  }
  static Ip from_v6(const uint8_t* p) {
    Ip ip;
    std::memcpy(ip.bytes, p, 16);
    return ip;
  }
  bool is_v4() const {
    static constexpr uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(bytes, kPrefix, 12) == 0;
  }
  int compare(const Ip& other) const { return std::memcmp(bytes, other.bytes, 16); }
  bool operator==(const Ip& other) const { return compare(other) == 0; }
};
static_assert(sizeof(Ip) == 16);

// Text of an address (RFC 5952 for IPv6), without a terminating zero. Writes at most 46 bytes,
// returns their number.
uint32_t format_ip(const Ip& ip, char* out);
// Parses dotted or colon text; false when it is neither.
bool parse_ip(const char* text, uint32_t size, Ip* out);

}  // namespace pbfast::base
