// Memory of early segments: fixed blocks, one cap for all streams of a shard.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"

namespace pbfast::reassembly {

inline constexpr uint32_t kNoBlock = 0xffffffff;
inline constexpr uint32_t kBlockBytes = 2016;  // payload bytes a block

// A block: part of one early segment. Longer segments use several blocks in a row of sequence numbers.
struct Block {
  uint32_t next = kNoBlock;
  uint32_t sequence = 0;
  uint32_t size = 0;
  base::Nanos time = 0;
  uint8_t data[kBlockBytes];
};

class Pool {
 public:
  explicit Pool(uint64_t max_bytes) : max_blocks_(static_cast<uint32_t>(max_bytes / sizeof(Block))) {}
  // kNoBlock when the cap is reached.
  uint32_t take();
  void give(uint32_t index);
  Block& at(uint32_t index) { return chunks_[index / kChunkBlocks][index % kChunkBlocks]; }
  uint32_t used() const { return used_; }
  uint64_t bytes_reserved() const { return chunks_.size() * kChunkBlocks * sizeof(Block); }

 private:
  static constexpr uint32_t kChunkBlocks = 256;
  std::vector<std::unique_ptr<Block[]>> chunks_;
  uint32_t free_ = kNoBlock;
  uint32_t used_ = 0;
  uint32_t max_blocks_;
};

}  // namespace pbfast::reassembly
