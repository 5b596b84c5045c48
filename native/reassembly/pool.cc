#include "reassembly/pool.h"

namespace pbfast::reassembly {

uint32_t Pool::take() {
  if (used_ >= max_blocks_) return kNoBlock;
  if (free_ == kNoBlock) {
    const auto first = static_cast<uint32_t>(chunks_.size()) * kChunkBlocks;
    chunks_.push_back(std::make_unique<Block[]>(kChunkBlocks));
    for (uint32_t i = kChunkBlocks; i-- > 0;) {
      at(first + i).next = free_;
      free_ = first + i;
    }
  }
  const uint32_t index = free_;
  Block& block = at(index);
  free_ = block.next;
  block.next = kNoBlock;
  block.size = 0;
  used_++;
  return index;
}

void Pool::give(uint32_t index) {
  at(index).next = free_;
  free_ = index;
  used_--;
}

}  // namespace pbfast::reassembly
