// IPv6 and its extension headers (RFC 8200). Encrypted payload (ESP) and "no next header" end the
// walk.
#pragma once
#include "decode/transport.h"

namespace pbfast::decode {

inline constexpr uint32_t kIpv6Header = 40;
inline constexpr uint32_t kExtensionHeader = 8;  // the smallest
inline constexpr int kMaxExtensionHeaders = 8;   // RFC 8504 5.3 allows a limit

inline bool is_extension_header(uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kHopByHop:
    case ip_protocol::kRouting:
    case ip_protocol::kFragment:
    case ip_protocol::kAh:
    case ip_protocol::kDestinationOptions:
    case ip_protocol::kMobility:
      return true;
    default:
      return false;
  }
}

// `p`: the first bytes of the header.
inline uint32_t extension_header_size(uint8_t protocol, const uint8_t* p) {
  if (protocol == ip_protocol::kFragment) return kExtensionHeader;
  if (protocol == ip_protocol::kAh) return (p[1] + 2u) * 4;  // RFC 4302 2.2
  return (p[1] + 1u) * 8;
}

inline Verdict decode_ipv6_extensions(uint8_t protocol, Span span, PacketView* view) {
  for (int i = 0; is_extension_header(protocol); i++) {
    if (i == kMaxExtensionHeaders) return Verdict::kMalformed;
    if (!span.has(kExtensionHeader)) return span.lack(kExtensionHeader);
    const uint8_t* p = span.data;
    const uint32_t size = extension_header_size(protocol, p);
    if (!span.has(size)) return span.lack(size);
    const bool fragment = protocol == ip_protocol::kFragment;
    protocol = p[0];
    span = span.after(size);
    // RFC 8200 4.5; RFC 6946: an atomic fragment (offset 0, no more to come) is a whole packet.
    const uint16_t place = base::read_be16(p + 2);
    if (fragment && (place & 0xfff9) != 0) {
      return end_at_fragment(protocol, base::read_be32(p + 4), place & 0xfff8, place & 1, span,
                             view);
    }
  }
  return decode_transport(protocol, span, view);
}

inline Verdict decode_ipv6(Span span, PacketView* view) {
  if (!span.has(kIpv6Header)) return span.lack(kIpv6Header);
  const uint8_t* p = span.data;
  if (p[0] >> 4 != 6) return Verdict::kMalformed;
  // RFC 2675 3: 0 in a jumbogram; segmentation offload leaves it 0 too.
  const uint32_t length = base::read_be16(p + 4);
  if (length != 0) span = span.first(kIpv6Header + length);
  view->ip_version = 6;
  view->source_ip = base::Ip::from_v6(p + 8);
  view->destination_ip = base::Ip::from_v6(p + 24);
  view->ttl = p[7];
  return decode_ipv6_extensions(p[6], span.after(kIpv6Header), view);
}

}  // namespace pbfast::decode
