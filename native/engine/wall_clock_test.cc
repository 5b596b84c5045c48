#include "engine/engine_harness.h"

using namespace pbfast;
using namespace pbfast::engine::testing;
using engine::Options;

namespace {

int64_t g_offset;

constexpr auto kNanos = static_cast<int64_t>(base::kSecond);
constexpr int64_t kHour = 3600 * kNanos, kDay = 24 * kHour;

// 50 exchanges on one UDP flow and one TCP connection, a second apart; in the middle the wall clock
// is set, and the packets behind carry the new time.
Outcome set_clock(int64_t step) {
  Pair dns, web;
  dns.port[1] = 53;
  Script script;
  script.time = static_cast<base::Nanos>(2 * kDay + 1000 * kNanos);
  script.step = base::kSecond / 4;
  script.add(web.handshake());
  uint32_t turn = 0;
  for (uint32_t i = 0; i < 50; i++) {
    if (i == 25) {
      turn = script.frames;
      script.time += static_cast<base::Nanos>(step);
    }
    script.add(dns.udp(0, "q")).add(dns.udp(1, "a"));
    script.add(web.tcp(0, i, "x")).add(web.tcp(1, i, "y", kAck, i + 1));
  }
  Options options = default_options();
  options.report_flows = true;
  options.clock_offset = [] { return g_offset; };
  g_offset = 0;
  return run(
      script, options,
      // Two packets that were captured before it lie in the ring still.
      [&](uint32_t frame, handoff::Ring*, engine::Engine*) {
        if (frame + 2 == turn) g_offset = step;
      },
      true);
}

}  // namespace

TEST_CASE("a wall clock that is set ends no flow and changes no duration") {
  for (const int64_t step : {kHour, -kHour, kDay, -kDay, 20 * 365 * kDay}) {
    const Outcome outcome = set_clock(step);
    REQUIRE(outcome.flows.size() == 2);
    REQUIRE(outcome.reports.size() == 2);
    for (const handoff::FlowReport& report : outcome.reports) {
      CHECK(report.end_reason == static_cast<uint8_t>(handoff::EndReason::kShutdown));
      const auto lasted = static_cast<int64_t>(report.last_ns - report.first_ns);
      CHECK(lasted > 40 * kNanos);
      CHECK(lasted < 60 * kNanos);
    }
    CHECK(outcome.clock_steps == std::vector<int32_t>{static_cast<int32_t>(step / kNanos)});
    CHECK(outcome.counters.clock_steps == 1);
  }
}

TEST_CASE("a wall clock that is slewed, or a file, is nobody's step") {
  CHECK(set_clock(kNanos / 2).counters.clock_steps == 0);
  engine::WallClock clock([] { return g_offset; });
  g_offset += kNanos / 10;
  CHECK(clock.take_step() == 0);
  g_offset += kHour;
  CHECK(clock.take_step() == kHour);
  CHECK(clock.take_step() == 0);
}

TEST_CASE("a file whose time jumps: every packet counts, no flow lasts less than nothing") {
  Pair dns;
  dns.port[1] = 53;
  Script script;
  script.time = 1'000'000'000 * base::kSecond;
  const base::Nanos start = script.time;
  script.add(dns.udp(0, "1")).add(dns.udp(1, "2"));
  script.time = start + 10ull * 365 * 86400 * base::kSecond;  // ten years on
  script.add(dns.udp(0, "3")).add(dns.udp(1, "4"));
  script.time = start + 10ull * 365 * 86400 * base::kSecond;  // the same again
  script.add(dns.udp(0, "5"));
  script.time = start;  // and back
  script.add(dns.udp(1, "6"));
  script.time = 0;
  script.add(dns.udp(0, "7"));
  Options options = default_options();
  options.report_flows = true;
  const Outcome outcome = run(script, options);
  // The gap ends the flow, as it must. Going back ends none.
  REQUIRE(outcome.reports.size() == 2);
  uint64_t packets = 0;
  for (const handoff::FlowReport& report : outcome.reports) {
    CHECK(report.last_ns >= report.first_ns);
    CHECK(report.last_ns - report.first_ns <= base::kSecond);
    packets += report.packets[0] + report.packets[1];
  }
  CHECK(packets == 7);
  CHECK(outcome.stories() ==
        std::vector<std::string>{"open 0(1) 1(2) end:idle",
                                 "open 0(3) 1(4) 0(5) 1(6) 0(7) end:shutdown"});
}
