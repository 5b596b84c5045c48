// The layout that crosses from the engine thread to the worker. lib/handoff/record.ts mirrors it; a
// test holds the two together through record_layout().
//
//   batch:  | record 0 | record 1 | ...            | payload bytes ...              |
//           32 bytes each, kBatchRecords at most     kBatchPayload bytes, 8-aligned
#pragma once
#include <cstdint>

namespace pbfast::handoff {

enum class Kind : uint8_t {
  kFlowOpen = 1,    // payload: FlowInfo. Comes before the first DATA or DATAGRAM of a flow
  kData = 2,        // payload: stream bytes in order
  kDatagram = 3,    // payload: one UDP payload, or an ICMP message from its header on
  kGap = 4,         // `length` stream bytes are missing; no payload
  kFlowEnd = 5,     // flags: end reason
  kFlowReport = 6,  // payload: FlowReport
  kTick = 7,        // packet time moved on to a new second
  kStats = 8,       // payload: counters, see engine/counters.h
  kEnd = 9,         // the source ended; nothing follows
  kClock = 10,      // the wall clock was set: `stream_offset` seconds, signed; time is that before
};

enum class EndReason : uint8_t { kNone, kFin, kRst, kIdle, kActive, kEvicted, kShutdown };

struct Record {
  uint32_t flow;        // slot
  uint32_t generation;  // of the slot: commands about an earlier owner of the slot are ignored
  uint8_t kind;
  uint8_t direction;  // 0: from the flow's source; 1: back
  uint16_t
      flags;  // kDatagram, kData: bit 0 = payload cut by the capture length; kFlowEnd: EndReason
  uint32_t offset;  // of the payload, from the start of the whole memory (all batches)
  uint32_t length;
  uint32_t seconds, nanoseconds;  // of the packet
  // Low 32 bits of the position of the first payload byte in its direction; kDatagram: bytes that
  // the capture cut.
  uint32_t stream_offset;
};
static_assert(sizeof(Record) == 32);

// Who talks to whom. 88 bytes.
struct FlowInfo {
  uint8_t source_ip[16], destination_ip[16];  // IPv4 as IPv4-mapped
  uint16_t source_port, destination_port;
  uint16_t vlan[2];
  uint8_t vlan_count;
  uint8_t ip_version;
  uint8_t transport;  // decode::Transport
  uint8_t ip_protocol;
  uint8_t icmp_type,
      icmp_code;  // of the last packet: Packetbeat's community id of a flow goes by it
  uint8_t has_mac;
  uint8_t claim;  // 1: a configured port is the destination's, 2: the source's, 0: to be probed
  uint8_t source_mac[6], destination_mac[6];
  uint16_t icmp_id;
  uint16_t interface;
  uint32_t tunnel;
  uint8_t icmp_from_destination;  // 1: that packet went from the destination to the source
  uint64_t connection;  // number of this TCP connection on configured ports, from 1; 0: none
  uint64_t number;      // running number of the flow in its engine, from 1
};
static_assert(sizeof(FlowInfo) == 88);

// One report of a flow's counters. Index 0 is the source's direction.
struct FlowReport {
  FlowInfo info;
  uint64_t first_ns, last_ns;
  uint64_t packets[2], bytes[2];
  uint32_t retransmissions[2];
  uint32_t handshake_rtt_us;
  uint8_t tcp_flags[2];
  uint8_t end_reason;  // EndReason; kNone while the flow lives
  uint8_t final;       // 1: no further report of this flow
  uint8_t has_health;  // 1: a HealthReport follows
  uint8_t reserved[7];
};
static_assert(sizeof(FlowReport) == 88 + 16 + 32 + 8 + 16);

// One direction of a TCP connection: what its sender did and, of its bytes, how they travelled.
// Counts of packets.
struct HealthSide {
  uint64_t missing_bytes;  // acknowledged, but never captured
  uint32_t rtt_count, rtt_min_us, rtt_avg_us,
      rtt_max_us;  // from capture point to receiver and back
  uint32_t retransmissions, out_of_order, duplicate_acks, zero_windows, resets;
  uint8_t ttl_min, ttl_max, reserved[2];
};
struct HealthReport {
  HealthSide side[2];
  uint32_t handshake_us;  // SYN to SYN|ACK, 0: not seen
  uint32_t reserved;
};
static_assert(sizeof(HealthReport) == 2 * 48 + 8);

// Commands from the worker.
enum class Command : uint32_t {
  kClaim = 1,   // keep sending this flow
  kIgnore = 2,  // send no more of this flow
  kSkip = 3,    // do not copy bytes of `direction` below stream offset `value`
  kRest = 4,    // end this datagram flow for the worker, unless it was sent more than `value`
                // datagrams since FLOW_OPEN; the next one is announced by another FLOW_OPEN
};
struct CommandWord {
  uint32_t command_and_direction;  // command | direction << 8
  uint32_t flow, generation;
  uint32_t reserved;
  uint64_t value;
};
static_assert(sizeof(CommandWord) == 24);

inline constexpr uint32_t kBatchRecords = 4096;
inline constexpr uint32_t kBatchPayload = 512u << 10;
inline constexpr uint32_t kBatchBytes = kBatchRecords * sizeof(Record) + kBatchPayload;
inline constexpr uint32_t kBatches = 16;
inline constexpr uint32_t kMaxPayload = 128u << 10;  // of one record; longer stream data is split

}  // namespace pbfast::handoff
