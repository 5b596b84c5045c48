// TCP as far as the engine must know it: flags, beginnings and ends. Ordering is reassembly's.
#include "engine/engine.h"

namespace pbfast::engine {

namespace {

using namespace decode::tcp_flags;

// RFC 9293 3.10.7: a reset must lie in the receive window; without the window's scale this is its
// largest size.
constexpr uint32_t kMaxWindow = 1u << 30;

int32_t distance(uint32_t to, uint32_t from) { return static_cast<int32_t>(to - from); }

}  // namespace

void Engine::on_tcp(uint32_t slot, flow::Flow* flow, const Prepared& packet, int dir) {
  const decode::PacketView& view = packet.view;
  if (dir == 1 && opens_from_behind(*flow, view)) {
    turn_round(flow, view);
    if (options_.tcp_health) health(slot).turn_round();
    dir = 0;
  }
  if (options_.tcp_health) health(slot).on_packet(view, dir);
  if (flow->pool == static_cast<uint8_t>(flow::Pool::kEmbryonic) && view.payload_wire > 0) {
    table_.move_to_pool(slot, flow::Pool::kEstablished);
  }
  // RFC 9293 3.5: the first SYN|ACK back ends half of the handshake.
  const bool syn_ack = (view.tcp_flags & (kSyn | kAck)) == (kSyn | kAck);
  if (syn_ack && dir == 1 && flow->handshake_rtt_us == 0 && flow->tcp_flags[0] == kSyn) {
    flow->handshake_rtt_us = static_cast<uint32_t>((view.time - flow->first) / 1000);
  }
  if (view.tcp_flags & kSyn) flow->isn[dir] = view.sequence;
  flow->tcp_flags[dir] |= view.tcp_flags;
  if (flow->stream == flow::kNoSlot) {
    if (view.tcp_flags & kRst) {
      flow->flags |= kClosed;
      flow->end_reason = static_cast<uint8_t>(handoff::EndReason::kRst);
    } else if ((flow->tcp_flags[0] & flow->tcp_flags[1] & kFin) && !(flow->flags & kClosed)) {
      flow->flags |= kClosed;
      flow->end_reason = static_cast<uint8_t>(handoff::EndReason::kFin);
    }
    return;
  }
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
  if (connection.has_early() && !(flow->flags & kWaiting)) {
    flow->flags |= kWaiting;
    wheel_.forget(&table_, slot);
    wheel_.file(&table_, slot, due(*flow));
  }
  if (connection.is_over()) close_session(slot, flow, handoff::EndReason::kFin);
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
  // A late SYN of this connection lies just below its first byte.
  const auto& stream = tcp_.at(flow.stream).connection.stream(dir);
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
