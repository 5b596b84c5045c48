// TCP as far as the engine must know it: flags, beginnings and ends. Ordering is reassembly's.
#include "engine/engine.h"

namespace pbfast::engine {

namespace {

using namespace decode::tcp_flags;

// RFC 9293 3.10.7: a reset must lie in the receive window; without the window's scale this is its
// largest size.
constexpr uint32_t kMaxWindow = 1u << 30;

// RFC 6928: bytes of a first flight and its answer lie far below this.
constexpr int32_t kMaxFirstFlight = 1 << 20;

int32_t distance(uint32_t to, uint32_t from) { return static_cast<int32_t>(to - from); }

}  // namespace

// A packet of a connection that is followed.
// PERF: in line, 15 instructions a packet fewer.
[[gnu::always_inline]] inline void Engine::deliver(uint32_t slot, flow::Flow* flow,
                                                   const decode::PacketView& view, int dir) {
  TcpState& state = tcp_.at(flow->stream);
  reassembly::Connection& connection = state.connection;
  const reassembly::Connection::Means means{&pool_, &reassembly_counters_};
  const auto aim = [&](int side) {
    outbox_.aim(slot, flow, &state, side);
    return &outbox_;
  };
  if (view.tcp_flags & kSyn) connection.syn(dir, view.sequence, means);
  if (view.tcp_flags & kRst) {
    on_rst(slot, flow, &state, view, dir);
    return;
  }
  const uint32_t sequence = view.sequence + (view.tcp_flags & kSyn ? 1 : 0);
  const bool acknowledges = view.tcp_flags & kAck;
  if (view.payload_wire > 0) {
    const uint64_t before = reassembly_counters_.retransmitted;
    connection.segment(dir,
                       {sequence, view.payload, view.payload_captured, view.payload_wire, view.time,
                        acknowledges, view.acknowledgment},
                       means, aim);
    flow->side[dir].retransmissions +=
        static_cast<uint32_t>(reassembly_counters_.retransmitted - before);
  }
  if (view.tcp_flags & kFin) connection.fin(dir, sequence + view.payload_wire);
  if (acknowledges) connection.acknowledge(dir, view.acknowledgment, view.time, means, aim);
  connection.settle(view.time, means, aim);
  if (connection.waits()) hold(slot, flow);
  if (connection.is_over()) close_session(slot, flow, handoff::EndReason::kFin);
}

// PERF: not in line, or datagrams pay for its registers: 10 instructions a packet.
[[gnu::noinline]] void Engine::on_tcp(uint32_t slot, flow::Flow* flow, const Prepared& packet,
                                      int dir) {
  const decode::PacketView& view = packet.view;
  if (dir == 1 && opens_from_behind(*flow, view)) {
    turn_round(flow, view);
    if (options_.tcp_health) health(slot).turn_round();
    dir = 0;
  }
  if (options_.tcp_health) health(slot).on_packet(view, dir);
  if (flow->pool == static_cast<uint8_t>(flow::Pool::kEmbryonic) && shows_peer(*flow, view, dir))
    establish(slot);
  // RFC 9293 3.5: the first SYN|ACK back ends half of the handshake.
  const bool syn_ack = (view.tcp_flags & (kSyn | kAck)) == (kSyn | kAck);
  if (syn_ack && dir == 1 && flow->handshake_rtt_us == 0 && flow->tcp_flags[0] == kSyn) {
    flow->handshake_rtt_us = static_cast<uint32_t>((view.time - flow->first) / 1000);
  }
  if (view.tcp_flags & kSyn) flow->isn[dir] = view.sequence;
  flow->tcp_flags[dir] |= view.tcp_flags;
  const bool is_wanted = flow->claim != static_cast<uint8_t>(flow::Claim::kCount);
  if (flow->stream != flow::kNoSlot || (is_wanted && follow(flow, view))) {
    deliver(slot, flow, view, dir);
  } else if (view.tcp_flags & kRst) {
    flow->flags |= kClosed;
    flow->end_reason = static_cast<uint8_t>(handoff::EndReason::kRst);
  } else if ((flow->tcp_flags[0] & flow->tcp_flags[1] & kFin) && !(flow->flags & kClosed)) {
    flow->flags |= kClosed;
    flow->end_reason = static_cast<uint8_t>(handoff::EndReason::kFin);
  }
}

// The sender hears the other end, so its address is no invention: it acknowledges a number that
// only the other end could tell it.
bool Engine::shows_peer(const flow::Flow& flow, const decode::PacketView& view, int dir) {
  if ((view.tcp_flags & (kSyn | kRst | kAck)) != kAck || flow.side[1 - dir].packets == 0)
    return false;
  if (!(flow.tcp_flags[1 - dir] & kSyn)) return true;  // picked up midway
  const int32_t acknowledged = distance(view.acknowledgment, flow.isn[1 - dir]);
  return acknowledged > 0 && acknowledged <= kMaxFirstFlight;
}

void Engine::establish(uint32_t slot) {
  flow::Offer offer;
  if (table_.establish(slot, now_, &offer) || offer.slot == flow::kNoSlot) return;
  evict(offer);
  table_.establish(slot, now_, &offer);
}

// The state of a connection is made with its first payload or end: a flood of SYNs costs flows
// only. False until then, and after its end.
bool Engine::follow(flow::Flow* flow, const decode::PacketView& view) {
  if (view.payload_wire == 0 && !(view.tcp_flags & (kFin | kRst))) return false;
  if (flow->flags & kClosed) return false;
  flow->stream = tcp_.take();
  const reassembly::Connection::Means means{&pool_, &reassembly_counters_};
  for (int dir = 0; dir < 2; dir++) {
    if (flow->tcp_flags[dir] & kSyn)
      tcp_.at(flow->stream).connection.syn(dir, flow->isn[dir], means);
  }
  return true;
}

void Engine::hold(uint32_t slot, flow::Flow* flow) {
  tcp_.at(flow->stream).last_packet = packet_number_;
  if (!(flow->flags & kWaiting)) {
    flow->flags |= kWaiting;
    tcp_.begin_hold(flow->stream, slot);
    wheel_.forget(&table_, slot);
    wheel_.file(&table_, slot, due(*flow));
  }
  if (pool_.is_short()) relieve_pool();
}

// The connections that wait longest give up what is missing, until the largest packet has room.
void Engine::relieve_pool() {
  while (pool_.is_short()) {
    const uint32_t index = tcp_.oldest_hold();
    if (index == flow::kNoSlot) return;
    TcpState& state = tcp_.at(index);
    const uint32_t slot = state.slot;
    flow::Flow& flow = table_.at(slot);
    tcp_.end_hold(index);
    flow.flags &= static_cast<uint8_t>(~kWaiting);
    if (!state.connection.has_early()) continue;
    counters_.holders_given_up++;
    flush_session(slot, &flow, &state);
  }
}

// The SYN comes from the other side than the first packet seen, which overtook it.
bool Engine::opens_from_behind(const flow::Flow& flow, const decode::PacketView& view) {
  return (view.tcp_flags & (kSyn | kAck)) == kSyn && !(flow.tcp_flags[1] & kSyn) &&
         (flow.tcp_flags[0] & (kSyn | kAck)) != kSyn && !(flow.flags & kAnnounced) &&
         flow.reported == flow.first;
}

// Its source is the sender of this SYN.
void Engine::turn_round(flow::Flow* flow, const decode::PacketView& view) {
  flow->low_is_source = !flow->low_is_source;
  std::swap(flow->side[0], flow->side[1]);
  std::swap(flow->tcp_flags[0], flow->tcp_flags[1]);
  std::swap(flow->isn[0], flow->isn[1]);
  std::swap(flow->source_mac, flow->destination_mac);
  if (flow->port_side) flow->port_side = options_.tcp_ports[view.destination_port] ? 1 : 2;
  if (flow->stream != flow::kNoSlot) tcp_.at(flow->stream).connection.turn_round();
}

// A SYN on a known tuple: a resent one has the same number; another number is a new connection.
bool Engine::reuses_port(const flow::Flow& flow, const decode::PacketView& view, int dir) {
  if (view.tcp_flags & kAck) return false;
  if (flow.tcp_flags[dir] & kSyn) return flow.isn[dir] != view.sequence;
  if (flow.flags & kClosed) return true;
  if (flow.stream == flow::kNoSlot) return false;
  const auto& connection = tcp_.at(flow.stream).connection;
  // Flags of a flow that rested are forgotten.
  if (connection.has_syn(dir)) return flow.isn[dir] != view.sequence;
  // A late SYN of this connection lies just below its first byte.
  const auto& stream = connection.stream(dir);
  return stream.started() && distance(stream.next_sequence(), view.sequence) < 0;
}

void Engine::on_rst(uint32_t slot, flow::Flow* flow, TcpState* state,
                    const decode::PacketView& view, int dir) {
  const auto& stream = state->connection.stream(dir);
  if (stream.started()) {
    const int32_t ahead = distance(view.sequence, stream.next_sequence());
    if (ahead < -static_cast<int32_t>(kMaxWindow) || ahead > static_cast<int32_t>(kMaxWindow)) {
      counters_.rst_out_of_window++;
      return;
    }
  }
  close_session(slot, flow, handoff::EndReason::kRst);
}

// Gives up what is missing and delivers what waits.
void Engine::flush_session(uint32_t slot, flow::Flow* flow, TcpState* state) {
  state->connection.flush(now_, {&pool_, &reassembly_counters_}, [&](int side) {
    outbox_.aim(slot, flow, state, side);
    return &outbox_;
  });
}

// Delivers what waits, ends the session and frees its state. The flow stays until it has lingered.
void Engine::close_session(uint32_t slot, flow::Flow* flow, handoff::EndReason reason) {
  TcpState& state = tcp_.at(flow->stream);
  flush_session(slot, flow, &state);
  state.connection.clear(&pool_);
  outbox_.end(slot, flow, reason, now_);
  tcp_.give(flow->stream);
  flow->stream = flow::kNoSlot;
  flow->claim = static_cast<uint8_t>(flow::Claim::kCount);
  flow->flags |= kClosed;
  flow->end_reason = static_cast<uint8_t>(reason);
}

}  // namespace pbfast::engine
