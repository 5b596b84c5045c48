#include "reassembly/stream.h"

#include <algorithm>
#include <cstring>

namespace pbfast::reassembly {

namespace {

// The part of a segment from `skip` on, at most all of it.
Segment tail_of(const Segment& s, uint32_t skip) {
  const uint32_t gone = std::min(skip, s.captured);
  return {s.sequence + skip, s.data + gone, s.captured - gone, s.wire - skip, s.time,
          s.answers,         s.after};
}

// The first `size` bytes of a segment, at most all of it.
Segment head_of(const Segment& s, uint32_t size) {
  return {s.sequence, s.data, std::min(size, s.captured), size, s.time, s.answers, s.after};
}

uint32_t end_of(const Block& block) { return block.sequence + block.wire; }

void append(Pool* pool, uint32_t index, const Segment& s) {
  Block& block = pool->at(index);
  if (s.captured > 0) std::memcpy(pool->bytes(index) + block.size, s.data, s.captured);
  block.size += s.captured;
  block.wire += s.wire;
}

// Whether what both have captured of the `shared` bytes from here on differs.
bool differ(const Pool& pool, uint32_t index, uint32_t in_block, const Segment& s,
            uint32_t in_segment, uint32_t shared) {
  const uint32_t captured = pool.at(index).size;
  if (captured <= in_block || s.captured <= in_segment) return false;
  const uint32_t size = std::min({shared, captured - in_block, s.captured - in_segment});
  return std::memcmp(pool.bytes(index) + in_block, s.data + in_segment, size) != 0;
}

}  // namespace

void Stream::place(Segment s, Pool* pool, Counters* counters, Sink* sink) {
  if (s.wire == 0) return;
  if (!started_) start(s.sequence, pool);
  s.captured = std::min(s.captured, s.wire);
  const int64_t ahead = distance(s.sequence, next_);
  const int64_t end = ahead + s.wire;
  if (ahead < -kMaxDistance || end > kMaxDistance) {
    counters->out_of_window++;
    return;
  }
  if (end > 0) {
    const auto old = static_cast<uint32_t>(std::max<int64_t>(-ahead, 0));
    place_new(tail_of(s, old), old > 0, pool, counters, sink);
  } else if (ahead < -1) {
    // RFC 9293 3.8.4: a keep-alive repeats one byte, or garbage, just below the next.
    counters->retransmitted++;
  }
  if (grace_ > 0) count_wait(s.time, pool, counters, sink);
}

// Takes a segment that does not begin below next_; `trimmed` when a part that did was cut off.
void Stream::place_new(Segment s, bool trimmed, Pool* pool, Counters* counters, Sink* sink) {
  const Finding early = compare(s, *pool);
  const bool repeats = early.covered == s.wire && !trimmed;
  counters->overlap_conflicts += early.differs;
  if (repeats && !early.differs) {
    counters->retransmitted++;
  } else if (trimmed || early.covered > 0) {
    counters->overlaps++;
  }
  if (s.sequence == next_ && allows(s)) {
    place_next(s, pool, counters, sink);
  } else if (early.covered < s.wire) {
    counters->out_of_order += s.sequence != next_;
    place_early(s, pool, counters, sink);
  }
}

// Delivers a segment at next_; where early data lies in its way, that came first and wins. What is
// sent again with an older acknowledgment never was an answer to more.
void Stream::place_next(Segment s, Pool* pool, Counters* counters, Sink* sink) {
  for (;;) {
    uint32_t room = s.wire;
    if (early_ != kNoBlock) {
      const int32_t until_early = distance(pool->at(early_).sequence, s.sequence);
      room = std::min(room, static_cast<uint32_t>(until_early));
      if (room == 0) pool->at(early_).answers = false;
    }
    deliver(head_of(s, room), counters, sink);
    drain(pool, counters, sink);
    const uint32_t done = next_ - s.sequence;
    if (done >= s.wire) return;
    s = tail_of(s, done);
  }
}

// Keeps a segment behind a hole. Over a limit the first hole is given up until the rest has room or
// is next itself.
void Stream::place_early(Segment s, Pool* pool, Counters* counters, Sink* sink) {
  uint32_t left = insert(s, pool);
  counters->memory_drops += left > 0;
  while (left > 0) {
    s = tail_of(s, s.wire - left);
    uint32_t hole_end = s.sequence;
    if (early_ != kNoBlock && distance(pool->at(early_).sequence, hole_end) < 0) {
      hole_end = pool->at(early_).sequence;
    }
    give_up(hole_end, s.time, pool, counters, sink);
    if (s.sequence == next_) {
      // What waits behind it must not wait on.
      if (hold_ == Hold::kAll) unlimit();
      place_next(s, pool, counters, sink);
      return;
    }
    left = insert(s, pool);
  }
}

Stream::Finding Stream::compare(const Segment& s, const Pool& pool) const {
  Finding finding;
  if (early_ == kNoBlock || distance(s.sequence, end_of(pool.at(last_))) >= 0) return finding;
  for (uint32_t index = early_; index != kNoBlock; index = pool.at(index).next) {
    const Block& block = pool.at(index);
    const int32_t into = distance(s.sequence, block.sequence);
    const auto in_block = static_cast<uint32_t>(std::max(into, 0));
    const auto in_segment = static_cast<uint32_t>(std::max(-into, 0));
    if (in_segment >= s.wire) break;
    if (in_block >= block.wire) continue;
    const uint32_t shared = std::min(block.wire - in_block, s.wire - in_segment);
    finding.covered += shared;
    finding.differs |= differ(pool, index, in_block, s, in_segment, shared);
  }
  return finding;
}

// The last block that begins at or below `sequence`.
uint32_t Stream::find_before(uint32_t sequence, const Pool& pool) const {
  if (early_ == kNoBlock) return kNoBlock;
  if (distance(sequence, pool.at(last_).sequence) >= 0) return last_;
  uint32_t before = kNoBlock;
  for (uint32_t index = early_; distance(sequence, pool.at(index).sequence) >= 0;) {
    before = index;
    index = pool.at(index).next;
  }
  return before;
}

// Fills the holes between the early blocks with what `s` has for them; returns how many of its last
// bytes found no room.
uint32_t Stream::insert(Segment s, Pool* pool) {
  uint32_t before = find_before(s.sequence, *pool);
  for (;;) {
    if (before != kNoBlock) {
      const int32_t covered = distance(end_of(pool->at(before)), s.sequence);
      if (covered >= static_cast<int32_t>(s.wire)) return 0;
      if (covered > 0) s = tail_of(s, static_cast<uint32_t>(covered));
    }
    const uint32_t after = before == kNoBlock ? early_ : pool->at(before).next;
    uint32_t room = s.wire;
    if (after != kNoBlock) {
      const int32_t until = distance(pool->at(after).sequence, s.sequence);
      room = std::min(room, static_cast<uint32_t>(until));
    }
    const uint32_t stored = store(head_of(s, room), &before, pool);
    if (stored < room || stored == s.wire) return s.wire - stored;
    s = tail_of(s, room);
    before = after;
  }
}

// Puts a piece that overlaps nothing behind *before, in as many blocks as it takes; *before becomes
// the last of them. Returns how many bytes found room.
uint32_t Stream::store(const Segment& piece, uint32_t* before, Pool* pool) {
  if (merge(piece, *before, pool)) return piece.wire;
  Segment rest = piece;
  while (rest.wire > 0) {
    const uint32_t index = add_block(*before, pool);
    if (index == kNoBlock) break;
    *before = index;
    const Segment part = rest.captured > kBlockBytes ? head_of(rest, kBlockBytes) : rest;
    Block& block = pool->at(index);
    block.sequence = part.sequence;
    block.size = block.wire = 0;
    block.time = part.time;
    block.answers = part.answers;
    block.after = part.after;
    append(pool, index, part);
    rest = tail_of(rest, part.wire);
  }
  return piece.wire - rest.wire;
}

bool Stream::merge(const Segment& piece, uint32_t before, Pool* pool) const {
  if (before == kNoBlock || early_blocks_ < kMergeFromBlocks) return false;
  const Block& block = pool->at(before);
  if (end_of(block) != piece.sequence || block.size < block.wire ||
      block.answers != piece.answers || block.after != piece.after ||
      piece.captured > kBlockBytes - block.size) {
    return false;
  }
  append(pool, before, piece);
  return true;
}

uint32_t Stream::add_block(uint32_t before, Pool* pool) {
  if (early_blocks_ >= kMaxEarlyBlocks) return kNoBlock;
  const uint32_t index = pool->take();
  if (index == kNoBlock) return kNoBlock;
  uint32_t& link = before == kNoBlock ? early_ : pool->at(before).next;
  pool->at(index).next = link;
  link = index;
  if (pool->at(index).next == kNoBlock) last_ = index;
  early_blocks_++;
  return index;
}

// Delivers the early blocks that have become next.
void Stream::drain(Pool* pool, Counters* counters, Sink* sink) {
  while (is_held(*pool) && allows(pool->at(early_))) {
    const uint32_t index = early_;
    const Block& block = pool->at(index);
    early_ = block.next;
    early_blocks_--;
    deliver({block.sequence, pool->bytes(index), block.size, block.wire, block.time, block.answers,
             block.after},
            counters, sink);
    pool->give(index);
  }
}

void Stream::deliver(const Segment& s, Counters* counters, Sink* sink) {
  if (s.captured > 0) {
    const uint64_t offset = offset_;
    advance(s.captured);
    sink->on_bytes(offset, s.data, s.captured, s.time);
  }
  if (s.wire > s.captured) tell_gap(s.wire - s.captured, s.time, counters, sink);
}

void Stream::tell_gap(uint32_t size, base::Nanos time, Counters* counters, Sink* sink) {
  counters->gaps++;
  counters->gap_bytes += size;
  const uint64_t offset = offset_;
  advance(size);
  sink->on_gap(offset, size, time);
}

// Gives up the hole up to `until`, not beyond the first early block; without one, the limit.
void Stream::give_up(uint32_t until, base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  if (until == next_) {
    unlimit();
  } else {
    tell_gap(until - next_, time, counters, sink);
  }
  drain(pool, counters, sink);
}

void Stream::give_up_first(base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  if (early_ != kNoBlock) {
    give_up(pool->at(early_).sequence, time, pool, counters, sink);
  } else if (grace_ > 0) {
    give_up_acknowledged(time, pool, counters, sink);
  }
}

bool Stream::release(Pool* pool, Counters* counters, Sink* sink) {
  const uint64_t before = offset_;
  drain(pool, counters, sink);
  return offset_ != before;
}

void Stream::collect(const Segment& s, Pool* pool, Counters* counters, Sink* sink) {
  if (s.wire == 0) return;
  const int32_t ahead = early_ == kNoBlock ? 0 : distance(s.sequence, next_);
  if (ahead < -kMaxDistance || ahead > kMaxDistance - static_cast<int32_t>(s.wire)) {
    counters->out_of_window++;
    return;
  }
  if (ahead < 0 || early_ == kNoBlock) next_ = s.sequence;
  Segment kept = s;
  kept.captured = std::min(s.captured, s.wire);
  const uint32_t left = insert(kept, pool);
  if (left == 0) return;
  counters->memory_drops++;
  started_ = true;
  drain(pool, counters, sink);
  place(tail_of(kept, kept.wire - left), pool, counters, sink);
}

// What lies below the first byte never belonged to the stream.
void Stream::drop_below(uint32_t sequence, Pool* pool) {
  while (early_ != kNoBlock && distance(pool->at(early_).sequence, sequence) < 0) {
    const uint32_t index = early_;
    early_ = pool->at(index).next;
    early_blocks_--;
    pool->give(index);
  }
}

void Stream::wait_for_hole(uint32_t acknowledgment, base::Nanos time, Pool* pool,
                           Counters* counters, Sink* sink) {
  if (distance(acknowledgment, next_) > kMaxDistance) return;
  if (grace_ > 0) count_wait(time, pool, counters, sink);
  if (grace_ > 0 || !proves_hole(acknowledgment, *pool)) return;
  acknowledged_ = acknowledgment;
  grace_ = 1;
}

void Stream::count_wait(base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  if (!proves_hole(acknowledged_, *pool)) {
    grace_ = 0;
  } else if (++grace_ > kAckGrace) {
    give_up_acknowledged(time, pool, counters, sink);
  }
}

void Stream::give_up_acknowledged(base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  while (proves_hole(acknowledged_, *pool)) {
    uint32_t until = acknowledged_;
    if (early_ != kNoBlock && distance(pool->at(early_).sequence, until) < 0) {
      until = pool->at(early_).sequence;
    }
    give_up(until, time, pool, counters, sink);
  }
  grace_ = 0;
}

void Stream::flush(base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  begin();
  while (early_ != kNoBlock) give_up_first(time, pool, counters, sink);
  if (grace_ > 0) give_up_acknowledged(time, pool, counters, sink);
}

void Stream::end_at(uint32_t sequence, base::Nanos time, Counters* counters, Sink* sink) {
  const int32_t missing = distance(sequence, next_);
  if (started() && missing > 0 && missing <= kMaxDistance)
    tell_gap(static_cast<uint32_t>(missing), time, counters, sink);
}

void Stream::clear(Pool* pool) {
  while (early_ != kNoBlock) {
    const uint32_t index = early_;
    early_ = pool->at(index).next;
    pool->give(index);
  }
  early_blocks_ = 0;
  grace_ = 0;
}

}  // namespace pbfast::reassembly
