#include "engine/numbering.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "engine/connections.h"

using namespace pbfast;
using engine::Connections;
using engine::kUnnumbered;
using engine::Numbering;

namespace {

flow::Key key_of(uint16_t port) {
  flow::Key key{};
  key.low_port = port;
  return key;
}

// An engine's flows, opened by hand.
struct Shard {
  Shard(uint32_t number, const std::shared_ptr<Numbering>& numbering)
      : connections(number, numbering) {}
  uint32_t open(uint64_t packet) {
    const flow::Key key = key_of(static_cast<uint16_t>(packet));
    flow::Offer offer;
    const flow::Arrival arrival{flow::Pool::kEstablished, true, 0};
    const uint32_t slot = table.insert(key, table.hash(key), arrival, &offer);
    table.at(slot).connection = connections.open(slot, table.at(slot).generation, packet);
    return slot;
  }
  uint64_t number(uint32_t slot) { return table.at(slot).connection; }
  flow::Table table{flow::TableOptions{}};
  Connections connections;
};

}  // namespace

TEST_CASE("alone, connections are counted") {
  Shard shard(0, nullptr);
  CHECK(shard.number(shard.open(5)) == 1);
  CHECK(shard.number(shard.open(9)) == 2);
}

TEST_CASE("of several, connections get their numbers in the order of their packets") {
  const auto numbering = std::make_shared<Numbering>(2);
  Shard a(0, numbering), b(1, numbering);
  const uint32_t first = a.open(2), third = a.open(7), fourth = a.open(9);
  CHECK_FALSE(a.connections.settle(&a.table, 10, 0));
  CHECK(a.number(first) == kUnnumbered);
  const uint32_t second = b.open(4);
  CHECK(b.connections.settle(&b.table, 8, 0));
  CHECK(b.number(second) == 2);
  CHECK_FALSE(a.connections.settle(&a.table, 10, 0));
  CHECK(a.number(first) == 1);
  CHECK(a.number(third) == 3);
  CHECK(a.number(fourth) == kUnnumbered);
  b.connections.finish();
  CHECK(a.connections.settle(&a.table, 10, 0));
  CHECK(a.number(fourth) == 4);
}

TEST_CASE("a flow that is gone keeps its number") {
  const auto numbering = std::make_shared<Numbering>(2);
  Shard a(0, numbering), b(1, numbering);
  a.table.remove(a.open(1));
  const uint32_t again = a.open(2);
  b.connections.finish();
  CHECK(a.connections.settle(&a.table, 2, 0));
  CHECK(a.number(again) == 2);
}

TEST_CASE("who needs a number waits until the others have come as far") {
  const auto numbering = std::make_shared<Numbering>(2);
  Shard a(0, numbering);
  const uint32_t slot = a.open(3);
  std::thread other([&] {
    for (uint64_t packet = 1; packet <= 3; packet++) numbering->publish(1, {packet}, packet);
  });
  while (!a.connections.settle(&a.table, 3, 5)) {
  }
  other.join();
  CHECK(a.number(slot) == 4);
}
