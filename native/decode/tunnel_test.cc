#include "decode/tunnel.h"

#include <doctest/doctest.h>

#include "decode/frame_builder.h"

using namespace pbfast::decode;
using namespace pbfast::decode::testing;

namespace {

const Data kInner = ipv4(6, tcp(1000, 2000, "hello"));
const Data kInner6 = ipv6(6, tcp(1000, 2000, "hello"));
const Data kInnerFrame = ethernet(0x8100, vlan(77, 0x0800, kInner));

void check_inner(const Captured& frame, Tunnel kind, uint32_t id = 0) {
  CHECK(frame.view.transport == Transport::kTcp);
  CHECK(frame.view.source_port == 1000);
  CHECK(frame.payload() == "hello");
  CHECK(frame.view.tunnel == (static_cast<uint32_t>(kind) << 24 | id));
}

Data in_udp(uint16_t port, const Data& payload) {
  return ethernet(0x8100, vlan(5, 0x0800, ipv4(17, udp(54321, port, payload))));
}
Data vxlan(uint32_t vni, const Data& frame) { return be32(0x08000000) + be32(vni << 8) + frame; }
Data geneve(uint32_t vni, uint16_t type, const Data& inside, uint32_t options = 0) {
  return be16(options << 8) + be16(type) + be32(vni << 8) + zeros(options * 4) + inside;
}
Data gtp(uint8_t flags, const Data& inside) {
  return be16((0x30u | flags) << 8 | 255) + be16(inside.size()) + be32(0xdeadbeef) + inside;
}
Data gre(uint16_t flags, uint16_t type, const Data& inside) {
  const size_t fields = (flags >> 15 & 1) + (flags >> 13 & 1) + (flags >> 12 & 1);
  return ethernet(0x0800, ipv4(47, be16(flags) + be16(type) + zeros(4 * fields) + inside));
}

// All that a whole frame gives, or nothing of what is inside.
void check_cuts(const Data& frame) {
  for (size_t size = 0; size < frame.size(); size++) {
    Captured cut(frame, 1, size);
    (void)cut.decode();
  }
}

}  // namespace

TEST_CASE("IP in IP, in every combination") {
  for (const uint8_t protocol : {4, 41}) {
    const Data inner = protocol == 4 ? kInner : kInner6;
    for (const Data& frame :
         {ethernet(0x0800, ipv4(protocol, inner)), ethernet(0x86dd, ipv6(protocol, inner))}) {
      Captured captured(frame);
      CHECK(captured.decode() == Verdict::kOk);
      check_inner(captured, Tunnel::kIp);
      CHECK(captured.view.ip_version == (protocol == 4 ? 4 : 6));
      check_cuts(frame);
    }
  }
}

TEST_CASE("GRE with every set of optional fields, IP and Ethernet inside") {
  for (const uint16_t flags : {0, 0x8000, 0x2000, 0x1000, 0xb000}) {
    for (const auto& [type, inside] :
         {std::pair<uint16_t, Data>{0x0800, kInner}, {0x86dd, kInner6}, {0x6558, kInnerFrame}}) {
      const Data frame = gre(flags, type, inside);
      Captured captured(frame);
      CHECK(captured.decode() == Verdict::kOk);
      check_inner(captured, Tunnel::kGre);
      check_cuts(frame);
    }
  }
}

TEST_CASE("PPTP carries PPP, its acknowledgments are plain packets") {
  const Data ppp = "\xff\x03" + be16(0x0021) + kInner;
  const Data frame = ethernet(
      0x0800, ipv4(47, be16(0x3081) + be16(0x880b) + be16(ppp.size()) + be16(9) + zeros(8) + ppp));
  Captured captured(frame);
  CHECK(captured.decode() == Verdict::kOk);
  check_inner(captured, Tunnel::kGre);
  check_cuts(frame);
  Captured acknowledgment(ethernet(0x0800, ipv4(47, be16(0x2081) + be16(0x880b) + zeros(8))));
  CHECK(acknowledgment.decode() == Verdict::kOk);
  CHECK(acknowledgment.view.transport == Transport::kOther);
  CHECK(acknowledgment.view.tunnel == 0);
}

TEST_CASE("ERSPAN of the three types mirrors a frame") {
  const Data two = be16(0x1000) + be16(7) + be32(0) + kInnerFrame;
  const Data three = be16(0x2000) + zeros(10) + kInnerFrame;
  const Data three_more = be16(0x2000) + zeros(9) + Data(1, 1) + zeros(8) + kInnerFrame;
  for (const Data& frame : {gre(0, 0x88be, kInnerFrame), gre(0x1000, 0x88be, two),
                            gre(0x1000, 0x22eb, three), gre(0x1000, 0x22eb, three_more)}) {
    Captured captured(frame);
    CHECK(captured.decode() == Verdict::kOk);
    check_inner(captured, Tunnel::kErspan);
    CHECK(captured.view.vlan[0] == 77);
    check_cuts(frame);
  }
}

TEST_CASE("VXLAN and Geneve give the inner frame, its VLANs and the network's id") {
  for (const uint16_t port : {4789, 8472}) {
    const Data frame = in_udp(port, vxlan(0x123456, kInnerFrame));
    Captured captured(frame);
    CHECK(captured.decode() == Verdict::kOk);
    check_inner(captured, Tunnel::kVxlan, 0x123456);
    CHECK(captured.view.vlan_count == 1);
    CHECK(captured.view.vlan[0] == 77);
    CHECK(captured.view.source_mac > captured.frame()->data + 42);
    check_cuts(frame);
  }
  for (const Data& inside : {geneve(3, 0x6558, kInnerFrame, 2), geneve(3, 0x0800, kInner)}) {
    Captured captured(in_udp(6081, inside));
    CHECK(captured.decode() == Verdict::kOk);
    check_inner(captured, Tunnel::kGeneve, 3);
  }
}

TEST_CASE("GTP-U with and without optional fields and extension headers") {
  const Data optional = be16(1) + Data(1, 0);
  const Data extension = "\x01\x10\x20" + Data(1, 0);
  for (const Data& inside : {gtp(0, kInner), gtp(2, optional + Data(1, 0) + kInner6),
                             gtp(4, optional + Data(1, '\xc0') + extension + kInner)}) {
    Captured captured(in_udp(2152, inside));
    CHECK(captured.decode() == Verdict::kOk);
    check_inner(captured, Tunnel::kGtp);
    check_cuts(in_udp(2152, inside));
  }
}

TEST_CASE("Teredo is looked into where that is asked for") {
  const Data origin = be16(0) + zeros(6);
  const Data authentication = be16(1) + be16(0) + zeros(9);
  for (const Data& inside : {kInner6, origin + kInner6, authentication + origin + kInner6}) {
    Captured usual(in_udp(3544, inside));
    CHECK(usual.decode() == Verdict::kOk);
    CHECK(usual.view.transport == Transport::kUdp);
    Captured asked(in_udp(3544, inside));
    CHECK(decode_frame(*asked.frame(), &asked.view, kAllTunnels) == Verdict::kOk);
    check_inner(asked, Tunnel::kTeredo);
  }
}

TEST_CASE("MPLS, PPPoE, provider backbone and VN tags stand between Ethernet and IP") {
  const Data labels = be32(0x00010040) + be32(0x00020140);
  const Data ppp = be16(0x0021) + kInner;
  const Data pppoe = be16(0x1100) + be16(9) + be16(ppp.size()) + ppp;
  for (const Data& frame :
       {ethernet(0x8847, labels + kInner), ethernet(0x8848, labels + kInner6),
        ethernet(0x8847, labels + zeros(4) + kInnerFrame),
        ethernet(0x8100, vlan(3, 0x8847, labels + kInner)), ethernet(0x8864, pppoe + zeros(9)),
        ethernet(0x88e7, zeros(4) + kInnerFrame),
        ethernet(0x8926, zeros(4) + be16(0x0800) + kInner)}) {
    Captured captured(frame);
    CHECK(captured.decode() == Verdict::kOk);
    check_inner(captured, Tunnel::kNone);
    check_cuts(frame);
  }
  Captured discovery(ethernet(0x8863, pppoe));
  CHECK(discovery.decode() == Verdict::kNotIp);
}

TEST_CASE("PPP and Cisco HDLC as link types") {
  for (const Data& start : {Data("\xff\x03"), Data()}) {
    for (const Data& protocol : {be16(0x0021), Data("\x21")}) {
      Captured ppp(start + protocol + kInner, 9);
      CHECK(ppp.decode() == Verdict::kOk);
      check_inner(ppp, Tunnel::kNone);
    }
  }
  Captured hdlc(be16(0x0f00) + be16(0x0800) + kInner, 104);
  CHECK(hdlc.decode() == Verdict::kOk);
  CHECK(Captured(Data("\xc0\x21\x01\x01"), 9).decode() == Verdict::kLinkUnknown);
}

TEST_CASE("An authentication header is passed, ESP is not") {
  Captured ah(
      ethernet(0x0800, ipv4(51, Data("\x06\x04", 2) + zeros(22) + tcp(1000, 2000, "hello"))));
  CHECK(ah.decode() == Verdict::kOk);
  check_inner(ah, Tunnel::kNone);
  Captured esp(ethernet(0x0800, ipv4(50, zeros(40))));
  CHECK(esp.decode() == Verdict::kOk);
  CHECK(esp.view.transport == Transport::kOther);
}

TEST_CASE("Tunnels in tunnels and other layers have a limit") {
  Data packet = kInner;
  for (int i = 0; i < kMaxTunnels; i++) packet = ipv4(4, packet);
  Captured most(ethernet(0x0800, packet));
  CHECK(most.decode() == Verdict::kOk);
  check_inner(most, Tunnel::kIp);
  Captured beyond(ethernet(0x0800, ipv4(4, packet)));
  CHECK(beyond.decode() == Verdict::kOk);
  CHECK(beyond.view.transport == Transport::kOther);
  CHECK(beyond.view.tunnel_depth == kMaxTunnels);
  Data frame = kInnerFrame;
  for (int i = 0; i < 2000; i++) frame = ethernet(0x88e7, zeros(4) + frame);
  CHECK(Captured(frame).decode() == Verdict::kMalformed);
}

TEST_CASE("What is no tunnel on a tunnel's port is a plain datagram") {
  for (const uint16_t port : {4789, 8472, 6081, 2152}) {
    for (const Data& payload : {Data(), Data("hello"), zeros(64), Data(64, '\xff')}) {
      Captured captured(in_udp(port, payload));
      CHECK(captured.decode() == Verdict::kOk);
      CHECK(captured.view.transport == Transport::kUdp);
      CHECK(captured.view.destination_port == port);
      CHECK(captured.payload() == payload);
      CHECK(captured.view.vlan[0] == 5);
    }
  }
}
