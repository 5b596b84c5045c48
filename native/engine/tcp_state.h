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
};

// States in slabs that never move.
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
    at(index).next_free = free_;
    free_ = index;
  }
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
};

}  // namespace pbfast::engine
