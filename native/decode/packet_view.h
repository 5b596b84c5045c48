// What a frame says, read in place. Pointers lead into the frame and are valid as long as the frame
// is.
#pragma once
#include <cstdint>

#include "base/ip.h"
#include "base/time.h"

namespace pbfast::decode {

// A frame as a source hands it over. `captured` bytes are at `data`; `wire` is its length on the
// wire.
struct Frame {
  const uint8_t* data = nullptr;
  uint32_t captured = 0;
  uint32_t wire = 0;
  base::Nanos time = 0;
  uint16_t link_type =
      1;  // LINKTYPE_ of tcpdump.org: 0 null, 1 Ethernet, 101 raw, 108 loop, 113 SLL, 276 SLL2
  uint16_t vlan_tci = 0;  // tag the kernel stripped, when has_vlan
  bool has_vlan = false;
  uint16_t interface = 0;  // number of the source's interface
};

enum class Transport : uint8_t { kNone, kTcp, kUdp, kIcmp, kIcmp6, kSctp, kOther };

enum class Verdict : uint8_t {
  kOk,           // addresses and, for TCP/UDP/ICMP, the transport header are there
  kNotIp,        // a frame of another network protocol: MAC addresses only (ARP, LLC ...)
  kFragment,     // an IP fragment that is not the first: addresses and payload, no transport header
  kTruncated,    // a header is cut by the capture length
  kMalformed,    // a length or version contradicts the frame
  kLinkUnknown,  // link type not decoded, or a frame that is not IP on a link without MAC addresses
};

namespace tcp_flags {
inline constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32, kEce = 64,
                         kCwr = 128;
}

// What a packet was carried in; numbers are told to the worker (lib/handoff/record.ts).
enum class Tunnel : uint8_t { kNone, kIp, kGre, kErspan, kVxlan, kGeneve, kGtp, kTeredo };
// Sets of Tunnel, by bit. Teredo only where it is asked for: its port carries other things.
inline constexpr uint8_t kAllTunnels = 0xfe;
inline constexpr uint8_t kUsualTunnels = 0x7e;

struct PacketView {
  base::Nanos time;
  uint32_t captured, wire;    // of the frame, link layer included
  const uint8_t* source_mac;  // 6 bytes, or null
  const uint8_t* destination_mac;
  base::Ip source_ip, destination_ip;
  const uint8_t* payload;     // after the transport header; ICMP: from the ICMP header on
  uint32_t payload_captured;  // bytes at `payload`
  uint32_t payload_wire;      // bytes the sender sent: more than captured when the capture cut them
  uint32_t sequence, acknowledgment;       // TCP
  uint16_t source_port, destination_port;  // TCP, UDP, SCTP
  uint16_t vlan[2];          // outer first; priority tags (id 0) and a third tag are left out
  uint16_t window;           // TCP, unscaled
  uint32_t fragment_id;      // kFragment: identification of the datagram
  uint32_t fragment_offset;  // kFragment: of `payload` in it, in bytes
  bool more_fragments;       // kFragment: not the last one
  uint16_t interface;        // of the frame
  uint16_t icmp_id;          // echo, timestamp, information, mask requests and replies; else 0
  uint8_t vlan_count;
  uint8_t ip_version;   // 4, 6, or 0
  uint8_t ip_protocol;  // IANA number of the last header
  Transport transport;
  uint8_t tcp_flags;
  uint8_t ttl;
  uint8_t icmp_type, icmp_code;
  uint8_t tunnels;       // to look into
  uint8_t tunnel_depth;  // how many tunnels the packet lay in
  uint8_t layers;        // encapsulations other than tunnels passed
  uint32_t tunnel;       // innermost: Tunnel << 24 | network id; 0 outside
};

// Decodes one frame. On kOk, kFragment and kNotIp the view's fields that the verdict promises are
// set; on the others only time, captured and wire. Never reads outside [data, data + captured).
[[nodiscard]] Verdict decode_frame(const Frame& frame, PacketView* view,
                                   uint8_t tunnels = kUsualTunnels);

}  // namespace pbfast::decode
