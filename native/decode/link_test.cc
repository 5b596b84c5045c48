#include <doctest/doctest.h>

#include "decode/frame_builder.h"

using namespace pbfast::decode;
using namespace pbfast::decode::testing;

namespace {

const Data kPacket = ipv4(17, udp(1000, 2000, "hello"));

void check_packet(const Captured& frame) {
  CHECK(frame.view.ip_version == 4);
  CHECK(frame.view.source_port == 1000);
  CHECK(frame.view.destination_port == 2000);
  CHECK(frame.payload() == "hello");
  CHECK(frame.view.payload_wire == 5);
}

}  // namespace

TEST_CASE("Ethernet gives the addresses and the packet without the link's padding") {
  Captured frame(ethernet(0x0800, kPacket + zeros(20)));
  CHECK(frame.decode() == Verdict::kOk);
  check_packet(frame);
  CHECK(frame.view.source_mac == frame.frame()->data + 6);
  CHECK(frame.view.destination_mac == frame.frame()->data);
  CHECK(frame.view.time == 5);
  CHECK(frame.view.wire == 14 + kPacket.size() + 20);
  CHECK(frame.view.vlan_count == 0);
}

TEST_CASE("VLAN tags: one, two kinds of two, and more than two") {
  Captured one(ethernet(0x8100, vlan(0x6000 | 7, 0x0800, kPacket)));
  CHECK(one.decode() == Verdict::kOk);
  check_packet(one);
  CHECK(one.view.vlan_count == 1);
  CHECK(one.view.vlan[0] == 7);

  for (const uint16_t outer : {0x88a8, 0x8100, 0x9100, 0x9200}) {
    Captured two(ethernet(outer, vlan(100, 0x8100, vlan(200, 0x0800, kPacket))));
    CHECK(two.decode() == Verdict::kOk);
    check_packet(two);
    CHECK(two.view.vlan_count == 2);
    CHECK(two.view.vlan[0] == 100);
    CHECK(two.view.vlan[1] == 200);
  }

  Captured three(ethernet(0x88a8, vlan(1, 0x8100, vlan(2, 0x8100, vlan(3, 0x0800, kPacket)))));
  CHECK(three.decode() == Verdict::kOk);
  check_packet(three);
  CHECK(three.view.vlan_count == 2);
  CHECK(three.view.vlan[0] == 1);
  CHECK(three.view.vlan[1] == 2);
}

TEST_CASE("A priority tag is no VLAN, a stripped tag is the outermost") {
  Captured priority(ethernet(0x8100, vlan(0xe000, 0x8100, vlan(9, 0x0800, kPacket))));
  CHECK(priority.decode() == Verdict::kOk);
  CHECK(priority.view.vlan_count == 1);
  CHECK(priority.view.vlan[0] == 9);

  Captured stripped(ethernet(0x8100, vlan(20, 0x0800, kPacket)));
  stripped.frame()->has_vlan = true;
  stripped.frame()->vlan_tci = 0x300a;
  CHECK(stripped.decode() == Verdict::kOk);
  check_packet(stripped);
  CHECK(stripped.view.vlan_count == 2);
  CHECK(stripped.view.vlan[0] == 10);
  CHECK(stripped.view.vlan[1] == 20);
}

TEST_CASE("The number of tags has a limit") {
  Data tagged = kPacket;
  uint16_t type = 0x0800;
  for (int i = 0; i < 8; i++) tagged = vlan(1, type, tagged), type = 0x8100;
  CHECK(Captured(ethernet(type, tagged)).decode() == Verdict::kOk);
  CHECK(Captured(ethernet(type, vlan(1, type, tagged))).decode() == Verdict::kMalformed);
}

TEST_CASE("Frames that are not IP keep their addresses and tags") {
  Captured arp(ethernet(0x8100, vlan(5, 0x0806, zeros(28))));
  CHECK(arp.decode() == Verdict::kNotIp);
  CHECK(arp.view.source_mac == arp.frame()->data + 6);
  CHECK(arp.view.ip_version == 0);
  CHECK(arp.view.transport == Transport::kNone);
  CHECK(arp.view.vlan[0] == 5);

  Captured spanning_tree(ethernet(38, "\x42\x42\x03" + zeros(35)));
  CHECK(spanning_tree.decode() == Verdict::kNotIp);
  CHECK(spanning_tree.view.source_mac != nullptr);
}

TEST_CASE("SNAP carries an EtherType, within the length of its frame") {
  const Data snap = Data("\xaa\xaa\x03\0\0\0", 6) + be16(0x0800) + kPacket;
  Captured frame(ethernet(static_cast<uint16_t>(snap.size()), snap + zeros(9)));
  CHECK(frame.decode() == Verdict::kOk);
  check_packet(frame);
  // A length that ends inside the UDP header.
  CHECK(Captured(ethernet(8 + 20 + 4, snap)).decode() == Verdict::kMalformed);
}

TEST_CASE("Linux cooked captures") {
  const Data sll = be16(4) + be16(1) + be16(6) + zeros(8);
  Captured one(sll + be16(0x0800) + kPacket, 113);
  CHECK(one.decode() == Verdict::kOk);
  check_packet(one);
  CHECK(one.view.source_mac == nullptr);
  Captured tagged(sll + be16(0x8100) + vlan(3, 0x0800, kPacket), 113);
  CHECK(tagged.decode() == Verdict::kOk);
  CHECK(tagged.view.vlan[0] == 3);
  CHECK(Captured(sll + be16(0x0806) + zeros(28), 113).decode() == Verdict::kLinkUnknown);

  const Data rest = zeros(10) + zeros(8);
  Captured two(be16(0x0800) + rest + kPacket, 276);
  CHECK(two.decode() == Verdict::kOk);
  check_packet(two);
  CHECK(Captured(be16(0x0806) + rest + zeros(28), 276).decode() == Verdict::kLinkUnknown);
}

TEST_CASE("Loopback in both byte orders and with every system's number of IPv6") {
  for (const uint16_t link : {0, 108}) {
    for (const Data& family : {Data("\2\0\0\0", 4), Data("\0\0\0\2", 4)}) {
      Captured frame(family + kPacket, link);
      CHECK(frame.decode() == Verdict::kOk);
      check_packet(frame);
    }
    for (const char family : {10, 24, 28, 30}) {
      const Data packet = ipv6(17, udp(1, 2, "x"));
      CHECK(Captured(Data(1, family) + zeros(3) + packet, link).decode() == Verdict::kOk);
      CHECK(Captured(zeros(3) + Data(1, family) + packet, link).decode() == Verdict::kOk);
    }
    CHECK(Captured(Data("\7\0\0\0", 4) + kPacket, link).decode() == Verdict::kLinkUnknown);
  }
}

TEST_CASE("Raw IP of both versions; other links are unknown") {
  for (const uint16_t link : {12, 14, 101, 228}) {
    Captured frame(kPacket, link);
    CHECK(frame.decode() == Verdict::kOk);
    check_packet(frame);
  }
  CHECK(Captured(ipv6(17, udp(1, 2, "x")), 229).decode() == Verdict::kOk);
  CHECK(Captured("\x15" + zeros(40), 101).decode() == Verdict::kMalformed);
  Captured wifi(kPacket, 105);
  CHECK(wifi.decode() == Verdict::kLinkUnknown);
  CHECK(wifi.view.wire == kPacket.size());
}
