// How many flows that nobody answered each source has, so that one source cannot fill a pool.
// Counters by a keyed hash of the address (IPv6: of its /64, which one host may own whole): 512 KiB
// however many sources there are. Sources that share a counter share the limit, which is far above
// what a source needs.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "flow/key.h"

namespace pbfast::flow {

class Sources {
 public:
  static constexpr uint32_t kGroups = 2;  // counted apart: TCP, and all else
  static constexpr uint32_t kBuckets = 1u << 16;

  Sources(const base::HashSeed& seed, uint32_t limit)
      : counts_(static_cast<uint32_t*>(std::calloc(kGroups * kBuckets, sizeof(uint32_t))),
                std::free),
        multiplier_((seed.k0 ^ 0x9e3779b97f4a7c15ull) | 1),
        limit_(limit) {
    if (!counts_) std::abort();  // as operator new does where there are no exceptions
  }
  // The counter of one end of a flow. Multiply-shift: nobody finds addresses that collide without
  // the multiplier.
  uint32_t bucket(const Key& key, bool low, uint32_t group) const {
    uint64_t words[2];
    __builtin_memcpy(words, low ? key.low_ip : key.high_ip, sizeof words);
    const uint64_t source = key.ip_version == 6 ? words[0] : words[0] ^ words[1];
    return group * kBuckets + static_cast<uint32_t>(source * multiplier_ >> 48);
  }
  bool is_full(uint32_t bucket) const { return counts_[bucket] >= limit_; }
  void add(uint32_t bucket) { counts_[bucket]++; }
  void take(uint32_t bucket) { counts_[bucket]--; }
  uint32_t count(uint32_t bucket) const { return counts_[bucket]; }

 private:
  std::unique_ptr<uint32_t[], void (*)(void*)> counts_;
  uint64_t multiplier_;
  uint32_t limit_;
};

}  // namespace pbfast::flow
