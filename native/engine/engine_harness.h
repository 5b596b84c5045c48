// Runs packets made by hand through an engine, ring and consumer, and writes down what the consumer
// got: for tests. One frame a batch, so that commands meet the stream at a known frame.
//
// What a flow's records say becomes text, e.g. `open 0:GET 1:OK 0-5 end:fin`: direction 0 sent GET,
// direction 1 OK, then 5 bytes of direction 0 are missing. Datagrams stand in brackets: 0(query).
#pragma once
#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture/capture_builder.h"
#include "capture/source.h"
#include "decode/frame_builder.h"
#include "engine/engine.h"

namespace pbfast::engine::testing {

using capture::testing::Data;
using decode::testing::be16;
using decode::testing::be32;
using namespace decode::tcp_flags;
inline constexpr base::Nanos kMs = 1'000'000;

inline Data ip_packet(uint8_t protocol, uint32_t from, uint32_t to, const Data& payload) {
  return be16(0x4500) + be16(static_cast<uint32_t>(20 + payload.size())) + be16(7) + be16(0) +
         be16(64 << 8 | protocol) + be16(0) + be32(from) + be32(to) + payload;
}

// Two ends and their packets. Direction 0 is the client's.
struct Pair {
  uint32_t ip[2] = {0x0a000001, 0x0a000002};
  uint16_t port[2] = {40000, 80};
  uint32_t isn[2] = {1000, 0xfffffffd};  // the server's numbers wrap

  Data tcp(int dir, uint32_t offset, const Data& payload, uint8_t flags = kAck,
           uint32_t acknowledged = 0) const {
    const uint32_t sequence = isn[dir] + (flags & kSyn ? 0 : 1) + offset;
    const uint32_t acknowledgment = flags & kAck ? isn[1 - dir] + 1 + acknowledged : 0;
    return ip_packet(6, ip[dir], ip[1 - dir],
                     be16(port[dir]) + be16(port[1 - dir]) + be32(sequence) + be32(acknowledgment) +
                         be16(5u << 12 | flags) + be16(512) + be32(0) + payload);
  }
  Data udp(int dir, const Data& payload) const {
    return ip_packet(17, ip[dir], ip[1 - dir],
                     decode::testing::udp(port[dir], port[1 - dir], payload));
  }
  std::vector<Data> handshake() const {
    return {tcp(0, 0, "", kSyn), tcp(1, 0, "", kSyn | kAck), tcp(0, 0, "")};
  }
  // After `sent[dir]` bytes.
  std::vector<Data> farewell(uint32_t from_client, uint32_t from_server) const {
    return {tcp(0, from_client, "", kFin | kAck, from_server),
            tcp(1, from_server, "", kFin | kAck, from_client + 1),
            tcp(0, from_client + 1, "", kAck, from_server + 1)};
  }
};

// A capture that grows packet by packet.
class Script {
 public:
  base::Nanos time = 1000 * base::kSecond;
  base::Nanos step = kMs;

  Script& add(const Data& ip, int64_t captured = -1) {
    return add_frame(decode::testing::ethernet(0x0800, ip), captured);
  }
  Script& add_frame(const Data& frame, int64_t captured = -1) {
    const Data bytes = captured < 0 ? frame : frame.substr(0, static_cast<size_t>(captured));
    image_ += capture::testing::pcap_record(base::seconds_of(time), base::nanoseconds_of(time),
                                            bytes, -1, static_cast<int64_t>(frame.size()));
    time += step;
    frames++;
    return *this;
  }
  Script& add(const std::vector<Data>& packets) {
    for (const Data& packet : packets) add(packet);
    return *this;
  }
  Script& wait(base::Nanos duration) {
    time += duration;
    return *this;
  }
  const Data& image() const { return image_; }
  uint32_t frames = 0;

 private:
  Data image_ = capture::testing::pcap_header(1, capture::testing::kNanos);
};

// One frame a batch; before frame `n` is given, before(n) is called.
class OneByOne final : public capture::Source {
 public:
  OneByOne(std::unique_ptr<Source> source, std::function<void(uint32_t)> before, bool live = false)
      : source_(std::move(source)), before_(std::move(before)), live_(live) {}
  capture::Status next(capture::Batch* batch, int wait_ms) override {
    batch->count = 0;
    while (at_ == batch_.count) {
      at_ = 0;
      const capture::Status status = source_->next(&batch_, wait_ms);
      if (status != capture::Status::kFrames) return status;
    }
    if (before_) before_(number_);
    number_++;
    batch->frames[batch->count++] = batch_.frames[at_++];
    return capture::Status::kFrames;
  }
  capture::SourceCounters counters() override { return source_->counters(); }
  bool is_live() const override { return live_; }
  const std::string& message() const override { return source_->message(); }

 private:
  std::unique_ptr<Source> source_;
  std::function<void(uint32_t)> before_;
  bool live_;
  capture::Batch batch_;
  uint32_t at_ = 0, number_ = 0;
};

struct FlowStory {
  handoff::FlowInfo info{};
  std::string text = "open";
  uint64_t next[2] = {};  // stream offset behind what was told
  bool ended = false;
  int last = -1;  // direction of the last data, -1 when something else came since
};

struct Outcome {
  std::vector<FlowStory> flows;  // in the order they were opened
  std::vector<handoff::FlowReport> reports;
  std::vector<uint32_t> ticks;  // since the clock was set last
  std::vector<int32_t> clock_steps;
  std::vector<handoff::Record> datagrams;
  Counters counters;
  std::string error;
  uint32_t ends = 0;

  std::vector<std::string> stories() const {
    std::vector<std::string> out;
    for (const FlowStory& flow : flows) out.push_back(flow.text);
    return out;
  }
  std::string story() const {
    REQUIRE(flows.size() == 1);
    return flows[0].text;
  }
};

// Takes records until kEnd, or until the ring is closed, and holds them to the contract of
// record.h.
class Consumer {
 public:
  Consumer(handoff::Ring* ring, Outcome* outcome) : ring_(ring), outcome_(outcome) {}

  void run() {
    while (outcome_->ends == 0 && !ring_->closed()) {
      uint32_t offset;
      const uint32_t count = ring_->take(50, &offset);
      for (uint32_t i = 0; i < count; i++) {
        handoff::Record record;
        std::memcpy(&record, ring_->memory() + offset + i * sizeof record, sizeof record);
        on_record(record);
      }
      if (count) ring_->release();
    }
  }

 private:
  void on_record(const handoff::Record& record) {
    using handoff::Kind;
    CHECK(outcome_->ends == 0);
    const uint8_t* payload = ring_->memory() + record.offset;
    switch (static_cast<Kind>(record.kind)) {
      case Kind::kFlowOpen: {
        REQUIRE(record.length == sizeof(handoff::FlowInfo));
        const auto id = std::make_pair(record.flow, record.generation);
        CHECK(open_.emplace(id, outcome_->flows.size()).second);
        std::memcpy(&outcome_->flows.emplace_back().info, payload, sizeof(handoff::FlowInfo));
        break;
      }
      case Kind::kFlowReport:
        REQUIRE(record.length == sizeof(handoff::FlowReport));
        std::memcpy(&outcome_->reports.emplace_back(), payload, sizeof(handoff::FlowReport));
        break;
      case Kind::kTick:
        if (!outcome_->ticks.empty()) CHECK(record.seconds > outcome_->ticks.back());
        outcome_->ticks.push_back(record.seconds);
        break;
      case Kind::kClock:
        outcome_->clock_steps.push_back(static_cast<int32_t>(record.stream_offset));
        outcome_->ticks.clear();
        break;
      case Kind::kStats:
        REQUIRE(record.length == sizeof(Counters));
        std::memcpy(&outcome_->counters, payload, sizeof(Counters));
        break;
      case Kind::kEnd:
        outcome_->ends++;
        break;
      default:
        on_flow(record, Data(reinterpret_cast<const char*>(payload),
                             record.kind == static_cast<uint8_t>(Kind::kGap) ? 0 : record.length));
    }
  }

  void on_flow(const handoff::Record& record, const Data& payload) {
    const auto found = open_.find({record.flow, record.generation});
    REQUIRE(found != open_.end());
    FlowStory& flow = outcome_->flows[found->second];
    CHECK_FALSE(flow.ended);
    const std::string dir = std::to_string(record.direction);
    const bool is_data = record.kind == static_cast<uint8_t>(handoff::Kind::kData);
    if (is_data || record.kind == static_cast<uint8_t>(handoff::Kind::kGap)) {
      // Only bytes that a command skipped may be missing without a gap.
      CHECK(record.stream_offset >= flow.next[record.direction]);
      if (record.stream_offset != flow.next[record.direction]) flow.last = -1;
      flow.next[record.direction] = uint64_t{record.stream_offset} + record.length;
    }
    if (is_data) {
      if (flow.last != record.direction) flow.text += ' ' + dir + ':';
      flow.text += payload;
      flow.last = record.direction;
      return;
    }
    flow.last = -1;
    if (record.kind == static_cast<uint8_t>(handoff::Kind::kDatagram)) {
      outcome_->datagrams.push_back(record);
      flow.text += ' ' + dir + '(' + payload + ')';
    } else if (record.kind == static_cast<uint8_t>(handoff::Kind::kGap)) {
      flow.text += ' ' + dir + '-' + std::to_string(record.length);
    } else {
      static constexpr const char* kReasons[] = {"none",   "fin",     "rst",     "idle",
                                                 "active", "evicted", "shutdown"};
      REQUIRE(record.flags < 7);
      flow.text += std::string(" end:") + kReasons[record.flags];
      flow.ended = true;
      open_.erase(found);
    }
  }

  handoff::Ring* ring_;
  Outcome* outcome_;
  std::map<std::pair<uint32_t, uint32_t>, size_t> open_;
};

inline Options default_options() {
  Options options;
  options.tcp_ports.set(80);
  options.udp_ports.set(53);
  options.table.max_flows = 1000;
  return options;
}

using Before = std::function<void(uint32_t frame, handoff::Ring* ring, Engine* engine)>;

inline handoff::CommandWord command(handoff::Command what, int dir, uint64_t value = 0,
                                    uint32_t generation = 1) {
  return {static_cast<uint32_t>(what) | static_cast<uint32_t>(dir) << 8, 0, generation, 0, value};
}

// Gives the commands with frame `at`: the engine reads them before the next one.
inline Before with_command(uint32_t at, handoff::CommandWord word) {
  return [at, word](uint32_t frame, handoff::Ring* ring, Engine*) {
    if (frame == at) CHECK(ring->push_commands(&word, 1) == 1);
  };
}

inline Outcome run(const Script& script, const Options& options = default_options(),
                   const Before& before = {}, bool live = false) {
  Outcome outcome;
  handoff::Ring ring(8);
  auto opened = capture::open_memory(reinterpret_cast<const uint8_t*>(script.image().data()),
                                     script.image().size());
  REQUIRE(opened.source);
  Engine* running = nullptr;
  auto source = std::make_unique<OneByOne>(
      std::move(opened.source),
      [&](uint32_t frame) {
        if (before) before(frame, &ring, running);
      },
      live);
  Engine engine(options, std::move(source), &ring);
  running = &engine;
  Consumer consumer(&ring, &outcome);
  std::thread thread([&] { consumer.run(); });
  engine.run();
  thread.join();
  CHECK(outcome.ends == 1);
  outcome.counters = engine.counters();
  outcome.error = engine.error();
  const Counters& c = outcome.counters;
  CHECK(c.packets ==
        c.decoded + c.not_ip + c.fragments + c.truncated + c.malformed + c.link_unknown);
  CHECK(c.flow_packets + c.flow_refused == c.decoded + c.not_ip + c.datagrams_joined);
  CHECK(c.flows_created == c.flows_ended);
  return outcome;
}

}  // namespace pbfast::engine::testing
