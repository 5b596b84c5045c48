#include "reassembly/pool.h"

#include <algorithm>
#include <new>
#include <utility>

namespace pbfast::reassembly {

Pool::Pool(uint64_t max_bytes)
    : max_blocks_(static_cast<uint32_t>(std::min<uint64_t>(max_bytes / kBlockMemory, kNoBlock))),
      headroom_(std::min(kHeadroomBlocks, max_blocks_ / 4)) {
  chunks_.reserve((max_blocks_ + uint64_t{kChunkBlocks} - 1) / kChunkBlocks);
}

uint32_t Pool::take() {
  if (free_ == kNoBlock && !grow()) return kNoBlock;
  const uint32_t index = free_;
  Block& block = at(index);
  free_ = block.next;
  block.next = kNoBlock;
  used_++;
  return index;
}

void Pool::give(uint32_t index) {
  at(index).next = free_;
  free_ = index;
  used_--;
}

bool Pool::grow() {
  const uint32_t count = std::min(kChunkBlocks, max_blocks_ - reserved_);
  if (count == 0) return false;
  Chunk chunk{std::unique_ptr<Block[]>(new (std::nothrow) Block[count]),
              std::unique_ptr<uint8_t[]>(new (std::nothrow) uint8_t[size_t{count} * kBlockBytes])};
  if (!chunk.blocks || !chunk.bytes) return false;
  for (uint32_t i = 0; i < count; i++) {
    chunk.blocks[i].next = i + 1 < count ? reserved_ + i + 1 : free_;
  }
  chunks_.push_back(std::move(chunk));
  free_ = reserved_;
  reserved_ += count;
  return true;
}

}  // namespace pbfast::reassembly
