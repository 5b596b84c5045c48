#include "decode/tunnel.h"

#include "base/bytes.h"
#include "decode/ethernet.h"
#include "decode/network.h"
#include "decode/ppp.h"

namespace pbfast::decode {

namespace {

// A packet that takes over from the one it lies in.
PacketView inner_view(const PacketView& outer, Tunnel kind, uint32_t id) {
  PacketView view{};
  view.time = outer.time;
  view.captured = outer.captured;
  view.wire = outer.wire;
  view.source_mac = outer.source_mac;
  view.destination_mac = outer.destination_mac;
  view.tunnels = outer.tunnels;
  view.tunnel_depth = outer.tunnel_depth + 1;
  view.layers = outer.layers;
  view.tunnel = static_cast<uint32_t>(kind) << 24 | id;
  return view;
}

// Runs `decode` on the inner packet; keeps it when it is one.
template <class Decode>
bool enter(Tunnel kind, uint32_t id, PacketView* view, Verdict* verdict, Decode decode) {
  if (view->tunnel_depth == kMaxTunnels || !(view->tunnels >> static_cast<int>(kind) & 1))
    return false;
  PacketView inner = inner_view(*view, kind, id);
  const Verdict result = decode(&inner);
  if (result == Verdict::kMalformed || result == Verdict::kLinkUnknown) return false;
  // A frame of another network protocol is told by MAC addresses, which only Ethernet has.
  if (result == Verdict::kNotIp && inner.source_mac == view->source_mac) return false;
  *view = inner;
  *verdict = result;
  return true;
}

// ERSPAN (draft-foschiano-erspan-03): a mirrored Ethernet frame behind a header of its own.
bool decode_erspan(bool sequenced, Span span, PacketView* view, Verdict* verdict) {
  uint32_t header = 0;  // type I has none, and no sequence number
  if (sequenced) {
    if (!span.has(12)) return false;
    const uint8_t version = span.data[0] >> 4;
    if (version != 1 && version != 2) return false;
    header = version == 1 ? 8 : span.data[11] & 1 ? 20 : 12;
    if (!span.has(header)) return false;
  }
  return enter(Tunnel::kErspan, 0, view, verdict,
               [&](PacketView* inner) { return decode_ethernet(span.after(header), inner); });
}

constexpr uint16_t kGreBridged = 0x6558, kGreErspan = 0x88be, kGreErspan3 = 0x22eb;
constexpr uint16_t kGrePpp = 0x880b;

// RFC 2637 4.1: GRE version 1, as PPTP uses it; packets without payload only acknowledge.
bool decode_pptp(uint16_t flags, Span span, PacketView* view, Verdict* verdict) {
  const uint32_t header = 8u + (flags & 0x1000 ? 4 : 0) + (flags & 0x0080 ? 4 : 0);
  if (!(flags & 0x1000) || !span.has(header)) return false;
  return enter(Tunnel::kGre, 0, view, verdict,
               [&](PacketView* inner) { return decode_ppp(span.after(header), inner); });
}

// RFC 2784 2, RFC 2890 2.
bool decode_gre(Span span, PacketView* view, Verdict* verdict) {
  if (!span.has(4)) return false;
  const uint16_t flags = base::read_be16(span.data), type = base::read_be16(span.data + 2);
  if ((flags & 7) == 1 && type == kGrePpp) return decode_pptp(flags, span, view, verdict);
  const bool routed = flags & 0x4000;  // RFC 1701, obsolete
  if ((flags & 7) != 0 || routed) return false;
  const uint32_t header =
      4u + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
  if (!span.has(header)) return false;
  span = span.after(header);
  if (type == kGreErspan || type == kGreErspan3)
    return decode_erspan(flags & 0x1000, span, view, verdict);
  return enter(Tunnel::kGre, 0, view, verdict, [&](PacketView* inner) {
    return type == kGreBridged ? decode_ethernet(span, inner) : decode_network(type, span, inner);
  });
}

// RFC 7348 5.
bool decode_vxlan(Span span, PacketView* view, Verdict* verdict) {
  if (!span.has(8) || !(span.data[0] & 8) || span.data[7] != 0) return false;
  return enter(Tunnel::kVxlan, base::read_be32(span.data + 4) >> 8, view, verdict,
               [&](PacketView* inner) { return decode_ethernet(span.after(8), inner); });
}

// RFC 8926 3.4.
bool decode_geneve(Span span, PacketView* view, Verdict* verdict) {
  if (!span.has(8) || span.data[0] >> 6 != 0 || span.data[7] != 0) return false;
  const uint32_t header = 8 + (span.data[0] & 63) * 4u;
  const uint16_t type = base::read_be16(span.data + 2);
  if (!span.has(header)) return false;
  const Span inside = span.after(header);
  return enter(Tunnel::kGeneve, base::read_be32(span.data + 4) >> 8, view, verdict,
               [&](PacketView* inner) {
                 return type == kGreBridged ? decode_ethernet(inside, inner)
                                            : decode_network(type, inside, inner);
               });
}

constexpr int kMaxGtpExtensions = 8;

// Size of a G-PDU's header with its extensions, 0 when it is none. 3GPP TS 29.281 5.1, 5.2.
uint32_t gtp_header(Span span) {
  constexpr uint8_t kGPdu = 255;
  if (!span.has(8) || span.data[0] >> 5 != 1 || !(span.data[0] & 16) || span.data[1] != kGPdu)
    return 0;
  if (!(span.data[0] & 7)) return 8;
  uint32_t size = 12;
  if (!span.has(size)) return 0;
  uint8_t next = span.data[0] & 4 ? span.data[11] : 0;
  for (int i = 0; next != 0; i++) {
    if (i == kMaxGtpExtensions || !span.has(size + 4)) return 0;
    const uint32_t length = span.data[size] * 4u;
    if (length == 0 || !span.has(size + length)) return 0;
    size += length;
    next = span.data[size - 1];
  }
  return size;
}

bool decode_gtp(Span span, PacketView* view, Verdict* verdict) {
  const uint32_t header = gtp_header(span);
  if (header == 0) return false;
  return enter(Tunnel::kGtp, 0, view, verdict,
               [&](PacketView* inner) { return decode_raw_ip(span.after(header), inner); });
}

// RFC 4380 5.1.1: an authentication and an origin indication may come first.
bool decode_teredo(Span span, PacketView* view, Verdict* verdict) {
  if (span.has(4) && base::read_be16(span.data) == 1) {
    const uint32_t size = 13u + span.data[2] + span.data[3];
    if (!span.has(size)) return false;
    span = span.after(size);
  }
  if (span.has(8) && base::read_be16(span.data) == 0) span = span.after(8);
  if (!span.has(kIpv6Header)) return false;
  return enter(Tunnel::kTeredo, 0, view, verdict,
               [&](PacketView* inner) { return decode_ipv6(span, inner); });
}

}  // namespace

bool decode_ip_tunnel(uint8_t protocol, Span span, PacketView* view, Verdict* verdict) {
  if (protocol == 47) return decode_gre(span, view, verdict);
  return enter(Tunnel::kIp, 0, view, verdict, [&](PacketView* inner) {
    return protocol == 4 ? decode_ipv4(span, inner) : decode_ipv6(span, inner);
  });
}

bool decode_udp_tunnel(Span span, PacketView* view, Verdict* verdict) {
  switch (view->destination_port) {
    case udp_port::kVxlan:
    case udp_port::kOldVxlan:
      return decode_vxlan(span, view, verdict);
    case udp_port::kGeneve:
      return decode_geneve(span, view, verdict);
    case udp_port::kGtpUser:
      return decode_gtp(span, view, verdict);
    default:
      return decode_teredo(span, view, verdict);
  }
}

}  // namespace pbfast::decode
