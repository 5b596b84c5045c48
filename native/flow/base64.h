// Base64 (RFC 4648 4).
#pragma once
#include <cstdint>

namespace pbfast::flow {

// Writes the text of `size` bytes to `out`, which has room for 4 characters per 3 bytes begun;
// returns its size.
inline uint32_t format_base64(const uint8_t* data, uint32_t size, bool padded, char* out) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char* const start = out;
  for (uint32_t i = 0; i < size; i += 3) {
    const uint32_t left = size - i;
    const uint32_t bits = static_cast<uint32_t>(data[i] << 16 | (left > 1 ? data[i + 1] << 8 : 0) |
                                                (left > 2 ? data[i + 2] : 0));
    *out++ = kDigits[bits >> 18];
    *out++ = kDigits[bits >> 12 & 63];
    if (left > 1 || padded) *out++ = left > 1 ? kDigits[bits >> 6 & 63] : '=';
    if (left > 2 || padded) *out++ = left > 2 ? kDigits[bits & 63] : '=';
  }
  return static_cast<uint32_t>(out - start);
}

}  // namespace pbfast::flow
