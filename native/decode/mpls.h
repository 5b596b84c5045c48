// A stack of MPLS labels (RFC 3032 2.1). What lies below is not named: an IP version, or the
// control word of a pseudo-wire that carries Ethernet (RFC 4385 3, RFC 4448 4), tells.
#pragma once
#include "base/bytes.h"
#include "decode/packet_view.h"
#include "decode/span.h"

namespace pbfast::decode {

inline constexpr int kMaxLabels = 16;

inline Verdict decode_ethernet(Span span, PacketView* view);
inline Verdict decode_raw_ip(Span span, PacketView* view);

inline Verdict decode_mpls(Span span, PacketView* view) {
  for (int i = 0;; i++) {
    if (i == kMaxLabels) return Verdict::kMalformed;
    if (!span.has(4)) return span.lack(4);
    const bool bottom = span.data[2] & 1;
    span = span.after(4);
    if (bottom) break;
  }
  if (!span.has(1)) return span.lack(1);
  const uint8_t version = span.data[0] >> 4;
  if (version == 4 || version == 6) return decode_raw_ip(span, view);
  if (version == 0 && span.has(4)) span = span.after(4);
  return decode_ethernet(span, view);
}

}  // namespace pbfast::decode
