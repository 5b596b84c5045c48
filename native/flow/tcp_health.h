// How well a TCP connection goes, from the headers alone: losses, disorder, round trips, seen at
// the capture point. Kept beside the flow where it is asked for; nothing of it depends on
// reassembly.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "decode/packet_view.h"
#include "handoff/record.h"

namespace pbfast::flow {

class TcpHealth {
 public:
  // A packet of `dir`, before the flow's own counters take it.
  void on_packet(const decode::PacketView& view, int dir);
  // The flow's directions are named the other way round.
  void turn_round();
  handoff::HealthReport report(uint32_t handshake_us) const;

 private:
  struct Side {
    bool started = false;  // `next` is known
    uint32_t next = 0;     // behind the highest number sent
    // The newest hole below `next`: what comes into it was early elsewhere, or lost before the
    // capture.
    uint32_t hole_start = 0, hole_end = 0;
    uint32_t last_ack = 0;
    uint16_t last_window = 0;
    bool has_ack = false;
    // The segment whose acknowledgment gives the next round trip; none after a retransmission (RFC
    // 6298 3).
    bool timing = false;
    uint32_t timed_end = 0;
    base::Nanos timed_at = 0;
    uint64_t rtt_sum_us = 0, missing_bytes = 0;
    uint32_t rtt_count = 0, rtt_min_us = 0, rtt_max_us = 0;
    uint32_t retransmissions = 0, out_of_order = 0, duplicate_acks = 0, zero_windows = 0,
             resets = 0;
    uint8_t ttl_min = 0, ttl_max = 0;
  };
  void on_bytes(const decode::PacketView& view, Side* own);
  void on_ack(const decode::PacketView& view, Side* own, Side* other);
  static void take_sample(uint32_t us, Side* side);

  Side side_[2];
};

}  // namespace pbfast::flow
