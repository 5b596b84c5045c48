#include "capture/record_parser.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "capture/capture_builder.h"

using namespace pbfast;
using namespace pbfast::capture::testing;
using capture::RecordParser;
using Result = RecordParser::Result;

namespace {

struct Seen {
  Data bytes;
  uint32_t wire;
  base::Nanos time;
  uint16_t link_type;
};

struct Parsed {
  bool begun = false;
  std::vector<Seen> frames;
  Result last = Result::kMore;
  uint64_t left = 0;  // bytes behind the last whole record
  uint32_t needed = 0;
};

// Parses from memory of exactly the image's size, so that a sanitizer sees each read beyond.
Parsed parse(const Data& image) {
  Parsed parsed;
  const std::unique_ptr<uint8_t[]> bytes(new uint8_t[image.size()]);
  std::memcpy(bytes.get(), image.data(), image.size());
  RecordParser parser;
  uint32_t consumed = 0;
  parsed.begun = parser.begin(bytes.get(), image.size(), &consumed);
  if (!parsed.begun) return parsed;
  for (uint64_t at = consumed;; at += consumed) {
    decode::Frame frame;
    consumed = 0;
    parsed.last =
        parser.next(bytes.get() + at, image.size() - at, &frame, &consumed, &parsed.needed);
    parsed.left = image.size() - at;
    if (parsed.last == Result::kMore || parsed.last == Result::kBad) return parsed;
    REQUIRE(consumed > 0);
    REQUIRE(at + consumed <= image.size());
    if (parsed.last == Result::kFrame)
      parsed.frames.push_back({Data(reinterpret_cast<const char*>(frame.data), frame.captured),
                               frame.wire, frame.time, frame.link_type});
  }
}

// All frames were read and nothing is left.
void check_whole(const Parsed& parsed, size_t frames) {
  REQUIRE(parsed.begun);
  CHECK(parsed.last == Result::kMore);
  CHECK(parsed.left == 0);
  REQUIRE(parsed.frames.size() == frames);
}

constexpr Order kLittle{false}, kBig{true};
constexpr base::Nanos kS = base::kSecond;

}  // namespace

TEST_CASE("pcap: both byte orders, both units of time") {
  for (const Order o : {kLittle, kBig}) {
    for (const uint32_t magic : {kMicros, kNanos}) {
      const Parsed parsed =
          parse(pcap_header(1, magic, o) + pcap_record(7, 8, "abc", -1, 60, o) +
                pcap_record(0xffffffff, 999999, "", -1, 0, o) + pcap_record(9, 1, "z", -1, -1, o));
      check_whole(parsed, 3);
      const base::Nanos unit = magic == kNanos ? 1 : 1000;
      CHECK(parsed.frames[0].bytes == "abc");
      CHECK(parsed.frames[0].wire == 60);
      CHECK(parsed.frames[0].time == 7 * kS + 8 * unit);
      CHECK(parsed.frames[0].link_type == 1);
      CHECK(parsed.frames[1].bytes.empty());
      CHECK(parsed.frames[1].time == 0xffffffffull * kS + 999999 * unit);
      CHECK(parsed.frames[2].bytes == "z");
    }
  }
}

TEST_CASE("pcap: link types, with FCS bits and the other numbers of raw IP") {
  CHECK(parse(pcap_header(113) + pcap_record(1, 1, "x")).frames[0].link_type == 113);
  CHECK(parse(pcap_header(0x50000001) + pcap_record(1, 1, "x")).frames[0].link_type == 1);
  for (const uint32_t raw : {12u, 14u, 101u})
    CHECK(parse(pcap_header(raw) + pcap_record(1, 1, "x")).frames[0].link_type == 101);
}

TEST_CASE("what is neither format is refused") {
  CHECK_FALSE(parse("").begun);
  CHECK_FALSE(parse(Data(100, '\0')).begun);
  CHECK_FALSE(parse("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").begun);
  CHECK_FALSE(parse(pcap_header(1, 0xa1b2cd34)).begun);  // Kuznetzov's: another record header
  CHECK_FALSE(parse(kLittle.u32(0x0a0d0d0a) + kLittle.u32(28) + kLittle.u32(0x1a2b3c4e)).begun);
  for (size_t size = 0; size < 24; size++) CHECK_FALSE(parse(pcap_header().substr(0, size)).begun);
}

TEST_CASE("pcap: a length that lies ends the reading, a huge one asks for no memory") {
  const Data good = pcap_header() + pcap_record(1, 1, "first");
  for (const int64_t lie : {int64_t{capture::kMaxRecord} + 1, int64_t{0x80000000},
                            int64_t{0xffffffff}, int64_t{0xfffffff0}}) {
    const Parsed parsed = parse(good + pcap_record(2, 2, "second", lie));
    CHECK(parsed.last == Result::kBad);
    CHECK(parsed.frames.size() == 1);
  }
  const Parsed beyond = parse(good + pcap_record(2, 2, "second", 7));
  CHECK(beyond.last == Result::kMore);
  CHECK(beyond.needed == 16 + 7);
  CHECK(beyond.left == 16 + 6);
}

TEST_CASE("pcapng: interfaces have their own units, offsets and link types") {
  for (const Order o : {kLittle, kBig}) {
    const Data nanos = option(9, "\x09", o), binary = option(9, "\x8a", o);
    const Data image = section(o) + interface_block(1, "", 0, o) +
                       interface_block(101, option(2, "eth1", o) + nanos + option(0, "", o), 0, o) +
                       interface_block(113, binary + option(14, o.u64(1000), o), 0, o) +
                       interface_block(1, option(9, "\x0c", o) + option(14, o.u64(-5), o), 0, o) +
                       interface_block(12, option(9, Data(1, '\0'), o), 0, o) +
                       enhanced(0, 5'000'007, "micro", o) + enhanced(1, 5 * kS + 7, "nano", o) +
                       enhanced(2, 5 * 1024 + 512, "binary", o) +
                       enhanced(3, 9 * 1000 * kS + 7999, "pico", o) + enhanced(4, 77, "seconds", o);
    const Parsed parsed = parse(image);
    check_whole(parsed, 5);
    CHECK(parsed.frames[0].time == 5 * kS + 7000);
    CHECK(parsed.frames[0].bytes == "micro");
    CHECK(parsed.frames[1].time == 5 * kS + 7);
    CHECK(parsed.frames[1].link_type == 101);
    CHECK(parsed.frames[2].time == 1005 * kS + kS / 2);
    CHECK(parsed.frames[2].link_type == 113);
    CHECK(parsed.frames[3].time == 4 * kS + 7);
    CHECK(parsed.frames[4].time == 77 * kS);
    CHECK(parsed.frames[4].link_type == 101);
  }
}

TEST_CASE("pcapng: a resolution of any byte keeps the time near the true one") {
  for (int byte = 0; byte < 256; byte++) {
    const Data image = section() + interface_block(1, option(9, Data(1, static_cast<char>(byte)))) +
                       enhanced(0, ~0ull, "x") + enhanced(0, 0, "y");
    const Parsed parsed = parse(image);
    check_whole(parsed, 2);
    CHECK(parsed.frames[1].time == 0);
  }
  // 2^-30 and 2^-40 s are finer than a nanosecond.
  for (const int bits : {30, 33, 40, 50}) {
    const Data option_text = option(9, Data(1, static_cast<char>(0x80 | bits)));
    const Parsed parsed = parse(section() + interface_block(1, option_text) +
                                enhanced(0, (3ull << bits) + (1ull << (bits - 1)), "x"));
    check_whole(parsed, 1);
    CHECK(parsed.frames[0].time == 3 * kS + kS / 2);
  }
}

TEST_CASE("pcapng: simple and obsolete packets, unknown blocks and options") {
  for (const Order o : {kLittle, kBig}) {
    const Data image = section(o, option(4, "an app", o)) + interface_block(1, "", 4, o) +
                       block(0x0bad, "whatever", o) + simple("abcdef", o, 1500) +
                       block(5, Data(20, 'x'), o) + simple("ab", o) + block(0x80000001, "", o) +
                       obsolete(0, 2'000'001, "old", o);
    const Parsed parsed = parse(image);
    check_whole(parsed, 3);
    CHECK(parsed.frames[0].bytes == "abcd");  // the interface's snaplen
    CHECK(parsed.frames[0].wire == 1500);
    CHECK(parsed.frames[1].bytes == "ab");
    CHECK(parsed.frames[2].bytes == "old");
    CHECK(parsed.frames[2].time == 2 * kS + 1000);
  }
}

TEST_CASE("pcapng: a second section forgets the interfaces and may have the other byte order") {
  const Data first = section(kLittle) + interface_block(101) + enhanced(0, 1, "one");
  const Parsed both = parse(first + section(kBig) + interface_block(113, "", 0, kBig) +
                            enhanced(0, 2, "two", kBig) + section(kLittle) + interface_block(1) +
                            enhanced(0, 3, "three"));
  check_whole(both, 3);
  CHECK(both.frames[0].link_type == 101);
  CHECK(both.frames[1].bytes == "two");
  CHECK(both.frames[1].time == 2000);
  CHECK(both.frames[1].link_type == 113);
  CHECK(both.frames[2].link_type == 1);
  const Parsed forgotten = parse(first + section() + enhanced(0, 2, "two"));
  CHECK(forgotten.last == Result::kBad);
  CHECK(forgotten.frames.size() == 1);
}

TEST_CASE("pcapng: lengths that lie end the reading") {
  const Data good = section() + interface_block() + enhanced(0, 1, "first");
  const Data lies[] = {
      block(6, Data(40, 'x'), {}, 0),
      block(6, Data(40, 'x'), {}, 11),
      block(6, Data(40, 'x'), {}, 53),
      block(6, Data(40, 'x'), {}, 0xfffffffc),
      block(0x0bad, "", {}, 8),
      enhanced(0, 2, "abcd", {}, 5),
      enhanced(0, 2, "abcd", {}, 0xffffffff),
      enhanced(1, 2, "no such interface"),
      obsolete(0xffff, 2, "no such interface"),
      block(6, Data(16, '\0')),  // shorter than its fixed part
      block(2, Data(16, '\0')),
      block(3, ""),
      block(0x0a0d0d0a, Data(16, 'x')),  // a section without the byte order
  };
  for (const Data& lie : lies) {
    const Parsed parsed = parse(good + lie + enhanced(0, 3, "last"));
    CHECK(parsed.last == Result::kBad);
    CHECK(parsed.frames.size() == 1);
  }
}

TEST_CASE("pcapng: the length behind a block must be the one before it") {
  Data torn = enhanced(0, 2, "torn");
  torn[torn.size() - 4] ^= 4;
  const Parsed parsed = parse(section() + interface_block() + enhanced(0, 1, "first") + torn +
                              enhanced(0, 3, "last"));
  CHECK(parsed.last == Result::kBad);
  CHECK(parsed.frames.size() == 1);
}

TEST_CASE("pcapng: times outside 32-bit seconds are held at the ends") {
  const Data seconds = option(9, Data(1, '\0'));
  const Parsed parsed = parse(
      section() + interface_block(1, seconds) + interface_block(1, option(14, kLittle.u64(-5))) +
      interface_block(1, seconds + option(14, kLittle.u64(INT64_MAX))) +
      interface_block(1, option(14, kLittle.u64(7))) + enhanced(0, ~0ull, "late") +
      enhanced(0, 0x100000000, "late") + enhanced(1, 4'000'000, "early") +
      enhanced(2, ~0ull, "late") + enhanced(3, 0, "offset alone"));
  check_whole(parsed, 5);
  for (const size_t late : {0, 1, 3}) CHECK(parsed.frames[late].time == capture::kMaxTime);
  CHECK(parsed.frames[2].time == 0);
  CHECK(parsed.frames[4].time == 7 * kS);
}

TEST_CASE("pcapng: a simple packet has the time of the one before it") {
  const Parsed parsed = parse(section() + interface_block() + simple("first") +
                              enhanced(0, 5'000'000, "timed") + simple("last"));
  check_whole(parsed, 3);
  CHECK(parsed.frames[0].time == 0);
  CHECK(parsed.frames[2].time == 5 * kS);
}

TEST_CASE("pcapng: an interface too short to be read keeps its number") {
  const Parsed parsed =
      parse(section() + block(1, "") + interface_block(113) + enhanced(1, 1, "second"));
  check_whole(parsed, 1);
  CHECK(parsed.frames[0].link_type == 113);
}

TEST_CASE("pcapng: interfaces beyond the limit are not remembered") {
  Data image = section();
  for (uint32_t i = 0; i < capture::kMaxInterfaces + 10; i++) image += interface_block(113);
  const Parsed parsed = parse(image + enhanced(capture::kMaxInterfaces - 1, 1, "last") +
                              enhanced(capture::kMaxInterfaces, 1, "beyond"));
  CHECK(parsed.last == Result::kBad);
  CHECK(parsed.frames.size() == 1);
}

TEST_CASE("pcapng: options that lie are left alone") {
  for (const Data& options : {kLittle.u16(9) + kLittle.u16(0xffff) + Data(4, '\x09'), option(9, ""),
                              option(14, "1234"), kLittle.u16(9), Data(3, '\x09')}) {
    const Parsed parsed = parse(section() + interface_block(1, options) + enhanced(0, 5, "x"));
    check_whole(parsed, 1);
    CHECK(parsed.frames[0].time == 5000);
  }
}

TEST_CASE("an image cut at any byte gives the frames before the cut and asks for more") {
  const Data images[] = {pcap_header() + pcap_record(1, 1, "one") + pcap_record(2, 2, "second") +
                             pcap_record(3, 3, ""),
                         section(kBig) + interface_block(1, option(9, "\x09", kBig), 0, kBig) +
                             enhanced(0, 1, "one", kBig) + simple("second", kBig) +
                             obsolete(0, 3, "", kBig)};
  for (const Data& image : images) {
    size_t frames = 0;
    for (size_t size = 24; size <= image.size(); size++) {
      const Parsed parsed = parse(image.substr(0, size));
      REQUIRE(parsed.begun);
      CHECK(parsed.last == Result::kMore);
      CHECK(parsed.frames.size() >= frames);
      CHECK(parsed.needed > parsed.left);
      frames = parsed.frames.size();
    }
    CHECK(frames == 3);
  }
}
