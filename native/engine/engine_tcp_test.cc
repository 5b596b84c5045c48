#include "engine/engine_harness.h"

using namespace pbfast;
using namespace pbfast::engine::testing;
using engine::Options;

namespace {

const Pair kPair;

Script connection() {
  Script script;
  script.add(kPair.handshake());
  return script;
}

}  // namespace

TEST_CASE("handshake, data and both FINs give open, data and end") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "GET")).add(kPair.tcp(1, 0, "OK", kAck, 3));
  script.add(kPair.farewell(3, 2));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:GET 1:OK end:fin");
  const handoff::FlowInfo& info = outcome.flows[0].info;
  CHECK(info.source_ip[15] == 1);
  CHECK(info.destination_ip[15] == 2);
  CHECK(info.source_port == 40000);
  CHECK(info.destination_port == 80);
  CHECK(info.claim == 1);
  CHECK(info.connection == 1);
  CHECK(info.number == 1);
  CHECK(info.ip_version == 4);
  CHECK(info.ip_protocol == 6);
  CHECK(info.has_mac == 1);
  CHECK(outcome.counters.payload_bytes == 5);
  CHECK(outcome.counters.retransmitted == 0);
}

TEST_CASE("data that comes with a SYN or a FIN belongs to the stream") {
  Script script;
  script.add(kPair.tcp(0, 0, "early", kSyn)).add(kPair.tcp(1, 0, "", kSyn | kAck, 5));
  script.add(kPair.tcp(0, 5, "last", kFin | kAck)).add(kPair.tcp(1, 0, "bye", kFin | kAck, 10));
  CHECK(run(script).story() == "open 0:earlylast 1:bye end:fin");
}

TEST_CASE("one side's FIN leaves the other side's bytes to come") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "q", kFin | kAck));
  for (uint32_t i = 0; i < 26; i++)
    script.add(kPair.tcp(1, i, Data(1, static_cast<char>('a' + i)), kAck, 2));
  CHECK(run(script).story() == "open 0:q 1:abcdefghijklmnopqrstuvwxyz end:shutdown");
}

TEST_CASE("every order of the segments, each sent twice, gives the same story") {
  std::vector<int> order{0, 1, 2, 3, 4};
  const Data parts[] = {"ab", "cde", "fg", "hijk", "lm"};
  const uint32_t offsets[] = {0, 2, 5, 7, 11};
  do {
    Script script = connection();
    for (const int i : order) {
      const Data packet = kPair.tcp(1, offsets[i], parts[i]);
      script.add(packet).add(packet);
    }
    script.add(kPair.farewell(0, 13));
    const Outcome outcome = run(script);
    CHECK(outcome.story() == "open 1:abcdefghijklm end:fin");
    CHECK(outcome.counters.retransmitted == 5);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("every order of all packets of two exchanges gives the same story") {
  std::vector<Data> packets{kPair.tcp(0, 0, "", kSyn),      kPair.tcp(1, 0, "", kSyn | kAck),
                            kPair.tcp(0, 0, "Q", kAck, 0),  kPair.tcp(1, 0, "RR", kAck, 1),
                            kPair.tcp(0, 1, "qq", kAck, 2), kPair.tcp(1, 2, "r", kAck, 3)};
  std::sort(packets.begin(), packets.end());
  do {
    Script script;
    script.add(packets).add(kPair.farewell(3, 3));
    const Outcome outcome = run(script);
    CHECK(outcome.story() == "open 0:Q 1:RR 0:qq 1:r end:fin");
    CHECK(outcome.flows[0].info.source_port == 40000);
    CHECK(outcome.counters.gaps == 0);
  } while (std::next_permutation(packets.begin(), packets.end()));
}

TEST_CASE("an answer whose question was lost is told behind the gap, at the latest with the end") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "Q", kAck, 0)).add(kPair.tcp(1, 0, "answer", kAck, 8));
  SUBCASE("the end") { script.add(kPair.farewell(8, 6)); }
  SUBCASE("silence") {
    script.wait(6 * base::kSecond).add(Pair{{3, 4}, {1, 2}}.udp(0, "x"));
    script.add(kPair.farewell(8, 6));
  }
  SUBCASE("further packets") {
    for (uint32_t i = 0; i < 20; i++) script.add(kPair.tcp(0, 8, "", kAck, 6));
    script.add(kPair.farewell(8, 6));
  }
  const Outcome outcome = run(script);
  CHECK(outcome.story().find("open 0:Q 0-7 1:answer end:") == 0);
}

TEST_CASE("bytes of a connection picked up midway wait for earlier ones, not for long") {
  Script script;
  script.add(kPair.tcp(0, 54, "late", kAck, 0)).add(kPair.tcp(0, 50, "soon", kAck, 0));
  SUBCASE("the capture ends") {}
  const Data elsewhere = Pair{{3, 4}, {1, 2}}.udp(0, "x");
  SUBCASE("a second of silence") {
    script.wait(2 * base::kSecond);
    for (uint32_t i = 0; i < 17; i++) script.add(elsewhere);
    script.wait(base::kSecond).add(elsewhere).add(kPair.tcp(0, 48, "no", kAck, 0));
  }
  SUBCASE("sixteen packets") {
    for (uint32_t i = 0; i < 15; i++) script.add(kPair.tcp(1, 0, "", kAck, 58));
    script.add(kPair.tcp(0, 48, "no", kAck, 0));
  }
  CHECK(run(script).story() == "open 0:soonlate end:shutdown");
}

TEST_CASE("every order of a connection picked up midway, seconds apart, gives the same story") {
  struct Timed {
    int second;
    Data packet;
    bool operator<(const Timed& other) const { return packet < other.packet; }
  };
  std::vector<Timed> packets{
      {0, kPair.tcp(0, 10, "Q", kAck, 20)},  {2, kPair.tcp(1, 20, "RR", kAck, 11)},
      {9, kPair.tcp(0, 11, "qq", kAck, 22)}, {9, kPair.tcp(0, 13, "", kFin | kAck, 22)},
      {14, kPair.tcp(1, 22, "r", kAck, 14)}, {20, kPair.tcp(1, 23, "", kFin | kAck, 14)}};
  std::sort(packets.begin(), packets.end());
  do {
    Script script;
    for (const Timed& timed : packets) {
      script.time = (1000 + timed.second) * base::kSecond;
      script.add(timed.packet);
    }
    const Outcome outcome = run(script);
    const bool turned = outcome.flows[0].info.source_port == 80;
    CHECK(outcome.story() ==
          (turned ? "open 1:Q 0:RR 1:qq 0:r end:fin" : "open 0:Q 1:RR 0:qq 1:r end:fin"));
  } while (std::next_permutation(packets.begin(), packets.end()));
}

TEST_CASE("FINs of a connection picked up midway end it after a while, or with the capture") {
  Script script;
  script.add(kPair.tcp(1, 0, "x")).add(kPair.farewell(0, 1));
  SUBCASE("the capture ends") {}
  SUBCASE("further packets") {
    for (int i = 0; i < 20; i++) script.add(kPair.tcp(1, 2, ""));
  }
  CHECK(run(script).story() == "open 0:x end:fin");
}

TEST_CASE("a FIN that overtakes data does not end the connection") {
  Script script = connection();
  script.add(kPair.farewell(3, 0)).add(kPair.tcp(0, 0, "abc"));
  CHECK(run(script).story() == "open 0:abc end:fin");
}

TEST_CASE("a reset gives up what is missing") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.tcp(0, 6, "ghi"));
  script.add(kPair.tcp(1, 0, "", kRst));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:abc 0-3 0:ghi end:rst");
  CHECK(outcome.counters.gaps == 1);
  CHECK(outcome.counters.gap_bytes == 3);
}

TEST_CASE("a reset far outside the window is ignored") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.tcp(0, 0x70000000, "", kRst));
  script.add(kPair.tcp(0, 3, "def"));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:abcdef end:shutdown");
  CHECK(outcome.counters.rst_out_of_window == 1);
}

TEST_CASE("what the capture cut is a gap") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abcdef"), 14 + 20 + 20 + 2).add(kPair.tcp(0, 6, "ghi"));
  CHECK(run(script).story() == "open 0:ab 0-4 0:ghi end:shutdown");
}

TEST_CASE("another initial number is another connection, closed before or not") {
  Pair second = kPair, third = kPair;
  second.isn[0] += 7'000'000;
  third.isn[0] += 9'000'000;
  Script script = connection();
  script.add(kPair.tcp(0, 0, "one")).add(second.handshake()).add(second.tcp(0, 0, "two"));
  script.add(second.farewell(3, 0)).add(third.handshake()).add(third.tcp(0, 0, "three"));
  const Outcome outcome = run(script);
  REQUIRE(outcome.flows.size() == 3);
  CHECK(outcome.flows[0].text == "open 0:one end:idle");
  CHECK(outcome.flows[1].text == "open 0:two end:fin");
  CHECK(outcome.flows[2].text == "open 0:three end:shutdown");
  for (uint64_t i = 0; i < 3; i++) {
    CHECK(outcome.flows[i].info.connection == i + 1);
    CHECK(outcome.flows[i].info.number == i + 1);
  }
  CHECK(outcome.counters.tcp_reuse == 2);
}

TEST_CASE("packets resent after the end open nothing") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.farewell(3, 0));
  script.add(kPair.handshake()).add(kPair.tcp(0, 0, "abc")).add(kPair.farewell(3, 0));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:abc end:fin");
  CHECK(outcome.counters.flows_created == 1);
  CHECK(outcome.counters.flow_packets == script.frames);
}

TEST_CASE("a SYN resent amid the connection changes nothing") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.handshake()).add(kPair.tcp(0, 3, "def"));
  CHECK(run(script).story() == "open 0:abcdef end:shutdown");
}

TEST_CASE("a connection picked up midway starts with what is seen first") {
  Script script;
  script.add(kPair.tcp(1, 500, "half", kAck, 90)).add(kPair.tcp(0, 90, "request", kAck, 504));
  script.add(kPair.tcp(1, 504, "more", kAck, 97));
  const Outcome outcome = run(script);
  CHECK(outcome.story() == "open 0:half 1:request 0:more end:shutdown");
  CHECK(outcome.flows[0].info.source_port == 80);
  CHECK(outcome.flows[0].info.claim == 2);
  CHECK(outcome.counters.tcp_midstream == 1);
}

TEST_CASE("between two claimed ports the SYN|ACK tells which side serves") {
  Options options = default_options();
  options.tcp_ports.set(40000);
  CHECK(run(Script().add(kPair.tcp(0, 0, "x")), options).flows[0].info.claim == 1);
  Script script;
  script.add(kPair.tcp(1, 0, "", kSyn | kAck)).add(kPair.tcp(0, 0, "x"));
  CHECK(run(script, options).flows[0].info.claim == 2);
}

TEST_CASE("unclaimed ports are counted only, or handed over to be probed") {
  Pair other = kPair;
  other.port[1] = 8081;
  Script script;
  script.add(other.handshake()).add(other.tcp(0, 0, "hello")).add(other.farewell(5, 0));
  CHECK(run(script).flows.empty());
  Options options = default_options();
  options.probe_tcp = true;
  const Outcome probed = run(script, options);
  CHECK(probed.story() == "open 0:hello end:fin");
  CHECK(probed.flows[0].info.claim == 0);
  CHECK(probed.flows[0].info.connection == 0);
}

TEST_CASE("ignore stops the copying and owes no end") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.tcp(0, 3, "def")).add(kPair.tcp(0, 9, "early"));
  script.add(kPair.tcp(0, 6, "ghi")).add(kPair.farewell(14, 0));
  const Outcome outcome =
      run(script, default_options(), with_command(4, command(handoff::Command::kIgnore, 0)));
  CHECK(outcome.story() == "open 0:abcdef");
  CHECK(outcome.counters.payload_bytes == 6);
  CHECK(outcome.counters.flow_packets == script.frames);
}

TEST_CASE("skip leaves out one direction's bytes up to an offset") {
  Script script = connection();
  for (uint32_t i = 0; i < 12; i += 3) {
    script.add(kPair.tcp(0, i, Data("abcdefghijkl").substr(i, 3)));
    script.add(kPair.tcp(1, i, Data("ABCDEFGHIJKL").substr(i, 3)));
  }
  const Outcome outcome =
      run(script, default_options(), with_command(4, command(handoff::Command::kSkip, 0, 7)));
  CHECK(outcome.story() == "open 0:abc 1:ABCDEF 0:hi 1:GHI 0:jkl 1:JKL end:shutdown");
  CHECK(outcome.counters.skipped_bytes == 4);
}

TEST_CASE("commands about another owner of the slot, or none, are stale") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.tcp(0, 3, "def")).add(kPair.tcp(0, 6, "ghi"));
  for (handoff::CommandWord word :
       {command(handoff::Command::kIgnore, 0, 0, 2), command(handoff::Command::kIgnore, 0, 0, 0)}) {
    for (const uint32_t slot : {0u, 1u, 0xffffffffu}) {
      word.flow = slot;
      const Outcome outcome = run(script, default_options(), with_command(3, word));
      CHECK(outcome.story() == "open 0:abcdefghi end:shutdown");
      CHECK(outcome.counters.commands_stale == 1);
    }
  }
}

TEST_CASE("commands for a flow whose connection has closed do no harm") {
  Script script = connection();
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.farewell(3, 0)).add(kPair.tcp(0, 0, "abc"));
  for (const auto what :
       {handoff::Command::kClaim, handoff::Command::kIgnore, handoff::Command::kSkip}) {
    const Outcome outcome =
        run(script, default_options(), with_command(script.frames - 2, command(what, 1, 1 << 20)));
    CHECK(outcome.story() == "open 0:abc end:fin");
  }
}

TEST_CASE("bytes lost before a FIN are a gap, whatever was seen of the beginning") {
  for (const bool whole : {true, false}) {
    Script script;
    if (whole) script.add(kPair.handshake());
    script.add(kPair.tcp(0, 0, "abc")).add(kPair.tcp(1, 0, "OK", kAck, 8));
    script.add(kPair.farewell(8, 2));
    const Outcome outcome = run(script);
    CHECK(outcome.counters.gap_bytes == 5);
    CHECK(outcome.story().find("0-5") != std::string::npos);
  }
}

TEST_CASE("bytes that were acknowledged but never seen are a gap also where a capture ends early") {
  Script script;
  script.add(kPair.tcp(0, 0, "abc")).add(kPair.tcp(1, 0, "OK", kAck, 8));
  const Outcome outcome = run(script);
  CHECK(outcome.counters.gap_bytes == 5);
  CHECK(outcome.story().find("0-5") != std::string::npos);
}

TEST_CASE("a payload longer than a record is split") {
  Script script = connection();
  const Data part(60000, 'p');
  for (uint32_t i = 1; i < 4; i++) script.add(kPair.tcp(0, i * 60000, part));
  script.add(kPair.tcp(0, 0, part));
  const Outcome outcome = run(script);
  CHECK(outcome.flows[0].next[0] == 240000);
  CHECK(outcome.counters.gap_bytes == 0);
}

TEST_CASE("a full pool costs the connections that wait longest, newcomers keep their bytes") {
  Options options = default_options();
  options.reassembly_bytes = 400 * reassembly::kBlockMemory;
  Script script;
  std::vector<Pair> pairs;
  for (uint32_t i = 0; i < 20; i++) {
    pairs.push_back(kPair);
    pairs.back().ip[0] += i << 8;
    script.add(pairs[i].handshake());
    for (uint32_t k = 1; k <= 40; k++) script.add(pairs[i].tcp(0, k, Data(1, 'x')));
  }
  for (const Pair& pair : pairs) script.add(pair.tcp(0, 0, "a"));
  const Outcome outcome = run(script, options);
  uint32_t whole = 0, gaps = 0;
  for (const FlowStory& flow : outcome.flows) {
    whole += flow.text == "open 0:a" + Data(40, 'x') + " end:shutdown";
    gaps += flow.text == "open 0:" + Data(40, 'x') + " end:shutdown";
  }
  CHECK(outcome.counters.holders_given_up == 12);
  CHECK(gaps == 12);
  CHECK(whole == 8);
  CHECK(outcome.counters.memory_drops == 0);
}
