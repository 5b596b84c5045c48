// Ethernet II and IEEE 802.3 with SNAP.
#pragma once
#include "decode/network.h"

namespace pbfast::decode {

inline constexpr uint32_t kEthernetHeader = 14;
inline constexpr uint32_t kSnapHeader = 8;
inline constexpr uint16_t kMaxLengthField = 1500;  // IEEE 802.3 3.2.6: larger values are EtherTypes

// RFC 1042: LLC AA AA 03, organisation 00 00 00, then an EtherType. Any other LLC frame is not IP.
inline Verdict decode_llc(Span span, PacketView* view) {
  static constexpr uint8_t kSnap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
  if (!span.has(kSnapHeader) || std::memcmp(span.data, kSnap, sizeof kSnap) != 0) {
    return Verdict::kNotIp;
  }
  return decode_network(base::read_be16(span.data + 6), span.after(kSnapHeader), view);
}

inline Verdict decode_ethernet(Span span, PacketView* view) {
  if (!span.has(kEthernetHeader)) return span.lack(kEthernetHeader);
  const uint8_t* p = span.data;
  view->destination_mac = p;
  view->source_mac = p + 6;
  const uint16_t type = base::read_be16(p + 12);
  span = span.after(kEthernetHeader);
  if (type <= kMaxLengthField) return decode_llc(span.first(type), view);
  return decode_network(type, span, view);
}

}  // namespace pbfast::decode
