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
  if (view.tcp_flags & kSyn) on_syn(&state, view, dir);
  if (view.tcp_flags & kRst) {
    on_rst(slot, flow, &state, view, dir);
    return;
  }
  if (view.payload_wire > 0) {
    const uint32_t sequence = view.sequence + (view.tcp_flags & kSyn ? 1 : 0);
    outbox_.aim(slot, flow, &state, dir);
    const uint64_t before = reassembly_counters_.retransmitted;
    state.stream[dir].segment(
        {sequence, view.payload, view.payload_captured, view.payload_wire, view.time}, &pool_,
        &reassembly_counters_, &outbox_);
    flow->side[dir].retransmissions +=
        static_cast<uint32_t>(reassembly_counters_.retransmitted - before);
  }
  if (view.tcp_flags & kAck && state.stream[1 - dir].started()) {
    // RFC 9293 3.4: a FIN takes a sequence number, but is no byte of the stream.
    uint32_t acknowledged = view.acknowledgment;
    if (state.fin_seen[1 - dir] && distance(acknowledged, state.fin_sequence[1 - dir]) > 0) {
      acknowledged = state.fin_sequence[1 - dir];
    }
    outbox_.aim(slot, flow, &state, 1 - dir);
    state.stream[1 - dir].acknowledge(acknowledged, view.time, &pool_, &reassembly_counters_,
                                      &outbox_);
  }
  if (view.tcp_flags & kFin) on_fin(&state, view, dir);
  close_if_done(slot, flow, &state);
}

// A SYN on a known tuple: a resent one has the same number; another number is a new connection.
bool Engine::reuses_port(const flow::Flow& flow, const decode::PacketView& view, int dir) {
  if (view.tcp_flags & kAck) return false;
  if (flow.tcp_flags[dir] & kSyn) return flow.isn[dir] != view.sequence;
  if (flow.flags & kClosed) return true;
  if (flow.stream == flow::kNoSlot) return false;
  // A late SYN of this connection lies just below its first byte.
  const auto& stream = tcp_.at(flow.stream).stream[dir];
  return stream.started() && distance(stream.next_sequence(), view.sequence) < 0;
}

void Engine::on_syn(TcpState* state, const decode::PacketView& view, int dir) {
  if (state->syn_seen[dir]) return;
  state->syn_seen[dir] = true;
  if (!state->stream[dir].started() || state->stream[dir].offset() == 0)
    state->stream[dir].start(view.sequence + 1);
}

void Engine::on_fin(TcpState* state, const decode::PacketView& view, int dir) {
  if (state->fin_seen[dir]) return;
  state->fin_seen[dir] = true;
  state->fin_sequence[dir] = view.sequence + (view.tcp_flags & kSyn ? 1 : 0) + view.payload_wire;
}

// Both FINs are in order: the session is over, the flow lingers for what comes late.
void Engine::close_if_done(uint32_t slot, flow::Flow* flow, TcpState* state) {
  for (int i = 0; i < 2; i++) {
    if (!state->fin_seen[i]) return;
    const auto& stream = state->stream[i];
    if (stream.started() && distance(stream.next_sequence(), state->fin_sequence[i]) < 0) return;
  }
  close_session(slot, flow, handoff::EndReason::kFin);
}

void Engine::on_rst(uint32_t slot, flow::Flow* flow, TcpState* state,
                    const decode::PacketView& view, int dir) {
  const auto& stream = state->stream[dir];
  if (stream.started()) {
    const int32_t ahead = distance(view.sequence, stream.next_sequence());
    if (ahead < -static_cast<int32_t>(kMaxWindow) || ahead > static_cast<int32_t>(kMaxWindow)) {
      counters_.rst_out_of_window++;
      return;
    }
  }
  close_session(slot, flow, handoff::EndReason::kRst);
}

// Delivers what waits, ends the session and frees its state. The flow stays until it has lingered.
void Engine::close_session(uint32_t slot, flow::Flow* flow, handoff::EndReason reason) {
  TcpState& state = tcp_.at(flow->stream);
  for (int i = 0; i < 2; i++) {
    outbox_.aim(slot, flow, &state, i);
    state.stream[i].flush(now_, &pool_, &reassembly_counters_, &outbox_);
    state.stream[i].clear(&pool_);
  }
  outbox_.end(slot, flow, reason, now_);
  tcp_.give(flow->stream);
  flow->stream = flow::kNoSlot;
  flow->claim = static_cast<uint8_t>(flow::Claim::kCount);
  flow->flags |= kClosed;
  flow->end_reason = static_cast<uint8_t>(reason);
}

}  // namespace pbfast::engine
