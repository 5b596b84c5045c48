#include "reassembly/stream.h"

#include <algorithm>
#include <cstring>

namespace pbfast::reassembly {

namespace {

// The part of a segment from `skip` on.
Segment tail_of(const Segment& s, uint32_t skip) {
  const uint32_t gone = std::min(skip, s.captured);
  return {s.sequence + skip, s.data + gone, s.captured - gone, s.wire - std::min(skip, s.wire), s.time};
}

// The first `size` bytes of a segment.
Segment head_of(const Segment& s, uint32_t size) {
  return {s.sequence, s.data, std::min(size, s.captured), std::min(size, s.wire), s.time};
}

}  // namespace

void Stream::deliver(const Segment& s, Counters* counters, Sink* sink) {
  if (s.captured > 0) {
    sink->on_bytes(offset_, s.data, s.captured, s.time);
    offset_ += s.captured;
    next_ += s.captured;
  }
  if (s.wire > s.captured) give_up(next_ + (s.wire - s.captured), s.time, counters, sink);
  grace_ = 0;
}

void Stream::place(Segment s, Pool* pool, Counters* counters, Sink* sink) {
  const int32_t ahead = distance(s.sequence, next_);
  if (ahead > kMaxDistance || ahead < -kMaxDistance) {
    counters->out_of_window++;
    return;
  }
  if (ahead < 0) {
    const auto behind = static_cast<uint32_t>(-ahead);
    if (behind >= s.wire) {
      // RFC 9293 3.8.4: a keep-alive is one byte, or none, just below the next.
      if (behind != 1 || s.wire > 1) counters->retransmitted++;
      return;
    }
    counters->overlaps++;
    s = tail_of(s, behind);
  }
  if (s.sequence == next_) {
    place_in_order(s, pool, counters, sink);
  } else {
    place_early(s, pool, counters, sink);
  }
}

// Delivers a segment at next_; where early data lies in its way, that came first and wins.
void Stream::place_in_order(Segment s, Pool* pool, Counters* counters, Sink* sink) {
  while (s.wire > 0) {
    uint32_t room = s.wire;
    if (early_ != kNoBlock) {
      const auto until_early = static_cast<uint32_t>(distance(pool->at(early_).sequence, next_));
      room = std::min(room, until_early);
    }
    if (room > 0) deliver(head_of(s, room), counters, sink);
    s = tail_of(s, room);
    const uint32_t before = next_;
    if (s.wire > 0 && early_ != kNoBlock && pool->at(early_).sequence == next_) {
      const Block& block = pool->at(early_);
      const uint32_t shared = std::min(block.size, s.captured);
      counters->overlaps++;
      if (std::memcmp(block.data, s.data, shared) != 0) counters->overlap_conflicts++;
    }
    drain(pool, counters, sink);
    s = tail_of(s, std::min(next_ - before, s.wire));
  }
}

void Stream::place_early(const Segment& s, Pool* pool, Counters* counters, Sink* sink) {
  counters->out_of_order++;
  while (early_ != kNoBlock &&
         (early_bytes_ + s.captured > kMaxEarlyBytes || early_blocks_ + s.captured / kBlockBytes >= kMaxEarlyBlocks)) {
    give_up_first_hole(s.time, pool, counters, sink);
    if (distance(s.sequence, next_) <= 0) {
      place(s, pool, counters, sink);
      return;
    }
  }
  if (s.captured > kMaxEarlyBytes) {
    give_up(s.sequence, s.time, counters, sink);
    deliver(s, counters, sink);
    return;
  }
  insert(s, pool, counters);
}

// Fills the holes between the early blocks with what `s` has for them.
void Stream::insert(Segment s, Pool* pool, Counters* counters) {
  s.wire = s.captured;
  uint32_t* link = &early_;
  bool overlapped = false, conflict = false;
  while (s.captured > 0) {
    while (*link != kNoBlock && distance(s.sequence, pool->at(*link).sequence) >= static_cast<int32_t>(pool->at(*link).size)) {
      link = &pool->at(*link).next;
    }
    uint32_t room = s.captured;
    if (*link != kNoBlock) {
      const Block& block = pool->at(*link);
      const int32_t until = distance(block.sequence, s.sequence);
      if (until <= 0) {
        const auto into = static_cast<uint32_t>(-until);
        const uint32_t shared = std::min(block.size - into, s.captured);
        overlapped = true;
        conflict |= std::memcmp(block.data + into, s.data, shared) != 0;
        s = tail_of(s, shared);
        continue;
      }
      room = std::min(room, static_cast<uint32_t>(until));
    }
    if (!store(link, head_of(s, room), pool, counters)) break;
    s = tail_of(s, room);
  }
  counters->overlaps += overlapped;
  counters->overlap_conflicts += conflict;
}

// Puts a piece that overlaps nothing before *link, in as many blocks as it takes.
bool Stream::store(uint32_t* link, const Segment& piece, Pool* pool, Counters* counters) {
  for (uint32_t at = 0; at < piece.captured;) {
    const uint32_t index = pool->take();
    if (index == kNoBlock) {
      counters->memory_drops++;
      return false;
    }
    Block& block = pool->at(index);
    block.sequence = piece.sequence + at;
    block.size = std::min(piece.captured - at, kBlockBytes);
    block.time = piece.time;
    std::memcpy(block.data, piece.data + at, block.size);
    block.next = *link;
    *link = index;
    link = &block.next;
    at += block.size;
    early_bytes_ += block.size;
    early_blocks_++;
  }
  return true;
}

// Delivers early blocks that have become next.
void Stream::drain(Pool* pool, Counters* counters, Sink* sink) {
  while (early_ != kNoBlock) {
    const uint32_t index = early_;
    const Block& block = pool->at(index);
    const int32_t behind = distance(next_, block.sequence);
    if (behind < 0) return;
    early_ = block.next;
    early_bytes_ -= block.size;
    early_blocks_--;
    if (static_cast<uint32_t>(behind) < block.size) {
      const Segment whole{block.sequence, block.data, block.size, block.size, block.time};
      deliver(tail_of(whole, static_cast<uint32_t>(behind)), counters, sink);
    }
    pool->give(index);
  }
}

void Stream::give_up(uint32_t until, base::Nanos time, Counters* counters, Sink* sink) {
  const uint32_t missing = until - next_;
  counters->gaps++;
  counters->gap_bytes += missing;
  sink->on_gap(offset_, missing, time);
  offset_ += missing;
  next_ = until;
  grace_ = 0;
}

void Stream::give_up_first_hole(base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  if (early_ == kNoBlock) return;
  give_up(pool->at(early_).sequence, time, counters, sink);
  drain(pool, counters, sink);
}

void Stream::wait_for_hole(uint32_t acknowledgment, base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  if (distance(acknowledgment, next_) > kMaxDistance || ++grace_ < kAckGrace) return;
  uint32_t until = acknowledgment;
  if (early_ != kNoBlock && distance(pool->at(early_).sequence, until) < 0) until = pool->at(early_).sequence;
  give_up(until, time, counters, sink);
  drain(pool, counters, sink);
}

void Stream::flush(base::Nanos time, Pool* pool, Counters* counters, Sink* sink) {
  while (early_ != kNoBlock) give_up_first_hole(time, pool, counters, sink);
}

void Stream::clear(Pool* pool) {
  while (early_ != kNoBlock) {
    const uint32_t index = early_;
    early_ = pool->at(index).next;
    pool->give(index);
  }
  early_bytes_ = 0;
  early_blocks_ = 0;
}

}  // namespace pbfast::reassembly
