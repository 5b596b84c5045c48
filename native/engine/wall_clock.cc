#include "engine/wall_clock.h"

#include <time.h>

#include <utility>

#include "engine/engine.h"

namespace pbfast::engine {

namespace {

int64_t nanos_of(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<int64_t>(now.tv_sec) * static_cast<int64_t>(base::kSecond) + now.tv_nsec;
}

base::Nanos shifted(base::Nanos time, int64_t step) {
  const base::Nanos back = step < 0 ? static_cast<base::Nanos>(-step) : 0;
  return time < back ? 0 : time + static_cast<base::Nanos>(step);
}

base::Nanos distance(base::Nanos a, base::Nanos b) { return a > b ? a - b : b - a; }

}  // namespace

int64_t system_clock_offset() { return nanos_of(CLOCK_REALTIME) - nanos_of(CLOCK_MONOTONIC); }

// Packets from before the step may still lie in the ring: it takes effect with the first one whose
// time fits the new clock better, or when none came for a while.
void Engine::watch_clock() {
  if (const int64_t step = wall_clock_.take_step()) {
    step_ += step;
    step_idles_ = 0;
  }
  if (step_ != 0 && idle_ && ++step_idles_ >= kDrainIdles) shift_time();
}

void Engine::follow_clock(base::Nanos time) {
  if (distance(time, shifted(now_, step_)) < distance(time, now_)) shift_time();
}

// All that is remembered moves along, so that flows last as long as they did and nothing times out
// early or late.
void Engine::shift_time() {
  const int64_t step = std::exchange(step_, 0);
  const base::Nanos before = now_;
  if (tick_packet_ != kNoPacket) {
    tick_time_ = now_;
    tell_tick();
  }
  now_ = shifted(now_, step);
  tick_ = base::seconds_of(now_);
  for (uint32_t slot = 0; slot < table_.slots(); slot++) {
    if (table_.is_live(slot)) wheel_.forget(&table_, slot);
  }
  wheel_.advance(&table_, now_, 1, [](uint32_t) { return base::Nanos{0}; });
  for (uint32_t slot = 0; slot < table_.slots(); slot++) {
    if (!table_.is_live(slot)) continue;
    flow::Flow& flow = table_.at(slot);
    flow.first = shifted(flow.first, step);
    flow.last = shifted(flow.last, step);
    flow.reported = shifted(flow.reported, step);
    wheel_.file(&table_, slot, due(flow));
  }
  next_timers_ = 0;
  counters_.clock_steps++;
  outbox_.clock(before, static_cast<int32_t>(step / static_cast<int64_t>(base::kSecond)));
}

}  // namespace pbfast::engine
