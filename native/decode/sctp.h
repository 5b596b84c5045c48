// SCTP, its common header only (RFC 9260 3.1): ports, so that its flows can be told apart.
#pragma once
#include "base/bytes.h"
#include "decode/span.h"

namespace pbfast::decode {

inline constexpr uint32_t kSctpHeader = 12;

inline Verdict decode_sctp(Span span, PacketView* view) {
  if (!span.has(kSctpHeader)) return span.lack(kSctpHeader);
  view->transport = Transport::kSctp;
  view->source_port = base::read_be16(span.data);
  view->destination_port = base::read_be16(span.data + 2);
  return end_at(span.after(kSctpHeader), view);
}

}  // namespace pbfast::decode
