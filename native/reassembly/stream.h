// One direction of a TCP connection: from segments in any order to bytes in order and gaps.
//
//   next ───▼
//   ────────┬───────────────┬─────────┬──────────
//   given   │     hole      │ early   │  window
//   ────────┴───────────────┴─────────┴──────────
// In-order bytes go straight on, without a copy. Early segments are copied into the pool; on overlap the copy that came
// first wins and differing bytes are counted. A hole is given up, as a gap, when the other side has acknowledged beyond it
// for a while, when a limit is hit, or at flush.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "reassembly/pool.h"
#include "reassembly/sequence.h"

namespace pbfast::reassembly {

inline constexpr uint32_t kMaxEarlyBytes = 64u << 10;
inline constexpr uint32_t kMaxEarlyBlocks = 64;
// Captures may be reordered by several packets: an acknowledged hole is given up after this many further calls.
inline constexpr uint8_t kAckGrace = 16;

struct Counters {
  uint64_t retransmitted = 0;      // segments wholly below next
  uint64_t overlaps = 0;           // segments partly below next, or over early data
  uint64_t overlap_conflicts = 0;  // overlaps with differing bytes
  uint64_t out_of_order = 0;       // early segments
  uint64_t gaps = 0;               // holes given up
  uint64_t gap_bytes = 0;
  uint64_t memory_drops = 0;       // pieces of early segments refused: pool full
  uint64_t out_of_window = 0;      // segments implausibly far from next
};

// What the stream tells, synchronously from segment(), acknowledge() and flush(). Offsets run on without hole or overlap.
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
  uint32_t sequence;  // of the first payload byte (a SYN's own number already added by the caller)
  const uint8_t* data;
  uint32_t captured;  // bytes at data
  uint32_t wire;      // bytes sent: the rest was cut by the capture and becomes a gap
  base::Nanos time;
};

// Zero-initialised is "nothing seen".
class Stream {
 public:
  // The first byte expected. Without start() the first segment's sequence is it (mid-stream pick-up).
  void start(uint32_t sequence) {
    next_ = sequence;
    started_ = true;
  }
  bool started() const { return started_; }

  void segment(const Segment& segment, Pool* pool, Counters* counters, Sink* sink) {
    if (!started_) start(segment.sequence);
    // PERF: in order and nothing waiting is the usual case.
    if (segment.sequence == next_ && early_ == kNoBlock) {
      deliver(segment, counters, sink);
    } else {
      place(segment, pool, counters, sink);
    }
  }
  // The other side acknowledged up to `acknowledgment`: what is missing below it will hardly come again.
  void acknowledge(uint32_t acknowledgment, base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
    if (distance(acknowledgment, next_) > 0) wait_for_hole(acknowledgment, time, pool, counters, sink);
  }
  // Gives up all holes and delivers what waits. End of the flow.
  void flush(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  // Drops what waits, says nothing.
  void clear(Pool* pool);
  uint32_t next_sequence() const { return next_; }
  uint64_t offset() const { return offset_; }
  bool has_early() const { return early_ != kNoBlock; }

 private:
  void deliver(const Segment& segment, Counters* counters, Sink* sink);
  void place(Segment segment, Pool* pool, Counters* counters, Sink* sink);
  void place_in_order(Segment segment, Pool* pool, Counters* counters, Sink* sink);
  void place_early(const Segment& segment, Pool* pool, Counters* counters, Sink* sink);
  void insert(Segment segment, Pool* pool, Counters* counters);
  bool store(uint32_t* link, const Segment& piece, Pool* pool, Counters* counters);
  void drain(Pool* pool, Counters* counters, Sink* sink);
  void give_up(uint32_t until, base::Nanos time, Counters* counters, Sink* sink);
  void give_up_first_hole(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  void wait_for_hole(uint32_t acknowledgment, base::Nanos time, Pool* pool, Counters* counters, Sink* sink);

  uint64_t offset_ = 0;        // stream offset of next_
  uint32_t next_ = 0;          // sequence number of the next byte to deliver
  uint32_t early_ = kNoBlock;  // early blocks, by sequence, none overlapping
  uint32_t early_bytes_ = 0;
  uint16_t early_blocks_ = 0;
  uint8_t grace_ = 0;          // calls since the hole was first acknowledged
  bool started_ = false;
};
static_assert(sizeof(Stream) == 24);

}  // namespace pbfast::reassembly
