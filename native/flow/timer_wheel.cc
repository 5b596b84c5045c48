#include "flow/timer_wheel.h"

#include <algorithm>

namespace pbfast::flow {

void TimerWheel::file(Table* table, uint32_t slot, base::Nanos when) {
  // Not in the bucket being handled: that would be asked again at once.
  const uint64_t tick = std::clamp(when / kTick + 1, tick_ + 1, tick_ + kBuckets - 1);
  const auto bucket = static_cast<uint32_t>(tick % kBuckets);
  uint32_t& head = heads_[bucket];
  Flow& flow = table->at(slot);
  flow.timer_bucket = bucket;
  flow.timer_newer = kNoSlot;
  flow.timer_older = head;
  if (head != kNoSlot) table->at(head).timer_newer = slot;
  head = slot;
}

void TimerWheel::forget(Table* table, uint32_t slot) {
  Flow& flow = table->at(slot);
  if (flow.timer_bucket == kNoSlot) return;
  if (flow.timer_newer != kNoSlot) {
    table->at(flow.timer_newer).timer_older = flow.timer_older;
  } else {
    heads_[flow.timer_bucket] = flow.timer_older;
  }
  if (flow.timer_older != kNoSlot) table->at(flow.timer_older).timer_newer = flow.timer_newer;
  flow.timer_bucket = kNoSlot;
}

}  // namespace pbfast::flow
