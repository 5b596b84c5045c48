// The key of a flow: what both directions of one conversation share, ends in canonical order.
#pragma once
#include <cstdint>

#include "base/hash.h"
#include "decode/packet_view.h"

namespace pbfast::flow {

// 48 bytes, no padding, so that it is compared and hashed as six words.
struct Key {
  uint8_t low_ip[16];        // of the two ends, the one that sorts first by (address, port); MACs for non-IP frames
  uint8_t high_ip[16];
  uint16_t low_port, high_port;  // ICMP: id in both, or type and code where there is no id
  uint16_t vlan[2];
  uint32_t tunnel;           // VNI, TEID ...; 0 outside tunnels
  uint8_t transport;         // decode::Transport
  uint8_t ip_version;        // 4, 6, 0
  uint8_t vlan_count;
  uint8_t ip_protocol;

  bool operator==(const Key& other) const { return __builtin_memcmp(this, &other, sizeof(Key)) == 0; }
  uint64_t hash(const base::HashSeed& seed) const {
    uint64_t words[6];
    __builtin_memcpy(words, this, sizeof words);
    return base::siphash13(seed, words, 6);
  }
};
static_assert(sizeof(Key) == 48);

// Fills the key; returns true when the packet's sender is the low end.
bool make_key(const decode::PacketView& view, Key* key);

}  // namespace pbfast::flow
