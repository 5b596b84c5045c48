#include "decode/defrag.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "decode/transport.h"

namespace pbfast::decode {

Defragmenter::Key Defragmenter::key_of(const PacketView& view) {
  Key key;
  std::memcpy(key.words, view.source_ip.bytes, 16);
  std::memcpy(key.words + 2, view.destination_ip.bytes, 16);
  const auto vlan = [&](int i) {
    return uint64_t{view.vlan_count > i ? view.vlan[i] : uint16_t{}};
  };
  key.words[4] = static_cast<uint64_t>(view.fragment_id) << 32 | vlan(0) << 16 |
                 static_cast<uint64_t>(view.ip_protocol) << 8 | view.ip_version;
  key.words[5] = vlan(1) << 32 | view.tunnel;
  return key;
}

bool Defragmenter::add(PacketView* view) {
  expire(view->time);
  const uint32_t index = find_or_open(key_of(*view), view->time);
  Datagram& datagram = datagrams_[index];
  if (datagram.dead) return false;
  store(*view, index);
  const bool whole = !datagram.dead && datagram.total > 0 && datagram.held == datagram.total;
  return whole && finish(index, view);
}

uint32_t Defragmenter::find_or_open(const Key& key, base::Nanos now) {
  const auto bucket = static_cast<uint32_t>(base::siphash13(seed_, key.words, 6) % kBuckets);
  for (uint32_t i = heads_[bucket]; i != kNone; i = datagrams_[i].next) {
    if (datagrams_[i].key == key) return i;
  }
  if (count_ == limits_.datagrams) push_out(oldest_, &counters_.over_datagrams);
  uint32_t index = free_;
  if (index == kNone) {
    index = static_cast<uint32_t>(datagrams_.size());
    datagrams_.emplace_back();
  } else {
    free_ = datagrams_[index].next;
  }
  Datagram& datagram = datagrams_[index];
  datagram.key = key;
  datagram.started = now;
  datagram.capacity = datagram.total = datagram.held = datagram.end = datagram.wire = 0;
  datagram.frames = datagram.pieces = 0;
  datagram.cut = kNone;
  datagram.dead = false;
  datagram.bucket = bucket;
  datagram.next = heads_[bucket];
  heads_[bucket] = index;
  datagram.newer = kNone;
  datagram.older = newest_;
  (newest_ == kNone ? oldest_ : datagrams_[newest_].newer) = index;
  newest_ = index;
  count_++;
  return index;
}

// Adds the bytes that are new, or gives the datagram up.
void Defragmenter::store(const PacketView& view, uint32_t index) {
  Datagram& datagram = datagrams_[index];
  const uint32_t start = view.fragment_offset, end = start + view.payload_wire;
  if (!fits(view, start, end, &datagram)) return kill(&datagram, &counters_.malformed);
  if (++datagram.frames > kMaxFragments) return kill(&datagram, &counters_.over_fragments);
  datagram.wire += view.wire;
  bool repeated = false;
  if (view.ip_version == 6 && overlaps(datagram, start, end, &repeated))
    return kill(&datagram, &counters_.overlapping);
  if (repeated) return;
  if (!reserve(start + std::min(view.payload_captured, view.payload_wire), index))
    return kill(&datagram, &counters_.over_bytes);
  fill(view, start, end, &datagram);
}

// The length of the datagram is where its last fragment ends; nothing may reach beyond.
bool Defragmenter::fits(const PacketView& view, uint32_t start, uint32_t end, Datagram* datagram) {
  if (end > kMaxDatagramBytes || end < start) return false;
  if (!view.more_fragments) {
    if (datagram->total > 0 && datagram->total != end) return false;
    datagram->total = end;
  }
  datagram->end = std::max(datagram->end, end);
  return datagram->total == 0 || datagram->end <= datagram->total;
}

bool Defragmenter::overlaps(const Datagram& datagram, uint32_t start, uint32_t end,
                            bool* repeated) const {
  if (start == end) return false;
  for (uint32_t i = 0; i < datagram.pieces; i++) {
    const Piece& piece = datagram.piece[i];
    if (piece.end <= start || piece.start >= end) continue;
    *repeated = piece.start == start && piece.end == end;
    return !*repeated;
  }
  return false;
}

// Memory for the first `size` bytes; others that are older give theirs up.
bool Defragmenter::reserve(uint32_t size, uint32_t index) {
  Datagram& datagram = datagrams_[index];
  if (size <= datagram.capacity) return true;
  const uint32_t capacity = std::min(std::max(size, 2 * datagram.capacity), kMaxDatagramBytes);
  const uint32_t more = capacity - datagram.capacity;
  while (bytes_ + more > limits_.bytes) {
    const uint32_t victim = oldest_ == index ? datagram.newer : oldest_;
    if (victim == kNone) return false;
    push_out(victim, &counters_.over_bytes);
  }
  auto bytes = std::make_unique<uint8_t[]>(capacity);
  if (datagram.capacity > 0) std::memcpy(bytes.get(), datagram.bytes.get(), datagram.capacity);
  datagram.bytes = std::move(bytes);
  datagram.capacity = capacity;
  bytes_ += more;
  return true;
}

// The parts of [start, end) that no piece has become pieces.
void Defragmenter::fill(const PacketView& view, uint32_t start, uint32_t end, Datagram* datagram) {
  const uint32_t captured = start + std::min(view.payload_captured, view.payload_wire);
  const auto put = [&](uint32_t at, uint32_t from, uint32_t to) {
    Piece* place = datagram->piece + at;
    std::move_backward(place, datagram->piece + datagram->pieces,
                       datagram->piece + datagram->pieces + 1);
    *place = {from, to};
    datagram->pieces++;
    datagram->held += to - from;
    const uint32_t known = std::clamp(captured, from, to);
    if (known > from)
      std::memcpy(&datagram->bytes[from], view.payload + (from - start), known - from);
    if (known < to) datagram->cut = std::min(datagram->cut, known);
  };
  uint32_t from = start, at = 0;
  for (; at < datagram->pieces && from < end; at++) {
    const Piece piece = datagram->piece[at];
    if (piece.end <= from) continue;
    if (piece.start > from) {
      put(at++, from, std::min(end, piece.start));
    }
    from = std::max(from, piece.end);
  }
  if (from < end) put(at, from, end);
}

// What was fragmented may hold fragments itself, in a tunnel; their depth has a limit.
bool Defragmenter::finish(uint32_t index, PacketView* view) {
  Datagram& datagram = datagrams_[index];
  const uint32_t total = datagram.total, captured = std::min(datagram.cut, total);
  view->wire = datagram.wire;
  bytes_ -= datagram.capacity;
  done_ = std::move(datagram.bytes);
  datagram.capacity = 0;
  remove(index);
  const Verdict verdict = decode_transport(view->ip_protocol, {done_.get(), captured, total}, view);
  if (verdict == Verdict::kFragment) return add(view);
  const bool good = verdict == Verdict::kOk;
  ++(good ? counters_.datagrams : counters_.malformed);
  if (!good) counters_.given_up++;
  return good;
}

void Defragmenter::expire(base::Nanos now) {
  while (oldest_ != kNone && datagrams_[oldest_].started + kFragmentTimeout < now)
    push_out(oldest_, &counters_.timed_out);
}

// What its fragments say cannot be.
void Defragmenter::kill(Datagram* datagram, uint64_t* reason) {
  bytes_ -= datagram->capacity;
  datagram->capacity = 0;
  datagram->bytes.reset();
  datagram->dead = true;
  ++*reason;
  counters_.given_up++;
}

void Defragmenter::push_out(uint32_t index, uint64_t* reason) {
  if (!datagrams_[index].dead) kill(&datagrams_[index], reason);
  remove(index);
}

void Defragmenter::remove(uint32_t index) {
  Datagram& datagram = datagrams_[index];
  (datagram.newer == kNone ? newest_ : datagrams_[datagram.newer].older) = datagram.older;
  (datagram.older == kNone ? oldest_ : datagrams_[datagram.older].newer) = datagram.newer;
  uint32_t* link = &heads_[datagram.bucket];
  while (*link != index) link = &datagrams_[*link].next;
  *link = datagram.next;
  datagram.next = free_;
  free_ = index;
  count_--;
}

}  // namespace pbfast::decode
