// Packet time: nanoseconds since 1970-01-01 UTC. Packet headers hold unsigned 32-bit seconds, so
// the year 2106 is the limit.
#pragma once
#include <cstdint>

namespace pbfast::base {

using Nanos = uint64_t;
inline constexpr Nanos kSecond = 1'000'000'000;

inline uint32_t seconds_of(Nanos t) { return static_cast<uint32_t>(t / kSecond); }
inline uint32_t nanoseconds_of(Nanos t) { return static_cast<uint32_t>(t % kSecond); }

}  // namespace pbfast::base
