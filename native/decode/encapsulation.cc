#include "base/bytes.h"
#include "decode/ethernet.h"
#include "decode/network.h"
#include "decode/ppp.h"

namespace pbfast::decode {

namespace {

// RFC 2516 4: version and type 1, code 0, session, length.
Verdict decode_pppoe(Span span, PacketView* view) {
  if (!span.has(kPppoeHeader)) return span.lack(kPppoeHeader);
  const uint8_t* p = span.data;
  if (p[0] != 0x11 || p[1] != 0) return Verdict::kNotIp;
  return decode_ppp(span.after(kPppoeHeader).first(base::read_be16(p + 4)), view);
}

}  // namespace

Verdict decode_encapsulated(uint16_t type, Span span, PacketView* view) {
  if (view->layers++ == kMaxLayers) return Verdict::kMalformed;
  if (type <= kMaxLengthField && type > 0) return decode_llc(span.first(type), view);
  switch (type) {
    case ether_type::kMpls:
    case ether_type::kMplsUpstream:
      return decode_mpls(span, view);
    case ether_type::kPppoeSession:
      return decode_pppoe(span, view);
    case ether_type::kProviderBackbone:
      // IEEE 802.1ah 9.7: flags and the service id, then the customer's frame.
      return span.has(4) ? decode_ethernet(span.after(4), view) : span.lack(4);
    case ether_type::kVnTag:
      // The tag, then the EtherType of what follows.
      if (!span.has(6)) return span.lack(6);
      return decode_network(base::read_be16(span.data + 4), span.after(6), view);
    default:
      return Verdict::kNotIp;
  }
}

// RFC 4302 2: authenticated only, readable.
Verdict decode_ah(Span span, PacketView* view) {
  if (!span.has(kExtensionHeader)) return span.lack(kExtensionHeader);
  const uint32_t size = extension_header_size(ip_protocol::kAh, span.data);
  if (!span.has(size)) return span.lack(size);
  const uint8_t next = span.data[0];
  if (next == ip_protocol::kAh) return Verdict::kMalformed;
  return decode_transport(next, span.after(size), view);
}

}  // namespace pbfast::decode
