#include "engine/numbering.h"

#include <chrono>

namespace pbfast::engine {

void Numbering::publish(uint32_t me, const std::vector<uint64_t>& opened, uint64_t seen) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (uint32_t i = 0; i < shards_.size(); i++) {
      auto& told = shards_[i].told[me];
      if (i != me) told.insert(told.end(), opened.begin(), opened.end());
    }
    if (seen > shards_[me].seen) shards_[me].seen = seen;
  }
  moved_.notify_all();
}

bool Numbering::all_have_seen(uint32_t me, uint64_t packet) const {
  for (uint32_t i = 0; i < shards_.size(); i++) {
    if (i != me && shards_[i].seen < packet) return false;
  }
  return true;
}

bool Numbering::count_others(uint32_t me, uint64_t packet, int wait_ms, uint64_t* count) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto ready = [&] { return all_have_seen(me, packet); };
  if (!ready() &&
      (wait_ms == 0 || !moved_.wait_for(lock, std::chrono::milliseconds(wait_ms), ready)))
    return false;
  Shard& shard = shards_[me];
  for (auto& told : shard.told) {
    for (; !told.empty() && told.front() <= packet; told.pop_front()) shard.others++;
  }
  *count = shard.others;
  return true;
}

}  // namespace pbfast::engine
