// From a frame's link type to its first layer. The layers are inlined from their headers.
#include <algorithm>

#include "decode/cooked.h"
#include "decode/ethernet.h"
#include "decode/loopback.h"
#include "decode/ppp.h"

namespace pbfast::decode {

namespace {

// A frame that is not IP can be told by its MAC addresses only, which this link does not have.
Verdict without_macs(Verdict verdict) {
  return verdict == Verdict::kNotIp ? Verdict::kLinkUnknown : verdict;
}

// PERF: what nearly all frames are, in one function: the calls from layer to layer and the spans
// passed through memory were a third of the instructions.
[[gnu::flatten]] Verdict decode_ethernet_frame(Span span, PacketView* view) {
  return decode_ethernet(span, view);
}

}  // namespace

Verdict decode_frame(const Frame& frame, PacketView* view, uint8_t tunnels) {
  *view = PacketView{};
  view->time = frame.time;
  view->interface = frame.interface;
  view->tunnels = tunnels;
  view->captured = frame.captured;
  view->wire = std::max(frame.captured, frame.wire);
  if (frame.has_vlan) add_vlan(frame.vlan_tci, view);
  const Span span{frame.data, frame.captured, view->wire};
  switch (frame.link_type) {  // tcpdump.org/linktypes.html
    case 1:
      return decode_ethernet_frame(span, view);
    case 0:
    case 108:
      return without_macs(decode_loopback(span, view));
    case 113:
      return without_macs(decode_sll(span, view));
    case 276:
      return without_macs(decode_sll2(span, view));
    case 12:   // DLT_RAW of most systems
    case 14:   // DLT_RAW of OpenBSD
    case 101:  // LINKTYPE_RAW
    case 228:  // IPv4 only
    case 229:  // IPv6 only
      return decode_raw_ip(span, view);
    case 9:   // LINKTYPE_PPP
    case 50:  // LINKTYPE_PPP_HDLC
      return without_macs(decode_ppp(span, view));
    case 51:  // LINKTYPE_PPP_ETHER
      return without_macs(decode_network(ether_type::kPppoeSession, span, view));
    case 104:  // LINKTYPE_C_HDLC: address, control, EtherType
      if (!span.has(4)) return span.lack(4);
      return without_macs(decode_network(base::read_be16(span.data + 2), span.after(4), view));
    default:
      return Verdict::kLinkUnknown;
  }
}

}  // namespace pbfast::decode
