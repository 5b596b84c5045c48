#include "addon/shard_group.h"

#include <map>
#include <mutex>
#include <utility>

namespace pbfast::addon {

std::shared_ptr<capture::Fanout> ShardGroup::fanout(uint32_t interface) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (fanouts_.size() <= interface)
    fanouts_.push_back(std::make_shared<capture::Fanout>(shards_));
  return fanouts_[interface];
}

std::shared_ptr<ShardGroup> join_group(uint64_t number, uint32_t shards) {
  struct Entry {
    std::shared_ptr<ShardGroup> group;
    uint32_t awaited;
  };
  static std::mutex mutex;
  static std::map<uint64_t, Entry> entries;
  const std::lock_guard<std::mutex> lock(mutex);
  auto [at, is_new] = entries.try_emplace(number);
  if (is_new) at->second = {std::make_shared<ShardGroup>(shards), shards};
  std::shared_ptr<ShardGroup> group = at->second.group;
  if (--at->second.awaited == 0) entries.erase(at);
  return group;
}

}  // namespace pbfast::addon
