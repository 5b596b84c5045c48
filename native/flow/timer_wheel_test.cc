#include "flow/timer_wheel.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <vector>

using namespace pbfast;
using base::kSecond;
using base::Nanos;
using flow::TimerWheel;

namespace {

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr Nanos kYear = 365 * 86'400 * kSecond;
constexpr uint32_t kAll = 0xffffffff;

// A wheel, a table of flows and for each the time it is really due.
struct Rig {
  flow::Table table{flow::TableOptions{}};
  TimerWheel wheel;
  std::map<uint32_t, Nanos> due;
  std::vector<uint32_t> done;
  uint32_t asked = 0;
  Nanos now = kStart;

  Rig() { advance(kStart); }

  uint32_t add(Nanos when) {
    flow::Key key{};
    const auto number = static_cast<uint32_t>(due.size() + done.size());
    std::memcpy(key.low_ip, &number, sizeof number);
    flow::Offer offer;
    const uint32_t slot =
        table.insert(key, table.hash(key), {flow::Pool::kEstablished, true, now}, &offer);
    due[slot] = when;
    wheel.file(&table, slot, when);
    return slot;
  }
  void remove(uint32_t slot) {
    wheel.forget(&table, slot);
    table.remove(slot);
    due.erase(slot);
  }
  uint32_t advance(Nanos to, uint32_t budget = kAll) {
    now = to;
    return wheel.advance(&table, now, budget, [this](uint32_t slot) -> Nanos {
      asked++;
      CHECK(due.count(slot) == 1);
      if (due[slot] > now) return due[slot];
      done.push_back(slot);
      remove(slot);
      return 0;
    });
  }
};

}  // namespace

TEST_CASE("A flow comes due at its time, not before, and at most a tick after") {
  for (const Nanos delay : {Nanos{0}, Nanos{1}, TimerWheel::kTick, 10 * kSecond, 1000 * kSecond}) {
    Rig rig;
    rig.add(kStart + delay);
    rig.advance(kStart + delay - (delay > 0));
    CHECK(rig.done.empty());
    rig.advance(kStart + delay + TimerWheel::kTick);
    CHECK(rig.done.size() == 1);
    CHECK(rig.asked <= 2);
  }
}

TEST_CASE("What is filed late comes due at the next tick") {
  Rig rig;
  rig.add(kStart - 100 * kSecond);
  rig.add(0);
  CHECK(rig.advance(kStart) == 0);
  rig.advance(kStart + TimerWheel::kTick);
  CHECK(rig.done.size() == 2);
}

TEST_CASE("What is due beyond the wheel goes round") {
  Rig rig;
  rig.add(kStart + 5 * 3600 * kSecond);
  for (int minute = 1; minute < 300; minute++) rig.advance(kStart + minute * 60 * kSecond);
  CHECK(rig.done.empty());
  CHECK(rig.asked <= 5 * 3600 / 1023 + 1);
  rig.advance(kStart + 5 * 3600 * kSecond + TimerWheel::kTick);
  CHECK(rig.done.size() == 1);
}

TEST_CASE("Work is done in slices, and nothing twice") {
  Rig rig;
  for (int i = 0; i < 1000; i++) rig.add(kStart + kSecond);
  for (int i = 0; i < 500; i++) rig.add(kStart + 10 * kSecond);
  uint32_t slices = 0;
  while (rig.advance(kStart + 2 * kSecond, 64) == 64) {
    slices++;
    CHECK(rig.done.size() == slices * 64);
    // A flow filed meanwhile is not lost in the bucket that is being handled.
    rig.add(kStart + 2 * kSecond + slices);
  }
  CHECK(slices == 1000 / 64);
  CHECK(rig.done.size() == 1000);
  rig.advance(kStart + 11 * kSecond);
  CHECK(rig.due.empty());
}

TEST_CASE("A flow that is asked too early is filed again") {
  Rig rig;
  const uint32_t slot = rig.add(kStart + 30 * kSecond);
  rig.due[slot] = kStart + 50 * kSecond;
  rig.advance(kStart + 31 * kSecond);
  CHECK(rig.asked == 1);
  CHECK(rig.done.empty());
  rig.advance(kStart + 51 * kSecond);
  CHECK(rig.done.size() == 1);
}

TEST_CASE("Flows are taken out anywhere in a bucket") {
  for (int removed = 0; removed < 3; removed++) {
    Rig rig;
    uint32_t slots[3];
    for (uint32_t& slot : slots) slot = rig.add(kStart + kSecond);
    rig.remove(slots[removed]);
    rig.advance(kStart + 2 * kSecond);
    CHECK(rig.done.size() == 2);
  }
}

TEST_CASE("Packet time that jumps by years asks each flow a few times at most") {
  Rig rig;
  for (int i = 0; i < 100; i++) rig.add(kStart + i * 20 * kSecond);
  for (int i = 0; i < 100; i++) rig.add(kStart + 50 * kYear);
  rig.advance(kStart + 20 * kYear);
  CHECK(rig.done.size() == 100);
  CHECK(rig.asked <= 300);

  // Back again: those filed now come due by the earlier clock.
  rig.advance(kStart);
  rig.add(kStart + 5 * kSecond);
  rig.asked = 0;
  for (int i = 1; i <= 6; i++) rig.advance(kStart + i * kSecond);
  CHECK(rig.done.size() == 101);
  CHECK(rig.asked <= 101);
}

TEST_CASE("The first packet may be of any year, filed before the wheel was ever turned") {
  flow::Table table{flow::TableOptions{}};
  TimerWheel wheel;
  flow::Key key{};
  flow::Offer offer;
  uint32_t asked = 0;
  const uint32_t slot =
      table.insert(key, table.hash(key), {flow::Pool::kEstablished, true, kStart}, &offer);
  wheel.file(&table, slot, kStart + kSecond);
  wheel.advance(&table, kStart, kAll, [&](uint32_t) {
    asked++;
    return kStart + kSecond;
  });
  CHECK(asked <= 2);
  CHECK(wheel.advance(&table, kStart + 2 * kSecond, kAll, [&](uint32_t) { return 0; }) == 1);
}

TEST_CASE("Random flows against a map of times") {
  Rig rig;
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; round++) {
    for (int i = 0; i < 5; i++) rig.add(rig.now + random() % (2000 * kSecond));
    if (!rig.due.empty() && random() % 3 == 0) rig.remove(rig.due.begin()->first);
    rig.advance(rig.now + random() % (3 * kSecond), random() % 8 ? kAll : 3);
    rig.advance(rig.now);
    for (const auto& [slot, when] : rig.due) CHECK(when + TimerWheel::kTick > rig.now);
  }
  rig.advance(rig.now + 2001 * kSecond);
  CHECK(rig.due.empty());
}
