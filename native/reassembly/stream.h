// One direction of a TCP connection: from segments in any order to bytes in order and gaps.
//
//   next_ ──▼
//   ────────┬───────────────┬─────────┬──────────
//   given   │     hole      │ early   │  window
//   ────────┴───────────────┴─────────┴──────────
// In-order bytes go straight on (no copy). Early segments are copied into the pool, at most kMaxEarlyBytes and
// kMaxEarlySegments a direction; the first copy wins on overlap (differing bytes are counted). A hole is given up, as a
// gap, when the other side acknowledged beyond it, when a limit is hit, or at flush.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "reassembly/pool.h"

namespace pbfast::reassembly {

inline constexpr uint32_t kMaxEarlyBytes = 64u << 10;
inline constexpr uint32_t kMaxEarlySegments = 64;

struct Counters {
  uint64_t retransmitted = 0;       // segments wholly below next
  uint64_t overlaps = 0;            // segments partly below next or over early data
  uint64_t overlap_conflicts = 0;   // overlaps with differing bytes
  uint64_t out_of_order = 0;        // early segments
  uint64_t gaps = 0;                // holes given up
  uint64_t gap_bytes = 0;
  uint64_t memory_drops = 0;        // early segments refused: pool full
  uint64_t out_of_window = 0;       // segments implausibly far from next
};

// What the stream tells. Called synchronously from Stream::segment and flush.
class Sink {
 public:
  // `size` bytes at stream offset `offset`; lent for the call.
  virtual void on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos time) = 0;
  // `size` bytes from `offset` on will never come.
  virtual void on_gap(uint64_t offset, uint64_t size, base::Nanos time) = 0;

 protected:
  ~Sink() = default;
};

struct Segment {
  uint32_t sequence;       // of the first payload byte (a SYN's own number already added by the caller)
  const uint8_t* data;
  uint32_t captured;       // bytes at data
  uint32_t wire;           // bytes sent: the rest was cut by the capture and becomes a gap
  base::Nanos time;
};

// 32 bytes. Zero-initialised is "nothing seen".
class Stream {
 public:
  // The first byte expected. Without start() the first segment's sequence is it (mid-stream pick-up).
  void start(uint32_t sequence);
  bool started() const { return started_; }
  void segment(const Segment& segment, Pool* pool, Counters* counters, Sink* sink);
  // The other side acknowledged up to `acknowledgment`: what is missing below it will not come again.
  void acknowledge(uint32_t acknowledgment, base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  // Gives up all holes and delivers what waits. End of the flow.
  void flush(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  // Drops what waits, says nothing.
  void clear(Pool* pool);
  uint32_t next_sequence() const { return next_; }
  uint64_t offset() const { return offset_; }
  bool has_early() const { return early_ != kNoBlock; }

 private:
  uint64_t offset_ = 0;        // stream offset of next_
  uint32_t next_ = 0;
  uint32_t early_ = kNoBlock;  // head of the list of early segments, sorted by sequence
  uint32_t early_bytes_ = 0;
  uint16_t early_count_ = 0;
  bool started_ = false;
};

}  // namespace pbfast::reassembly
