#include "flow/sha1.h"

#include <cstring>

#include "base/bytes.h"

namespace pbfast::flow {

namespace {

uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

void write_be32(uint8_t* p, uint32_t v) {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, 4);
}

}  // namespace

void sha1_short(const uint8_t* data, uint32_t size, uint8_t digest[20]) {
  uint8_t block[64] = {};
  std::memcpy(block, data, size);
  block[size] = 0x80;
  write_be32(block + 60, size * 8);
  uint32_t w[80];
  for (int i = 0; i < 16; i++) w[i] = base::read_be32(block + i * 4);
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f, k;
    if (i < 20)
      f = (b & c) | (~b & d), k = 0x5a827999;
    else if (i < 40)
      f = b ^ c ^ d, k = 0x6ed9eba1;
    else if (i < 60)
      f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
    else
      f = b ^ c ^ d, k = 0xca62c1d6;
    const uint32_t next = rotate(a, 5) + f + e + k + w[i];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  for (int i = 0; i < 5; i++) write_be32(digest + i * 4, h[i]);
}

}  // namespace pbfast::flow
