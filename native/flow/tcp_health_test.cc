#include "flow/tcp_health.h"

#include <doctest/doctest.h>

using namespace pbfast;
using namespace pbfast::decode::tcp_flags;

namespace {

constexpr base::Nanos kMs = 1'000'000;

// A conversation, packet by packet. Direction 0 starts at 1000, direction 1 just below the wrap.
struct Talk {
  flow::TcpHealth health;
  base::Nanos time = base::kSecond;
  uint32_t isn[2] = {1000, 0xfffffff0};

  Talk& packet(int dir, uint32_t offset, uint32_t size, uint32_t acked, base::Nanos wait = kMs,
               uint8_t flags = kAck, uint16_t window = 100, uint8_t ttl = 64) {
    decode::PacketView view{};
    view.time = time += wait;
    view.sequence = isn[dir] + offset;
    view.acknowledgment = isn[1 - dir] + acked;
    view.payload_wire = size;
    view.tcp_flags = flags;
    view.window = window;
    view.ttl = ttl;
    health.on_packet(view, dir);
    return *this;
  }
  Talk& handshake() {
    packet(0, 0, 0, 0, kMs, kSyn);
    packet(1, 0, 0, 1, kMs, kSyn | kAck);
    return packet(0, 1, 0, 1);
  }
  handoff::HealthSide side(int dir) const { return health.report(0).side[dir]; }
};

}  // namespace

TEST_CASE("health: a connection without faults has round trips and nothing else") {
  Talk talk;
  talk.handshake()
      .packet(0, 1, 100, 1)
      .packet(1, 1, 500, 101, 7 * kMs)
      .packet(0, 101, 0, 501, 3 * kMs);
  talk.packet(0, 101, 0, 501, kMs, kFin | kAck).packet(1, 501, 0, 102, kMs, kFin | kAck);
  for (int dir = 0; dir < 2; dir++) {
    const auto side = talk.side(dir);
    CHECK(side.retransmissions + side.out_of_order + side.duplicate_acks + side.zero_windows +
              side.resets + side.missing_bytes ==
          0);
    CHECK(side.ttl_min == 64);
    CHECK(side.ttl_max == 64);
  }
  CHECK(talk.side(0).rtt_max_us == 7000);
  CHECK(talk.side(0).rtt_min_us == 1000);
  CHECK(talk.side(1).rtt_max_us == 3000);
}

TEST_CASE("health: what is sent again is counted and gives no round trip") {
  Talk talk;
  talk.handshake().packet(0, 1, 100, 1);
  const uint32_t before = talk.side(0).rtt_count;
  talk.packet(0, 1, 100, 1, 300 * kMs).packet(1, 1, 0, 101, 5 * kMs);
  CHECK(talk.side(0).retransmissions == 1);
  CHECK(talk.side(0).rtt_count == before);
}

TEST_CASE("health: a keep-alive is nothing") {
  Talk talk;
  talk.handshake().packet(0, 1, 100, 1).packet(1, 1, 0, 101);
  talk.packet(0, 100, 1, 1, base::kSecond).packet(0, 100, 0, 1, base::kSecond);
  CHECK(talk.side(0).retransmissions == 0);
}

TEST_CASE("health: a segment that fills a hole was out of order, over the wrap too") {
  Talk talk;
  talk.handshake().packet(1, 1, 10, 1).packet(1, 21, 10, 1).packet(1, 11, 10, 1);
  CHECK(talk.side(1).out_of_order == 1);
  CHECK(talk.side(1).retransmissions == 0);
  talk.packet(1, 11, 10, 1);
  CHECK(talk.side(1).retransmissions == 1);
}

TEST_CASE("health: repeated acknowledgments count while something is under way") {
  Talk talk;
  talk.handshake().packet(1, 1, 10, 1).packet(0, 1, 0, 11).packet(0, 1, 0, 11);
  CHECK(talk.side(0).duplicate_acks == 0);
  talk.packet(1, 21, 10, 1).packet(0, 1, 0, 11).packet(0, 1, 0, 11);
  talk.packet(0, 1, 0, 11, kMs, kAck, 200);
  CHECK(talk.side(0).duplicate_acks == 2);
}

TEST_CASE("health: closed windows, resets, the range of TTLs") {
  Talk talk;
  talk.handshake().packet(0, 1, 0, 1, kMs, kAck, 0, 60).packet(1, 1, 0, 1, kMs, kRst, 0, 255);
  CHECK(talk.side(0).zero_windows == 1);
  CHECK(talk.side(0).ttl_min == 60);
  CHECK(talk.side(0).ttl_max == 64);
  CHECK(talk.side(1).resets == 1);
  CHECK(talk.side(1).zero_windows == 0);
  CHECK(talk.side(1).ttl_max == 255);
}

TEST_CASE("health: acknowledged bytes that never came are missing, once") {
  Talk talk;
  talk.handshake().packet(0, 1, 0, 301).packet(0, 1, 0, 301).packet(1, 301, 10, 1);
  CHECK(talk.side(1).missing_bytes == 300);
  // A number of another connection.
  talk.packet(0, 1, 0, 0x50000000);
  CHECK(talk.side(1).missing_bytes == 300);
}

TEST_CASE("health: the directions can be exchanged") {
  Talk talk;
  talk.packet(0, 1, 10, 1).packet(0, 1, 10, 1);
  talk.health.turn_round();
  CHECK(talk.side(1).retransmissions == 1);
  CHECK(talk.health.report(42).handshake_us == 42);
}
