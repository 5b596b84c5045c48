#include <atomic>

#include "engine/engine_harness.h"

using namespace pbfast;
using namespace pbfast::engine::testing;
using engine::Options;
using handoff::EndReason;

namespace {

const Pair kWeb;

Pair dns() {
  Pair pair;
  pair.port[1] = 53;
  return pair;
}

Pair numbered(uint32_t i, uint16_t port) {
  Pair pair;
  pair.ip[0] += i << 8;
  pair.port[1] = port;
  return pair;
}

Options reporting(base::Nanos period = 0, bool delta = false) {
  Options options = default_options();
  options.report_flows = true;
  options.report_period = period;
  options.delta_reports = delta;
  return options;
}

uint64_t packets_of(const handoff::FlowReport& report) {
  return report.packets[0] + report.packets[1];
}

}  // namespace

TEST_CASE("datagrams of both directions, cut ones marked, empty ones left out") {
  Script script;
  script.add(dns().udp(0, "query")).add(dns().udp(1, "answer")).add(dns().udp(0, ""));
  script.add(dns().udp(1, "longer"), 14 + 20 + 8 + 3);
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0(query) 1(answer) 1(lon) end:shutdown");
  CHECK(outcome.flows[0].info.claim == 1);
  CHECK(outcome.datagrams[1].flags == 0);
  CHECK(outcome.datagrams[2].flags == 1);
  CHECK(outcome.datagrams[2].stream_offset == 3);
  CHECK(outcome.datagrams[1].seconds == 1000);
  CHECK(outcome.datagrams[1].nanoseconds == kMs);
}

TEST_CASE("a datagram flow is put to rest, unless more came, and announced again when it speaks") {
  Script script;
  script.add(dns().udp(0, "a")).add(dns().udp(1, "b")).add(dns().udp(0, "c"));
  const auto rest = [&](uint64_t seen) {
    return run(script, default_options(),
               with_command(1, command(handoff::Command::kRest, 0, seen)));
  };
  const Outcome rested = rest(2);
  CHECK(rested.stories() ==
        std::vector<std::string>{"open 0(a) 1(b) end:none", "open 0(c) end:shutdown"});
  CHECK(rested.flows[0].info.number == rested.flows[1].info.number);
  CHECK(rested.counters.flows_created == 1);
  CHECK(rest(1).story() == "open 0(a) 1(b) 0(c) end:shutdown");
  CHECK(rest(3).story() == "open 0(a) 1(b) 0(c) end:shutdown");
}

TEST_CASE("datagrams on unclaimed ports are counted only, or probed") {
  Script script;
  script.add(kWeb.udp(0, "quic"));
  CHECK(run(script).flows.empty());
  Options options = default_options();
  options.probe_udp = true;
  CHECK(run(script, options).story() == "open 0(quic) end:shutdown");
}

TEST_CASE("ICMP is handed over from its header on, if it is wanted") {
  const Data request = decode::testing::icmp(8, 0, 77, "ping");
  const Data reply = decode::testing::icmp(0, 0, 77, "ping");
  Script script;
  script.add(ip_packet(1, 1, 2, request)).add(ip_packet(1, 2, 1, reply));
  CHECK(run(script).flows.empty());
  Options options = default_options();
  options.icmp = true;
  const Outcome outcome = run(script, options);
  CHECK(outcome.story() == "open 0(" + request + ") 1(" + reply + ") end:shutdown");
  CHECK(outcome.flows[0].info.icmp_id == 77);
  CHECK(outcome.flows[0].info.icmp_type == 8);
  CHECK(outcome.flows[0].info.source_port == 0);
}

TEST_CASE("a final report has the counts, times and flags of the whole flow") {
  Script script;
  script.step = 5 * kMs;
  script.add(kWeb.handshake()).add(kWeb.tcp(0, 0, "abc")).add(kWeb.tcp(0, 0, "abc"));
  script.add(kWeb.farewell(3, 0));
  const Outcome outcome = run(script, reporting());
  REQUIRE(outcome.reports.size() == 1);
  const handoff::FlowReport& report = outcome.reports[0];
  CHECK(report.final == 1);
  CHECK(report.end_reason == static_cast<uint8_t>(EndReason::kFin));
  CHECK(report.first_ns == 1000 * base::kSecond);
  CHECK(report.last_ns == 1000 * base::kSecond + 35 * kMs);
  CHECK(report.packets[0] == 6);
  CHECK(report.packets[1] == 2);
  CHECK(report.bytes[0] == 6 * 54 + 6);
  CHECK(report.bytes[1] == 2 * 54);
  CHECK(report.retransmissions[0] == 1);
  CHECK(report.retransmissions[1] == 0);
  CHECK(report.handshake_rtt_us == 5000);
  CHECK(report.tcp_flags[0] == (kSyn | kAck | kFin));
  CHECK(report.info.number == 1);
}

TEST_CASE("periodic reports carry running totals, or with delta what is new") {
  for (const bool delta : {false, true}) {
    Script script;
    script.step = base::kSecond;
    for (int i = 0; i < 26; i++) script.add(dns().udp(i % 2, "x"));
    const Outcome outcome = run(script, reporting(10 * base::kSecond, delta));
    REQUIRE(outcome.reports.size() == 3);
    uint64_t sum = 0;
    for (size_t i = 0; i < 3; i++) {
      const handoff::FlowReport& report = outcome.reports[i];
      CHECK(report.final == (i == 2));
      CHECK(report.first_ns == 1000 * base::kSecond);
      CHECK(report.end_reason ==
            static_cast<uint8_t>(i == 2 ? EndReason::kShutdown : EndReason::kNone));
      sum += packets_of(report);
      if (!delta)
        CHECK(packets_of(report) == (report.last_ns - report.first_ns) / base::kSecond + 1);
    }
    CHECK((delta ? sum : packets_of(outcome.reports[2])) == 26);
  }
}

TEST_CASE("a silent flow ends after the time-out and is a new one afterwards") {
  Script script;
  script.add(dns().udp(0, "a")).wait(29 * base::kSecond).add(dns().udp(1, "b"));
  script.wait(31 * base::kSecond).add(numbered(9, 53).udp(0, "other")).add(dns().udp(1, "c"));
  const Outcome outcome = run(script, reporting());
  CHECK(outcome.stories() == std::vector<std::string>{"open 0(a) 1(b) end:idle",
                                                      "open 0(other) end:shutdown",
                                                      "open 0(c) end:shutdown"});
  CHECK(outcome.reports[0].end_reason == static_cast<uint8_t>(EndReason::kIdle));
  CHECK(outcome.reports[0].last_ns < 1030 * base::kSecond);
}

TEST_CASE("ports are used again after a silence, whatever the new number") {
  for (const uint32_t number : {900u, 0xfffff000u, 2000u, 0x70000000u}) {
    Script script;
    script.add(kWeb.handshake()).add(kWeb.tcp(0, 0, "old"));
    for (int i = 0; i < 3; i++) script.wait(20 * base::kSecond).add(dns().udp(0, "time"));
    Pair again = kWeb;
    again.isn[0] = number;
    script.add(again.handshake()).add(again.tcp(0, 0, "new"));
    const Outcome outcome = run(script, reporting());
    CHECK(outcome.counters.tcp_reuse == 1);
    CHECK(outcome.flows.front().text == "open 0:old end:idle");
    CHECK(outcome.flows.back().text == "open 0:new end:shutdown");
  }
}

TEST_CASE("a connection that only waited for lost bytes ends when they are given up") {
  Script script;
  script.add(kWeb.handshake()).add(kWeb.tcp(0, 0, "ab")).add(kWeb.tcp(0, 4, "ef"));
  script.add(kWeb.tcp(0, 6, "", kFin | kAck)).add(kWeb.tcp(1, 0, "", kFin | kAck));
  for (int i = 0; i < 3; i++) script.wait(6 * base::kSecond).add(dns().udp(0, "time"));
  CHECK(run(script, reporting()).flows[0].text == "open 0:ab 0-2 0:ef end:fin");
}

TEST_CASE("a followed connection outlives the flow time-out, its flow event does not") {
  Script script;
  script.add(kWeb.handshake()).add(kWeb.tcp(0, 0, "abc"));
  for (int i = 0; i < 10; i++) script.wait(60 * base::kSecond).add(dns().udp(0, "time"));
  script.add(kWeb.tcp(0, 3, "def")).wait(3700 * base::kSecond).add(dns().udp(0, "time"));
  script.wait(3700 * base::kSecond).add(dns().udp(0, "time"));
  const Outcome outcome = run(script, reporting());
  CHECK(outcome.flows[0].text == "open 0:abcdef end:idle");
  std::vector<handoff::FlowReport> web;
  for (const auto& report : outcome.reports) {
    if (report.info.ip_protocol == 6) web.push_back(report);
  }
  REQUIRE(web.size() == 2);
  CHECK(web[0].final == 1);
  CHECK(web[0].packets[0] == 3);
  CHECK(web[1].final == 1);
  CHECK(web[1].packets[0] == 1);
  CHECK(web[1].first_ns > 1500 * base::kSecond);
  CHECK(web[1].info.number != web[0].info.number);
}

TEST_CASE("a tick is told when the packets around have come, the last with the end") {
  Script script;
  script.add(dns().udp(0, "a")).wait(base::kSecond);
  for (int i = 0; i < 17; i++) script.add(dns().udp(1, "b"));
  script.wait(base::kSecond).add(dns().udp(0, "c"));
  script.wait(3 * base::kSecond).add(dns().udp(0, "d"));
  const Outcome outcome = run(script);
  CHECK(outcome.ticks == std::vector<uint32_t>{1000, 1005});
}

TEST_CASE("time that jumps back moves no timer and no tick") {
  Script script;
  script.add(dns().udp(0, "a"));
  script.time -= 500 * base::kSecond;
  script.add(dns().udp(1, "b")).add(dns().udp(0, "c"));
  script.time = 1002 * base::kSecond;
  script.add(dns().udp(1, "d"));
  const Outcome outcome = run(script, reporting());
  CHECK(outcome.story() == "open 0(a) 1(b) 0(c) 1(d) end:shutdown");
  CHECK(outcome.ticks == std::vector<uint32_t>{1002});
  CHECK(outcome.reports[0].last_ns == 1002 * base::kSecond);
}

TEST_CASE("frames that are no IP or no packet at all are counted in their place") {
  Script script;
  script.add_frame(decode::testing::ethernet(0x0806, Data(46, 'a')));
  script.add_frame("short").add(Data(40, '\x00')).add(dns().udp(0, "q"));
  const Outcome outcome = run(script, reporting());
  CHECK(outcome.story() == "open 0(q) end:shutdown");
  CHECK(outcome.counters.not_ip == 1);
  CHECK(outcome.counters.decoded == 1);
  CHECK(outcome.counters.truncated + outcome.counters.malformed == 2);
  CHECK(outcome.reports.size() == 2);  // ARP is a flow between two MAC addresses
}

TEST_CASE("a full live ring sheds payload, tells the gap and loses no end") {
  Options options = default_options();
  options.pressure = handoff::Pressure::kShed;
  constexpr uint32_t kSegments = 200, kSize = 50'000;
  Script script;
  script.add(kWeb.handshake());
  for (uint32_t i = 0; i < kSegments; i++) script.add(kWeb.tcp(0, i * kSize, Data(kSize, 'x')));
  script.add(kWeb.tcp(0, kSegments * kSize, "end"));
  script.add(kWeb.farewell(kSegments * kSize + 3, 0));

  handoff::Ring ring(4);
  Outcome outcome;
  std::atomic<bool> go{false};
  auto opened = capture::open_memory(reinterpret_cast<const uint8_t*>(script.image().data()),
                                     script.image().size());
  auto source = std::make_unique<OneByOne>(std::move(opened.source), [&](uint32_t frame) {
    if (frame < kSegments + 3) return;
    go = true;
    while (ring.free_batches() < 4) std::this_thread::yield();
  });
  engine::Engine engine(options, std::move(source), &ring);
  std::thread thread([&] {
    while (!go) std::this_thread::yield();
    Consumer(&ring, &outcome).run();
  });
  engine.run();
  thread.join();
  REQUIRE(outcome.ends == 1);
  REQUIRE(outcome.flows.size() == 1);
  const engine::Counters& c = engine.counters();
  CHECK(c.shed_bytes > 0);
  CHECK(c.shed_bytes + c.payload_bytes == kSegments * kSize + 3);
  const std::string& story = outcome.flows[0].text;
  uint64_t told = 0;
  for (size_t at = story.find(" 0-"); at != std::string::npos; at = story.find(" 0-", at + 1))
    told += std::stoull(story.substr(at + 3));
  CHECK(told == c.shed_bytes);
  const std::string rest = " 0:end end:fin";
  CHECK(story.substr(story.size() - rest.size()) == rest);
}

TEST_CASE("stop ends the run in order, a closed ring ends it at once") {
  Script script;
  for (int i = 0; i < 100; i++) script.add(dns().udp(0, "x"));
  const Outcome stopped =
      run(script, reporting(), [](uint32_t frame, handoff::Ring*, engine::Engine* engine) {
        if (frame == 4) engine->stop();
      });
  CHECK(stopped.story() == "open 0(x) 0(x) 0(x) 0(x) 0(x) end:shutdown");

  handoff::Ring ring(2);
  ring.close();
  auto opened = capture::open_memory(reinterpret_cast<const uint8_t*>(script.image().data()),
                                     script.image().size());
  engine::Engine engine(default_options(), std::move(opened.source), &ring);
  engine.run();
  CHECK(engine.counters().packets <= capture::kBatchFrames);
}

TEST_CASE("a source that fails ends the run with its message") {
  class Failing final : public capture::Source {
   public:
    capture::Status next(capture::Batch*, int) override { return capture::Status::kError; }
    capture::SourceCounters counters() override { return {}; }
    bool is_live() const override { return true; }
    const std::string& message() const override { return message_; }

   private:
    std::string message_ = "the device went away";
  };
  handoff::Ring ring(4);
  engine::Engine engine(default_options(), std::make_unique<Failing>(), &ring);
  engine.run();
  Outcome outcome;
  Consumer(&ring, &outcome).run();
  CHECK(outcome.ends == 1);
  CHECK(engine.error() == "the device went away");
}
