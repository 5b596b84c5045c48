// TCP (RFC 9293 3.1). Options are not read; options cut by the capture leave an empty payload.
#pragma once
#include "base/bytes.h"
#include "decode/span.h"

namespace pbfast::decode {

inline constexpr uint32_t kTcpHeader = 20;

inline Verdict decode_tcp(Span span, PacketView* view) {
  if (!span.has(kTcpHeader)) return span.lack(kTcpHeader);
  const uint8_t* p = span.data;
  const uint32_t header = (p[12] >> 4) * 4u;
  if (header < kTcpHeader || header > span.wire) return Verdict::kMalformed;
  view->transport = Transport::kTcp;
  view->source_port = base::read_be16(p);
  view->destination_port = base::read_be16(p + 2);
  view->sequence = base::read_be32(p + 4);
  view->acknowledgment = base::read_be32(p + 8);
  view->tcp_flags = p[13];
  view->window = base::read_be16(p + 14);
  return end_at(span.after(header), view);
}

}  // namespace pbfast::decode
