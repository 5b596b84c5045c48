// The flow table: open addressing over (hash tag, slot) pairs, flows in slabs that never move.
//
//   index   [tag|slot][tag|slot]...        8 bytes an entry, linear probing, load <= 1/2
//   slabs   Flow Flow Flow ...             192 bytes each: key line, hot line, cold line
//
// A slot number is stable while the flow lives; its generation grows each time the slot is given to a new flow.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "flow/key.h"

namespace pbfast::flow {

inline constexpr uint32_t kNoSlot = 0xffffffff;

// What the engine does with the payload of a flow.
enum class Claim : uint8_t {
  kCount,   // nothing: counters only
  kWanted,  // hand over; a protocol's port
  kProbe,   // hand over until the worker claims or ignores
};

enum class Pool : uint8_t { kEmbryonic, kEstablished, kDatagram };
inline constexpr uint32_t kPools = 3;

struct Side {
  uint64_t bytes = 0;
  uint32_t packets = 0;
  uint32_t retransmissions = 0;
};

struct alignas(64) Flow {
  // key line
  Key key;
  uint32_t generation = 0;
  uint32_t timer_next = kNoSlot;     // timer wheel bucket list
  uint32_t stream = kNoSlot;         // engine's: index of its reassembly state, or kNoSlot
  uint8_t claim = 0;                 // Claim
  uint8_t low_is_source = 0;         // 1: the low end of the key sent the first packet
  uint8_t state = 0;                 // engine's: see engine/tcp_state.h
  uint8_t flags = 0;                 // engine's
  // hot line
  base::Nanos first = 0, last = 0;
  Side side[2];                      // 0: from the source
  uint8_t tcp_flags[2] = {};
  uint8_t end_reason = 0;
  uint8_t pool = 0;                  // Pool
  uint32_t lru_newer = kNoSlot, lru_older = kNoSlot;  // of its pool
  // cold line
  uint8_t source_mac[6] = {}, destination_mac[6] = {};
  uint16_t icmp_id = 0;
  uint8_t icmp_type = 0, icmp_code = 0;
  uint8_t has_mac = 0;
  uint8_t port_side = 0;             // FlowInfo::claim
  uint16_t interface = 0;
  uint64_t connection = 0, number = 0;
  base::Nanos reported = 0;          // time of the last report, 0: none
  uint32_t reported_packets[2] = {}; // at the last report, for delta reports
  uint32_t handshake_rtt_us = 0;
  uint32_t timer_due = 0;            // wheel tick this flow is filed under
};
static_assert(sizeof(Flow) == 192);

struct TableOptions {
  uint32_t max_flows = 1'000'000;    // all pools together
  base::HashSeed seed;
};

struct TableCounters {
  uint64_t created = 0, removed = 0;
  uint64_t refused = 0;              // no flow could be evicted for a new one
  uint64_t evicted[kPools] = {};
};

class Table {
 public:
  explicit Table(const TableOptions& options);
  uint64_t hash(const Key& key) const { return key.hash(options_.seed); }
  // Start loading the index line, then (second call, later) the flow's lines.
  void prefetch_index(uint64_t hash) const;
  void prefetch_flow(uint64_t hash) const;
  // kNoSlot when absent.
  uint32_t find(const Key& key, uint64_t hash) const;
  // A new flow in `pool`. When the pool is full its least recently touched flow is offered in *evict (the caller reports
  // and removes it, then calls again); established flows are offered only when idle for 60 s at `now`, else kNoSlot with
  // *evict == kNoSlot: counted refused.
  uint32_t insert(const Key& key, uint64_t hash, Pool pool, base::Nanos now, uint32_t* evict);
  void remove(uint32_t slot);
  // Most recently used end of its pool's list. O(1).
  void touch(uint32_t slot);
  void move_to_pool(uint32_t slot, Pool pool);
  Flow& at(uint32_t slot) { return slabs_[slot >> kSlabShift][slot & (kSlabFlows - 1)]; }
  const Flow& at(uint32_t slot) const { return slabs_[slot >> kSlabShift][slot & (kSlabFlows - 1)]; }
  uint32_t size() const { return size_; }
  // Slots ever used; every live slot is below it. For the walk at shutdown: skip those with !is_live.
  uint32_t slots() const { return slots_; }
  bool is_live(uint32_t slot) const;
  const TableCounters& counters() const { return counters_; }

 private:
  static constexpr uint32_t kSlabShift = 10, kSlabFlows = 1u << kSlabShift;
  struct Entry {
    uint32_t tag, slot;
  };
  TableOptions options_;
  TableCounters counters_;
  std::vector<std::unique_ptr<Flow[]>> slabs_;
  std::vector<Entry> index_;
  uint32_t size_ = 0, slots_ = 0, free_ = kNoSlot;
};

}  // namespace pbfast::flow
