// The life of a flow: opened by its first packet, reported, ended by time, by eviction or with its
// connection.
#include <algorithm>
#include <cstring>

#include "engine/engine.h"

namespace pbfast::engine {

using decode::Transport;
using flow::Claim;
using flow::kNoSlot;

namespace {

constexpr int kNumberWaitMs = 5;  // between looks at whether to stop
// When told to stop: the others are told too, but one may be gone.
constexpr uint32_t kMaxWaitsStopping = 100;

}  // namespace

uint32_t Engine::find_or_open(const Prepared& packet) {
  const uint32_t slot = table_.find(packet.key, packet.hash);
  if (slot == kNoSlot) return open_flow(packet);
  flow::Flow& flow = table_.at(slot);
  const decode::PacketView& view = packet.view;
  if (view.transport == Transport::kTcp && (view.tcp_flags & decode::tcp_flags::kSyn)) {
    const int dir = packet.sender_is_low == static_cast<bool>(flow.low_is_source) ? 0 : 1;
    if (reuses_port(flow, view, dir)) {
      counters_.tcp_reuse++;
      end_flow(slot, flow.end_reason ? static_cast<handoff::EndReason>(flow.end_reason)
                                     : handoff::EndReason::kIdle);
      return open_flow(packet);
    }
  }
  if (flow.flags & kResting) {
    flow.flags &= static_cast<uint8_t>(~kResting);
    flow.first = flow.reported = view.time;
    flow.number = ++flow_number_;
  }
  table_.touch(slot);
  return slot;
}

uint32_t Engine::open_flow(const Prepared& packet) {
  const decode::PacketView& view = packet.view;
  const bool is_tcp = view.transport == Transport::kTcp;
  const flow::Arrival arrival{is_tcp ? flow::Pool::kEmbryonic : flow::Pool::kDatagram,
                              packet.sender_is_low, now_};
  flow::Offer offer;
  uint32_t slot = table_.insert(packet.key, packet.hash, arrival, &offer);
  // Twice: the source's limit is met first, then the pool's.
  for (int i = 0; i < 2 && slot == kNoSlot && offer.slot != kNoSlot; i++) {
    evict(offer);
    slot = table_.insert(packet.key, packet.hash, arrival, &offer);
  }
  if (slot == kNoSlot) return kNoSlot;
  flow::Flow& flow = table_.at(slot);
  flow.first = flow.last = view.time;
  flow.reported = view.time;
  flow.low_is_source = packet.sender_is_low;
  flow.number = ++flow_number_;
  flow.has_mac = view.source_mac != nullptr;
  if (flow.has_mac) {
    std::memcpy(flow.source_mac, view.source_mac, 6);
    std::memcpy(flow.destination_mac, view.destination_mac, 6);
  }
  flow.icmp_type = view.icmp_type;
  flow.icmp_code = view.icmp_code;
  flow.icmp_id = view.icmp_id;
  flow.interface = view.interface;
  classify(slot, &flow, view);
  if (options_.tcp_health && is_tcp) health(slot) = flow::TcpHealth();
  wheel_.file(&table_, slot, due(flow));
  counters_.flows_created++;
  return slot;
}

void Engine::evict(const flow::Offer& offer) {
  const auto pool = static_cast<flow::Pool>(table_.at(offer.slot).pool);
  uint64_t& count = offer.cause == flow::Cause::kSource ? counters_.evicted_source
                    : pool == flow::Pool::kEmbryonic    ? counters_.evicted_embryonic
                    : pool == flow::Pool::kEstablished  ? counters_.evicted_established
                                                        : counters_.evicted_datagram;
  count++;
  counters_.flows_evicted++;
  end_flow(offer.slot, handoff::EndReason::kEvicted);
}

// Who wants the payload: a port an analyzer claims, or the worker's look at unknown ports.
void Engine::classify(uint32_t slot, flow::Flow* flow, const decode::PacketView& view) {
  Claim claim = Claim::kCount;
  if (view.transport == Transport::kTcp || view.transport == Transport::kUdp) {
    const bool is_tcp = view.transport == Transport::kTcp;
    const PortSet& ports = is_tcp ? options_.tcp_ports : options_.udp_ports;
    // The SYN|ACK of an unseen SYN comes from the server.
    const bool from_server =
        is_tcp && (view.tcp_flags & (decode::tcp_flags::kSyn | decode::tcp_flags::kAck)) ==
                      (decode::tcp_flags::kSyn | decode::tcp_flags::kAck);
    const bool to = ports[view.destination_port], from = ports[view.source_port];
    flow->port_side = from && (from_server || !to) ? 2 : to ? 1 : 0;
    if (flow->port_side) {
      claim = Claim::kWanted;
      if (is_tcp) flow->connection = connections_.open(slot, flow->generation, packet_number_);
    } else if (is_tcp ? options_.probe_tcp : options_.probe_udp) {
      claim = Claim::kProbe;
    }
    if (is_tcp && !(view.tcp_flags & decode::tcp_flags::kSyn)) counters_.tcp_midstream++;
  } else if ((view.transport == Transport::kIcmp || view.transport == Transport::kIcmp6) &&
             options_.icmp) {
    claim = Claim::kWanted;
  }
  if (options_.stage < Stage::kReassemble) claim = Claim::kCount;
  flow->claim = static_cast<uint8_t>(claim);
}

// The next time something is due for this flow.
base::Nanos Engine::due(const flow::Flow& flow) const {
  if (flow.flags & kWaiting) return std::min(flow_due(flow), flow.last + patience(flow));
  return flow_due(flow);
}

base::Nanos Engine::patience(const flow::Flow& flow) const {
  if (flow.stream == kNoSlot) return kHoleIdle;
  return tcp_.at(flow.stream).connection.has_hole(pool_) ? kHoleIdle : kHoldIdle;
}

base::Nanos Engine::flow_due(const flow::Flow& flow) const {
  if (flow.flags & kResting) return flow.last + kSessionIdle;
  const base::Nanos idle = flow.last + idle_limit(flow);
  if (!options_.report_flows || options_.report_period == 0) return idle;
  return std::min(idle, flow.reported + options_.report_period);
}

base::Nanos Engine::idle_limit(const flow::Flow& flow) const {
  base::Nanos limit = options_.flow_timeout;
  if (flow.flags & kClosed) limit = std::min(limit, kLinger);
  if (flow.unanswered && table_.in_emergency(static_cast<flow::Pool>(flow.pool)))
    limit = std::min(limit, kEmergencyTimeout);
  return limit;
}

// Time alone makes no silence: a packet that moved to the front brings the time of its own, before
// packets that were captured earlier. Those come soon, or the link is idle.
bool Engine::is_silent(const flow::Flow& flow) const {
  const uint64_t packets = packet_number_ - tcp_.at(flow.stream).last_packet;
  return now_ >= flow.last + patience(flow) && (idle_ || packets > reassembly::kMaxLate);
}

// What waits is told: the connection was silent for long.
void Engine::end_wait(uint32_t slot, flow::Flow* flow) {
  flow->flags &= static_cast<uint8_t>(~kWaiting);
  if (flow->stream == kNoSlot) return;
  TcpState& state = tcp_.at(flow->stream);
  tcp_.end_hold(flow->stream);
  if (!state.connection.waits()) return;
  flush_session(slot, flow, &state);
  if (state.connection.is_over()) close_session(slot, flow, handoff::EndReason::kFin);
}

// Called by the timer wheel; returns when to call again, 0 when the flow is gone.
base::Nanos Engine::visit(uint32_t slot) {
  flow::Flow& flow = table_.at(slot);
  if (flow.flags & kWaiting) {
    const bool waits = flow.stream != kNoSlot && tcp_.at(flow.stream).connection.waits();
    if (waits && !is_silent(flow)) return std::max(due(flow), now_ + flow::TimerWheel::kTick);
    end_wait(slot, &flow);
  }
  const base::Nanos when = due(flow);
  if (when > now_) return when;
  if (options_.report_flows && !outbox_.has_room_to_spare()) return now_;
  if (now_ < flow.last + idle_limit(flow)) {
    report(slot, false);
    flow.reported = now_;
    return due(flow);
  }
  const bool followed = flow.claim == static_cast<uint8_t>(Claim::kWanted) &&
                        flow.stream != kNoSlot && (flow.flags & kAnnounced) &&
                        !(flow.flags & (kClosed | kResting));
  if (followed) {
    rest(slot);
    return due(flow);
  }
  end_flow(slot, flow.flags & kClosed ? static_cast<handoff::EndReason>(flow.end_reason)
                                      : handoff::EndReason::kIdle);
  return 0;
}

// The flow event of a silent connection ends; the connection is still followed.
void Engine::rest(uint32_t slot) {
  flow::Flow& flow = table_.at(slot);
  flow.end_reason = static_cast<uint8_t>(handoff::EndReason::kIdle);
  report(slot, true);
  flow.end_reason = 0;
  flow.flags |= kResting;
  for (flow::Side& side : flow.side) side = flow::Side();
  if (options_.tcp_health) health(slot) = flow::TcpHealth();
  flow.tcp_flags[0] = flow.tcp_flags[1] = 0;
}

flow::TcpHealth& Engine::health(uint32_t slot) {
  constexpr uint32_t kSlab = 1024;
  while (health_.size() <= slot / kSlab)
    health_.push_back(std::make_unique<flow::TcpHealth[]>(kSlab));
  return health_[slot / kSlab][slot % kSlab];
}

void Engine::report(uint32_t slot, bool final) {
  if (!options_.report_flows) return;
  flow::Flow& flow = table_.at(slot);
  if (flow.side[0].packets + flow.side[1].packets == 0) return;
  if (flow.connection == kUnnumbered) number_connection(flow);
  const bool has_health =
      options_.tcp_health && flow.key.transport == static_cast<uint8_t>(Transport::kTcp);
  handoff::HealthReport* told = nullptr;
  handoff::FlowReport* report = outbox_.report(slot, flow, now_, has_health ? &told : nullptr);
  if (!report) {
    counters_.reports_lost++;
    return;
  }
  report->first_ns = flow.first;
  report->last_ns = flow.last;
  for (int i = 0; i < 2; i++) {
    report->packets[i] = flow.side[i].packets;
    report->bytes[i] = flow.side[i].bytes;
    report->retransmissions[i] = flow.side[i].retransmissions;
    report->tcp_flags[i] = flow.tcp_flags[i];
  }
  report->handshake_rtt_us = flow.handshake_rtt_us;
  report->end_reason = flow.end_reason;
  report->final = final;
  report->has_health = has_health;
  if (has_health) *told = health(slot).report(flow.handshake_rtt_us);
  if (options_.delta_reports && !final) {
    for (flow::Side& side : flow.side) side = flow::Side();
  }
}

// Other shards may be behind. What is here goes to the worker meanwhile, with how far time has
// come: who merges events in order may wait for that, and the others for him.
void Engine::number_connection(const flow::Flow& flow) {
  if (!connections_.settle(&table_, settled_, 0)) {
    outbox_.stats(now_, true);
    outbox_.flush();
  }
  while (flow.connection == kUnnumbered && !ring_->closed()) {
    connections_.settle(&table_, settled_, kNumberWaitMs);
    if (stopping_.load(std::memory_order_relaxed) && ++waits_stopping_ > kMaxWaitsStopping) return;
  }
}

void Engine::end_flow(uint32_t slot, handoff::EndReason reason) {
  conclude(slot, reason);
  wheel_.forget(&table_, slot);
  table_.remove(slot);
}

// All that is told of the end of a flow. PERF: when the run ends nobody needs its place in the
// table back: a tenth of what 1 M flows cost.
void Engine::conclude(uint32_t slot, handoff::EndReason reason) {
  flow::Flow& flow = table_.at(slot);
  if (flow.stream != kNoSlot) close_session(slot, &flow, reason);
  outbox_.end(slot, &flow, reason, now_);
  flow.end_reason = static_cast<uint8_t>(reason);
  if (!(flow.flags & kResting)) report(slot, true);
  counters_.flows_ended++;
}

}  // namespace pbfast::engine
