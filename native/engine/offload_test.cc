// What offloading makes of packets: captured between the stack and the card, they are larger than
// any wire takes, have no checksum yet, or no length.
#include "engine/engine_harness.h"

using namespace pbfast;
using namespace pbfast::engine::testing;

namespace {

const Pair kWeb;

// `length` as total length of the IPv4 header, whatever the packet has.
Data with_total_length(Data packet, uint16_t length) {
  packet[2] = static_cast<char>(length >> 8);
  packet[3] = static_cast<char>(length);
  return packet;
}

Data letters(size_t size) {
  Data out;
  for (size_t i = 0; i < size; i++) out += static_cast<char>('a' + i % 26);
  return out;
}

}  // namespace

TEST_CASE("offload: super-frames up to 64 KiB are one segment each, and nothing is missing") {
  const Data whole = letters(65535 - 40);
  Script script;
  script.add(kWeb.handshake());
  uint32_t offset = 0;
  for (const size_t size : {1448u, 2896u, 16000u, 65495u}) {
    script.add(kWeb.tcp(0, offset, whole.substr(0, size)));
    offset += static_cast<uint32_t>(size);
  }
  script.add(kWeb.farewell(offset, 0));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:" + whole.substr(0, 1448) + whole.substr(0, 2896) +
                               whole.substr(0, 16000) + whole + " end:fin");
  CHECK(outcome.counters.gaps == 0);
  CHECK(outcome.counters.malformed + outcome.counters.truncated == 0);
}

TEST_CASE("offload: an IP total length of 0 means as long as the frame") {
  Script script;
  script.add(kWeb.handshake());
  script.add(with_total_length(kWeb.tcp(0, 0, letters(3000)), 0));
  script.add(with_total_length(kWeb.tcp(0, 3000, "end"), 0));
  CHECK(run(script).story() == "open 0:" + letters(3000) + "end end:shutdown");
}

TEST_CASE("offload: checksums are not looked at") {
  Data packet = kWeb.tcp(0, 0, "hello");
  for (const size_t at : {10u, 11u, 36u, 37u}) packet[at] = '\x5a';
  Script script;
  script.add(kWeb.handshake()).add(packet);
  CHECK(run(script).story() == "open 0:hello end:shutdown");
}

TEST_CASE("offload: what the capture cut off a super-frame is a gap of exactly that size") {
  const Data whole = letters(60000);
  Script script;
  script.add(kWeb.handshake());
  script.add(kWeb.tcp(0, 0, whole), 14 + 40 + 1000);
  script.add(kWeb.tcp(0, 60000, "next")).add(kWeb.farewell(60004, 0));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:" + whole.substr(0, 1000) + " 0-59000 0:next end:fin");
  CHECK(outcome.counters.gap_bytes == 59000);
}
