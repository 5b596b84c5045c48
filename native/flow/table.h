// The flow table: open addressing over (tag, slot) pairs, flows in slabs that never move.
//
//   index   [tag|slot][tag|slot]...        8 bytes an entry, linear probing, load <= 1/2
//   slabs   Flow Flow Flow ...             192 bytes each: key line, hot line, cold line
//
// A slot number is stable while the flow lives; its generation grows each time the slot is given to
// a new flow. A tag is the upper half of the key's hash, and its low bits are the entry's home:
// entries are moved without looking at their flows.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "flow/key.h"
#include "flow/sources.h"

namespace pbfast::flow {

inline constexpr uint32_t kNoSlot = 0xffffffff;

// What the engine does with the payload of a flow.
enum class Claim : uint8_t {
  kCount,   // nothing: counters only
  kWanted,  // hand over; a protocol's port
  kProbe,   // hand over until the worker claims or ignores
};

// Embryonic: TCP until both ends have shown that they hear each other. Datagram: all but TCP.
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
  uint32_t timer_newer = kNoSlot;  // neighbour in the bucket's list
  uint32_t stream = kNoSlot;       // engine's: index of its reassembly state, or kNoSlot
  uint8_t claim = 0;               // Claim
  uint8_t low_is_source = 0;       // 1: the low end of the key sent the first packet
  uint8_t flags = 0;               // engine's
  // hot line
  base::Nanos first = 0, last = 0;
  Side side[2];  // 0: from the source
  uint8_t tcp_flags[2] = {};
  uint8_t end_reason = 0;
  uint8_t pool = 0;                                   // Pool
  uint32_t lru_newer = kNoSlot, lru_older = kNoSlot;  // of its pool
  uint8_t touched = 0;                                // since it last became the newest of its pool
  uint8_t live = 0;                                   // the slot is in use
  uint8_t icmp_from_destination = 0;                  // FlowInfo's
  uint8_t unanswered = 0;  // counted against its source: 1 the low end, 2 the high end
  // cold line
  uint8_t source_mac[6] = {}, destination_mac[6] = {};
  uint16_t icmp_id = 0;
  uint8_t icmp_type = 0, icmp_code = 0;  // of the last packet, see FlowInfo
  uint8_t has_mac = 0;
  uint8_t port_side = 0;  // FlowInfo::claim
  uint16_t interface = 0;
  uint32_t handshake_rtt_us = 0;
  uint64_t connection = 0, number = 0;
  base::Nanos reported = 0;  // time of the last report, 0: none
  union {
    uint32_t isn[2] = {};  // TCP: sequence number of the SYN, where tcp_flags has one
    uint32_t datagrams;    // others: sent to the worker since it was announced
  };
  uint32_t timer_bucket = kNoSlot;  // of the wheel that this flow is filed in
  uint32_t timer_older = kNoSlot;   // neighbour in the bucket's list
};
static_assert(sizeof(Flow) == 192);

struct TableOptions {
  // All pools together; at least kMinMaxFlows, at most kMaxMaxFlows.
  uint32_t max_flows = 1'000'000;
  // Share of max_flows that the unanswered flows of one source may have in a pool.
  uint32_t source_percent = 10;
  base::HashSeed seed;
};
inline constexpr uint32_t kMinMaxFlows = 64;
inline constexpr uint32_t kMaxMaxFlows = 1u << 28;

// Shares of max_flows, in percent. A pool may always grow to its reserve; beyond it, to its cap as
// long as the unused reserves of the others stay free: the sum over pools of max(flows, reserve)
// never exceeds max_flows.
inline constexpr uint32_t kReservePercent[kPools] = {10, 20, 10};
inline constexpr uint32_t kCapPercent[kPools] = {40, 100, 40};

// An established flow is ended for a new one only when it has been silent this long.
inline constexpr base::Nanos kEvictableIdle = 60 * base::kSecond;
// Flows looked at for one eviction. Flows touched since their last turn get another one, and so do
// established flows that are not idle: a clock, which comes close to the least recently used
// without a list move for each packet.
inline constexpr uint32_t kMaxTurns = 16;
// A pool that was full is in an emergency until it has this share of its flows then.
inline constexpr uint32_t kEmergencyOverPercent = 70;

// A flow that wants in, and what it needs to know: its first packet came from the low end or not.
struct Arrival {
  Pool pool;
  bool from_low;
  base::Nanos now;
};
enum class Cause : uint8_t { kPool, kSource };  // which limit was met
// The flow to end so that another has room; kNoSlot when none may be ended.
struct Offer {
  uint32_t slot = kNoSlot;
  Cause cause = Cause::kPool;
};

struct TableCounters {
  uint64_t full = 0;  // times a flow found its pool full
  uint64_t emergencies_entered = 0, emergencies_over = 0;
};

class Table {
 public:
  explicit Table(const TableOptions& options);
  uint64_t hash(const Key& key) const { return key.hash(options_.seed); }
  // Start loading the index line, then (later) the lines of the flow that the hash leads to.
  void prefetch_index(uint64_t hash) const { __builtin_prefetch(&index_[tag_of(hash) & mask_]); }
  void prefetch_flow(uint64_t hash) const;
  // kNoSlot when absent.
  uint32_t find(const Key& key, uint64_t hash) const;
  // A new flow; the key must be absent. When its pool or its source is full: kNoSlot, and in *offer
  // the flow to end first (remove it, then call again).
  uint32_t insert(const Key& key, uint64_t hash, const Arrival& arrival, Offer* offer);
  void remove(uint32_t slot);
  // The other end sent something: the flow no longer counts against its source.
  // Only while the flow is unanswered.
  void answer(uint32_t slot);
  // The flow is in use: it goes last when its pool must end one.
  void touch(uint32_t slot) { at(slot).touched = 1; }
  // To the established flows. Stays where it is when they have no room: false, and in *offer the
  // flow to end first.
  bool establish(uint32_t slot, base::Nanos now, Offer* offer);
  // The pool was full and is not yet empty enough.
  bool in_emergency(Pool pool) const { return over_below_[static_cast<uint32_t>(pool)] > 0; }
  const TableCounters& counters() const { return counters_; }
  Flow& at(uint32_t slot) { return slabs_[slot >> kSlabShift][slot & (kSlabFlows - 1)]; }
  const Flow& at(uint32_t slot) const {
    return slabs_[slot >> kSlabShift][slot & (kSlabFlows - 1)];
  }
  uint32_t size() const { return size_; }
  uint32_t size(Pool pool) const { return lists_[static_cast<uint32_t>(pool)].count; }
  // Slots ever used; every live slot is below it. For the walk at shutdown: skip those with
  // !is_live.
  uint32_t slots() const { return slots_; }
  bool is_live(uint32_t slot) const { return at(slot).live; }

 private:
  static constexpr uint32_t kSlabShift = 10, kSlabFlows = 1u << kSlabShift;
  struct Entry {
    uint32_t tag;  // 0: empty
    uint32_t slot;
  };
  struct List {
    uint32_t newest = kNoSlot, oldest = kNoSlot, count = 0;
  };
  static uint32_t tag_of(uint64_t hash) {
    const auto tag = static_cast<uint32_t>(hash >> 32);
    return tag ? tag : 1;
  }
  // Whether `pool` may have one flow more; `from`: the pool it comes from, or kPools.
  bool has_room(uint32_t pool, uint32_t from) const;
  void note_full(uint32_t pool);
  uint32_t find_victim(Pool pool, base::Nanos now);
  uint32_t find_victim_of(uint32_t bucket, Pool pool);
  uint32_t bucket_of(const Flow& flow) const;
  void leave_pool(uint32_t slot);
  uint32_t take_slot();
  void index_flow(uint32_t tag, uint32_t slot);
  void unindex_flow(uint32_t tag, uint32_t slot);
  void link(uint32_t slot);
  void unlink(uint32_t slot);

  TableOptions options_;
  uint32_t reserve_[kPools], cap_[kPools];
  uint32_t mask_;
  std::vector<std::unique_ptr<Flow[]>> slabs_;
  // Zeroed by the kernel page by page: an entry costs memory from its first use on.
  std::unique_ptr<Entry[], void (*)(void*)> index_;
  List lists_[kPools];
  uint32_t over_below_[kPools] =
      {};  // an emergency is over below this many flows; 0: there is none
  Sources sources_;
  TableCounters counters_;
  uint32_t size_ = 0, slots_ = 0, free_ = kNoSlot;
};

inline uint32_t Table::find(const Key& key, uint64_t hash) const {
  const uint32_t tag = tag_of(hash);
  for (uint32_t i = tag & mask_; index_[i].tag != 0; i = (i + 1) & mask_) {
    if (index_[i].tag == tag && at(index_[i].slot).key == key) return index_[i].slot;
  }
  return kNoSlot;
}

inline void Table::prefetch_flow(uint64_t hash) const {
  const uint32_t tag = tag_of(hash);
  for (uint32_t i = tag & mask_; index_[i].tag != 0; i = (i + 1) & mask_) {
    if (index_[i].tag != tag) continue;
    const char* flow = reinterpret_cast<const char*>(&at(index_[i].slot));
    __builtin_prefetch(flow);
    __builtin_prefetch(flow + 64, 1);
    return;
  }
}

}  // namespace pbfast::flow
