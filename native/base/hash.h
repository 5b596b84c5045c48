// SipHash-1-3: the keyed hash of tables whose keys come from the wire. The seed is drawn once from
// getrandom, so an attacker cannot choose keys that collide.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace pbfast::base {

struct HashSeed {
  uint64_t k0 = 0, k1 = 0;
};

// A fresh seed from the kernel; the fixed seed 0 in tests that need repeatable tables.
HashSeed make_hash_seed();

// `words` 64-bit words at `p`.
inline uint64_t siphash13(const HashSeed& seed, const uint64_t* p, uint32_t words) {
  uint64_t v0 = seed.k0 ^ 0x736f6d6570736575ull, v1 = seed.k1 ^ 0x646f72616e646f6dull;
  uint64_t v2 = seed.k0 ^ 0x6c7967656e657261ull, v3 = seed.k1 ^ 0x7465646279746573ull;
  auto rotate = [](uint64_t x, int b) { return x << b | x >> (64 - b); };
  auto round = [&] {
    v0 += v1, v1 = rotate(v1, 13) ^ v0, v0 = rotate(v0, 32);
    v2 += v3, v3 = rotate(v3, 16) ^ v2;
    v0 += v3, v3 = rotate(v3, 21) ^ v0;
    v2 += v1, v1 = rotate(v1, 17) ^ v2, v2 = rotate(v2, 32);
  };
  for (uint32_t i = 0; i < words; i++) {
    v3 ^= p[i];
    round();
    v0 ^= p[i];
  }
  const uint64_t last = static_cast<uint64_t>(words * 8) << 56;
  v3 ^= last;
  round();
  v0 ^= last;
  v2 ^= 0xff;
  round(), round(), round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace pbfast::base
