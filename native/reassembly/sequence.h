// TCP sequence numbers: 32-bit serial arithmetic (RFC 9293 3.4, RFC 1982). Right for numbers less
// than 2^31 apart.
#pragma once
#include <cstdint>

namespace pbfast::reassembly {

// How far `to` lies ahead of `from`; negative when behind.
inline int32_t distance(uint32_t to, uint32_t from) { return static_cast<int32_t>(to - from); }

// RFC 7323 2.3: the window scale is at most 14, so no window is larger than 65,535 * 2^14, just
// below this. What lies further from the next byte, either way, was not sent by this connection.
inline constexpr int32_t kMaxDistance = 1 << 30;

}  // namespace pbfast::reassembly
