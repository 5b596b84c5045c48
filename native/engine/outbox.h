// What the engine tells the worker: turns flow events and stream bytes into records, and keeps what
// a full ring refused (payload becomes a gap, ends are owed).
#pragma once
#include <cstdint>
#include <deque>

#include "engine/counters.h"
#include "engine/tcp_state.h"
#include "flow/table.h"
#include "handoff/writer.h"
#include "reassembly/stream.h"

namespace pbfast::engine {

// Bits of Flow::flags.
inline constexpr uint8_t kAnnounced = 1;  // FLOW_OPEN was sent, FLOW_END is due
inline constexpr uint8_t kClosed = 2;     // FIN both ways or RST: lingering
inline constexpr uint8_t kWaiting = 8;    // bytes wait for others; visited sooner
inline constexpr uint8_t kResting = 4;    // its flow event ended, the connection is still followed

void fill_info(const flow::Flow& flow, handoff::FlowInfo* info);

class Outbox final : public reassembly::Sink {
 public:
  Outbox(handoff::Writer writer, Counters* counters, bool discard)
      : writer_(writer), counters_(counters), discard_(discard) {}

  // The connection that on_bytes and on_gap are about.
  void aim(uint32_t slot, flow::Flow* flow, TcpState* state, int dir) {
    slot_ = slot;
    flow_ = flow;
    state_ = state;
    dir_ = dir;
  }
  void on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos time) override;
  void on_gap(uint64_t offset, uint64_t size, base::Nanos time) override;

  void datagram(uint32_t slot, flow::Flow* flow, int dir, const decode::PacketView& view);
  // Sends FLOW_END when the flow was announced.
  void rest(uint32_t slot, flow::Flow* flow, uint64_t seen, base::Nanos time);
  void end(uint32_t slot, flow::Flow* flow, handoff::EndReason reason, base::Nanos time);
  // A report's space, to be filled by the caller; null when the ring is full. With `health` there
  // is room for one behind it.
  handoff::FlowReport* report(uint32_t slot, const flow::Flow& flow, base::Nanos time,
                              handoff::HealthReport** health);
  void tick(base::Nanos time);
  // The wall clock was set by `seconds`; `time` is that before.
  void clock(base::Nanos time, int32_t seconds);
  // `must`: the last one, it waits for room.
  bool stats(base::Nanos time, bool must);
  void finish(base::Nanos time);
  // Sends ends that a full ring refused.
  void pay_owed();
  void flush() { writer_.flush(); }
  // Reports that can come later do while there is none, so that no payload is refused for them.
  bool has_room_to_spare() const { return writer_.has_room_to_spare(); }
  // The source ended: what is left may take its time.
  void wait_from_now_on() { writer_.wait_from_now_on(); }
  uint32_t pending_records() const { return writer_.records(); }

 private:
  struct Owed {
    uint32_t slot, generation;
    handoff::EndReason reason;
    base::Nanos time;
  };
  bool announce(uint32_t slot, flow::Flow* flow, base::Nanos time);
  bool send_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos time);
  bool tell_shed(base::Nanos time);
  void shed(uint64_t offset, uint64_t size);
  void delay_gap(uint64_t offset, uint64_t size);
  bool send_end(const Owed& owed);
  handoff::Record* add(handoff::Kind kind, uint32_t slot, uint32_t generation, uint32_t size,
                       base::Nanos time, bool must, uint8_t** payload);

  handoff::Writer writer_;
  Counters* counters_;
  bool discard_;  // measure the stages before the handoff
  uint32_t slot_ = 0;
  flow::Flow* flow_ = nullptr;
  TcpState* state_ = nullptr;
  int dir_ = 0;
  std::deque<Owed> owed_;
};

}  // namespace pbfast::engine
