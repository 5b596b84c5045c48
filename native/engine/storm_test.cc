// Floods of packets made in memory: the limits hold, what is established goes on, every loss has
// its counter. PBFAST_DEEP=1 makes them as long as an attack.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "engine/engine_harness.h"

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

uint64_t resident_bytes() {
  unsigned long size = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file) {
    if (std::fscanf(file, "%lu %lu", &size, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return uint64_t{resident} * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasuresMemory = false;
#else
constexpr bool kMeasuresMemory = true;
#endif

// Frames of `count` packets; packet(i) gives the IP packet, spaced by a microsecond.
class Flood final : public capture::Source {
 public:
  using Packet = std::function<Data(uint32_t)>;
  Flood(uint32_t count, Packet packet) : count_(count), packet_(std::move(packet)) {}

  capture::Status next(capture::Batch* batch, int) override {
    batch->count = 0;
    while (batch->count < capture::kBatchFrames && at_ < count_) {
      Data& bytes = bytes_[batch->count];
      bytes = decode::testing::ethernet(0x0800, packet_(at_));
      decode::Frame& frame = batch->frames[batch->count++];
      frame = decode::Frame();
      frame.data = reinterpret_cast<const uint8_t*>(bytes.data());
      frame.captured = frame.wire = static_cast<uint32_t>(bytes.size());
      time_ += 1000;
      if (at_ == pause_before) time_ += pause;
      frame.time = time_;
      at_++;
    }
    if (batch->count > 0) return capture::Status::kFrames;
    *resident = resident_bytes();
    return capture::Status::kEnd;
  }
  capture::SourceCounters counters() override { return {}; }
  bool is_live() const override { return false; }
  const std::string& message() const override { return message_; }

  // At the end of the flood. The engine frees its source.
  std::shared_ptr<uint64_t> resident = std::make_shared<uint64_t>(0);
  uint32_t pause_before = UINT32_MAX;
  base::Nanos pause = 0;

 private:
  uint32_t count_, at_ = 0;
  Packet packet_;
  Data bytes_[capture::kBatchFrames];
  base::Nanos time_ = 1000 * base::kSecond;
  std::string message_;
};

struct Storm {
  Counters counters;
  uint64_t grown = 0;  // resident memory
};

Storm rage(std::unique_ptr<Flood> flood, const Options& options) {
  const std::shared_ptr<uint64_t> resident = flood->resident;
  const uint64_t before = resident_bytes();
  handoff::Ring ring(handoff::kBatches);
  engine::Engine engine(options, std::move(flood), &ring);
  std::thread drain([&] {
    for (bool end = false; !end;) {
      uint32_t offset;
      const uint32_t count = ring.take(100, &offset);
      if (count == 0) continue;
      const auto* batch = reinterpret_cast<const handoff::Record*>(ring.memory() + offset);
      end = batch[count - 1].kind == static_cast<uint8_t>(handoff::Kind::kEnd);
      ring.release();
    }
  });
  engine.run();
  drain.join();
  const uint64_t after = *resident;
  return {engine.counters(), after > before ? after - before : 0};
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
  const Storm storm = rage(std::make_unique<Flood>(kHandshake + all, packet), storm_options());
  const Counters& c = storm.counters;
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

TEST_CASE("flow-exhaustion: each limit holds and counts, and all is well again after the storm") {
  constexpr uint32_t kAfter = 2000;
  const uint32_t part = scaled(1'000'000, 150'000), all = 4 * part;
  const auto packet = [&](uint32_t i) {
    if (i >= all) return client((i - all) / 2, 53).udp((i - all) % 2, "1234");
    const Pair pair = client(i, static_cast<uint16_t>(i % 50'000 + 100));
    if (i % 4 == 0) return pair.udp(0, "x");
    if (i % 4 == 1) return pair.tcp(0, 0, "", kSyn);
    if (i % 4 == 2) return pair.tcp(0, 0, "one way");
    Data fragment = pair.udp(0, Data(24, 'f'));
    fragment[6] = 0x20;  // more fragments
    return fragment;
  };
  auto flood = std::make_unique<Flood>(all + kAfter, packet);
  flood->pause_before = all;
  flood->pause = 31 * base::kSecond;
  Options options = storm_options();
  options.table.max_flows = 65'536;
  const Storm storm = rage(std::move(flood), options);
  const Counters& c = storm.counters;
  if (kMeasuresMemory) CHECK(storm.grown <= kCap);
  CHECK(c.evicted_datagram > 0);
  CHECK(c.evicted_embryonic > 0);
  CHECK(c.emergencies_entered == 2);
  CHECK(c.emergencies_over == 2);
  CHECK(c.fragments == part);
  CHECK(c.defrag_trackers == part - decode::kMaxDatagrams);
  CHECK(c.defrag_timeout == 0);
  CHECK(c.datagrams_given_up == c.defrag_trackers);
  CHECK(c.payload_bytes == kAfter * 4);
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
  const Storm storm = rage(std::make_unique<Flood>(count, packet), options);
  const Counters& c = storm.counters;
  CHECK(c.evicted_source + c.flow_refused >= count - count / 100 - 6'553);
  CHECK(c.flow_refused < count / 1000);
  CHECK(c.evicted_datagram == 0);
  check_evictions(c);
}
