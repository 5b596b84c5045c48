#include "events/dates.h"

#include <cstring>

namespace pbfast::events {

namespace {

void two_digits(char* out, uint32_t value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
}

// Days since 1970 to year, month, day (Hinnant, "chrono-compatible low-level date algorithms",
// civil_from_days).
void format_day(uint32_t days, char* out) {
  const uint32_t z = days + 719468, era = z / 146097, doe = z % 146097;
  const uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  const uint32_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
  const uint32_t year = yoe + era * 400 + (month <= 2);
  two_digits(out, year / 100);
  two_digits(out + 2, year % 100);
  two_digits(out + 5, month);
  two_digits(out + 8, day);
}

}  // namespace

uint32_t Dates::format(uint32_t seconds, uint32_t nanoseconds, char* out) {
  if (seconds != cached_second_) {
    cached_second_ = seconds;
    format_day(seconds / 86400, cached_);
    const uint32_t rest = seconds % 86400;
    two_digits(cached_ + 11, rest / 3600);
    two_digits(cached_ + 14, rest / 60 % 60);
    two_digits(cached_ + 17, rest % 60);
  }
  char* p = out;
  *p++ = '"';
  std::memcpy(p, cached_, 19);
  p += 19;
  *p++ = '.';
  uint32_t unit = 100'000'000;
  const uint32_t digits = nanoseconds % 1'000'000 == 0             ? 3
                          : nanoseconds % 1000 == 0 && digits_ > 6 ? 6
                                                                   : digits_;
  for (uint32_t i = 0; i < digits; i++, unit /= 10)
    *p++ = static_cast<char>('0' + nanoseconds / unit % 10);
  *p++ = 'Z';
  *p++ = '"';
  return static_cast<uint32_t>(p - out);
}

}  // namespace pbfast::events
