// ICMP (RFC 792, 950) and ICMPv6 (RFC 4443). The payload is the whole message, from its header on.
#pragma once
#include "base/bytes.h"
#include "decode/span.h"

namespace pbfast::decode {

inline constexpr uint32_t kIcmpHeader = 4;  // type, code, checksum: what every message has
inline constexpr uint32_t kIcmpIdEnd = 6;

// Echo, timestamp, information and address mask: requests and replies with an identifier.
inline bool icmp_has_id(Transport transport, uint8_t type) {
  if (transport == Transport::kIcmp6) return type == 128 || type == 129;
  return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

inline Verdict decode_icmp(Span span, Transport transport, PacketView* view) {
  if (!span.has(kIcmpHeader)) return span.lack(kIcmpHeader);
  const uint8_t* p = span.data;
  view->transport = transport;
  view->icmp_type = p[0];
  view->icmp_code = p[1];
  if (icmp_has_id(transport, p[0]) && span.has(kIcmpIdEnd)) view->icmp_id = base::read_be16(p + 4);
  return end_at(span, view);
}

}  // namespace pbfast::decode
