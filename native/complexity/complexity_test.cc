// Twice the input is about twice the work, whatever the input: reassembly, fragments, flows.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "complexity/work.h"
#include "decode/defrag.h"
#include "flow/table.h"
#include "reassembly/connection.h"

using namespace pbfast;
using complexity::work_of;

namespace {

constexpr double kLimit = 2.3;
constexpr uint32_t kSteps = 2000;  // far beyond what may wait
constexpr uint32_t kSmallTable = 4096;

struct Nowhere final : reassembly::Sink {
  void on_bytes(uint64_t, const uint8_t*, uint32_t, base::Nanos) override {}
  void on_gap(uint64_t, uint64_t, base::Nanos) override {}
};

// Where the i-th of n one-byte segments lies.
using Place = std::function<uint32_t(uint32_t i, uint32_t n)>;

uint64_t reassemble(uint32_t n, const Place& place, bool acknowledged) {
  reassembly::Pool pool(64u << 20);
  reassembly::Connection connection;
  reassembly::Counters counters;
  Nowhere nowhere;
  const reassembly::Connection::Means means{&pool, &counters};
  const auto aim = [&](int) { return &nowhere; };
  connection.syn(0, 0, means);
  connection.syn(1, 0, means);
  const uint8_t byte = 'x';
  return work_of([&] {
    for (uint32_t i = 0; i < n; i++) {
      const uint32_t at = place(i, n);
      connection.segment(0, {1 + at, &byte, 1, 1, i, true, 1}, means, aim);
      if (acknowledged) connection.acknowledge(1, 1 + at, i, means, aim);
      connection.settle(i, means, aim);
    }
    connection.flush(n, means, aim);
  });
}

uint32_t scattered(uint32_t i) { return i * 2654435761u >> 8; }

using Fragment = std::function<void(uint32_t i, uint32_t n, decode::PacketView* view)>;

uint64_t defragment(uint32_t n, const Fragment& fragment) {
  decode::Defragmenter defragmenter{base::HashSeed{1, 2}};
  const std::string bytes(2000, 'f');
  return work_of([&] {
    for (uint32_t i = 0; i < n; i++) {
      decode::PacketView view{};
      view.time = base::kSecond + i;
      view.ip_version = 4;
      view.ip_protocol = 17;
      view.more_fragments = true;
      view.payload = reinterpret_cast<const uint8_t*>(bytes.data());
      view.payload_captured = view.payload_wire = 8;
      fragment(i, n, &view);
      (void)defragmenter.add(&view);
    }
  });
}

flow::Key tuple(uint32_t i) {
  flow::Key key{};
  __builtin_memcpy(key.low_ip + 12, &i, sizeof i);
  key.ip_version = 4;
  key.low_port = static_cast<uint16_t>(i * 7);
  return key;
}

// Of the work of finding each key in a table that holds them all.
uint64_t worst_percent(const std::vector<flow::Key>& keys, const base::HashSeed& seed) {
  flow::TableOptions options;
  options.max_flows = std::max(kSmallTable, static_cast<uint32_t>(keys.size()) * 2);
  options.seed = seed;
  flow::Table table(options);
  flow::Offer offer;
  for (const flow::Key& key : keys)
    REQUIRE(table.insert(key, table.hash(key), {flow::Pool::kEstablished, true, 1}, &offer) !=
            flow::kNoSlot);
  std::vector<uint64_t> works;
  for (const flow::Key& key : keys)
    works.push_back(work_of([&] { REQUIRE(table.find(key, table.hash(key)) != flow::kNoSlot); }));
  std::sort(works.begin(), works.end());
  return works[works.size() * 99 / 100];
}

}  // namespace

TEST_CASE("reassembly: twice the segments, twice the work") {
  const std::pair<const char*, Place> places[] = {
      {"in order", [](uint32_t i, uint32_t) { return i; }},
      {"backwards", [](uint32_t i, uint32_t n) { return n - i; }},
      {"a hole after each", [](uint32_t i, uint32_t) { return 1 + 2 * i; }},
      {"backwards with holes", [](uint32_t i, uint32_t n) { return 1 + 2 * (n - i); }},
      {"scattered", [](uint32_t i, uint32_t) { return scattered(i) % 100'000; }},
      {"scattered ever further", [](uint32_t i, uint32_t) { return i * 50 + scattered(i) % 900; }},
      {"one byte again and again", [](uint32_t, uint32_t) { return 5u; }},
      {"from both ends", [](uint32_t i, uint32_t n) { return i % 2 ? i : 2 * n - i; }},
  };
  for (const auto& [name, place] : places) {
    for (const bool acknowledged : {false, true}) {
      CAPTURE(name);
      CAPTURE(acknowledged);
      const auto once = static_cast<double>(reassemble(kSteps, place, acknowledged));
      CHECK(static_cast<double>(reassemble(2 * kSteps, place, acknowledged)) / once <= kLimit);
    }
  }
}

TEST_CASE("fragments: twice as many, twice the work") {
  const std::pair<const char*, Fragment> fragments[] = {
      {"of one datagram",
       [](uint32_t i, uint32_t, auto* view) { view->fragment_offset = i % 8000 * 8; }},
      {"first ones only", [](uint32_t i, uint32_t, auto* view) { view->fragment_id = i; }},
      {"far ones only",
       [](uint32_t i, uint32_t, auto* view) {
         view->fragment_id = i;
         view->fragment_offset = 65'000;
       }},
      {"overlapping",
       [](uint32_t i, uint32_t, auto* view) {
         view->fragment_id = i / 63;
         view->fragment_offset = scattered(i) % 500 * 8;
         view->payload_captured = view->payload_wire = 8 * (1 + scattered(i) % 100);
       }},
      {"backwards with holes",
       [](uint32_t i, uint32_t, auto* view) {
         view->fragment_id = i / 63;
         view->fragment_offset = (63 - i % 63) * 16;
       }},
  };
  for (const auto& [name, fragment] : fragments) {
    CAPTURE(name);
    const auto once = static_cast<double>(defragment(3 * kSteps, fragment));
    CHECK(static_cast<double>(defragment(6 * kSteps, fragment)) / once <= kLimit);
  }
}

TEST_CASE("flows: a full table costs no more than one that fills") {
  const auto flood = [](uint32_t n) {
    flow::TableOptions options;
    options.max_flows = 1000;
    options.seed = {3, 4};
    flow::Table table(options);
    return work_of([&] {
      for (uint32_t i = 0; i < n; i++) {
        const flow::Key key = tuple(i);
        const flow::Arrival arrival{flow::Pool::kEmbryonic, i % 4 > 0, i};
        flow::Offer offer;
        if (table.insert(key, table.hash(key), arrival, &offer) != flow::kNoSlot) continue;
        if (offer.slot == flow::kNoSlot) continue;
        table.remove(offer.slot);
        (void)table.insert(key, table.hash(key), arrival, &offer);
      }
    });
  };
  const auto once = static_cast<double>(flood(10 * kSteps));
  CHECK(static_cast<double>(flood(20 * kSteps)) / once <= kLimit);
}

TEST_CASE("hash-flood: keys that collide under one seed do not under another") {
  constexpr base::HashSeed kKnown{11, 22}, kDrawn{0x0123456789abcdefull, 0xfedcba9876543210ull};
  constexpr uint32_t kKeys = 1000, kEntries = 8192;
  std::vector<flow::Key> crafted, plain;
  for (uint32_t i = 0; crafted.size() < kKeys; i++) {
    if ((tuple(i).hash(kKnown) >> 32) % kEntries == 0) crafted.push_back(tuple(i));
  }
  for (uint32_t i = 0; i < kKeys; i++) plain.push_back(tuple(i * 3));
  const uint64_t usual = worst_percent(plain, kDrawn);
  CHECK(worst_percent(crafted, kKnown) > 20 * usual);
  CHECK(worst_percent(crafted, kDrawn) <= 2 * usual);
}

TEST_CASE(
    "hash-flood: a million keys of one corner of the table under a known seed, with PBFAST_DEEP") {
  const char* deep = std::getenv("PBFAST_DEEP");
  const uint32_t count = deep && deep[0] == '1' ? 1'000'000 : 50'000;
  constexpr base::HashSeed kKnown{11, 22}, kDrawn{0x0123456789abcdefull, 0xfedcba9876543210ull};
  constexpr uint32_t kShare = 64, kCorner = 2048;
  std::vector<flow::Key> crafted, plain;
  for (uint32_t i = 0; crafted.size() < count; i++) {
    if ((tuple(i).hash(kKnown) >> 32) % (kCorner * kShare) < kCorner) crafted.push_back(tuple(i));
  }
  for (uint32_t i = 0; i < count; i++) plain.push_back(tuple(i * kShare));
  CHECK(worst_percent(crafted, kDrawn) <= 2 * worst_percent(plain, kDrawn));
}
