// A lazy timer wheel over flow slots: filing is O(1), a packet never moves its flow. When a bucket comes due the owner
// is asked for each flow in it: it says when the flow is really due (later: the flow is filed again) or that it is done.
#pragma once
#include <cstdint>

#include "flow/table.h"

namespace pbfast::flow {

class TimerWheel {
 public:
  static constexpr base::Nanos kTick = 250'000'000;
  static constexpr uint32_t kBuckets = 4096;  // ~17 min; later times are filed at the far end and come round

  // Files `slot` to come due at `when` (packet time).
  void file(Table* table, uint32_t slot, base::Nanos when);
  // Unfiling is lazy as well: a removed flow's slot stays in its bucket's list until it comes due, so a slot may only be
  // given to a new flow by Table::remove after the wheel let it go. call `forget` before Table::remove.
  void forget(Table* table, uint32_t slot);

  // Handles at most `budget` flows of the buckets due at `now`. visit(slot) returns the next time the flow is due, or 0
  // when the visitor removed it. Returns the number visited: equal to budget means there is more to do.
  template <class Visit>
  uint32_t advance(Table* table, base::Nanos now, uint32_t budget, Visit&& visit);

 private:
  uint32_t heads_[kBuckets];
  uint64_t tick_ = 0;
};

}  // namespace pbfast::flow
