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

Table::Table(const TableOptions& options)
    : options_(options),
      index_(nullptr, std::free),
      sources_(options.seed,
               std::max(1u, percent(std::clamp(options.max_flows, kMinMaxFlows, kMaxMaxFlows),
                                    options.source_percent))) {
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

inline bool Table::has_room(uint32_t pool, uint32_t from) const {
  uint32_t taken = 0;
  for (uint32_t i = 0; i < kPools; i++) {
    const uint32_t count = lists_[i].count + (i == pool) - (i == from);
    if (i == pool && count > cap_[i]) return false;
    taken += std::max(count, reserve_[i]);
  }
  return taken <= options_.max_flows;
}

uint32_t Table::insert(const Key& key, uint64_t hash, const Arrival& arrival, Offer* offer) {
  *offer = {};
  const auto pool = static_cast<uint32_t>(arrival.pool);
  const uint32_t bucket = sources_.bucket(key, arrival.from_low, pool > 0);
  const bool counts = arrival.pool != Pool::kEstablished;
  if (counts && sources_.is_full(bucket)) {
    *offer = {find_victim_of(bucket, arrival.pool), Cause::kSource};
    return kNoSlot;
  }
  if (!has_room(pool, kPools)) {
    note_full(pool);
    *offer = {find_victim(arrival.pool, arrival.now), Cause::kPool};
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
  if (counts) {
    flow.unanswered = arrival.from_low ? 1 : 2;
    sources_.add(bucket);
  }
  index_flow(tag_of(hash), slot);
  link(slot);
  size_++;
  return slot;
}

void Table::remove(uint32_t slot) {
  Flow& flow = at(slot);
  if (flow.unanswered) answer(slot);
  unindex_flow(tag_of(hash(flow.key)), slot);
  leave_pool(slot);
  flow.live = 0;
  flow.lru_older = free_;
  free_ = slot;
  size_--;
}

void Table::leave_pool(uint32_t slot) {
  unlink(slot);
  const uint8_t pool = at(slot).pool;
  if (lists_[pool].count >= over_below_[pool]) return;
  over_below_[pool] = 0;
  counters_.emergencies_over++;
}

uint32_t Table::bucket_of(const Flow& flow) const {
  return sources_.bucket(flow.key, flow.unanswered == 1, flow.pool > 0);
}

void Table::answer(uint32_t slot) {
  Flow& flow = at(slot);
  sources_.take(bucket_of(flow));
  flow.unanswered = 0;
}

bool Table::establish(uint32_t slot, base::Nanos now, Offer* offer) {
  *offer = {};
  Flow& flow = at(slot);
  constexpr auto kPool = static_cast<uint8_t>(Pool::kEstablished);
  if (flow.pool == kPool) return true;
  if (!has_room(kPool, flow.pool)) {
    note_full(kPool);
    offer->slot = find_victim(Pool::kEstablished, now);
    return false;
  }
  if (flow.unanswered) answer(slot);
  leave_pool(slot);
  flow.pool = kPool;
  link(slot);
  return true;
}

// A pool without room is in an emergency.
void Table::note_full(uint32_t pool) {
  counters_.full++;
  if (over_below_[pool] > 0) return;
  over_below_[pool] = std::max(1u, percent(lists_[pool].count, kEmergencyOverPercent));
  counters_.emergencies_entered++;
}

uint32_t Table::find_victim(Pool pool, base::Nanos now) {
  List& list = lists_[static_cast<uint32_t>(pool)];
  for (uint32_t i = 0; i < kMaxTurns && list.oldest != kNoSlot; i++) {
    const uint32_t slot = list.oldest;
    const Flow& flow = at(slot);
    const bool busy = flow.end_reason == 0 && flow.last + kEvictableIdle > now;
    const bool kept = pool == Pool::kEstablished ? busy : flow.touched != 0;
    if (!kept) return slot;
    unlink(slot);
    link(slot);
  }
  return pool == Pool::kEstablished ? kNoSlot : list.oldest;
}

// An old flow of the source that has too many, others get another turn.
uint32_t Table::find_victim_of(uint32_t bucket, Pool pool) {
  List& list = lists_[static_cast<uint32_t>(pool)];
  for (uint32_t i = 0; i < kMaxTurns && list.oldest != kNoSlot; i++) {
    const uint32_t slot = list.oldest;
    if (at(slot).unanswered && bucket_of(at(slot)) == bucket) return slot;
    unlink(slot);
    link(slot);
  }
  return kNoSlot;
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
