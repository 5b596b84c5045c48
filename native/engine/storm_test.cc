// Floods of packets made in memory: the limits hold, what is established goes on, every loss has
// its counter. PBFAST_DEEP=1 makes them as long as an attack.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>

#include "engine/engine_harness.h"
#include "engine/storm_harness.h"

using namespace pbfast;
using namespace pbfast::engine::testing;
using engine::Counters;
using engine::Options;

namespace {

constexpr uint32_t kMiB = 1 << 20;
constexpr uint32_t kFlows = 262'144;  // 192 bytes each, with their index 52 MiB
constexpr uint64_t kCap = 64 * kMiB;

bool is_deep() {
  const char* deep = std::getenv("PBFAST_DEEP");
  return deep && deep[0] == '1';
}

uint32_t scaled(uint32_t deep, uint32_t quick) { return is_deep() ? deep : quick; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasuresMemory = false;
#else
constexpr bool kMeasuresMemory = true;
#endif

// Packets spaced by a microsecond; packet(i) gives the IP packet.
Storm::Maker spaced(std::function<Data(uint32_t)> packet) {
  return [packet](uint32_t i, std::string* frame) {
    *frame = decode::testing::ethernet(0x0800, packet(i));
    return 1000 * base::kSecond + base::Nanos{1000} * i;
  };
}

Options storm_options() {
  Options options = default_options();
  options.table.max_flows = kFlows;
  options.table.seed = base::make_hash_seed();
  return options;
}

// The i-th of many clients.
Pair client(uint32_t i, uint16_t port) {
  Pair pair;
  pair.ip[0] = 0x20000000 + i * 2654435761u % 0x40000000;
  pair.port[0] = static_cast<uint16_t>(1024 + i % 60000);
  pair.port[1] = port;
  return pair;
}

void check_evictions(const Counters& c) {
  CHECK(c.flows_evicted ==
        c.evicted_embryonic + c.evicted_established + c.evicted_datagram + c.evicted_source);
  CHECK(c.evicted_established == 0);
  CHECK(c.flows_created == c.flows_ended);
  CHECK(c.emergencies_entered >= c.emergencies_over);
}

}  // namespace

TEST_CASE("syn-flood: memory stays below its cap, established connections lose nothing") {
  constexpr uint32_t kConnections = 1000, kHandshake = 3 * kConnections, kEvery = 50;
  const uint32_t syns = scaled(10'000'000, 500'000);
  std::vector<uint32_t> sent(kConnections);
  const auto packet = [&](uint32_t i) {
    if (i < kHandshake) return client(i / 3, 80).handshake()[i % 3];
    i -= kHandshake;
    if (i % kEvery) return client(kConnections + i, 80).tcp(0, 0, "", kSyn);
    const uint32_t number = i / kEvery % kConnections;
    return client(number, 80).tcp(0, sent[number]++, "x");
  };
  const uint32_t all = syns + syns / (kEvery - 1);
  const Aftermath storm = rage(kHandshake + all, spaced(packet), storm_options());
  const Counters& c = storm.counters;
  MESSAGE("grown by " << storm.grown / kMiB << " MiB");
  if (kMeasuresMemory) CHECK(storm.grown <= kCap + 32 * kMiB);
  uint64_t bytes = 0;
  for (const uint32_t count : sent) bytes += count;
  CHECK(bytes == (all + kEvery - 1) / kEvery);
  CHECK(c.payload_bytes == bytes);
  CHECK(c.gap_bytes == 0);
  CHECK(c.flow_refused == 0);
  CHECK(c.flows_created == kConnections + all - bytes);
  CHECK(c.evicted_embryonic > syns / 4);
  CHECK(c.emergencies_entered >= 1);
  check_evictions(c);
}

TEST_CASE("flow-exhaustion: each limit holds and counts, and a second later all is well again") {
  // Of nine packets five are datagrams of new tuples, two first fragments, one half-open, one
  // one-way.
  const uint32_t part = scaled(1'000'000, 60'000), all = 9 * part;
  constexpr uint32_t kAfter = 2000;
  const auto packet = [&](uint32_t i) {
    if (i == all + kAfter) return client(1, 53).udp(0, "long after");
    if (i >= all) return client((i - all) / 2, 53).udp((i - all) % 2, "1234");
    const Pair pair = client(i, static_cast<uint16_t>(i % 50'000 + 100));
    const uint32_t kind = i % 9;
    if (kind == 0) return pair.tcp(0, 0, "", kSyn);
    if (kind == 1) return pair.tcp(0, 0, "one way");
    if (kind > 3) return pair.udp(0, "x");
    Data fragment = pair.udp(0, Data(24, 'f'));
    fragment[6] = 0x20;  // more fragments
    return fragment;
  };
  const auto maker = [&, made = spaced(packet)](uint32_t i, std::string* frame) {
    const base::Nanos pause = i > all + kAfter - 1 ? 40 * base::kSecond : 900 * kMs;
    return made(i, frame) + (i >= all ? pause : 0);
  };
  Options options = storm_options();
  options.table.max_flows = 65'536;
  const Aftermath storm = rage(all + kAfter + 1, maker, options);
  const Counters& c = storm.counters;
  MESSAGE("grown by " << storm.grown / kMiB << " MiB");
  if (kMeasuresMemory) CHECK(storm.grown <= kCap);
  // Two pools of 40 % of the flows; those that share one make way for each other.
  CHECK(c.evicted_datagram >= 5 * part - 26'214);
  CHECK(c.evicted_embryonic >= 2 * part - 26'214);
  CHECK(c.emergencies_entered == 2);
  CHECK(c.emergencies_over == 2);
  CHECK(c.fragments == 2 * part);
  CHECK(c.defrag_trackers == 2 * part - decode::kMaxDatagrams);
  CHECK(c.datagrams_given_up == c.defrag_trackers + c.defrag_timeout);
  // Every exchange after the storm was seen in whole.
  CHECK(c.payload_bytes == kAfter * 4 + 10);
  CHECK(c.flow_refused == 0);
  check_evictions(c);
}

TEST_CASE("one source that opens flows by the million stays within its share") {
  const uint32_t count = scaled(2'000'000, 200'000);
  const auto packet = [](uint32_t i) {
    if (i % 100 == 0) return client(i % 1'000'000, 53).udp(0, "q");
    Pair scanner;
    scanner.ip[1] = 0x30000000 + i;
    scanner.port[1] = 53;
    return scanner.udp(0, "x");
  };
  Options options = storm_options();
  options.table.max_flows = 65'536;
  const Aftermath storm = rage(count, spaced(packet), options);
  const Counters& c = storm.counters;
  CHECK(c.evicted_source + c.flow_refused >= count - count / 100 - 6'553);
  CHECK(c.flow_refused < count / 1000);
  CHECK(c.evicted_datagram == 0);
  check_evictions(c);
}

TEST_CASE("a million flows at once take less than 256 MiB") {
  const uint32_t count = scaled(1'000'000, 100'000);
  const auto packet = [&](uint32_t i) {
    const uint32_t number = i / 26 * 10, n = i % 26;
    if (n == 0) return client(number, 53).udp(0, "");
    if (n == 1) return client(number + 1, 80).tcp(0, 0, "", kSyn);
    return client(number + 2 + (n - 2) / 3, 80).handshake()[(n - 2) % 3];
  };
  Options options = storm_options();
  options.table.max_flows = count;
  const Aftermath storm = rage(count / 10 * 26, spaced(packet), options);
  MESSAGE("grown by " << storm.grown / kMiB << " MiB");
  CHECK(storm.counters.flows_created == count);
  CHECK(storm.counters.flows_evicted == 0);
  if (kMeasuresMemory) CHECK(storm.grown <= uint64_t{256} * kMiB * count / 1'000'000);
}

TEST_CASE("reports of all flows at once: none is lost, however slow the worker is") {
  constexpr uint32_t kReported = 100'000, kMore = 300'000;
  const auto packet = [&](uint32_t i) {
    if (i < kReported) return client(i, 53).udp(0, "");
    return client(1, 80).tcp(0, 0, "");
  };
  const auto maker = [&](uint32_t i, std::string* frame) {
    *frame = decode::testing::ethernet(0x0800, packet(i));
    const base::Nanos later = i < kReported ? 0 : 9 * base::kSecond + i * base::Nanos{20'000};
    return 1000 * base::kSecond + i + later;
  };
  Options options = storm_options();
  options.report_flows = true;
  options.report_period = 10 * base::kSecond;
  options.pressure = handoff::Pressure::kShed;
  const Aftermath storm = rage(kReported + kMore, maker, options, true);
  const Counters& c = storm.counters;
  CHECK(c.flows_created == kReported + 1);
  // Of each flow one on the way and the last one; of the connection the last one.
  CHECK(c.flow_reports == 2 * kReported + 1);
  CHECK(c.reports_lost == 0);
}
