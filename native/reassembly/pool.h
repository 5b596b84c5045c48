// Memory of early segments: fixed blocks, one cap for all streams of a shard. Memory once reserved
// is kept for the next burst. The bytes lie apart from the rest of a block, so that a walk along a
// stream's blocks touches little memory (PERF: 1-byte segments at random over 200 streams of 320
// blocks, 28 -> 13 us a segment).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"

namespace pbfast::reassembly {

inline constexpr uint32_t kNoBlock = 0xffffffff;
inline constexpr uint32_t kBlockBytes = 2016;  // payload bytes a block

// A run of early bytes of one stream: the sequence numbers [sequence, sequence + wire), of which
// the pool has the first `size` and the rest was cut by the capture.
struct Block {
  uint32_t next;
  uint32_t sequence;
  uint32_t size;
  uint32_t wire;
  uint32_t after;  // Segment's
  bool answers;    // Segment's
  base::Nanos time;
};
inline constexpr uint32_t kBlockMemory = sizeof(Block) + kBlockBytes;
static_assert(kBlockMemory == 2048);
inline constexpr uint32_t kHeadroomBlocks = 2 * (65535 / kBlockBytes + 1);

class Pool {
 public:
  // Never reserves more than `max_bytes`.
  explicit Pool(uint64_t max_bytes);
  // kNoBlock when the cap is reached or the system has no memory. All but `next` is left as it was.
  [[nodiscard]] uint32_t take();
  void give(uint32_t index);
  Block& at(uint32_t index) { return chunks_[index / kChunkBlocks].blocks[index % kChunkBlocks]; }
  const Block& at(uint32_t index) const {
    return chunks_[index / kChunkBlocks].blocks[index % kChunkBlocks];
  }
  // kBlockBytes bytes.
  uint8_t* bytes(uint32_t index) const {
    return &chunks_[index / kChunkBlocks].bytes[size_t{index % kChunkBlocks} * kBlockBytes];
  }
  uint32_t used() const { return used_; }
  uint32_t max_blocks() const { return max_blocks_; }
  // Too little is left for one more packet of the largest size. Whoever owns the streams then gives
  // up what waits longest, so that no newcomer pays for the memory others hold.
  bool is_short() const { return max_blocks_ - used_ < headroom_; }
  uint64_t bytes_reserved() const { return uint64_t{reserved_} * kBlockMemory; }

 private:
  static constexpr uint32_t kChunkBlocks = 256;
  struct Chunk {
    std::unique_ptr<Block[]> blocks;
    std::unique_ptr<uint8_t[]> bytes;
  };
  bool grow();

  std::vector<Chunk> chunks_;
  uint32_t free_ = kNoBlock;
  uint32_t used_ = 0;
  uint32_t reserved_ = 0;
  uint32_t max_blocks_;
  uint32_t headroom_;
};

}  // namespace pbfast::reassembly
