// What an engine is told when it is made.
#pragma once
#include <bitset>
#include <cstdint>
#include <memory>

#include "base/time.h"
#include "decode/packet_view.h"
#include "engine/numbering.h"
#include "engine/wall_clock.h"
#include "flow/table.h"
#include "handoff/writer.h"

namespace pbfast::engine {

using PortSet = std::bitset<65536>;

// How far a packet goes: for measuring one stage after the other. kAll in production.
enum class Stage : uint8_t { kRead, kDecode, kFlow, kReassemble, kAll };

struct Options {
  PortSet tcp_ports, udp_ports;  // claimed by an analyzer
  ClockOffset clock_offset = system_clock_offset;
  bool icmp = false;       // an analyzer wants ICMP
  bool probe_tcp = false;  // hand over flows on other ports until the worker decides
  bool probe_udp = false;
  bool report_flows = false;
  bool tcp_health = false;     // reports of TCP flows say how they went
  bool delta_reports = false;  // counters restart at each report
  base::Nanos flow_timeout = 30 * base::kSecond;
  base::Nanos report_period = 0;            // 0: at the end only
  uint8_t tunnels = decode::kUsualTunnels;  // to look into
  uint64_t reassembly_bytes = 128u << 20;
  flow::TableOptions table;
  handoff::Pressure pressure = handoff::Pressure::kWait;
  Stage stage = Stage::kAll;
  // One of `shards` engines that read the same packets: it keeps the flows whose hash falls to it.
  // All have the same table seed and numbering.
  uint32_t shard = 0, shards = 1;
  std::shared_ptr<Numbering> numbering;
};

// A TCP connection that closed stays known this long, so that late packets do not open a new flow.
inline constexpr base::Nanos kLinger = 2 * base::kSecond;
// The flow time-out of flows that nobody answered, while their pool is in an emergency.
inline constexpr base::Nanos kEmergencyTimeout = 5 * base::kSecond;
// How long a connection must be silent until bytes that wait for lost ones are told, and those that
// only wait for others to be told first. A lost segment is sent again within the former (RFC 6298).
inline constexpr base::Nanos kHoleIdle = 5 * base::kSecond;
inline constexpr base::Nanos kHoldIdle = base::kSecond;
// A connection that an analyzer follows outlives the flow time-out by up to this idle time: only
// its flow event ends.
inline constexpr base::Nanos kSessionIdle = 3600 * base::kSecond;

}  // namespace pbfast::engine
