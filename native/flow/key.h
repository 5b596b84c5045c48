// The key of a flow: what both directions of one conversation share, ends in canonical order.
#pragma once
#include <cstdint>

#include "base/hash.h"
#include "decode/packet_view.h"

namespace pbfast::flow {

// 48 bytes, no padding, so that it is compared and hashed as words.
struct Key {
  uint8_t low_ip[16];  // of the two ends, the one that sorts first by (address, port); MACs for
                       // non-IP frames
  uint8_t high_ip[16];
  uint16_t low_port, high_port;  // 0 where there are none: all ICMP between two hosts is one flow,
                                 // as in Packetbeat
  uint16_t vlan[2];
  uint32_t tunnel;     // VNI, TEID ...; 0 outside tunnels
  uint8_t transport;   // decode::Transport
  uint8_t ip_version;  // 4, 6, 0
  uint8_t vlan_count;
  uint8_t ip_protocol;

  bool operator==(const Key& other) const {
    uint64_t a[6], b[6];
    __builtin_memcpy(a, this, sizeof a);
    __builtin_memcpy(b, &other, sizeof b);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) | (a[4] ^ b[4]) |
            (a[5] ^ b[5])) == 0;
  }
  uint64_t hash(const base::HashSeed& seed) const {
    uint64_t words[6];
    __builtin_memcpy(words, this, sizeof words);
    if (ip_version != 4) return base::siphash13(seed, words, 6);
    // PERF: the addresses of IPv4 fit one word: 3 rounds fewer a packet.
    words[3] = (words[1] & ~0xffffffffull) | words[3] >> 32;
    return base::siphash13(seed, words + 3, 3);
  }
};
static_assert(sizeof(Key) == 48);

// Fills the key; returns true when the packet's sender is the low end.
bool make_key(const decode::PacketView& view, Key* key);

}  // namespace pbfast::flow
