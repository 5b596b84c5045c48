// What the engine keeps of a TCP connection whose payload is wanted, beside its flow.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "flow/table.h"
#include "reassembly/connection.h"

namespace pbfast::engine {

struct TcpState {
  reassembly::Connection connection;
  uint64_t skip_to[2] = {};    // stream offsets below are not copied
  uint64_t shed_from[2] = {};  // first stream offset that was shed, while shed[] > 0
  uint64_t shed[2] = {};       // bytes refused by a full ring, to be told as a gap
  uint32_t next_free = flow::kNoSlot;
  uint64_t last_packet = 0;                               // of the connection, while bytes wait
  uint32_t slot = flow::kNoSlot;                          // of the flow, while bytes wait
  uint32_t newer = flow::kNoSlot, older = flow::kNoSlot;  // neighbours among those that wait
};

// States in slabs that never move. Those with bytes that wait are listed by how long they do.
class TcpStates {
 public:
  uint32_t take() {
    if (free_ == flow::kNoSlot) grow();
    const uint32_t index = free_;
    free_ = at(index).next_free;
    at(index) = TcpState();
    return index;
  }
  void give(uint32_t index) {
    end_hold(index);
    at(index).next_free = free_;
    free_ = index;
  }
  // From now on bytes of the flow at `slot` wait.
  void begin_hold(uint32_t index, uint32_t slot) {
    end_hold(index);
    TcpState& state = at(index);
    state.slot = slot;
    state.older = newest_;
    (newest_ == flow::kNoSlot ? oldest_ : at(newest_).newer) = index;
    newest_ = index;
  }
  void end_hold(uint32_t index) {
    TcpState& state = at(index);
    if (state.slot == flow::kNoSlot) return;
    (state.newer == flow::kNoSlot ? newest_ : at(state.newer).older) = state.older;
    (state.older == flow::kNoSlot ? oldest_ : at(state.older).newer) = state.newer;
    state.slot = state.newer = state.older = flow::kNoSlot;
  }
  // The one that waits longest; kNoSlot when none does.
  uint32_t oldest_hold() const { return oldest_; }
  TcpState& at(uint32_t index) { return slabs_[index / kSlab][index % kSlab]; }
  const TcpState& at(uint32_t index) const { return slabs_[index / kSlab][index % kSlab]; }

 private:
  static constexpr uint32_t kSlab = 256;
  void grow() {
    const auto base = static_cast<uint32_t>(slabs_.size()) * kSlab;
    slabs_.push_back(std::make_unique<TcpState[]>(kSlab));
    for (uint32_t i = kSlab; i-- > 0;) give(base + i);
  }
  std::vector<std::unique_ptr<TcpState[]>> slabs_;
  uint32_t free_ = flow::kNoSlot;
  uint32_t newest_ = flow::kNoSlot, oldest_ = flow::kNoSlot;
};

}  // namespace pbfast::engine
