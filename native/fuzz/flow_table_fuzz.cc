// Lists of operations on a small flow table and a timer wheel, against maps that do the same.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>

#include "flow/table.h"
#include "flow/timer_wheel.h"

using namespace pbfast;
using base::Nanos;
using flow::kNoSlot;
using flow::Pool;

namespace {

constexpr Nanos kFar = 1'700'000'000 * base::kSecond;

void require(bool holds) {
  if (!holds) std::abort();
}

flow::Key key_of(uint8_t number) {
  flow::Key key{};
  key.low_ip[0] = number;
  key.ip_version = number & 1 ? 4 : 6;
  return key;
}

struct Model {
  flow::Table table{{.max_flows = flow::kMinMaxFlows, .seed = {1, 2}}};
  flow::TimerWheel wheel;
  std::map<uint8_t, uint32_t> slots;    // by number of the key
  std::map<uint32_t, Nanos> due;        // of filed slots
  std::map<uint32_t, uint32_t> owners;  // last generation of each slot
  Nanos now = kFar;

  uint32_t find(uint8_t number) const {
    const flow::Key key = key_of(number);
    table.prefetch_index(table.hash(key));
    table.prefetch_flow(table.hash(key));
    return table.find(key, table.hash(key));
  }
  void remove(uint8_t number) {
    const uint32_t slot = slots.at(number);
    wheel.forget(&table, slot);
    table.remove(slot);
    due.erase(slot);
    slots.erase(number);
  }
  void insert(uint8_t number, Pool pool) {
    const flow::Key key = key_of(number);
    flow::Offer offer;
    const flow::Arrival arrival{pool, number % 4 < 2, now};
    uint32_t slot = table.insert(key, table.hash(key), arrival, &offer);
    if (slot == kNoSlot && offer.slot == kNoSlot) {
      require(pool == Pool::kEstablished || offer.cause == flow::Cause::kSource);
      return;
    }
    for (int i = 0; i < 2 && slot == kNoSlot; i++) {
      require(table.is_live(offer.slot));
      require(table.at(offer.slot).pool == static_cast<uint8_t>(pool));
      remove(table.at(offer.slot).key.low_ip[0]);
      slot = table.insert(key, table.hash(key), arrival, &offer);
    }
    require(slot != kNoSlot && table.at(slot).generation > owners[slot]);
    owners[slot] = table.at(slot).generation;
    table.at(slot).last = now;
    slots[number] = slot;
  }
  void leave_source(uint32_t slot, bool establish) {
    flow::Offer offer;
    if (!establish) {
      if (table.at(slot).unanswered) table.answer(slot);
    } else if (!table.establish(slot, now, &offer)) {
      require(offer.slot == kNoSlot || table.at(offer.slot).pool == 1);
    }
    require(table.at(slot).unanswered == 0 || establish);
  }
  void file(uint32_t slot, Nanos when) {
    wheel.forget(&table, slot);
    wheel.file(&table, slot, when);
    due[slot] = when;
  }
  void advance(uint32_t budget) {
    wheel.advance(&table, now, budget, [this](uint32_t slot) -> Nanos {
      require(due.count(slot) == 1 && table.is_live(slot));
      if (due[slot] > now) return due[slot];
      remove(table.at(slot).key.low_ip[0]);
      return 0;
    });
  }
  void check() const {
    require(table.size() == slots.size() && table.size() <= flow::kMinMaxFlows);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < flow::kPools; i++) sum += table.size(static_cast<Pool>(i));
    require(sum == table.size());
    for (const auto& [number, slot] : slots) require(find(number) == slot && table.is_live(slot));
  }
};

void run(Model* model, uint8_t operation, uint8_t number) {
  const uint32_t slot = model->find(number);
  const auto known = model->slots.find(number);
  require(slot == (known == model->slots.end() ? kNoSlot : known->second));
  const auto pool = static_cast<Pool>(operation / 8 % flow::kPools);
  switch (operation % 8) {
    case 0:
    case 1:
      if (slot == kNoSlot) model->insert(number, pool);
      break;
    case 2:
      if (slot != kNoSlot) model->remove(number);
      break;
    case 3:
      if (slot != kNoSlot) model->table.touch(slot);
      break;
    case 4:
      if (slot != kNoSlot) model->leave_source(slot, operation & 64);
      break;
    case 5:
      if (slot != kNoSlot)
        model->file(slot, model->now + number * base::kSecond * (1u << operation / 16));
      break;
    case 6:
      model->now += number * model->wheel.kTick * (operation & 128 ? 10'000 : 1);
      model->advance(operation / 8 % 16 + 1);
      break;
    default:
      model->now = number == 0 ? kFar / 2 : model->now - number * base::kSecond;
      model->advance(~0u);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Model model;
  for (size_t i = 0; i + 1 < size && i < 4096; i += 2) {
    run(&model, data[i], data[i + 1]);
    if (i % 16 == 0) model.check();
  }
  model.check();
  // What is due is found, wherever packet time went meanwhile.
  model.now = kFar * 4;
  for (int i = 0; i < 3; i++) model.advance(~0u);
  require(model.due.empty());
  return 0;
}
