// What the shards of one capture share although their workers do not know each other: the hash
// seed, the numbering of connections, the fanout group of their sockets. Found by a number that the
// main thread gives.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/hash.h"
#include "capture/fanout.h"
#include "engine/numbering.h"

namespace pbfast::addon {

struct ShardGroup {
  explicit ShardGroup(uint32_t shards)
      : seed(base::make_hash_seed()),
        numbering(std::make_shared<engine::Numbering>(shards)),
        shards_(shards) {}
  // Of interface number `interface`.
  std::shared_ptr<capture::Fanout> fanout(uint32_t interface) const;
  base::HashSeed seed;
  std::shared_ptr<engine::Numbering> numbering;

 private:
  uint32_t shards_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<capture::Fanout>> fanouts_;
};

// From any thread, once for each of the group's `shards`. LIMIT: a group that not all of its shards
// came to (one could not be opened) stays in memory.
std::shared_ptr<ShardGroup> join_group(uint64_t number, uint32_t shards);

}  // namespace pbfast::addon
