// A lazy timer wheel over flow slots: a packet never moves its flow. When a bucket comes due its
// owner is asked for each flow in it: it says when the flow is really due (it is filed again) or
// that it is done.
//
//   heads_  [bucket 0] -> flow <-> flow        one bucket a tick, lists through Flow::timer_*
//           [bucket 1]
//           ...        a flow due beyond the last bucket is filed in it, asked too early and filed
//           again
#pragma once
#include <cstdint>
#include <vector>

#include "flow/table.h"

namespace pbfast::flow {

class TimerWheel {
 public:
  static constexpr base::Nanos kTick = 250'000'000;
  static constexpr uint32_t kBuckets = 4096;  // 17 minutes

  TimerWheel() : heads_(kBuckets, kNoSlot) {}

  // Files `slot`, which must not be filed, to come due at `when` (packet time) or at the next tick
  // when that is past.
  void file(Table* table, uint32_t slot, base::Nanos when);
  // Takes `slot` out if it is filed. Before Table::remove.
  void forget(Table* table, uint32_t slot);

  // Handles at most `budget` flows of the buckets due at `now`. visit(slot) returns when the flow
  // is due next, or 0 when it removed it. Returns the number visited: equal to `budget` means there
  // may be more to do.
  template <class Visit>
  uint32_t advance(Table* table, base::Nanos now, uint32_t budget, Visit&& visit) {
    const uint64_t target = now / kTick;
    // However far packet time jumps ahead, one round sees every bucket.
    if (target >= tick_ + kBuckets) tick_ = target - kBuckets + 1;
    uint32_t visited = 0;
    for (; tick_ <= target; tick_++) {
      while (heads_[tick_ % kBuckets] != kNoSlot) {
        if (visited == budget) return visited;
        const uint32_t slot = heads_[tick_ % kBuckets];
        visited++;
        forget(table, slot);
        if (const base::Nanos next = visit(slot)) file(table, slot, next);
      }
    }
    // Also when it jumped back: flows come due within a round and are asked, wherever they are
    // filed.
    tick_ = target;
    return visited;
  }

 private:
  std::vector<uint32_t> heads_;  // newest flow of each bucket
  uint64_t tick_ = 0;            // of the bucket being handled
};

}  // namespace pbfast::flow
