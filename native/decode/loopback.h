// BSD loopback (tcpdump.org LINKTYPE_NULL, LINKTYPE_LOOP): an address family, in the byte order of
// whoever captured.
#pragma once
#include "decode/network.h"

namespace pbfast::decode {

inline constexpr uint32_t kLoopbackHeader = 4;

inline Verdict decode_loopback(Span span, PacketView* view) {
  if (!span.has(kLoopbackHeader)) return span.lack(kLoopbackHeader);
  const uint32_t little = base::read_le32(span.data);
  const uint32_t family = little > 0xffff ? __builtin_bswap32(little) : little;
  span = span.after(kLoopbackHeader);
  switch (family) {
    case 2:
      return decode_ipv4(span, view);
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return decode_ipv6(span, view);
    default:
      return Verdict::kNotIp;
  }
}

}  // namespace pbfast::decode
