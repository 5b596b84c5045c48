// Packets inside packets. What is inside takes the view over: its addresses and VLANs make the
// flow. A tunnel's network id (VXLAN, Geneve) tells tenants apart and goes into the flow key; ids
// that differ by direction (GRE keys, PPTP call ids, GTP-U TEIDs) do not, or the two sides of a
// conversation would be two flows. What does not decode inside leaves the outer packet as it is.
#pragma once
#include "decode/packet_view.h"
#include "decode/span.h"

namespace pbfast::decode {

inline constexpr uint8_t kMaxTunnels = 4;  // one in the other; further ones stay payload

namespace udp_port {
inline constexpr uint16_t kVxlan = 4789, kOldVxlan = 8472;  // IANA's, and Linux's before
inline constexpr uint16_t kGeneve = 6081, kGtpUser = 2152, kTeredo = 3544;
}  // namespace udp_port

// PERF: most datagrams are told off by the first comparison of each pair.
inline bool may_be_tunnel(const PacketView& view) {
  const uint16_t to = view.destination_port;
  return to == udp_port::kVxlan || to == udp_port::kOldVxlan || to == udp_port::kGeneve ||
         to == udp_port::kGtpUser || to == udp_port::kTeredo ||
         view.source_port == udp_port::kTeredo;
}

// IPv4 or IPv6 in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890, 2637): `protocol` is the outer IP
// header's.
inline bool is_ip_tunnel(uint8_t protocol) {
  return protocol == 4 || protocol == 41 || protocol == 47;
}

// True when there was a packet inside: then `view` and *verdict are its own.
bool decode_ip_tunnel(uint8_t protocol, Span span, PacketView* view, Verdict* verdict);
// The same for the payload of a datagram whose ports are in `view`.
bool decode_udp_tunnel(Span span, PacketView* view, Verdict* verdict);

}  // namespace pbfast::decode
