#include "base/ip.h"

#include <arpa/inet.h>

#include <string>

namespace pbfast::base {

namespace {

char* append_octet(char* out, uint8_t value) {
  if (value >= 100) {
    *out++ = static_cast<char>('0' + value / 100);
    value %= 100;
    *out++ = static_cast<char>('0' + value / 10);
  } else if (value >= 10) {
    *out++ = static_cast<char>('0' + value / 10);
  }
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

char* append_v4(char* out, const uint8_t* p) {
  for (int i = 0; i < 4; i++) {
    if (i) *out++ = '.';
    out = append_octet(out, p[i]);
  }
  return out;
}

}  // namespace

uint32_t format_ip(const Ip& ip, char* out) {
  if (ip.is_v4()) return static_cast<uint32_t>(append_v4(out, ip.bytes + 12) - out);
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, ip.bytes, text, sizeof text);
  const auto size = static_cast<uint32_t>(std::strlen(text));
  std::memcpy(out, text, size);
  return size;
}

bool parse_ip(const char* text, uint32_t size, Ip* out) {
  const std::string copy(text, size);
  uint8_t bytes[16];
  if (inet_pton(AF_INET, copy.c_str(), bytes) == 1) {
    *out = Ip::from_v4(bytes);
    return true;
  }
  if (inet_pton(AF_INET6, copy.c_str(), bytes) != 1) return false;
  *out = Ip::from_v6(bytes);
  return true;
}

}  // namespace pbfast::base
