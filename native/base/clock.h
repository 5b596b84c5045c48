// The clock that is never set: for waiting, not for packet time.
#pragma once
#include <time.h>

#include "base/time.h"

namespace pbfast::base {

inline Nanos monotonic_now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<Nanos>(now.tv_sec) * kSecond + static_cast<Nanos>(now.tv_nsec);
}

}  // namespace pbfast::base
