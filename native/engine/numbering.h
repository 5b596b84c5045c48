// Connection numbers (FlowInfo::connection, a part of flow.id) when several engines read the same
// packets: each tells the others at which packets it opened connections, and a connection's number
// is how many were opened up to its packet, by whomever: what one engine would have counted. An
// engine asks only when it must tell a number, and may then have to wait until the others have come
// as far. They always come: the one that is furthest behind never waits.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace pbfast::engine {

class Numbering {
 public:
  explicit Numbering(uint32_t shards) : shards_(shards) {
    for (Shard& shard : shards_) shard.told.resize(shards);
  }
  // `me` opened connections at the packets `opened` (ascending), and none else up to packet `seen`.
  void publish(uint32_t me, const std::vector<uint64_t>& opened, uint64_t seen);
  // How many connections the others opened up to `packet`, which never decreases from call to call;
  // false while that is not known. Waits at most wait_ms.
  bool count_others(uint32_t me, uint64_t packet, int wait_ms, uint64_t* count);

 private:
  struct Shard {
    uint64_t seen = 0;
    uint64_t others = 0;                     // counted so far
    std::vector<std::deque<uint64_t>> told;  // by the others, not counted yet
  };
  bool all_have_seen(uint32_t me, uint64_t packet) const;

  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<Shard> shards_;
};

}  // namespace pbfast::engine
