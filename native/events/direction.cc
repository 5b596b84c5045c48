#include "events/direction.h"

#include <cstring>

namespace pbfast::events {

namespace {

bool contains(const Network& network, const uint8_t ip[16]) {
  const uint32_t bytes = network.bits / 8, rest = network.bits % 8;
  if (std::memcmp(network.prefix, ip, bytes) != 0) return false;
  return rest == 0 || (network.prefix[bytes] ^ ip[bytes]) >> (8 - rest) == 0;
}

bool any_contains(const std::vector<Network>& networks, const uint8_t ip[16]) {
  for (const Network& network : networks) {
    if (contains(network, ip)) return true;
  }
  return false;
}

// Loopback 127/8 and ::1, link-local 169.254/16 and fe80::/10, link-local groups 224.0.0/24 and
// ff02::/16.
constexpr Network kLocal[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127}, 104},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254}, 112},
    {{0xfe, 0x80}, 10},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 224}, 120},
    {{0xff, 0x02}, 16},
};

}  // namespace

bool Directions::is_local(const uint8_t ip[16]) const {
  for (const Network& network : kLocal) {
    if (contains(network, ip)) return true;
  }
  return any_contains(own_, ip);
}

std::string_view Directions::of(const uint8_t source[16], const uint8_t destination[16]) const {
  if (is_local(destination)) return "\"ingress\"";
  if (is_local(source)) return "\"egress\"";
  if (internal_.empty()) return "\"unknown\"";
  const bool from = any_contains(internal_, source), to = any_contains(internal_, destination);
  if (from && to) return "\"internal\"";
  if (from) return "\"outbound\"";
  return to ? "\"inbound\"" : "\"external\"";
}

}  // namespace pbfast::events
