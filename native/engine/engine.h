// The one loop that joins the rooms: source -> decode -> flow -> reassembly -> handoff. One thread,
// no locks, no clock: time comes with packets.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "capture/source.h"
#include "decode/defrag.h"
#include "engine/connections.h"
#include "engine/counters.h"
#include "engine/options.h"
#include "engine/outbox.h"
#include "engine/tcp_state.h"
#include "flow/table.h"
#include "flow/tcp_health.h"
#include "flow/timer_wheel.h"
#include "handoff/ring.h"
#include "reassembly/pool.h"

namespace pbfast::engine {

class Engine {
 public:
  Engine(const Options& options, std::unique_ptr<capture::Source> source, handoff::Ring* ring);
  // Reads until the source ends or stop(); then ends all flows and sends kEnd.
  void run();
  // From any thread.
  void stop() { stopping_.store(true, std::memory_order_relaxed); }
  // Cause of an early end; read after run().
  const std::string& error() const { return error_; }
  const Counters& counters() const { return counters_; }
  // Memory of TCP bytes that wait for others, at most Options::reassembly_bytes.
  uint64_t bytes_waiting() const { return uint64_t{pool_.used()} * reassembly::kBlockMemory; }

 private:
  struct Prepared {
    decode::PacketView view;
    flow::Key key;
    uint64_t hash;
    bool sender_is_low;
    bool usable;
    bool fragment;  // to be put together in its turn
    bool foreign;   // of a flow that another shard keeps
  };

  bool step();
  void drain();
  void prepare(const capture::Batch& batch);
  bool owns(uint64_t hash) const {
    return (hash & 0xffffffff) * options_.shards >> 32 == options_.shard;
  }
  void count_packet(const capture::Frame& frame, const Prepared& packet, decode::Verdict verdict);
  void count_verdict(decode::Verdict verdict);
  void find_owner(Prepared* packet);
  void take(Prepared* packet);
  void process(const Prepared& packet);
  bool join_fragment(Prepared* packet);
  void advance_time(base::Nanos time);
  void plan_tick();
  void tell_tick();

  // wall_clock.cc
  void watch_clock();
  void follow_clock(base::Nanos time);
  void shift_time();

  void run_timers(uint32_t budget);
  void apply_commands();
  void apply(const handoff::CommandWord& word);
  void send_stats(base::Nanos time, bool must);
  void count_source();
  void copy_limits();
  void finish();

  // flow_life.cc
  uint32_t find_or_open(const Prepared& packet);
  uint32_t open_flow(const Prepared& packet);
  void evict(const flow::Offer& offer);
  void classify(uint32_t slot, flow::Flow* flow, const decode::PacketView& view);
  base::Nanos visit(uint32_t slot);
  base::Nanos due(const flow::Flow& flow) const;
  base::Nanos flow_due(const flow::Flow& flow) const;
  base::Nanos idle_limit(const flow::Flow& flow) const;
  base::Nanos patience(const flow::Flow& flow) const;
  bool is_silent(const flow::Flow& flow) const;
  void end_wait(uint32_t slot, flow::Flow* flow);
  void report(uint32_t slot, bool final);
  void rest(uint32_t slot);
  flow::TcpHealth& health(uint32_t slot);
  void end_flow(uint32_t slot, handoff::EndReason reason);
  void conclude(uint32_t slot, handoff::EndReason reason);
  void number_connection(const flow::Flow& flow);

  // tcp.cc
  void on_tcp(uint32_t slot, flow::Flow* flow, const Prepared& packet, int dir);
  static bool shows_peer(const flow::Flow& flow, const decode::PacketView& view, int dir);
  void establish(uint32_t slot);
  bool follow(flow::Flow* flow, const decode::PacketView& view);
  void deliver(uint32_t slot, flow::Flow* flow, const decode::PacketView& view, int dir);
  void hold(uint32_t slot, flow::Flow* flow);
  void relieve_pool();
  static bool opens_from_behind(const flow::Flow& flow, const decode::PacketView& view);
  void turn_round(flow::Flow* flow, const decode::PacketView& view);
  bool reuses_port(const flow::Flow& flow, const decode::PacketView& view, int dir);
  void on_rst(uint32_t slot, flow::Flow* flow, TcpState* state, const decode::PacketView& view,
              int dir);
  void close_session(uint32_t slot, flow::Flow* flow, handoff::EndReason reason);
  void flush_session(uint32_t slot, flow::Flow* flow, TcpState* state);

  Options options_;
  std::unique_ptr<capture::Source> source_;
  uint32_t slice_;  // flows whose timers run before one packet
  Counters counters_;
  reassembly::Counters reassembly_counters_;
  decode::Defragmenter defragmenter_;
  flow::Table table_;
  flow::TimerWheel wheel_;
  std::vector<std::unique_ptr<flow::TcpHealth[]>> health_;  // by slot, in slabs; with tcp_health
  TcpStates tcp_;
  reassembly::Pool pool_;
  Outbox outbox_;
  capture::Batch batch_;
  Prepared prepared_[capture::kBatchFrames];
  base::Nanos now_ = 0;
  static constexpr uint64_t kNoPacket = UINT64_MAX;
  uint32_t tick_ = 0;                 // second of now_
  base::Nanos tick_time_ = 0;         // the worker is told that time has come so far
  uint64_t tick_packet_ = kNoPacket;  // before this packet
  WallClock wall_clock_;
  int64_t step_ = 0;    // of the clock, not followed yet
  int step_idles_ = 0;  // since then
  bool timers_behind_ = false;
  static constexpr int kDrainIdles = 6;  // longer than the ring keeps a block back
  bool idle_ = false;                    // the source had nothing
  base::Nanos next_timers_ = 0;
  Connections connections_;
  uint32_t waits_stopping_ = 0;
  uint64_t flow_number_ = 0;
  uint64_t packet_number_ = 0;  // of the packet at hand, from 1, as all shards count them
  uint64_t settled_ = 0;        // up to this packet it is known which ones opened connections
  std::atomic<bool> stopping_{false};
  std::string error_;
  handoff::Ring* ring_;
};

}  // namespace pbfast::engine
