// From an IP protocol number to the layer above IP.
#pragma once
#include "decode/icmp.h"
#include "decode/sctp.h"
#include "decode/tcp.h"
#include "decode/tunnel.h"
#include "decode/udp.h"

namespace pbfast::decode {

namespace ip_protocol {
inline constexpr uint8_t kHopByHop = 0, kIcmp = 1, kTcp = 6, kUdp = 17, kRouting = 43;
inline constexpr uint8_t kFragment = 44, kAh = 51, kIcmp6 = 58, kDestinationOptions = 60;
inline constexpr uint8_t kSctp = 132, kMobility = 135;
}  // namespace ip_protocol

Verdict decode_ah(Span span, PacketView* view);

// Protocols that are not decoded are kOther: their payload is all that follows the IP header.
inline Verdict decode_transport(uint8_t protocol, Span span, PacketView* view) {
  view->ip_protocol = protocol;
  if (protocol == ip_protocol::kTcp) return decode_tcp(span, view);
  if (protocol == ip_protocol::kUdp) return decode_udp(span, view);
  if (protocol == ip_protocol::kIcmp && view->ip_version == 4) {
    return decode_icmp(span, Transport::kIcmp, view);
  }
  if (protocol == ip_protocol::kIcmp6 && view->ip_version == 6) {
    return decode_icmp(span, Transport::kIcmp6, view);
  }
  if (protocol == ip_protocol::kSctp) return decode_sctp(span, view);
  if (protocol == ip_protocol::kAh && view->ip_version == 4) return decode_ah(span, view);
  Verdict inside;
  if (is_ip_tunnel(protocol) && decode_ip_tunnel(protocol, span, view, &inside)) return inside;
  view->transport = Transport::kOther;
  return end_at(span, view);
}

// A part of a datagram: the payload is what the fragment carries.
inline Verdict end_at_fragment(uint8_t protocol, uint32_t id, uint32_t offset, bool more, Span span,
                               PacketView* view) {
  view->ip_protocol = protocol;
  view->fragment_id = id;
  view->fragment_offset = offset;
  view->more_fragments = more;
  (void)end_at(span, view);
  return Verdict::kFragment;
}

}  // namespace pbfast::decode
