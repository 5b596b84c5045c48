// The engine in storms, for bench/storms.js:
//   storm_bench syn-flood|flows|reports|hash-flood COUNT
// syn-flood: SYNs of as many tuples among 1,000 established connections. flows: the memory of that
// many flows at once. reports: how long the engine of a live link is held at most while so many
// flows are reported. hash-flood: the slowest look-ups of keys that collide under another seed.
// Prints lines `name number`.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "engine/storm_harness.h"

namespace {

using namespace pbfast;
using namespace pbfast::engine::testing;

constexpr uint32_t kTableFlows = 1'000'000;
constexpr uint32_t kConnections = 1000;
constexpr uint16_t kPort = 80;
constexpr uint8_t kSyn = 2, kAck = 16;
constexpr base::Nanos kStart = 1000 * base::kSecond;

void print(const char* name, double value) { std::printf("%s %.6g\n", name, value); }

void put16(std::string* bytes, uint32_t at, uint32_t value) {
  (*bytes)[at] = static_cast<char>(value >> 8);
  (*bytes)[at + 1] = static_cast<char>(value);
}

void put32(std::string* bytes, uint32_t at, uint32_t value) {
  put16(bytes, at, value >> 16);
  put16(bytes, at + 2, value & 0xffff);
}

// Ethernet and IPv4 from the i-th client, or back to it; the transport's ports.
void make_head(std::string* frame, uint32_t i, bool back, uint8_t protocol, uint32_t size) {
  static constexpr char kHead[] =
      "\0\0\0\0\0\1\0\0\0\0\0\2\x8\0\x45\0\0\0\0\1\0\0\x40\0\0\0\0\0\0\0\0\0\0\0";
  frame->assign(kHead, 34);
  frame->resize(34 + size);
  const uint32_t ip[2] = {0x20000000 + i * 2654435761u % 0x40000000, 0x0a000001};
  const uint32_t port[2] = {1024 + i % 60000, kPort};
  put16(frame, 16, 20 + size);
  (*frame)[23] = static_cast<char>(protocol);
  put32(frame, 26, ip[back]);
  put32(frame, 30, ip[!back]);
  put16(frame, 34, port[back]);
  put16(frame, 36, port[!back]);
}

struct Segment {
  bool back = false;
  uint8_t flags = kAck;
  uint32_t sequence = 1, acknowledged = 1, payload = 0;
};

void make_tcp(std::string* frame, uint32_t i, const Segment& segment) {
  make_head(frame, i, segment.back, 6, 20 + segment.payload);
  put32(frame, 38, segment.sequence);
  put32(frame, 42, segment.flags & kAck ? segment.acknowledged : 0);
  (*frame)[46] = 5 << 4;
  (*frame)[47] = static_cast<char>(segment.flags);
  (*frame)[48] = 2;
}

void make_handshake(std::string* frame, uint32_t i, uint32_t step) {
  static constexpr Segment kSteps[] = {
      {false, kSyn, 0, 0, 0}, {true, kSyn | kAck, 0, 1, 0}, {false, kAck, 1, 1, 0}};
  make_tcp(frame, i, kSteps[step]);
}

void make_udp(std::string* frame, uint32_t i) {
  make_head(frame, i, false, 17, 8);
  put16(frame, 38, 8);
}

engine::Options storm_options() {
  engine::Options options;
  options.tcp_ports.set(kPort);
  options.table.max_flows = kTableFlows;
  options.table.seed = base::make_hash_seed();
  return options;
}

void flood_syns(uint32_t count) {
  constexpr uint32_t kHandshakes = 3 * kConnections, kEvery = 50;
  std::vector<uint32_t> sent(kConnections);
  const auto packet = [&](uint32_t i, std::string* frame) {
    if (i < kHandshakes) {
      make_handshake(frame, i / 3, i % 3);
    } else if (i % kEvery == 0) {
      const uint32_t number = i / kEvery % kConnections;
      make_tcp(frame, number, {false, kAck, 1 + sent[number]++, 1, 1});
    } else {
      make_tcp(frame, i, {false, kSyn, 0, 0, 0});
    }
    return kStart + i * base::Nanos{1000};
  };
  const uint32_t all = kHandshakes + count + count / (kEvery - 1);
  const Aftermath after = rage(all, packet, storm_options());
  uint64_t bytes = 0;
  for (const uint32_t n : sent) bytes += n;
  print("per_second", static_cast<double>(all) * 1e9 / static_cast<double>(after.strain.cpu));
  print("lost_bytes", static_cast<double>(bytes - after.counters.payload_bytes));
  print("grown_bytes", static_cast<double>(after.grown));
}

// Of ten flows one is a datagram's, one half-open, eight are established: all that fits.
uint32_t packets_of_flows(uint32_t count) { return count / 10 * 26; }

void make_flow_packet(std::string* frame, uint32_t i) {
  const uint32_t ten = i / 26, n = i % 26;
  if (n == 0) return make_udp(frame, ten * 10);
  if (n == 1) return make_tcp(frame, ten * 10 + 1, {false, kSyn, 0, 0, 0});
  make_handshake(frame, ten * 10 + 2 + (n - 2) / 3, (n - 2) % 3);
}

void hold_flows(uint32_t count) {
  const Aftermath after = rage(
      packets_of_flows(count),
      [](uint32_t i, std::string* frame) {
        make_flow_packet(frame, i);
        return kStart + i * base::Nanos{1000};
      },
      storm_options());
  print("flows", static_cast<double>(after.counters.flows_created));
  print("evicted", static_cast<double>(after.counters.flows_evicted));
  print("grown_bytes", static_cast<double>(after.grown));
}

// All flows begin at once, so that all are due at once; then one connection talks on.
void report_flows(uint32_t count) {
  constexpr uint32_t kAfter = 200'000;
  const uint32_t opening = packets_of_flows(count);
  uint32_t sent = 0;
  engine::Options options = storm_options();
  options.report_flows = true;
  options.report_period = 10 * base::kSecond;
  options.pressure = handoff::Pressure::kShed;
  const auto packet = [&](uint32_t i, std::string* frame) {
    if (i < opening) {
      make_flow_packet(frame, i);
      return kStart + i;
    }
    make_tcp(frame, 2, {false, kAck, 1 + sent++, 1, 1});
    return kStart + 9 * base::kSecond + (i - opening) * base::Nanos{20'000};
  };
  const Aftermath after = rage(opening + kAfter, packet, options, true);
  print("reports", static_cast<double>(after.counters.flow_reports));
  print("lost", static_cast<double>(after.counters.reports_lost));
  print("held_cpu_us", static_cast<double>(after.strain.held_cpu) / 1000);
  print("held_wall_us", static_cast<double>(after.strain.held_wall) / 1000);
}

flow::Key tuple(uint32_t i) {
  flow::Key key{};
  std::memcpy(key.low_ip + 12, &i, sizeof i);
  key.ip_version = 4;
  return key;
}

// Nanoseconds of the look-up that 99 % do not exceed, in a table that holds all keys.
double slow_look_up(const std::vector<flow::Key>& keys, const base::HashSeed& seed) {
  flow::TableOptions options;
  options.max_flows = static_cast<uint32_t>(keys.size()) * 2;
  options.seed = seed;
  flow::Table table(options);
  flow::Offer offer;
  for (const flow::Key& key : keys)
    (void)table.insert(key, table.hash(key), {flow::Pool::kEstablished, true, 1}, &offer);
  std::vector<uint64_t> times;
  uint32_t found = 0;
  for (const flow::Key& key : keys) {
    const uint64_t before = nanos_of(CLOCK_MONOTONIC);
    found += table.find(key, table.hash(key)) != flow::kNoSlot;
    times.push_back(nanos_of(CLOCK_MONOTONIC) - before);
  }
  if (found != keys.size()) std::abort();
  std::sort(times.begin(), times.end());
  return static_cast<double>(times[times.size() * 99 / 100]);
}

void flood_hashes(uint32_t count) {
  constexpr base::HashSeed kKnown{11, 22};
  constexpr uint32_t kShare = 64;  // all homes in this part of the table, under that seed
  std::vector<flow::Key> crafted, plain;
  for (uint32_t i = 0; crafted.size() < count; i++) {
    if ((tuple(i).hash(kKnown) >> 32) % (2048 * kShare) < 2048) crafted.push_back(tuple(i));
  }
  for (uint32_t i = 0; i < count; i++) plain.push_back(tuple(i * kShare));
  const base::HashSeed drawn = base::make_hash_seed();
  print("usual_ns", slow_look_up(plain, drawn));
  print("crafted_ns", slow_look_up(crafted, drawn));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string storm = argc > 1 ? argv[1] : "";
  const uint32_t count = argc > 2 ? static_cast<uint32_t>(std::atoi(argv[2])) : kTableFlows;
  if (storm == "syn-flood") {
    flood_syns(count);
  } else if (storm == "flows") {
    hold_flows(count);
  } else if (storm == "reports") {
    report_flows(count);
  } else if (storm == "hash-flood") {
    flood_hashes(count);
  } else {
    std::fprintf(stderr, "storm_bench syn-flood|flows|reports|hash-flood COUNT\n");
    return 2;
  }
  return 0;
}
