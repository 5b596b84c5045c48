#include "flow/table.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <vector>

using namespace pbfast;
using flow::kNoSlot;
using flow::Pool;
using flow::Table;

namespace {

constexpr base::Nanos kNow = 1000 * base::kSecond;

flow::Key key_of(uint32_t number) {
  flow::Key key{};
  std::memcpy(key.low_ip, &number, sizeof number);
  return key;
}

uint32_t number_of(const flow::Key& key) {
  uint32_t number;
  std::memcpy(&number, key.low_ip, sizeof number);
  return number;
}

std::unique_ptr<Table> table_of(uint32_t max_flows) {
  flow::TableOptions options;
  options.max_flows = max_flows;
  return std::make_unique<Table>(options);
}

uint32_t find(const Table& table, uint32_t number) {
  const flow::Key key = key_of(number);
  return table.find(key, table.hash(key));
}

// Inserts; kNoSlot when there is no room, with the offer in *evict.
uint32_t insert(Table* table, uint32_t number, Pool pool, uint32_t* evict) {
  const flow::Key key = key_of(number);
  flow::Offer offer;
  const uint32_t slot = table->insert(key, table->hash(key), {pool, true, kNow}, &offer);
  *evict = offer.slot;
  if (slot != kNoSlot) table->at(slot).last = kNow;
  return slot;
}

uint32_t fill(Table* table, uint32_t from, Pool pool) {
  uint32_t evict, count = 0;
  while (insert(table, from + count, pool, &evict) != kNoSlot) count++;
  return count;
}

constexpr uint32_t percent(uint32_t of, uint32_t share) { return of * share / 100; }

}  // namespace

TEST_CASE("Find, insert and remove as a map does") {
  auto table = table_of(4096);
  std::map<uint32_t, uint32_t> reference;
  std::map<uint32_t, uint32_t> generations;
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; i++) {
    const uint32_t number = random() % 2000;
    const uint32_t slot = find(*table, number);
    const auto known = reference.find(number);
    CHECK((slot == kNoSlot) == (known == reference.end()));
    if (known == reference.end()) {
      uint32_t evict;
      const uint32_t made = insert(table.get(), number, Pool::kEstablished, &evict);
      CHECK(made != kNoSlot);
      CHECK(table->at(made).generation > generations[made]);
      generations[made] = table->at(made).generation;
      reference[number] = made;
    } else if (random() % 2 == 0) {
      CHECK(slot == known->second);
      table->remove(slot);
      CHECK_FALSE(table->is_live(slot));
      reference.erase(known);
    }
    CHECK(table->size() == reference.size());
  }
  for (const auto& [number, slot] : reference) {
    CHECK(find(*table, number) == slot);
    CHECK(table->is_live(slot));
    CHECK(number_of(table->at(slot).key) == number);
  }
  CHECK(table->slots() <= 2000);
}

TEST_CASE("A slot given again is a fresh flow of a later generation") {
  auto table = table_of(100);
  uint32_t evict;
  const uint32_t slot = insert(table.get(), 1, Pool::kDatagram, &evict);
  table->at(slot).flags = 7;
  table->at(slot).side[0].bytes = 9;
  const uint32_t generation = table->at(slot).generation;
  table->remove(slot);
  CHECK(insert(table.get(), 2, Pool::kDatagram, &evict) == slot);
  CHECK(table->at(slot).generation == generation + 1);
  CHECK(table->at(slot).flags == 0);
  CHECK(table->at(slot).side[0].bytes == 0);
}

TEST_CASE("A full pool offers the flow that was longest not in use") {
  auto table = table_of(1000);
  const uint32_t count = fill(table.get(), 0, Pool::kDatagram);
  CHECK(count == percent(1000, 40));
  table->touch(find(*table, 0));
  table->touch(find(*table, 2));
  uint32_t evict;
  for (const uint32_t expected : {1u, 3u, 4u}) {
    CHECK(insert(table.get(), 5000 + expected, Pool::kDatagram, &evict) == kNoSlot);
    CHECK(evict != kNoSlot);
    CHECK(number_of(table->at(evict).key) == expected);
    table->remove(evict);
    CHECK(insert(table.get(), 5000 + expected, Pool::kDatagram, &evict) != kNoSlot);
  }
  // When every flow is in use one must still go, after a bounded search.
  for (uint32_t slot = 0; slot < table->slots(); slot++) table->touch(slot);
  CHECK(insert(table.get(), 9000, Pool::kDatagram, &evict) == kNoSlot);
  CHECK(evict != kNoSlot);
}

TEST_CASE("Established flows are offered only when idle") {
  auto table = table_of(1000);
  const uint32_t count = fill(table.get(), 0, Pool::kEstablished);
  CHECK(count == 1000 - percent(1000, 10) * 2);
  uint32_t evict = 1;
  CHECK(insert(table.get(), 5000, Pool::kEstablished, &evict) == kNoSlot);
  CHECK(evict == kNoSlot);
  // One idle flow is found, however many active ones are older in the list.
  table->at(find(*table, 100)).last = kNow - flow::kEvictableIdle;
  for (uint32_t i = 0; evict == kNoSlot && i < count / flow::kMaxTurns + 1; i++) {
    CHECK(insert(table.get(), 5000, Pool::kEstablished, &evict) == kNoSlot);
  }
  CHECK(evict != kNoSlot);
  CHECK(number_of(table->at(evict).key) == 100);
}

TEST_CASE("No pool takes the reserve of another, in whatever order they grow") {
  const Pool orders[][3] = {{Pool::kEmbryonic, Pool::kDatagram, Pool::kEstablished},
                            {Pool::kEstablished, Pool::kDatagram, Pool::kEmbryonic},
                            {Pool::kDatagram, Pool::kEstablished, Pool::kEmbryonic}};
  for (const auto& order : orders) {
    auto table = table_of(1000);
    for (uint32_t i = 0; i < 3; i++) {
      const auto pool = static_cast<uint32_t>(order[i]);
      const uint32_t count = fill(table.get(), i * 10'000, order[i]);
      CHECK(count >= percent(1000, flow::kReservePercent[pool]));
      CHECK(count <= percent(1000, flow::kCapPercent[pool]));
    }
    CHECK(table->size() == 1000);
  }
}

TEST_CASE("Handshakes that are completed cannot squeeze out new ones") {
  auto table = table_of(1000);
  uint32_t number = 0, evict, stayed = 0;
  for (; number < 5000; number++) {
    uint32_t slot = insert(table.get(), number, Pool::kEmbryonic, &evict);
    if (slot == kNoSlot) {
      CHECK(evict != kNoSlot);
      table->remove(evict);
      slot = insert(table.get(), number, Pool::kEmbryonic, &evict);
    }
    CHECK(slot != kNoSlot);
    flow::Offer offer;
    const bool moved = table->establish(slot, kNow, &offer);
    CHECK(moved == (table->at(slot).pool == static_cast<uint8_t>(Pool::kEstablished)));
    CHECK(offer.slot == kNoSlot);
    stayed += table->at(slot).pool == static_cast<uint8_t>(Pool::kEmbryonic);
  }
  CHECK(stayed > 0);
  CHECK(table->size(Pool::kEstablished) == 800);
  CHECK(table->size(Pool::kEmbryonic) == 100);
  CHECK(fill(table.get(), 100'000, Pool::kDatagram) == 100);
}

TEST_CASE("A million flows take less than 256 MB and all are found") {
  constexpr uint32_t kFlows = 1'000'000;
  auto table = table_of(kFlows);
  uint32_t evict, made = 0;
  const Pool pools[] = {Pool::kEstablished, Pool::kEmbryonic, Pool::kDatagram};
  for (const Pool pool : pools) {
    while (made < kFlows && insert(table.get(), made, pool, &evict) != kNoSlot) made++;
  }
  CHECK(made == kFlows);
  uint32_t found = 0;
  for (uint32_t i = 0; i < kFlows; i++) found += find(*table, i) != kNoSlot;
  CHECK(found == kFlows);
  const uint64_t index_bytes = 2ull * 1'048'576 * 8;
  CHECK(table->slots() * sizeof(flow::Flow) + index_bytes < 256ull << 20);
}
