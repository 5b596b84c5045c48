#include "flow/community_id.h"

#include <cstring>
#include <utility>

#include "flow/base64.h"
#include "flow/sha1.h"

namespace pbfast::flow {

namespace {

constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58, kSctp = 132;

// Types whose counterpart is known: both become one flow. Others are one-way, with the code as
// second port.
struct TypePair {
  uint8_t one, other;
};
constexpr TypePair kIcmpPairs[] = {{8, 0},   {0, 8},  {13, 14}, {14, 13}, {15, 16},
                                   {16, 15}, {10, 9}, {9, 10},  {17, 18}, {18, 17}};
constexpr TypePair kIcmp6Pairs[] = {{128, 129}, {129, 128}, {133, 134}, {134, 133},
                                    {135, 136}, {136, 135}, {130, 131}, {131, 130},
                                    {144, 145}, {145, 144}, {139, 140}, {140, 139}};

struct Ends {
  uint16_t source, destination;
  bool one_way;
};

template <size_t N>
Ends icmp_ends(const TypePair (&pairs)[N], uint16_t type, uint16_t code) {
  for (const auto& pair : pairs) {
    if (pair.one == type) return {type, pair.other, false};
  }
  return {type, code, true};
}

Ends ends_of(const CommunityTuple& t) {
  if (t.ip_protocol == kIcmp) return icmp_ends(kIcmpPairs, t.source_port, t.destination_port);
  if (t.ip_protocol == kIcmp6) return icmp_ends(kIcmp6Pairs, t.source_port, t.destination_port);
  return {t.source_port, t.destination_port, false};
}

bool has_ports(uint8_t protocol) {
  return protocol == kTcp || protocol == kUdp || protocol == kSctp || protocol == kIcmp ||
         protocol == kIcmp6;
}

uint8_t* append(uint8_t* out, const void* data, uint32_t size) {
  std::memcpy(out, data, size);
  return out + size;
}

uint8_t* append_be16(uint8_t* out, uint16_t value) {
  *out++ = static_cast<uint8_t>(value >> 8);
  *out++ = static_cast<uint8_t>(value);
  return out;
}

}  // namespace

uint32_t format_community_id(const CommunityTuple& t, uint16_t seed, char* out) {
  const bool v4 = t.source.is_v4() && t.destination.is_v4();
  const uint32_t skip = v4 ? 12 : 0, size = v4 ? 4 : 16;
  Ends ends = ends_of(t);
  const int order = t.source.compare(t.destination);
  const bool swap = !ends.one_way && (order > 0 || (order == 0 && ends.source > ends.destination));
  const base::Ip& first = swap ? t.destination : t.source;
  const base::Ip& second = swap ? t.source : t.destination;
  if (swap) std::swap(ends.source, ends.destination);
  uint8_t message[40];
  uint8_t* p = append_be16(message, seed);
  p = append(p, first.bytes + skip, size);
  p = append(p, second.bytes + skip, size);
  *p++ = t.ip_protocol;
  *p++ = 0;
  if (has_ports(t.ip_protocol)) {
    p = append_be16(p, ends.source);
    p = append_be16(p, ends.destination);
  }
  uint8_t digest[20];
  sha1_short(message, static_cast<uint32_t>(p - message), digest);
  out[0] = '1';
  out[1] = ':';
  return 2 + format_base64(digest, sizeof digest, true, out + 2);
}

}  // namespace pbfast::flow
