#include <doctest/doctest.h>

#include <vector>

#include "decode/frame_builder.h"

using namespace pbfast::decode;
using namespace pbfast::decode::testing;

namespace {

constexpr uint16_t kRaw = 101;

}  // namespace

TEST_CASE("TCP fields") {
  Captured frame(ipv4(6, tcp(40000, 80, "GET", 8, 0xd2)), kRaw);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.view.transport == Transport::kTcp);
  CHECK(frame.view.source_port == 40000);
  CHECK(frame.view.destination_port == 80);
  CHECK(frame.view.sequence == 0x01020304);
  CHECK(frame.view.acknowledgment == 0x05060708);
  CHECK(frame.view.tcp_flags == 0xd2);
  CHECK(frame.view.window == 512);
  CHECK(frame.payload() == "GET");
}

TEST_CASE("TCP headers that lie or are cut") {
  Data short_offset = tcp(1, 2, "abc");
  short_offset[12] = 0x40;
  CHECK(Captured(ipv4(6, short_offset), kRaw).decode() == Verdict::kMalformed);
  short_offset[12] = static_cast<char>(0xf0);
  CHECK(Captured(ipv4(6, short_offset), kRaw).decode() == Verdict::kMalformed);
  CHECK(Captured(ipv4(6, zeros(19)), kRaw).decode() == Verdict::kMalformed);
  // The capture ends within the options: the segment is known, its bytes are not.
  Captured cut(ipv4(6, tcp(1, 2, "abc", 10)), kRaw, 20 + 24);
  CHECK(cut.decode() == Verdict::kOk);
  CHECK(cut.view.payload_captured == 0);
  CHECK(cut.view.payload_wire == 3);
  CHECK(Captured(ipv4(6, tcp(1, 2, "abc")), kRaw, 39).decode() == Verdict::kTruncated);
}

TEST_CASE("A payload cut by the capture length") {
  Captured frame(ethernet(0x0800, ipv4(6, tcp(1, 2, "0123456789"))), 1, 14 + 40 + 4);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.payload() == "0123");
  CHECK(frame.view.payload_wire == 10);
  CHECK(frame.view.captured == 58);
  CHECK(frame.view.wire == 64);
}

TEST_CASE("UDP lengths: shorter, longer, none, impossible") {
  const auto decode = [](int length) {
    Captured frame(ipv4(17, udp(1, 2, "abcdef", length)), kRaw);
    CHECK(frame.decode() == Verdict::kOk);
    CHECK(frame.view.payload_wire == frame.view.payload_captured);
    return frame.payload();
  };
  CHECK(decode(8) == "");
  CHECK(decode(11) == "abc");
  CHECK(decode(14) == "abcdef");
  CHECK(decode(9000) == "abcdef");
  CHECK(decode(0) == "abcdef");
  CHECK(Captured(ipv4(17, udp(1, 2, "abcdef", 7)), kRaw).decode() == Verdict::kMalformed);
  CHECK(Captured(ipv4(17, zeros(7)), kRaw).decode() == Verdict::kMalformed);
}

TEST_CASE("ICMP: payload from the header on, an id only where the type has one") {
  for (int type = 0; type < 256; type++) {
    Captured v4(ipv4(1, icmp(static_cast<uint8_t>(type), 3, 0xabcd, "xy")), kRaw);
    CHECK(v4.decode() == Verdict::kOk);
    CHECK(v4.view.transport == Transport::kIcmp);
    CHECK(v4.view.icmp_type == type);
    CHECK(v4.view.icmp_code == 3);
    CHECK(v4.view.payload_wire == 10);
    CHECK(v4.view.source_port == 0);
    const bool paired = type == 0 || type == 8 || (type >= 13 && type <= 18);
    CHECK(v4.view.icmp_id == (paired ? 0xabcd : 0));

    Captured v6(ipv6(58, icmp(static_cast<uint8_t>(type), 3, 0xabcd)), kRaw);
    CHECK(v6.decode() == Verdict::kOk);
    CHECK(v6.view.transport == Transport::kIcmp6);
    CHECK(v6.view.icmp_id == (type == 128 || type == 129 ? 0xabcd : 0));
  }
}

TEST_CASE("ICMP shorter than its id") {
  Captured frame(ipv4(1, Data("\x08\x00\x00\x00\xab", 5)), kRaw);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.view.icmp_id == 0);
  CHECK(frame.view.payload_wire == 5);
  CHECK(Captured(ipv4(1, zeros(3)), kRaw).decode() == Verdict::kMalformed);
}

TEST_CASE("SCTP ports") {
  Captured frame(ipv4(132, be16(7) + be16(9) + zeros(8) + "chunk"), kRaw);
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.view.transport == Transport::kSctp);
  CHECK(frame.view.source_port == 7);
  CHECK(frame.view.destination_port == 9);
  CHECK(frame.payload() == "chunk");
  CHECK(Captured(ipv4(132, zeros(11)), kRaw).decode() == Verdict::kMalformed);
}

TEST_CASE("Frames cut at every byte: either truncated or the same packet with less payload") {
  const Data segment = tcp(1, 2, "0123456789", 7);
  const std::vector<Data> frames = {
      ethernet(0x88a8, vlan(1, 0x8100, vlan(2, 0x0800, ipv4(6, segment, -1, 0, 6)))),
      ethernet(0x86dd, ipv6(0, extension(44, 2, fragment6(6, 0, false, segment)))),
      ethernet(0x0800, ipv4(17, udp(1, 2, "0123456789"))),
      ethernet(0x0800, ipv4(1, icmp(8, 0, 5, "0123456789"))),
  };
  for (const Data& frame : frames) {
    Captured whole(frame);
    CHECK(whole.decode() == Verdict::kOk);
    for (size_t size = 0; size < frame.size(); size++) {
      CAPTURE(size);
      Captured cut(frame, 1, size);
      const Verdict verdict = cut.decode();
      CHECK((verdict == Verdict::kOk || verdict == Verdict::kTruncated));
      if (verdict != Verdict::kOk) continue;
      CHECK(cut.view.payload_wire == whole.view.payload_wire);
      CHECK(cut.view.payload_captured <= whole.view.payload_captured);
      CHECK(cut.view.source_port == whole.view.source_port);
      CHECK(whole.payload().substr(0, cut.payload().size()) == cut.payload());
    }
    CHECK(Captured(frame, 1, 13).decode() == Verdict::kTruncated);
  }
}

TEST_CASE("A wire length below the captured one does not hide bytes") {
  Captured frame(ethernet(0x0800, ipv4(17, udp(1, 2, "abc"))));
  frame.frame()->wire = 3;
  CHECK(frame.decode() == Verdict::kOk);
  CHECK(frame.payload() == "abc");
  CHECK(frame.view.wire == frame.view.captured);
}
