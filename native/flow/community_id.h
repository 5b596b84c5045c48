// Community id, version 1 (github.com/corelight/community-id-spec): "1:" + base64(SHA-1(seed, ends,
// protocol, ports)).
#pragma once
#include <cstdint>

#include "base/ip.h"

namespace pbfast::flow {

struct CommunityTuple {
  base::Ip source, destination;
  // ICMP: type and code of a message from `source` (the id maps requests and replies itself).
  uint16_t source_port = 0, destination_port = 0;
  uint8_t ip_protocol = 0;  // 6, 17, 1, 58, 132 ...
};

inline constexpr uint32_t kCommunityIdBytes = 30;  // "1:" + 28
// Writes the id, without a terminating zero; returns its size.
uint32_t format_community_id(const CommunityTuple& tuple, uint16_t seed, char* out);

}  // namespace pbfast::flow
