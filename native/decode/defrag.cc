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
  key.words[4] = static_cast<uint64_t>(view.fragment_id) << 32 |
                 static_cast<uint64_t>(view.vlan[0]) << 16 |
                 static_cast<uint64_t>(view.ip_protocol) << 8 | view.ip_version;
  return key;
}

bool Defragmenter::add(PacketView* view) {
  make_room(view->time);
  const Key key = key_of(*view);
  auto [at, is_new] = table_.try_emplace(key);
  Datagram& datagram = at->second;
  if (is_new) {
    datagram.started = view->time;
    datagram.order = ++orders_;
    queue_.emplace_back(datagram.order, key);
  }
  if (!store(*view, &datagram)) {
    drop(at);
    return false;
  }
  const bool whole = datagram.total > 0 && datagram.pieces.size() == 1 &&
                     datagram.pieces[0].start == 0 && datagram.pieces[0].end >= datagram.total;
  return whole && finish(at, view);
}

// Adds the bytes that are new; false when the datagram must be given up.
bool Defragmenter::store(const PacketView& view, Datagram* datagram) {
  const uint32_t start = view.fragment_offset, end = start + view.payload_captured;
  if (end > kMaxDatagramBytes || ++datagram->frames > kMaxFragments) return false;
  datagram->wire += view.wire;
  if (!view.more_fragments) datagram->total = start + view.payload_wire;
  if (datagram->bytes.size() < end) {
    bytes_ += end - datagram->bytes.size();
    datagram->bytes.resize(end);
  }
  auto& pieces = datagram->pieces;
  uint32_t from = start;
  for (const Piece& piece : std::vector<Piece>(pieces)) {
    if (piece.end <= from || piece.start >= end) continue;
    // The same fragment again is no attack (RFC 5722 4, errata); a different extent is.
    if (view.ip_version == 6 && !(piece.start <= start && piece.end >= end)) return false;
    if (piece.start > from) {
      std::memcpy(&datagram->bytes[from], view.payload + (from - start), piece.start - from);
      pieces.push_back({from, piece.start});
    }
    from = std::max(from, piece.end);
  }
  if (from < end) {
    std::memcpy(&datagram->bytes[from], view.payload + (from - start), end - from);
    pieces.push_back({from, end});
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.start < b.start; });
  size_t kept = 0;
  for (size_t i = 1; i < pieces.size(); i++) {
    if (pieces[i].start <= pieces[kept].end)
      pieces[kept].end = std::max(pieces[kept].end, pieces[i].end);
    else
      pieces[++kept] = pieces[i];
  }
  if (!pieces.empty()) pieces.resize(kept + 1);
  return true;
}

bool Defragmenter::finish(Table::iterator at, PacketView* view) {
  Datagram& datagram = at->second;
  const uint32_t total = datagram.total;
  view->wire = datagram.wire;
  bytes_ -= datagram.bytes.size();
  done_ = std::move(datagram.bytes);
  table_.erase(at);
  counters_.datagrams++;
  return decode_transport(view->ip_protocol, {done_.data(), total, total}, view) == Verdict::kOk;
}

// Gives up what is too old or too much.
void Defragmenter::make_room(base::Nanos now) {
  while (oldest_ < queue_.size()) {
    const auto& [order, key] = queue_[oldest_];
    const auto at = table_.find(key);
    const bool gone = at == table_.end() || at->second.order != order;
    if (!gone && table_.size() < kMaxDatagrams && bytes_ < kMaxFragmentBytes &&
        at->second.started + kFragmentTimeout >= now) {
      break;
    }
    oldest_++;
    if (!gone) drop(at);
  }
  if (oldest_ > 1024 && oldest_ * 2 > queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(oldest_));
    oldest_ = 0;
  }
}

void Defragmenter::drop(Table::iterator at) {
  bytes_ -= at->second.bytes.size();
  table_.erase(at);
  counters_.given_up++;
}

}  // namespace pbfast::decode
