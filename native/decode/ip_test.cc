#include <doctest/doctest.h>

#include "decode/frame_builder.h"

using namespace pbfast::decode;
using namespace pbfast::decode::testing;

namespace {

constexpr uint16_t kRaw = 101;
constexpr uint16_t kMoreFragments = 0x2000;

}  // namespace

TEST_CASE("IPv4 addresses, ttl and options") {
  Captured frame(ipv4(17, udp(1, 2, "abc"), -1, 0, 15), kRaw);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.view.source_ip.is_v4());
  CHECK(frame.view.source_ip.bytes[15] == 1);
  CHECK(frame.view.destination_ip.bytes[15] == 2);
  CHECK(frame.view.ttl == 64);
  CHECK(frame.view.ip_protocol == 17);
  CHECK(frame.payload() == "abc");
}

TEST_CASE("IPv4 lengths that lie") {
  const Data segment = tcp(1, 2, "abcdef");
  Captured offloaded(ipv4(6, segment, 0), kRaw);
  CHECK(offloaded.decode() == Verdict::kOk);
  CHECK(offloaded.payload() == "abcdef");
  Captured shorter(ipv4(6, segment, 20 + 20 + 2), kRaw);
  CHECK(shorter.decode() == Verdict::kOk);
  CHECK(shorter.payload() == "ab");
  CHECK(shorter.view.payload_wire == 2);
  Captured longer(ipv4(6, segment, 1000), kRaw);
  CHECK(longer.decode() == Verdict::kOk);
  CHECK(longer.view.payload_wire == 6);
  CHECK(Captured(ipv4(6, segment, 19), kRaw).decode() == Verdict::kMalformed);
  CHECK(Captured(ipv4(6, segment, 39), kRaw).decode() == Verdict::kMalformed);

  Data bad_header = ipv4(6, segment);
  bad_header[0] = 0x44;
  CHECK(Captured(bad_header, kRaw).decode() == Verdict::kMalformed);
  bad_header[0] = 0x4f;
  CHECK(Captured(bad_header.substr(0, 50), kRaw).decode() == Verdict::kMalformed);
  CHECK(Captured(ethernet(0x0800, ipv6(6, segment))).decode() == Verdict::kMalformed);
}

TEST_CASE("IPv4 fragments are told with their place, not decoded") {
  for (const uint16_t place :
       {uint16_t{kMoreFragments}, uint16_t{5}, uint16_t{5 | kMoreFragments}}) {
    Captured part(ipv4(17, "0123456789", -1, place), kRaw);
    CHECK(part.decode() == Verdict::kFragment);
    CHECK(part.view.ip_version == 4);
    CHECK(part.view.destination_ip.bytes[15] == 2);
    CHECK(part.view.ip_protocol == 17);
    CHECK(part.view.transport == Transport::kNone);
    CHECK(part.view.fragment_id == 7);
    CHECK(part.view.fragment_offset == (place & 0x1fff) * 8u);
    CHECK(part.view.more_fragments == ((place & kMoreFragments) != 0));
    CHECK(part.payload() == "0123456789");
  }
  // "Do not fragment" is no fragment.
  CHECK(Captured(ipv4(17, udp(1, 2, "abc"), -1, 0x4000), kRaw).decode() == Verdict::kOk);
}

TEST_CASE("IPv6 addresses and lengths") {
  Captured frame(ipv6(17, udp(1, 2, "abc")) + zeros(6), kRaw);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.view.ip_version == 6);
  CHECK(frame.view.source_ip.bytes[13] == 1);
  CHECK(frame.view.source_ip.bytes[15] == 1);
  CHECK(frame.view.destination_ip.bytes[15] == 2);
  CHECK(frame.payload() == "abc");
  Captured offloaded(ipv6(6, tcp(1, 2, "abc"), 0), kRaw);
  CHECK(offloaded.decode() == Verdict::kOk);
  CHECK(offloaded.payload() == "abc");
  Captured longer(ipv6(6, tcp(1, 2, "abc"), 5000), kRaw);
  CHECK(longer.decode() == Verdict::kOk);
  CHECK(longer.view.payload_wire == 3);
}

TEST_CASE("IPv6 extension headers are walked, each with its own size") {
  const Data segment = tcp(1, 2, "abc");
  Data packet = extension(6, 2, segment);             // destination options
  packet = Data("\x3c\x04", 2) + zeros(22) + packet;  // AH: (4 + 2) * 4 bytes
  packet = extension(51, 3, packet);                  // routing
  packet = extension(43, 1, packet);                  // mobility
  packet = extension(135, 1, packet);                 // hop by hop
  Captured frame(ipv6(0, packet), kRaw);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.view.ip_protocol == 6);
  CHECK(frame.view.source_port == 1);
  CHECK(frame.payload() == "abc");
}

TEST_CASE("IPv6 extension headers: their limit, and sizes beyond the packet") {
  Data packet = tcp(1, 2, "abc");
  uint8_t next = 6;
  for (int i = 0; i < 8; i++) packet = extension(next, 1, packet), next = 60;
  CHECK(Captured(ipv6(60, packet), kRaw).decode() == Verdict::kOk);
  CHECK(Captured(ipv6(60, extension(60, 1, packet)), kRaw).decode() == Verdict::kMalformed);
  CHECK(Captured(ipv6(60, Data("\x06\xff", 2) + zeros(30)), kRaw).decode() == Verdict::kMalformed);
  CHECK(Captured(ipv6(60, Data("\x06", 1)), kRaw).decode() == Verdict::kMalformed);
  Captured cut(ipv6(60, extension(6, 40, tcp(1, 2, "abc"))), kRaw, 100);
  CHECK(cut.decode() == Verdict::kTruncated);
}

TEST_CASE("IPv6 fragments: atomic ones are whole packets") {
  Captured atomic(ipv6(44, fragment6(6, 0, false, tcp(1, 2, "abc"))), kRaw);
  CHECK(atomic.decode() == Verdict::kOk);
  CHECK(atomic.payload() == "abc");
  Captured first(ipv6(44, fragment6(17, 0, true, udp(1, 2, "abc", 900))), kRaw);
  CHECK(first.decode() == Verdict::kFragment);
  CHECK(first.view.more_fragments);
  Captured later(ipv6(44, fragment6(17, 16, false, "abc")), kRaw);
  CHECK(later.decode() == Verdict::kFragment);
  CHECK(later.view.ip_protocol == 17);
  CHECK(later.view.source_ip.bytes[15] == 1);
  CHECK(later.payload() == "abc");
}

TEST_CASE("What IP carries and is not decoded is other") {
  for (const uint8_t protocol : {4, 41, 47, 50, 58, 89}) {
    Captured frame(ipv4(protocol, "abcdef"), kRaw);
    CHECK(frame.decode() == Verdict::kOk);
    CHECK(frame.view.transport == Transport::kOther);
    CHECK(frame.view.ip_protocol == protocol);
    CHECK(frame.payload() == "abcdef");
  }
  for (const uint8_t next : {1, 50, 59}) {  // ICMP of IPv4, ESP, no next header
    Captured frame(ipv6(next, zeros(12)), kRaw);
    CHECK(frame.decode() == Verdict::kOk);
    CHECK(frame.view.transport == Transport::kOther);
  }
}
