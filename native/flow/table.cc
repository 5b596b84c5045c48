#include "flow/table.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace pbfast::flow {

namespace {

uint32_t percent(uint32_t of, uint32_t share) {
  return static_cast<uint32_t>(static_cast<uint64_t>(of) * share / 100);
}

}  // namespace

Table::Table(const TableOptions& options) : options_(options), index_(nullptr, std::free) {
  options_.max_flows = std::clamp(options_.max_flows, kMinMaxFlows, kMaxMaxFlows);
  for (uint32_t i = 0; i < kPools; i++) {
    reserve_[i] = percent(options_.max_flows, kReservePercent[i]);
    cap_[i] = percent(options_.max_flows, kCapPercent[i]);
  }
  const uint32_t entries = std::bit_ceil(options_.max_flows * 2);
  mask_ = entries - 1;
  index_.reset(static_cast<Entry*>(std::calloc(entries, sizeof(Entry))));
  if (!index_) std::abort();  // as operator new does where there are no exceptions
}

uint32_t Table::insert(const Key& key, uint64_t hash, Pool pool, base::Nanos now, uint32_t* evict) {
  *evict = kNoSlot;
  if (!has_room(static_cast<uint32_t>(pool), kPools)) {
    *evict = find_victim(pool, now);
    return kNoSlot;
  }
  const uint32_t slot = take_slot();
  Flow& flow = at(slot);
  const uint32_t generation = flow.generation + 1;
  flow = Flow();
  flow.key = key;
  flow.generation = generation;
  flow.pool = static_cast<uint8_t>(pool);
  flow.live = 1;
  index_flow(tag_of(hash), slot);
  link(slot);
  size_++;
  return slot;
}

void Table::remove(uint32_t slot) {
  Flow& flow = at(slot);
  unindex_flow(tag_of(hash(flow.key)), slot);
  unlink(slot);
  flow.live = 0;
  flow.lru_older = free_;
  free_ = slot;
  size_--;
}

void Table::move_to_pool(uint32_t slot, Pool pool) {
  Flow& flow = at(slot);
  if (flow.pool == static_cast<uint8_t>(pool)) return;
  if (!has_room(static_cast<uint32_t>(pool), flow.pool)) return;
  unlink(slot);
  flow.pool = static_cast<uint8_t>(pool);
  link(slot);
}

bool Table::has_room(uint32_t pool, uint32_t from) const {
  uint32_t taken = 0;
  for (uint32_t i = 0; i < kPools; i++) {
    const uint32_t count = lists_[i].count + (i == pool) - (i == from);
    if (i == pool && count > cap_[i]) return false;
    taken += std::max(count, reserve_[i]);
  }
  return taken <= options_.max_flows;
}

uint32_t Table::find_victim(Pool pool, base::Nanos now) {
  List& list = lists_[static_cast<uint32_t>(pool)];
  for (uint32_t i = 0; i < kMaxTurns && list.oldest != kNoSlot; i++) {
    const uint32_t slot = list.oldest;
    const Flow& flow = at(slot);
    const bool kept = pool == Pool::kEstablished && flow.last + kEvictableIdle > now;
    if (!flow.touched && !kept) return slot;
    unlink(slot);
    link(slot);
  }
  return pool == Pool::kEstablished ? kNoSlot : list.oldest;
}

uint32_t Table::take_slot() {
  if (free_ != kNoSlot) {
    const uint32_t slot = free_;
    free_ = at(slot).lru_older;
    return slot;
  }
  if ((slots_ & (kSlabFlows - 1)) == 0) slabs_.push_back(std::make_unique<Flow[]>(kSlabFlows));
  return slots_++;
}

void Table::index_flow(uint32_t tag, uint32_t slot) {
  uint32_t i = tag & mask_;
  while (index_[i].tag != 0) i = (i + 1) & mask_;
  index_[i] = {tag, slot};
}

// Backward shift: an entry behind the hole moves into it unless its home lies between them.
void Table::unindex_flow(uint32_t tag, uint32_t slot) {
  uint32_t hole = tag & mask_;
  while (index_[hole].tag != tag || index_[hole].slot != slot) hole = (hole + 1) & mask_;
  for (uint32_t i = (hole + 1) & mask_; index_[i].tag != 0; i = (i + 1) & mask_) {
    const uint32_t home = index_[i].tag & mask_;
    if (((i - home) & mask_) < ((i - hole) & mask_)) continue;
    index_[hole] = index_[i];
    hole = i;
  }
  index_[hole].tag = 0;
}

// As the newest of its pool.
void Table::link(uint32_t slot) {
  Flow& flow = at(slot);
  List& list = lists_[flow.pool];
  flow.touched = 0;
  flow.lru_newer = kNoSlot;
  flow.lru_older = list.newest;
  if (list.newest != kNoSlot) {
    at(list.newest).lru_newer = slot;
  } else {
    list.oldest = slot;
  }
  list.newest = slot;
  list.count++;
}

void Table::unlink(uint32_t slot) {
  const Flow& flow = at(slot);
  List& list = lists_[flow.pool];
  if (flow.lru_newer != kNoSlot) {
    at(flow.lru_newer).lru_older = flow.lru_older;
  } else {
    list.newest = flow.lru_older;
  }
  if (flow.lru_older != kNoSlot) {
    at(flow.lru_older).lru_newer = flow.lru_newer;
  } else {
    list.oldest = flow.lru_newer;
  }
  list.count--;
}

}  // namespace pbfast::flow
