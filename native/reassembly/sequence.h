// TCP sequence numbers: 32-bit serial arithmetic (RFC 9293 3.4, RFC 1982).
#pragma once
#include <cstdint>

namespace pbfast::reassembly {

// How far `to` lies ahead of `from`; negative when behind.
inline int32_t distance(uint32_t to, uint32_t from) { return static_cast<int32_t>(to - from); }

// RFC 7323 2.3: no window is larger; what lies further away belongs to another connection.
inline constexpr int32_t kMaxDistance = 1 << 30;

}  // namespace pbfast::reassembly
