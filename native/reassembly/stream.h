// One direction of a TCP connection: from segments in any order to bytes in order and gaps.
//
//   next ───▼
//   ────────┬───────────────┬─────────┬──────────
//   given   │     hole      │ early   │  window
//   ────────┴───────────────┴─────────┴──────────
// In-order bytes go straight on, without a copy. Early segments are copied into the pool; on
// overlap the copy that came first wins and differing bytes are counted. What the capture cut from
// a segment is a gap behind its bytes. A hole is given up, as a gap, when the other side has
// acknowledged it and it stays open, when what waits behind it reaches a limit, or at flush.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "reassembly/pool.h"
#include "reassembly/sequence.h"

namespace pbfast::reassembly {

// Captures may be reordered by this many packets, of any size, without a change in what is told.
inline constexpr uint32_t kMaxReordering = 8;
// An acknowledgement is taken as the proof of a loss after this many further calls: a packet that
// moved by kMaxReordering one way may belong before one that moved as far the other way.
inline constexpr uint8_t kAckGrace = 2 * kMaxReordering;

// Small early segments share a block, and with it the first one's time, once the largest IP packets
// that kMaxReordering allows for would have found a block for each of their parts.
inline constexpr uint32_t kMergeFromBlocks = kMaxReordering * (65535 / kBlockBytes + 1);
inline constexpr uint32_t kMaxEarlyBlocks = kMergeFromBlocks + 56;
inline constexpr uint32_t kMaxEarlyBytes = kMaxEarlyBlocks * kBlockBytes;  // 630 KiB

struct Counters {
  uint64_t retransmitted = 0;      // segments that bring nothing new; keep-alives apart
  uint64_t overlaps = 0;           // segments that repeat something and are not `retransmitted`
  uint64_t overlap_conflicts = 0;  // segments that differ from early bytes they lie over
  uint64_t out_of_order = 0;       // segments that bring something, behind a hole
  uint64_t gaps = 0;               // holes given up and cut tails
  uint64_t gap_bytes = 0;
  uint64_t memory_drops = 0;   // early segments that met a limit: holes before them were given up
  uint64_t out_of_window = 0;  // segments implausibly far from next, ignored
};

// What the stream tells, synchronously from segment(), acknowledge() and flush(). Offsets run on
// without hole or overlap. May not call the stream.
class Sink {
 public:
  // `size` bytes, at least one, at stream offset `offset`; lent for the call.
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
  uint32_t wire;      // bytes sent: the rest was cut by the capture
  base::Nanos time;
  bool answers = false;  // it came with an acknowledgment:
  uint32_t after = 0;    // of all before this number, see limit()
};

// Owns blocks of the pool while has_early(): the same pool in every call, clear() before the end.
class Stream {
 public:
  // The first byte expected; ignored once anything was told or waits for it. Without it the
  // sequence of the first segment is the origin (mid-stream pick-up), and what lies below can no
  // longer be told.
  void start(uint32_t sequence, Pool* pool) {
    if (started_ && (offset_ > 0 || early_ != kNoBlock)) return;
    drop_below(sequence, pool);
    next_ = sequence;
    grace_ = 0;
    started_ = true;
  }
  bool started() const { return started_; }
  // Keeps a segment while the first byte is not known: the lowest that comes until begin() is the
  // origin.
  void collect(const Segment& segment, Pool* pool, Counters* counters, Sink* sink);
  // The lowest of what was collected is the first byte.
  void begin() { started_ = started_ || early_ != kNoBlock; }
  // Bytes that came with an acknowledgment beyond this wait as early ones, also when they are next:
  // what they answer was not told yet. For the calls that follow.
  void limit(uint32_t acknowledgment) {
    limit_ = acknowledgment;
    hold_ = Hold::kBeyondLimit;
  }
  void unlimit() { hold_ = Hold::kNothing; }
  // All bytes wait.
  void hold() { hold_ = Hold::kAll; }
  // Delivers what the limit no longer holds; true when something was told.
  bool release(Pool* pool, Counters* counters, Sink* sink);
  // Only the limit holds what is next.
  bool is_held(const Pool& pool) const {
    return started_ && early_ != kNoBlock && pool.at(early_).sequence == next_;
  }
  // Something early waits, or a hole is known by its acknowledgment.
  bool waits() const { return started_ && (early_ != kNoBlock || grace_ > 0); }
  // Gives up the first hole; without one, the limit.
  void give_up_first(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);

  // `S` is the sink's own class: if that is final, in-order bytes reach it without a virtual call.
  template <class S>
  void segment(const Segment& segment, Pool* pool, Counters* counters, S* sink) {
    // PERF: the usual case, 26 instructions and about 1 ns before the sink.
    if (started_ && segment.sequence == next_ && early_ == kNoBlock && segment.wire > 0 &&
        segment.captured == segment.wire && allows(segment)) {
      const uint64_t offset = offset_;
      advance(segment.captured);
      grace_ = 0;
      sink->on_bytes(offset, segment.data, segment.captured, segment.time);
    } else {
      place(segment, pool, counters, sink);
    }
  }
  // The other side acknowledged up to `acknowledgment`: what is missing below it will hardly come.
  void acknowledge(uint32_t acknowledgment, base::Nanos time, Pool* pool, Counters* counters,
                   Sink* sink) {
    if (proves_hole(acknowledgment, *pool))
      wait_for_hole(acknowledgment, time, pool, counters, sink);
  }
  // Gives up all holes and delivers what waits. End of the flow.
  void flush(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  // After flush(): the sender ended at `sequence`, what is missing before it is lost.
  void end_at(uint32_t sequence, base::Nanos time, Counters* counters, Sink* sink);
  // Drops what waits, says nothing.
  void clear(Pool* pool);
  uint32_t next_sequence() const { return next_; }
  uint64_t offset() const { return offset_; }
  bool has_early() const { return early_ != kNoBlock; }

 private:
  enum class Hold : uint8_t { kNothing, kBeyondLimit, kAll };
  // How a segment lies over the early ones.
  struct Finding {
    uint32_t covered = 0;
    bool differs = false;
  };
  void advance(uint32_t size) {
    offset_ += size;
    next_ += size;
  }
  // RFC 9293 3.4: a FIN takes a number too, so a single one with nothing behind it proves nothing.
  bool proves_hole(uint32_t acknowledgment, const Pool& pool) const {
    return distance(acknowledgment, next_) > (early_ == kNoBlock ? 1 : 0) && !is_held(pool);
  }
  // An acknowledgment of more than a window ahead is none of this connection's.
  template <class Bytes>
  bool allows(const Bytes& bytes) const {
    if (hold_ != Hold::kBeyondLimit) return hold_ == Hold::kNothing;
    if (!bytes.answers) return true;
    const int32_t beyond = distance(bytes.after, limit_);
    return beyond <= 0 || beyond > kMaxDistance;
  }
  void drop_below(uint32_t sequence, Pool* pool);
  void place(Segment segment, Pool* pool, Counters* counters, Sink* sink);
  void place_new(Segment segment, bool trimmed, Pool* pool, Counters* counters, Sink* sink);
  void place_next(Segment segment, Pool* pool, Counters* counters, Sink* sink);
  void place_early(Segment segment, Pool* pool, Counters* counters, Sink* sink);
  Finding compare(const Segment& segment, const Pool& pool) const;
  uint32_t find_before(uint32_t sequence, const Pool& pool) const;
  uint32_t insert(Segment segment, Pool* pool);
  uint32_t store(const Segment& piece, uint32_t* before, Pool* pool);
  bool merge(const Segment& piece, uint32_t before, Pool* pool) const;
  uint32_t add_block(uint32_t before, Pool* pool);
  void drain(Pool* pool, Counters* counters, Sink* sink);
  void deliver(const Segment& segment, Counters* counters, Sink* sink);
  void give_up(uint32_t until, base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  void tell_gap(uint32_t size, base::Nanos time, Counters* counters, Sink* sink);
  void wait_for_hole(uint32_t acknowledgment, base::Nanos time, Pool* pool, Counters* counters,
                     Sink* sink);
  void count_wait(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);
  void give_up_acknowledged(base::Nanos time, Pool* pool, Counters* counters, Sink* sink);

  uint64_t offset_ = 0;        // stream offset of next_
  uint32_t next_ = 0;          // sequence number of the next byte to deliver
  uint32_t early_ = kNoBlock;  // first early block; they lie beyond next_, sorted, none overlapping
  uint32_t last_ = kNoBlock;   // last early block, while there is one
  uint32_t limit_ = 0;
  uint32_t acknowledged_ = 0;  // holes below are given up after the grace, while grace_ > 0
  uint16_t early_blocks_ = 0;
  uint8_t grace_ = 0;  // calls since acknowledged_ was set, that one included
  bool started_ = false;
  Hold hold_ = Hold::kNothing;
};
static_assert(sizeof(Stream) == 40);

}  // namespace pbfast::reassembly
