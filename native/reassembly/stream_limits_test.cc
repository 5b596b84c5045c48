// What makes a stream give up a hole: acknowledgements, limits, the end.
#include "reassembly/stream_recorder.h"

namespace pbfast::reassembly {

namespace {

std::string letters(size_t size, uint32_t from = 0) {
  std::string text(size, 0);
  for (size_t i = 0; i < size; i++) text[i] = static_cast<char>('a' + (from + i) * 7 % 26);
  return text;
}

}  // namespace

TEST_CASE("limits: memory ends the wait of what is held, also where a segment fills holes") {
  Probe p(3 * kBlockMemory);
  p.stream.start(0, &p.pool);
  p.stream.hold();
  for (uint32_t at : {3, 6, 9}) p.segment(at, letters(1, at));
  CHECK(p.told() == "");
  p.segment(2, letters(9, 2));
  CHECK(p.told() == "[2]" + letters(9, 2));
  CHECK(p.counters.memory_drops == 1);
  CHECK(p.pool.used() == 0);
}

TEST_CASE("acknowledge: an open hole is given up after the grace, not before") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(4, "ef");
  p.acknowledge(6, kAckGrace);
  CHECK(p.told() == "");
  p.acknowledge(6);
  CHECK(p.told() == "[4]ef");
  CHECK(p.counters.gaps == 1);
  CHECK(p.counters.gap_bytes == 4);
  p.segment(0, "abcd");
  CHECK(p.counters.retransmitted == 1);
}

TEST_CASE("acknowledge: further segments count as calls, in any mixture") {
  for (int acks = 0; acks <= kAckGrace; acks++) {
    Probe p;
    p.stream.start(0, &p.pool);
    p.segment(4, "ef");
    p.acknowledge(6);
    p.acknowledge(6, acks);
    for (int i = acks; i < kAckGrace; i++) {
      REQUIRE(p.told() == "");
      p.segment(4, "ef");
    }
    REQUIRE(p.told() == "[4]ef");
  }
}

TEST_CASE("acknowledge: with nothing early the gap ends at the number") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(0, "ab");
  p.acknowledge(9, kAckGrace + 1);
  CHECK(p.told() == "ab[7]");
  p.segment(9, "j");
  CHECK(p.told() == "ab[7]j");
}

TEST_CASE("acknowledge: seen before its data it does no harm") {
  for (uint32_t late = 0; late < kAckGrace; late++) {
    Probe p;
    p.stream.start(0, &p.pool);
    for (uint32_t i = 0; i < 8; i++) p.acknowledge((i + 1) * 2);
    for (uint32_t i = 1; i < 8; i++) p.segment(i * 2, letters(2, i * 2));
    for (uint32_t i = 15; i < late; i++) p.acknowledge(16);
    p.segment(0, letters(2));
    REQUIRE(p.told() == letters(16));
    p.acknowledge(16, 100);
    REQUIRE(p.told() == letters(16));
  }
}

TEST_CASE("acknowledge: in-order bytes end the wait") {
  Probe p;
  p.stream.start(0, &p.pool);
  for (uint32_t i = 0; i < 100; i++) {
    p.acknowledge(i + 8, kAckGrace);
    p.segment(i, "x");
  }
  CHECK(p.counters.gaps == 0);
}

TEST_CASE("acknowledge: all holes below the number go at once, those above wait") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(1, "b");
  p.segment(4, "e");
  p.segment(9, "j");
  p.acknowledge(5);
  p.acknowledge(10, kAckGrace - 1);
  CHECK(p.told() == "");
  p.acknowledge(10);
  CHECK(p.told() == "[1]b[2]e");
  p.acknowledge(10, kAckGrace);
  CHECK(p.told() == "[1]b[2]e[4]j");
}

TEST_CASE("acknowledge: a FIN's number is not a byte") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(0, "ab");
  p.acknowledge(3, 100);
  p.flush();
  CHECK(p.told() == "ab");
  SUBCASE("but one byte before another is") {
    p.segment(3, "d");
    p.acknowledge(4, kAckGrace + 1);
    CHECK(p.told() == "ab[1]d");
  }
  SUBCASE("nor behind a hole") {
    p.segment(3, "d");
    p.acknowledge(5, 100);
    CHECK(p.told() == "ab[1]d");
  }
}

TEST_CASE("acknowledge: old and implausible numbers are ignored") {
  Probe p;
  p.stream.start(1000, &p.pool);
  p.segment(1000, "ab");
  p.acknowledge(1002, 100);
  p.acknowledge(500, 100);
  p.acknowledge(1003 + static_cast<uint32_t>(kMaxDistance), 100);
  p.acknowledge(1002 + 0x80000000u, 100);
  CHECK(p.told() == "ab");
  p.flush();
  CHECK(p.told() == "ab");
}

TEST_CASE("acknowledge: a wait that was over does not return after the numbers wrapped") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.acknowledge(10, kAckGrace);
  p.segment(0, letters(10));
  for (int i = 0; i < 3; i++) p.segment(p.stream.next_sequence(), "", 1u << 30);
  const std::string before = p.told();
  p.acknowledge(p.stream.next_sequence() + 5);
  p.segment(p.stream.next_sequence() + 5, "x");
  CHECK(p.told() == before);
}

TEST_CASE("flush: gives up all holes, and what was acknowledged behind them") {
  Probe p;
  p.stream.start(0xfffffffe, &p.pool);
  p.segment(0, "cd");
  p.segment(4, "gh");
  SUBCASE("plain") {
    p.flush();
    CHECK(p.told() == "[2]cd[2]gh");
  }
  SUBCASE("acknowledged") {
    p.acknowledge(16);
    p.flush();
    CHECK(p.told() == "[2]cd[2]gh[10]");
  }
  CHECK(p.pool.used() == 0);
  CHECK_FALSE(p.stream.has_early());
  const std::string before = p.told();
  p.flush();
  CHECK(p.told() == before);
}

TEST_CASE("clear: gives all blocks back and says nothing") {
  Probe p;
  p.stream.start(0, &p.pool);
  p.segment(1, letters(10000));
  p.acknowledge(20000, kAckGrace);
  p.stream.clear(&p.pool);
  CHECK(p.pool.used() == 0);
  p.segment(50, "x");
  p.segment(0, "a");
  CHECK(p.told() == "a");
}

TEST_CASE("limits: eight packets of any size are reordered without a gap, with their own times") {
  for (const uint32_t size : {1u, 7u, 536u, 1460u, 2016u, 2017u, 8960u, 65495u, 65535u}) {
    Probe p;
    p.stream.start(0, &p.pool);
    for (uint32_t i = kMaxReordering; i > 0; i--) {
      p.time = i;
      p.segment(i * size, letters(size, i * size));
    }
    p.time = 0;
    p.segment(0, letters(size));
    REQUIRE(p.told() == letters((kMaxReordering + 1) * size));
    REQUIRE(p.counters.memory_drops == 0);
    base::Nanos last = 0;
    for (const base::Nanos time : p.recorder.times) {
      REQUIRE(time - last <= 1);
      last = time;
    }
    REQUIRE(last == kMaxReordering + 1);
  }
}

TEST_CASE("limits: single bytes share blocks") {
  Probe p;
  p.stream.start(0, &p.pool);
  const std::string text = letters(100000);
  for (uint32_t i = 1; i < text.size(); i++) p.segment(i, text.substr(i, 1));
  CHECK(p.pool.used() <= kMaxEarlyBlocks);
  CHECK(p.counters.memory_drops == 0);
  p.segment(0, text.substr(0, 1));
  CHECK(p.told() == text);
}

TEST_CASE("limits: bytes behind what was cut do not share its block") {
  Probe p;
  p.stream.start(0, &p.pool);
  for (uint32_t i = 0; i < kMergeFromBlocks; i++) p.segment(1 + 2 * i, "x");
  const uint32_t at = 1 + 2 * kMergeFromBlocks;
  p.segment(at, "a");
  p.segment(at + 1, "b", 1);
  CHECK(p.pool.used() == kMergeFromBlocks + 1);
  p.segment(at + 3, "d");
  CHECK(p.pool.used() == kMergeFromBlocks + 2);
  p.flush();
  CHECK(p.told().substr(p.told().size() - 10) == "x[1]ab[1]d");
}

TEST_CASE("limits: over the blocks of a stream the first hole goes, nothing received is lost") {
  Probe p;
  p.stream.start(0, &p.pool);
  for (uint32_t i = 0; i < kMaxEarlyBlocks; i++) p.segment(1 + 2 * i, "x");
  CHECK(p.told() == "");
  CHECK(p.pool.used() == kMaxEarlyBlocks);
  SUBCASE("behind all") {
    p.segment(1 + 2 * kMaxEarlyBlocks, "y");
    CHECK(p.told() == "[1]x");
    CHECK(p.counters.memory_drops == 1);
    CHECK(p.pool.used() == kMaxEarlyBlocks);
  }
  SUBCASE("before all, hole before it") {
    Probe q;
    q.stream.start(0, &q.pool);
    for (uint32_t i = 0; i < kMaxEarlyBlocks; i++) q.segment(9 + 2 * i, "x");
    q.segment(4, "ef");
    CHECK(q.told() == "[4]ef");
    CHECK(q.counters.memory_drops == 1);
    CHECK(q.pool.used() == kMaxEarlyBlocks);
  }
  SUBCASE("small pieces in many holes share the blocks before them") {
    p.segment(2, std::string(100, 'y'));
    CHECK(p.counters.overlap_conflicts == 1);
    p.flush();
    CHECK(p.told().substr(0, 8) == "[1]xyxyx");
    CHECK(p.recorder.end == 2 * kMaxEarlyBlocks);
  }
  SUBCASE("a large one takes the place of many") {
    p.segment(1 + 2 * kMaxEarlyBlocks, letters(65535));
    CHECK(p.pool.used() <= kMaxEarlyBlocks);
    CHECK(p.counters.memory_drops == 1);
    CHECK(p.counters.gaps == 33);
  }
}

TEST_CASE("limits: a segment larger than all early bytes goes on with a gap before it") {
  Probe p;
  p.stream.start(0, &p.pool);
  const std::string text = letters(kMaxEarlyBytes + 5000);
  p.segment(3, text);
  CHECK(p.told() == "[3]" + text);
  CHECK(p.counters.memory_drops == 1);
}

TEST_CASE("limits: a full pool costs holes, not bytes") {
  Probe p(3 * kBlockMemory);
  p.stream.start(0, &p.pool);
  SUBCASE("full of others'") {
    while (p.pool.take() != kNoBlock) continue;
    p.segment(5, "fg");
    CHECK(p.told() == "[5]fg");
    p.segment(7, "h");
    CHECK(p.told() == "[5]fgh");
  }
  SUBCASE("full of its own") {
    p.segment(2, "c");
    p.segment(4, "e");
    p.segment(6, "g");
    p.segment(8, "i");
    CHECK(p.told() == "[2]c");
    p.flush();
    CHECK(p.told() == "[2]c[1]e[1]g[1]i");
  }
  SUBCASE("full in the middle of a segment") {
    p.segment(2, letters(kBlockBytes * 4));
    CHECK(p.told() == "[2]" + letters(kBlockBytes * 4));
  }
  CHECK(p.counters.memory_drops == 1);
  CHECK(p.counters.gap_bytes == p.recorder.end - (p.told().size() - 3 * p.counters.gaps));
}

TEST_CASE("pool: never more than its bytes, and blocks are used again") {
  Pool pool(700 * kBlockMemory + kBlockMemory - 1);
  CHECK(pool.max_blocks() == 700);
  CHECK(pool.bytes_reserved() == 0);
  std::vector<uint32_t> taken;
  for (int round = 0; round < 2; round++) {
    for (uint32_t index; (index = pool.take()) != kNoBlock;) {
      pool.at(index).sequence = index;
      taken.push_back(index);
    }
    REQUIRE(taken.size() == 700);
    CHECK(pool.used() == 700);
    CHECK(pool.bytes_reserved() == 700 * kBlockMemory);
    for (const uint32_t index : taken) {
      REQUIRE(pool.at(index).sequence == index);
      pool.give(index);
    }
    CHECK(pool.used() == 0);
    taken.clear();
  }
  CHECK(Pool(0).take() == kNoBlock);
  CHECK(Pool(kBlockMemory - 1).take() == kNoBlock);
}

}  // namespace pbfast::reassembly
