// PPP (RFC 1661 2) and PPPoE sessions (RFC 2516 4): a protocol number before the packet.
#pragma once
#include "base/bytes.h"
#include "decode/mpls.h"
#include "decode/network.h"

namespace pbfast::decode {

inline constexpr uint32_t kPppoeHeader = 6;

// RFC 1662 3.1: address and control may come first, or are left out, as may be the protocol's upper
// byte (RFC 1661 6.5, 6.6).
inline Verdict decode_ppp(Span span, PacketView* view) {
  if (span.has(2) && span.data[0] == 0xff && span.data[1] == 3) span = span.after(2);
  if (!span.has(1)) return span.lack(1);
  uint16_t protocol = span.data[0];
  if (!(protocol & 1)) {
    if (!span.has(2)) return span.lack(2);
    protocol = base::read_be16(span.data);
    span = span.after(2);
  } else {
    span = span.after(1);
  }
  switch (protocol) {  // IANA PPP numbers
    case 0x0021:
      return decode_ipv4(span, view);
    case 0x0057:
      return decode_ipv6(span, view);
    case 0x0281:
    case 0x0283:
      return decode_mpls(span, view);
    default:
      return Verdict::kNotIp;
  }
}

}  // namespace pbfast::decode
