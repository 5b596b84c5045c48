#include "decode/defrag.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decode/frame_builder.h"

namespace pbfast::decode {
namespace {

// A UDP datagram of `size` payload bytes, as it lies in the IP payload.
std::string datagram(uint32_t size) {
  std::string text = {0, 1, 0, 2, static_cast<char>((size + 8) >> 8), static_cast<char>(size + 8),
                      0, 0};
  for (uint32_t i = 0; i < size; i++) text += static_cast<char>('a' + i % 26);
  return text;
}

struct Part {
  uint32_t offset, size;
  bool more;
};

class Feeder {
 public:
  explicit Feeder(std::string whole, uint8_t version = 4)
      : whole_(std::move(whole)), version_(version) {}

  bool add(const Part& part, uint32_t id = 7, base::Nanos time = base::kSecond, uint8_t host = 1,
           uint32_t captured = 0xffff) {
    view = PacketView{};
    view.time = time;
    view.ip_version = version_;
    view.ip_protocol = 17;
    view.source_ip.bytes[15] = host;
    view.wire = part.size + 34;
    view.fragment_id = id;
    view.fragment_offset = part.offset;
    view.more_fragments = part.more;
    view.payload = reinterpret_cast<const uint8_t*>(whole_.data()) + part.offset;
    view.payload_wire = part.size;
    view.payload_captured = std::min(part.size, captured);
    view.vlan_count = vlan > 0;
    view.vlan[0] = vlan;
    view.tunnel = tunnel;
    return defragmenter.add(&view);
  }

  Defragmenter defragmenter{base::HashSeed{}};
  PacketView view;
  uint16_t vlan = 0;
  uint32_t tunnel = 0;

 private:
  std::string whole_;
  uint8_t version_;
};

TEST_CASE("fragments in any order make the datagram") {
  std::vector<Part> parts = {{0, 24, true}, {24, 24, true}, {48, 60, false}};
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.offset < b.offset; });
  do {
    Feeder feeder(datagram(100));
    CHECK_FALSE(feeder.add(parts[0]));
    CHECK_FALSE(feeder.add(parts[1]));
    CHECK(feeder.add(parts[2]));
    CHECK(feeder.view.source_port == 1);
    CHECK(feeder.view.payload_captured == 100);
    CHECK(feeder.view.payload[99] == 'a' + 99 % 26);
    CHECK(feeder.view.wire == 108 + 3 * 34);
    CHECK(feeder.defragmenter.bytes_held() == 0);
  } while (std::next_permutation(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.offset < b.offset; }));
}

TEST_CASE("duplicates do not disturb, hosts and ids do not mix") {
  Feeder feeder(datagram(40));
  CHECK_FALSE(feeder.add({0, 24, true}));
  CHECK_FALSE(feeder.add({0, 24, true}));
  CHECK_FALSE(feeder.add({24, 24, false}, 8));
  CHECK_FALSE(feeder.add({24, 24, false}, 7, base::kSecond, 2));
  CHECK(feeder.add({24, 24, false}));
}

TEST_CASE("overlap: IPv4 keeps what came first, IPv6 drops the datagram") {
  Feeder v4(datagram(40));
  CHECK_FALSE(v4.add({0, 32, true}));
  CHECK(v4.add({24, 24, false}));
  Feeder v6(datagram(40), 6);
  CHECK_FALSE(v6.add({0, 32, true}));
  CHECK_FALSE(v6.add({24, 24, false}));
  CHECK(v6.defragmenter.counters().given_up == 1);
}

TEST_CASE("overlap: an IPv6 fragment twice is no harm, a datagram given up stays so") {
  Feeder twice(datagram(40), 6);
  CHECK_FALSE(twice.add({0, 24, true}));
  CHECK_FALSE(twice.add({0, 24, true}));
  CHECK(twice.add({24, 24, false}));
  Feeder dead(datagram(40), 6);
  CHECK_FALSE(dead.add({0, 24, true}));
  CHECK_FALSE(dead.add({8, 8, true}));
  CHECK_FALSE(dead.add({0, 24, true}));
  CHECK_FALSE(dead.add({24, 24, false}));
  CHECK(dead.defragmenter.counters().overlapping == 1);
  CHECK(dead.defragmenter.counters().given_up == 1);
  CHECK(dead.defragmenter.bytes_held() == 0);
}

TEST_CASE("overlap: an IPv6 fragment without bytes lies over nothing") {
  Feeder feeder(datagram(100), 6);
  CHECK_FALSE(feeder.add({0, 48, true}));
  CHECK_FALSE(feeder.add({24, 0, true}));
  CHECK(feeder.add({48, 60, false}));
  CHECK(feeder.defragmenter.counters().overlapping == 0);
}

TEST_CASE("fragments that contradict each other on the length, too many of them") {
  for (const Part& wrong : {Part{48, 8, true}, Part{16, 8, false}, Part{40, 16, false}}) {
    Feeder feeder(datagram(60));
    CHECK_FALSE(feeder.add({24, 24, false}));
    CHECK_FALSE(feeder.add(wrong));
    CHECK_FALSE(feeder.add({0, 24, true}));
    CHECK(feeder.defragmenter.counters().malformed == 1);
  }
  Feeder many(datagram(2000));
  for (uint32_t i = 0; i <= kMaxFragments; i++) CHECK_FALSE(many.add({i * 8, 8, true}));
  CHECK(many.defragmenter.counters().over_fragments == 1);
  CHECK(many.defragmenter.bytes_held() == 0);
}

TEST_CASE("a datagram given up is not whole, however many bytes it has") {
  Feeder feeder(datagram(100));
  CHECK_FALSE(feeder.add({48, 48, true}));
  CHECK_FALSE(feeder.add({40, 8, false}));
  CHECK(feeder.defragmenter.counters().malformed == 1);
  CHECK(feeder.defragmenter.counters().datagrams == 0);
}

TEST_CASE("what the capture cut from a fragment is missing from the datagram") {
  for (const bool last_first : {false, true}) {
    Feeder feeder(datagram(40));
    if (last_first) CHECK_FALSE(feeder.add({24, 24, false}, 7, base::kSecond, 1, 10));
    CHECK(feeder.add({0, 24, true}) == last_first);
    if (!last_first) CHECK(feeder.add({24, 24, false}, 7, base::kSecond, 1, 10));
    CHECK(feeder.view.payload_captured == 16 + 10);
    CHECK(feeder.view.payload_wire == 40);
  }
}

TEST_CASE("networks with the same addresses do not mix") {
  Feeder feeder(datagram(40));
  CHECK_FALSE(feeder.add({0, 24, true}));
  feeder.vlan = 5;
  CHECK_FALSE(feeder.add({24, 24, false}));
  feeder.vlan = 0;
  feeder.tunnel = 9;
  CHECK_FALSE(feeder.add({24, 24, false}));
  CHECK(feeder.defragmenter.datagrams_held() == 3);
  feeder.tunnel = 0;
  CHECK(feeder.add({24, 24, false}));
}

TEST_CASE("limits hold") {
  Feeder feeder(datagram(60000));
  for (uint32_t id = 0; id < 20000; id++) {
    (void)feeder.add({0, 1400, true}, id);
    REQUIRE(feeder.defragmenter.bytes_held() <= kMaxFragmentBytes);
    REQUIRE(feeder.defragmenter.datagrams_held() <= kMaxDatagrams);
  }
  CHECK(feeder.defragmenter.counters().over_datagrams == 20000 - kMaxDatagrams);
  for (uint32_t id = 0; id < 500; id++) {
    (void)feeder.add({59'000, 8, true}, 1 << 20 | id);
    REQUIRE(feeder.defragmenter.bytes_held() <= kMaxFragmentBytes);
  }
  CHECK(feeder.defragmenter.counters().over_bytes > kMaxDatagrams / 2);
  Feeder old(datagram(40));
  CHECK_FALSE(old.add({0, 24, true}));
  CHECK_FALSE(old.add({24, 24, false}, 7, 32 * base::kSecond));
  CHECK(old.defragmenter.counters().timed_out == 1);
  Feeder long_one(datagram(100));
  CHECK_FALSE(long_one.add({65528, 80, false}));
}

}  // namespace
}  // namespace pbfast::decode
