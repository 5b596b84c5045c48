// From an EtherType to the layers above the link.
#pragma once
#include "decode/ipv4.h"
#include "decode/ipv6.h"

namespace pbfast::decode {

namespace ether_type {
inline constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd;
inline constexpr uint16_t kVlan = 0x8100, kProviderVlan = 0x88a8;  // IEEE 802.1Q, 802.1ad
inline constexpr uint16_t kOldQinQ = 0x9100, kOldQinQ2 = 0x9200;   // in use before 802.1ad
inline constexpr uint16_t kMpls = 0x8847, kMplsUpstream = 0x8848, kPppoeSession = 0x8864;
inline constexpr uint16_t kProviderBackbone = 0x88e7;  // IEEE 802.1ah
inline constexpr uint16_t kVnTag = 0x8926;
}  // namespace ether_type

inline constexpr uint32_t kVlanTag = 4;  // identifier, then the EtherType of what follows
inline constexpr int kMaxVlanTags = 8;   // in one frame; the view keeps the two outermost

inline bool is_vlan_tag(uint16_t type) {
  return type == ether_type::kVlan || type == ether_type::kProviderVlan ||
         type == ether_type::kOldQinQ || type == ether_type::kOldQinQ2;
}

// IEEE 802.1Q 9.6: identifier 0 gives a priority only, the frame is as good as untagged.
inline void add_vlan(uint16_t tci, PacketView* view) {
  const uint16_t id = tci & 0x0fff;
  if (id != 0 && view->vlan_count < 2) view->vlan[view->vlan_count++] = id;
}

inline constexpr uint8_t kMaxLayers = 16;  // of what follows, in one frame

// What stands between Ethernet and IP in some networks; kNotIp for all other types.
Verdict decode_encapsulated(uint16_t type, Span span, PacketView* view);

inline Verdict decode_network(uint16_t type, Span span, PacketView* view) {
  for (int i = 0; is_vlan_tag(type); i++) {
    if (i == kMaxVlanTags) return Verdict::kMalformed;
    if (!span.has(kVlanTag)) return span.lack(kVlanTag);
    add_vlan(base::read_be16(span.data), view);
    type = base::read_be16(span.data + 2);
    span = span.after(kVlanTag);
  }
  if (type == ether_type::kIpv4) return decode_ipv4(span, view);
  if (type == ether_type::kIpv6) return decode_ipv6(span, view);
  return decode_encapsulated(type, span, view);
}

// Of links that carry IP without saying which.
inline Verdict decode_raw_ip(Span span, PacketView* view) {
  if (!span.has(1)) return span.lack(1);
  return span.data[0] >> 4 == 6 ? decode_ipv6(span, view) : decode_ipv4(span, view);
}

}  // namespace pbfast::decode
