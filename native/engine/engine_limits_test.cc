// Full tables: who is ended for whom.
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

}  // namespace

TEST_CASE("a full table ends old datagram flows for new ones, each flow once") {
  Options options = reporting();
  options.table.max_flows = 64;
  Script script;
  for (uint32_t i = 0; i < 200; i++) script.add(numbered(i, 53).udp(0, std::to_string(i)));
  const Outcome outcome = run(script, options);
  REQUIRE(outcome.flows.size() == 200);
  CHECK(outcome.counters.flows_evicted == 200 - 25);  // 40 % of 64
  CHECK(outcome.reports.size() == 200);
  size_t evicted = 0;
  for (uint32_t i = 0; i < 200; i++) {
    const bool was = outcome.flows[i].text == "open 0(" + std::to_string(i) + ") end:evicted";
    evicted += was;
    if (!was) CHECK(outcome.flows[i].text == "open 0(" + std::to_string(i) + ") end:shutdown");
  }
  CHECK(evicted == 175);
}

TEST_CASE("a flood of SYNs does not end established connections") {
  Options options = default_options();
  options.table.max_flows = 64;
  Script script;
  script.add(kWeb.handshake()).add(kWeb.tcp(0, 0, "abc"));
  for (uint32_t i = 1; i < 300; i++) script.add(numbered(i, 80).tcp(0, 0, "", kSyn));
  script.add(kWeb.tcp(0, 3, "def"));
  const Outcome outcome = run(script, options);
  CHECK(outcome.story() == "open 0:abcdef end:shutdown");
  CHECK(outcome.counters.flows_created == 300);
}

TEST_CASE("with the table full of busy connections new ones make room for each other") {
  Options options = default_options();
  options.table.max_flows = 64;
  Script script;
  for (uint32_t i = 0; i < 100; i++) {
    script.add(numbered(i, 80).tcp(0, 0, "x")).add(numbered(i, 80).tcp(1, 0, "y", kAck, 1));
  }
  for (uint32_t i = 0; i < 52; i++) script.add(numbered(i, 80).tcp(0, 1, "z", kAck, 1));
  const Outcome outcome = run(script, options);
  REQUIRE(outcome.flows.size() == 100);
  for (const auto& flow : outcome.flows) {
    if (flow.info.source_ip[14] < 52)  // the other pools keep their reserves
      CHECK(flow.text == "open 0:x 1:y 0:z end:shutdown");
  }
  CHECK(outcome.counters.flow_refused == 0);
  CHECK(outcome.counters.evicted_embryonic == 48 - 6);
  CHECK(outcome.counters.flows_evicted == 48 - 6);
}

TEST_CASE("full of idle connections, the table ends them for new ones that are answered") {
  Options options = default_options();
  options.table.max_flows = 64;
  options.flow_timeout = 1000 * base::kSecond;
  Script script;
  for (uint32_t i = 0; i < 60; i++) {
    if (i == 52) script.wait(61 * base::kSecond);
    script.add(numbered(i, 80).tcp(0, 0, "x")).add(numbered(i, 80).tcp(1, 0, "y", kAck, 1));
  }
  const Outcome outcome = run(script, options);
  CHECK(outcome.counters.evicted_established == 8);
  CHECK(outcome.counters.flows_evicted == 8);
}

TEST_CASE("one source that nobody answers ends its own flows, not those of others") {
  Options options = default_options();
  options.table.max_flows = 64;  // 6 a source
  Pair scanner = dns();
  scanner.ip[0] = 0x0b000001;
  Script script;
  for (uint32_t i = 1; i <= 10; i++) script.add(numbered(i, 53).udp(0, "q"));
  for (uint32_t i = 0; i < 100; i++) {
    scanner.ip[1]++;
    script.add(scanner.udp(0, "s"));
  }
  SUBCASE("of one source only") {}
  SUBCASE("answers end the count") {
    for (uint32_t i = 0; i < 6; i++) {
      script.add(scanner.udp(1, "a"));
      scanner.ip[1]--;
    }
    for (uint32_t i = 0; i < 6; i++) {
      scanner.ip[1] += 1000;
      script.add(scanner.udp(0, "s"));
    }
  }
  for (uint32_t i = 1; i <= 10; i++) script.add(numbered(i, 53).udp(1, "r"));
  const Outcome outcome = run(script, options);
  for (uint32_t i = 0; i < 10; i++) CHECK(outcome.flows[i].text == "open 0(q) 1(r) end:shutdown");
  CHECK(outcome.counters.evicted_source == 94);
  CHECK(outcome.counters.flows_evicted == 94);
  CHECK(outcome.counters.flow_memcap == 0);
}

TEST_CASE("after an emergency unanswered flows go soon, and the pool is as before") {
  Options options = default_options();
  options.table.max_flows = 64;
  Script script;
  for (uint32_t i = 0; i < 60; i++) script.add(numbered(i, 53).udp(0, "x"));
  script.wait(6 * base::kSecond).add(kWeb.tcp(0, 0, "x")).wait(base::kSecond);
  script.add(kWeb.tcp(0, 1, "x"));
  const Outcome outcome = run(script, options);
  CHECK(outcome.counters.emergencies_entered == 1);
  CHECK(outcome.counters.emergencies_over == 1);
  CHECK(outcome.counters.evicted_datagram == 35);
  size_t idle = 0;
  for (const auto& flow : outcome.flows) idle += flow.text == "open 0(x) end:idle";
  CHECK(idle == 9);  // those opened in the emergency, until it is over
}
