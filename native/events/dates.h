// Dates as quoted ISO 8601 text in UTC, with up to 3, 6 or 9 digits of the second, cut, not
// rounded. As in Packetbeat, groups of three zeros at the end are left out, but for the first.
#pragma once
#include <cstdint>

namespace pbfast::events {

inline constexpr uint32_t kMaxDateBytes = 32;

class Dates {
 public:
  explicit Dates(uint32_t digits) : digits_(digits > 9 ? 9 : digits) {}
  // Writes at most kMaxDateBytes; returns their number.
  uint32_t format(uint32_t seconds, uint32_t nanoseconds, char* out);

 private:
  uint32_t digits_;
  // PERF: most dates of a run of events lie in the same second.
  uint32_t cached_second_ = 0;
  char cached_[20] = "1970-01-01T00:00:00";
};

}  // namespace pbfast::events
