// IPv4 (RFC 791 3.1). Options are not read, checksums not validated: offloading leaves them open.
#pragma once
#include "decode/transport.h"

namespace pbfast::decode {

inline constexpr uint32_t kIpv4Header = 20;

inline Verdict decode_ipv4(Span span, PacketView* view) {
  if (!span.has(kIpv4Header)) return span.lack(kIpv4Header);
  const uint8_t* p = span.data;
  const uint32_t header = (p[0] & 15) * 4u;
  if (p[0] >> 4 != 4 || header < kIpv4Header) return Verdict::kMalformed;
  // Segmentation offload leaves the total length 0; bytes beyond it are padding of the link.
  const uint32_t total = base::read_be16(p + 2);
  if (total != 0) span = span.first(total);
  if (!span.has(header)) return span.lack(header);
  view->ip_version = 4;
  view->source_ip = base::Ip::from_v4(p + 12);
  view->destination_ip = base::Ip::from_v4(p + 16);
  view->ttl = p[8];
  const uint16_t fragment = base::read_be16(p + 6);
  span = span.after(header);
  if (fragment & 0x3fff) {
    return end_at_fragment(p[9], base::read_be16(p + 4), (fragment & 0x1fff) * 8u,
                           fragment & 0x2000, span, view);
  }
  return decode_transport(p[9], span, view);
}

}  // namespace pbfast::decode
