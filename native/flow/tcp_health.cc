#include "flow/tcp_health.h"

#include <algorithm>
#include <utility>

namespace pbfast::flow {

namespace {

using namespace decode::tcp_flags;

int32_t distance(uint32_t to, uint32_t from) { return static_cast<int32_t>(to - from); }

// SYN and FIN take a number each (RFC 9293 3.4).
uint32_t length_of(const decode::PacketView& view) {
  return view.payload_wire + (view.tcp_flags & kSyn ? 1 : 0) + (view.tcp_flags & kFin ? 1 : 0);
}

}  // namespace

void TcpHealth::on_packet(const decode::PacketView& view, int dir) {
  Side& own = side_[dir];
  own.ttl_min = own.ttl_max == 0 ? view.ttl : std::min(own.ttl_min, view.ttl);
  own.ttl_max = std::max(own.ttl_max, view.ttl);
  if (view.tcp_flags & kRst) {
    own.resets++;
    return;
  }
  if (length_of(view) > 0) on_bytes(view, &own);
  if (view.tcp_flags & kAck) on_ack(view, &own, &side_[1 - dir]);
}

void TcpHealth::on_bytes(const decode::PacketView& view, Side* own) {
  const uint32_t start = view.sequence, end = start + length_of(view);
  if (!own->started) {
    own->started = true;
    own->next = end;
    return;
  }
  const int32_t beyond = distance(end, own->next);
  if (beyond <= 0) {
    // RFC 9293 3.8.4: a keep-alive repeats one byte just below the next, or none.
    if (beyond == 0 && view.payload_wire <= 1 && !(view.tcp_flags & (kSyn | kFin))) return;
    const bool fills =
        distance(start, own->hole_start) >= 0 && distance(own->hole_end, end) >= 0 && start != end;
    if (fills && own->hole_end != own->hole_start) {
      own->out_of_order++;
      if (start == own->hole_start) own->hole_start = end;
    } else {
      own->retransmissions++;
    }
    own->timing = false;
    return;
  }
  if (distance(start, own->next) > 0) {
    own->hole_start = own->next;
    own->hole_end = start;
  }
  own->next = end;
  if (own->timing) return;
  own->timing = true;
  own->timed_end = end;
  own->timed_at = view.time;
}

void TcpHealth::on_ack(const decode::PacketView& view, Side* own, Side* other) {
  const bool bare = length_of(view) == 0;
  const bool repeats = own->has_ack && view.acknowledgment == own->last_ack;
  // RFC 5681 2: no data, the same number and window, while something is under way.
  if (bare && repeats && view.window == own->last_window && other->started &&
      distance(other->next, view.acknowledgment) > 0)
    own->duplicate_acks++;
  if (view.window == 0 && !(view.tcp_flags & kSyn)) own->zero_windows++;
  own->has_ack = true;
  own->last_ack = view.acknowledgment;
  own->last_window = view.window;
  if (!other->started) return;
  const int32_t unseen = distance(view.acknowledgment, other->next);
  // Acknowledged, but never captured. More than a window is no acknowledgment of this connection.
  if (unseen > 0 && unseen < 1 << 30) {
    other->missing_bytes += static_cast<uint32_t>(unseen);
    other->next = view.acknowledgment;
    other->timing = false;
  }
  if (!other->timing || distance(view.acknowledgment, other->timed_end) < 0) return;
  other->timing = false;
  if (view.time >= other->timed_at)
    take_sample(static_cast<uint32_t>((view.time - other->timed_at) / 1000), other);
}

void TcpHealth::take_sample(uint32_t us, Side* side) {
  side->rtt_min_us = side->rtt_count == 0 ? us : std::min(side->rtt_min_us, us);
  side->rtt_max_us = std::max(side->rtt_max_us, us);
  side->rtt_sum_us += us;
  side->rtt_count++;
}

void TcpHealth::turn_round() { std::swap(side_[0], side_[1]); }

handoff::HealthReport TcpHealth::report(uint32_t handshake_us) const {
  handoff::HealthReport report{};
  report.handshake_us = handshake_us;
  for (int dir = 0; dir < 2; dir++) {
    const Side& from = side_[dir];
    handoff::HealthSide& to = report.side[dir];
    to.rtt_count = from.rtt_count;
    to.rtt_avg_us = from.rtt_count ? static_cast<uint32_t>(from.rtt_sum_us / from.rtt_count) : 0;
    to.rtt_min_us = from.rtt_min_us;
    to.rtt_max_us = from.rtt_max_us;
    to.retransmissions = from.retransmissions;
    to.out_of_order = from.out_of_order;
    to.duplicate_acks = from.duplicate_acks;
    to.zero_windows = from.zero_windows;
    to.resets = from.resets;
    to.missing_bytes = from.missing_bytes;
    to.ttl_min = from.ttl_min;
    to.ttl_max = from.ttl_max;
  }
  return report;
}

}  // namespace pbfast::flow
