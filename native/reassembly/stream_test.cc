// Order, overlap and origin of one direction. Limits and acknowledgements: stream_limits_test.cc.
#include <algorithm>

#include "reassembly/stream_recorder.h"

namespace pbfast::reassembly {

TEST_CASE("sequence: distance over the wrap") {
  CHECK(distance(5, 0xfffffffe) == 7);
  CHECK(distance(0xfffffffe, 5) == -7);
  CHECK(distance(0x7fffffff, 0) == 0x7fffffff);
  CHECK(distance(9, 9) == 0);
  CHECK(kMaxDistance >= 65535 << 14);
}

TEST_CASE("stream: in-order bytes go on in place, with their time") {
  Probe p;
  p.stream.start(100, &p.pool);
  const std::string bytes = "abc";
  p.segment(100, bytes);
  CHECK(p.recorder.last_data == reinterpret_cast<const uint8_t*>(bytes.data()));
  p.segment(103, "d");
  CHECK(p.told() == "abcd");
  CHECK(p.recorder.times == std::vector<base::Nanos>{1, 2});
  CHECK(p.stream.next_sequence() == 104);
  CHECK(p.stream.offset() == 4);
  CHECK(p.pool.used() == 0);
  CHECK(p.pool.bytes_reserved() == 0);
}

TEST_CASE(
    "stream: every order of five segments gives the same bytes and times, over the wrap too") {
  for (const uint32_t origin : {1000u, 0xfffffffau, 0xffffffffu, 0u, 0x7ffffffdu}) {
    int order[] = {0, 1, 2, 3, 4};
    do {
      Probe p;
      p.stream.start(origin, &p.pool);
      for (const int i : order) {
        p.time = static_cast<base::Nanos>(10 * i);
        p.segment(origin + 2 * static_cast<uint32_t>(i),
                  std::string(2, static_cast<char>('a' + i)));
      }
      REQUIRE(p.told() == "aabbccddee");
      REQUIRE(p.recorder.times == std::vector<base::Nanos>{1, 11, 21, 31, 41});
      REQUIRE(p.pool.used() == 0);
      REQUIRE(p.counters.gaps + p.counters.overlaps + p.counters.retransmitted == 0);
    } while (std::next_permutation(order, order + 5));
  }
}

TEST_CASE("stream: every pair of pieces of a text, early or not, adds up") {
  const std::string text = "0123456789";
  for (uint32_t a = 0; a <= 10; a++) {
    for (uint32_t b = a + 1; b <= 10; b++) {
      for (uint32_t c = 0; c <= 10; c++) {
        for (uint32_t d = c + 1; d <= 10; d++) {
          Probe p;
          p.stream.start(0xfffffffb, &p.pool);
          p.segment(0xfffffffb + a, text.substr(a, b - a));
          p.segment(0xfffffffb + c, text.substr(c, d - c));
          p.segment(0xfffffffb, text);
          REQUIRE(p.told() == text);
          REQUIRE(p.counters.overlap_conflicts == 0);
          REQUIRE(p.pool.used() == 0);
        }
      }
    }
  }
}

TEST_CASE("stream: what was told is not told again") {
  Probe p;
  p.stream.start(10, &p.pool);
  p.segment(10, "abcdef");
  p.segment(10, "abcdef");
  p.segment(12, "cd");
  CHECK(p.counters.retransmitted == 2);
  p.segment(14, "efgh");
  CHECK(p.told() == "abcdefgh");
  CHECK(p.counters.overlaps == 1);
  CHECK(p.counters.overlap_conflicts == 0);
  CHECK(p.counters.out_of_order == 0);
}

TEST_CASE("stream: of early copies the first wins, and differing bytes are counted") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(4, "EFGH");
  p.segment(4, "EFGH");
  CHECK(p.counters.retransmitted == 1);
  p.segment(2, "cdxx");
  CHECK(p.counters.overlaps == 1);
  CHECK(p.counters.overlap_conflicts == 1);
  p.segment(5, "xxxx");
  CHECK(p.counters.overlaps == 2);
  p.segment(5, "FxH");
  CHECK(p.counters.overlaps == 3);
  CHECK(p.counters.overlap_conflicts == 3);
  CHECK(p.counters.out_of_order == 3);
  p.segment(0, "abxdEFGHx9");
  CHECK(p.told() == "abcdEFGHx9");
  CHECK(p.counters.overlap_conflicts == 4);
  CHECK(p.counters.retransmitted == 1);
}

TEST_CASE("stream: a single byte that differs is found, wherever it lies in long early copies") {
  const std::string text(3 * kBlockBytes, 'x');
  for (const size_t at :
       {size_t{0}, size_t{kBlockBytes - 1}, size_t{kBlockBytes}, text.size() - 1}) {
    Probe p;
    p.stream.start(0, &p.pool);
    p.segment(1, text);
    std::string other = text;
    other[at] = 'y';
    p.segment(1, other);
    p.segment(0, "w" + other);
    REQUIRE(p.counters.overlap_conflicts == 2);
    REQUIRE(p.told() == "w" + text);
  }
}

TEST_CASE("stream: one segment fills several holes") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(2, "C");
  p.segment(5, "F");
  p.segment(8, "I");
  p.segment(1, "bcdefghij");
  CHECK(p.pool.used() == 7);
  CHECK(p.counters.overlap_conflicts == 1);
  p.segment(0, "a");
  CHECK(p.told() == "abCdeFghIj");
  CHECK(p.pool.used() == 0);
}

TEST_CASE("stream: a keep-alive is nothing") {
  Probe p;
  p.stream.start(10, &p.pool);
  p.segment(9, "x");
  p.segment(10, "abc");
  p.segment(12, "c");
  p.segment(12, "X");
  p.segment(12, "");
  p.segment(12, "", 1);
  p.segment(13, "");
  p.segment(99, "");
  p.segment(14, "e");
  p.segment(12, "c");
  CHECK(p.counters.retransmitted == 0);
  CHECK(p.counters.overlaps == 0);
  CHECK(p.counters.overlap_conflicts == 0);
  p.segment(11, "b");
  CHECK(p.counters.retransmitted == 1);
  p.segment(13, "d");
  CHECK(p.told() == "abcde");
}

TEST_CASE("stream: what the capture cut is a gap behind the bytes") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(0, "ab", 3);
  CHECK(p.told() == "ab[3]");
  p.segment(5, "", 2);
  CHECK(p.told() == "ab[3][2]");
  p.segment(8, "ij", 4);
  p.segment(14, "", 1);
  p.segment(15, "p");
  p.segment(7, "h");
  CHECK(p.told() == "ab[3][2]hij[4][1]p");
  CHECK(p.counters.gaps == 4);
  CHECK(p.counters.gap_bytes == 10);
  SUBCASE("overlaps count by the wire") {
    p.segment(10, "xxxxxxq");
    CHECK(p.told() == "ab[3][2]hij[4][1]pq");
    CHECK(p.counters.overlap_conflicts == 0);
  }
  SUBCASE("cut where it goes on, and cut where it repeats") {
    p.segment(14, "x", 4);
    CHECK(p.told() == "ab[3][2]hij[4][1]p[3]");
  }
  SUBCASE("a cut segment over an early one ends where that begins") {
    p.segment(20, "uv");
    p.segment(16, "q", 5);
    CHECK(p.told() == "ab[3][2]hij[4][1]pq[3]uv");
  }
}

TEST_CASE("stream: more bytes captured than sent are cut to what was sent") {
  Probe p;
  const std::string bytes = "abpadding";
  p.stream.segment({7, reinterpret_cast<const uint8_t*>(bytes.data()), 9, 2, 1}, &p.pool,
                   &p.counters, &p.recorder);
  CHECK(p.told() == "ab");
  CHECK(p.stream.next_sequence() == 9);
}

TEST_CASE("stream: without start the first segment is the origin") {
  Probe p;
  CHECK_FALSE(p.stream.started());
  p.segment(50, "");
  CHECK_FALSE(p.stream.started());
  p.segment(50, "fg");
  CHECK(p.stream.started());
  p.segment(45, "abcde");
  CHECK(p.counters.retransmitted == 1);
  p.segment(48, "xxxxhi");
  CHECK(p.told() == "fghi");
}

TEST_CASE("stream: start moves the origin until something is told or waits") {
  Probe p;
  p.stream.start(10, &p.pool);
  p.stream.start(20, &p.pool);
  CHECK(p.stream.next_sequence() == 20);
  SUBCASE("waits") {
    p.segment(22, "c");
    p.stream.start(30, &p.pool);
    p.segment(20, "ab");
    CHECK(p.told() == "abc");
  }
  SUBCASE("told") {
    p.segment(20, "ab");
    p.stream.start(30, &p.pool);
    p.segment(22, "c");
    CHECK(p.told() == "abc");
  }
}

TEST_CASE("stream: segments further than a window are ignored") {
  Probe p;
  const auto far = static_cast<uint32_t>(kMaxDistance);
  p.stream.start(5, &p.pool);
  p.segment(5 + far, "x");
  p.segment(5 + far * 2, "x");
  p.segment(5 - far - 1, "x");
  p.segment(5, "", far + 1);
  p.segment(6, "", 0xffffffff);
  CHECK(p.counters.out_of_window == 5);
  CHECK_FALSE(p.stream.has_early());
  p.segment(5 + far - 1, "z");
  p.segment(5 - far, "x");
  CHECK(p.counters.out_of_window == 5);
  CHECK(p.counters.retransmitted == 1);
  p.flush();
  CHECK(p.told() == "[1073741823]z");
}

TEST_CASE("stream: offsets go on beyond 4 GiB") {
  Probe p;
  p.stream.start(0xfffffff0, &p.pool);
  for (int i = 0; i < 6; i++) p.segment(p.stream.next_sequence(), "", 1u << 30);
  CHECK(p.stream.offset() == uint64_t{6} << 30);
  CHECK(p.counters.gap_bytes == uint64_t{6} << 30);
  const uint32_t next = p.stream.next_sequence();
  p.segment(next + 1, "b");
  p.segment(next, "a");
  CHECK(p.recorder.end == (uint64_t{6} << 30) + 2);
}

}  // namespace pbfast::reassembly
