// The connection numbers of one engine. Alone it counts them itself. One of several that share
// their packets gives kUnnumbered first and the number, which numbering.h tells, when all have seen
// as much.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "engine/numbering.h"
#include "flow/table.h"

namespace pbfast::engine {

inline constexpr uint64_t kUnnumbered = UINT64_MAX;

class Connections {
 public:
  Connections(uint32_t shard, std::shared_ptr<Numbering> numbering)
      : shard_(shard), numbering_(std::move(numbering)) {}

  // The flow in `slot` is a connection, opened by packet number `packet`.
  uint64_t open(uint32_t slot, uint32_t generation, uint64_t packet) {
    opened_++;
    if (!numbering_) return opened_;
    waiting_.push_back({packet, opened_, slot, generation});
    fresh_.push_back(packet);
    return kUnnumbered;
  }
  // All packets up to `seen` are looked at: tells the others, and numbers what can be numbered.
  // False while connections without number are left; waits at most wait_ms for them.
  bool settle(flow::Table* table, uint64_t seen, int wait_ms) {
    if (!numbering_) return true;
    numbering_->publish(shard_, fresh_, seen);
    fresh_.clear();
    for (; !waiting_.empty(); waiting_.pop_front()) {
      const Waiting& next = waiting_.front();
      uint64_t others;
      if (!numbering_->count_others(shard_, next.packet, wait_ms, &others)) return false;
      if (!table->is_live(next.slot)) continue;
      flow::Flow& flow = table->at(next.slot);
      if (flow.generation == next.generation) flow.connection = next.own + others;
    }
    return true;
  }
  // Nothing will be opened any more; the others need not wait for this engine.
  void finish() {
    if (numbering_) numbering_->publish(shard_, fresh_, UINT64_MAX);
    fresh_.clear();
  }

 private:
  struct Waiting {
    uint64_t packet, own;
    uint32_t slot, generation;
  };
  uint32_t shard_;
  std::shared_ptr<Numbering> numbering_;
  uint64_t opened_ = 0;
  std::deque<Waiting> waiting_;  // for their numbers, in order; as many as flows at most
  std::vector<uint64_t> fresh_;  // not told to the others yet
};

}  // namespace pbfast::engine
