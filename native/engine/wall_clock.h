// Notices that the wall clock was set. Packets carry its time, so that all times of a live capture
// jump with it; how far it is from the monotonic clock tells by how much.
#pragma once
#include <cstdint>

#include "base/time.h"

namespace pbfast::engine {

// Nanoseconds that the wall clock is ahead of the monotonic one.
using ClockOffset = int64_t (*)();
int64_t system_clock_offset();

class WallClock {
 public:
  // Smaller steps disturb nothing. A clock that is slewed (NTP) never steps.
  static constexpr int64_t kStep = base::kSecond;

  explicit WallClock(ClockOffset offset) : offset_(offset), last_(offset()) {}
  // By how much it was set since the last call.
  int64_t take_step() {
    const int64_t now = offset_(), step = now - last_;
    last_ = now;
    return step >= kStep || step <= -kStep ? step : 0;
  }

 private:
  ClockOffset offset_;
  int64_t last_;
};

}  // namespace pbfast::engine
