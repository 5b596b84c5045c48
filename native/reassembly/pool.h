// Memory of early segments: fixed blocks, one cap for all streams of a shard. Memory once reserved
// is kept for the next burst.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"

namespace pbfast::reassembly {

inline constexpr uint32_t kNoBlock = 0xffffffff;
inline constexpr uint32_t kBlockBytes = 2016;  // payload bytes a block

// A run of early bytes of one stream: the sequence numbers [sequence, sequence + wire), of which
// the first `size` are at `data` and the rest was cut by the capture.
struct Block {
  uint32_t next;
  uint32_t sequence;
  uint32_t size;
  uint32_t wire;
  base::Nanos time;
  uint8_t data[kBlockBytes];
};
static_assert(sizeof(Block) == 2040);

class Pool {
 public:
  // Never reserves more than `max_bytes`.
  explicit Pool(uint64_t max_bytes);
  // kNoBlock when the cap is reached or the system has no memory. All but `next` is left as it was.
  [[nodiscard]] uint32_t take();
  void give(uint32_t index);
  Block& at(uint32_t index) { return chunks_[index / kChunkBlocks][index % kChunkBlocks]; }
  const Block& at(uint32_t index) const {
    return chunks_[index / kChunkBlocks][index % kChunkBlocks];
  }
  uint32_t used() const { return used_; }
  uint32_t max_blocks() const { return max_blocks_; }
  uint64_t bytes_reserved() const { return uint64_t{reserved_} * sizeof(Block); }

 private:
  static constexpr uint32_t kChunkBlocks = 256;
  bool grow();

  std::vector<std::unique_ptr<Block[]>> chunks_;
  uint32_t free_ = kNoBlock;
  uint32_t used_ = 0;
  uint32_t reserved_ = 0;
  uint32_t max_blocks_;
};

}  // namespace pbfast::reassembly
