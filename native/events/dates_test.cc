#include "events/dates.h"

#include <doctest/doctest.h>

#include <ctime>
#include <string>

using pbfast::events::Dates;
using pbfast::events::kMaxDateBytes;

namespace {

std::string format(Dates* dates, uint32_t seconds, uint32_t nanoseconds) {
  char out[kMaxDateBytes];
  return {out, dates->format(seconds, nanoseconds, out)};
}

std::string format(uint32_t digits, uint32_t seconds, uint32_t nanoseconds) {
  Dates dates(digits);
  return format(&dates, seconds, nanoseconds);
}

}  // namespace

TEST_CASE("digits of the second are cut, not rounded") {
  CHECK(format(3, 1423845045, 303999999) == "\"2015-02-13T16:30:45.303Z\"");
  CHECK(format(6, 1423845045, 303999999) == "\"2015-02-13T16:30:45.303999Z\"");
  CHECK(format(9, 1423845045, 303999999) == "\"2015-02-13T16:30:45.303999999Z\"");
  CHECK(format(3, 1423845045, 999999999) == "\"2015-02-13T16:30:45.999Z\"");
  CHECK(format(3, 0, 1) == "\"1970-01-01T00:00:00.000Z\"");
}

TEST_CASE("groups of three zeros at the end are left out, but for the first") {
  CHECK(format(9, 0, 5000000) == "\"1970-01-01T00:00:00.005Z\"");
  CHECK(format(9, 0, 5001000) == "\"1970-01-01T00:00:00.005001Z\"");
  CHECK(format(9, 0, 0) == "\"1970-01-01T00:00:00.000Z\"");
  CHECK(format(6, 0, 7000000) == "\"1970-01-01T00:00:00.007Z\"");
}

TEST_CASE("a whole range of days agrees with gmtime, in any order") {
  Dates dates(3);
  // Steps of some 11 days and odd seconds, forwards and backwards in turn.
  for (uint64_t i = 0; i < 4500; i++) {
    const auto seconds = static_cast<uint32_t>(i % 2 ? 0xffffffffu - i * 954321 : i * 954321);
    const time_t t = seconds;
    std::tm tm;
    gmtime_r(&t, &tm);
    char expected[40];
    std::strftime(expected, sizeof expected, "\"%Y-%m-%dT%H:%M:%S.042Z\"", &tm);
    CHECK(format(&dates, seconds, 42000000) == expected);
  }
}

TEST_CASE("nonsense does not write more than there is room for") {
  CHECK(format(4000000000u, 0xffffffffu, 0xffffffffu).size() <= kMaxDateBytes);
  CHECK(format(12, 0xffffffffu, 1).size() == 32);
}
