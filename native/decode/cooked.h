// Linux cooked captures (tcpdump.org LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2): what `-i any` gives.
// They hold one address, of unknown kind, so that a packet of theirs has no MAC addresses.
#pragma once
#include "decode/network.h"

namespace pbfast::decode {

inline constexpr uint32_t kSllHeader = 16;
inline constexpr uint32_t kSll2Header = 20;

inline Verdict decode_sll(Span span, PacketView* view) {
  if (!span.has(kSllHeader)) return span.lack(kSllHeader);
  return decode_network(base::read_be16(span.data + 14), span.after(kSllHeader), view);
}

inline Verdict decode_sll2(Span span, PacketView* view) {
  if (!span.has(kSll2Header)) return span.lack(kSll2Header);
  return decode_network(base::read_be16(span.data), span.after(kSll2Header), view);
}

}  // namespace pbfast::decode
