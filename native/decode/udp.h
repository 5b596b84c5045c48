// UDP (RFC 768).
#pragma once
#include "base/bytes.h"
#include "decode/span.h"
#include "decode/tunnel.h"

namespace pbfast::decode {

inline constexpr uint32_t kUdpHeader = 8;

inline Verdict decode_udp(Span span, PacketView* view) {
  if (!span.has(kUdpHeader)) return span.lack(kUdpHeader);
  const uint8_t* p = span.data;
  const uint32_t length = base::read_be16(p + 4);
  // RFC 2675 4: 0 in a jumbogram; offloaded super-frames carry it too.
  if (length != 0 && length < kUdpHeader) return Verdict::kMalformed;
  view->transport = Transport::kUdp;
  view->source_port = base::read_be16(p);
  view->destination_port = base::read_be16(p + 2);
  const Span payload = (length == 0 ? span : span.first(length)).after(kUdpHeader);
  Verdict inside;
  if (may_be_tunnel(*view) && decode_udp_tunnel(payload, view, &inside)) return inside;
  return end_at(payload, view);
}

}  // namespace pbfast::decode
