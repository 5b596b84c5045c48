#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "events/encoder_harness.h"

using namespace pbfast;
using namespace pbfast::events;
using handoff::FlowReport;

namespace {

constexpr uint8_t kTcp = 1;  // decode::Transport
constexpr uint64_t kStart = 1423845045'303000000;

// The flow of flows-http-over-vlan in the conformance set.
FlowReport report() {
  FlowReport r{};
  r.info = tcp_flow(9, 6);
  r.info.source_port = 60335;
  r.info.destination_port = 8080;
  r.info.transport = kTcp;
  r.info.vlan_count = 1;
  r.info.vlan[0] = 1;
  r.info.has_mac = 1;
  const uint8_t source[6] = {0xa0, 0x88, 0xb4, 0x15, 0xc8, 0x90};
  const uint8_t destination[6] = {0x00, 0x1e, 0x68, 0x37, 0x90, 0xf1};
  std::memcpy(r.info.source_mac, source, 6);
  std::memcpy(r.info.destination_mac, destination, 6);
  r.info.connection = 1;
  r.first_ns = kStart;
  r.last_ns = kStart + 1'500'000'123;
  r.packets[0] = r.packets[1] = 1;
  r.bytes[0] = 541;
  r.bytes[1] = 1349;
  r.final = 1;
  return r;
}

std::string encode(const FlowReport& r) {
  std::string memory(8 + sizeof r, '\0');
  std::memcpy(memory.data() + 8, &r, sizeof r);
  Harness h({}, memory);
  h.encoder.add_constant("flow");
  RowBuilder row;
  row.header.envelope = static_cast<uint32_t>(Envelope::kFlow);
  row.header.report = 8;
  row.header.dataset = 4;
  const std::string line = h.encode(row);
  CHECK(h.encoder.malformed_rows() == 0);
  return line;
}

bool has(const std::string& line, const std::string& part) {
  return line.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the whole flow event") {
  CHECK(encode(report()) ==
        R"({"@timestamp":"2015-02-13T16:30:46.803Z","destination":{"bytes":1349,"ip":"10.0.0.6",)"
        R"("mac":"00-1E-68-37-90-F1","packets":1,"port":8080},"ecs":{"version":"8.0.0"},)"
        R"("event":{"action":"network_flow","category":["network"],"dataset":"flow",)"
        R"("duration":1500000123,"end":"2015-02-13T16:30:46.803Z","kind":"event",)"
        R"("start":"2015-02-13T16:30:45.303Z","type":["connection","end"]},"flow":{"final":true,)"
        R"("id":"FQwA/wz/Dv//////FhoBAQEAHmg3kPGgiLQVyJABAAoAAAYKAAAJkB+v6wEAAAAAAAAA","vlan":1},)"
        R"("network":{"bytes":1890,"community_id":"1:Zq9kwV9fcXRiiTt0vB2wuJIh35M=","packets":2,)"
        R"("transport":"tcp","type":"ipv4"},"source":{"bytes":541,"ip":"10.0.0.9",)"
        R"("mac":"A0-88-B4-15-C8-90","packets":1,"port":60335},"type":"flow"})"
        "\n");
}

TEST_CASE("a flow that goes on, and that nothing came back on") {
  FlowReport r = report();
  r.final = 0;
  r.packets[1] = r.bytes[1] = 0;
  const std::string line = encode(r);
  CHECK(has(line, R"("type":["connection"]})"));
  CHECK(has(line, R"("final":false)"));
  CHECK(has(line, R"("destination":{"ip":"10.0.0.6","mac":"00-1E-68-37-90-F1","port":8080})"));
  CHECK(has(line, R"("network":{"bytes":541,)"));
  CHECK(has(line, R"("packets":1,)"));
}

TEST_CASE("vlans: none, one, outer and inner") {
  FlowReport r = report();
  r.info.vlan_count = 2;
  r.info.vlan[0] = 100;
  r.info.vlan[1] = 4095;
  CHECK(has(encode(r), R"("vlan":[100,4095]})"));
  r.info.vlan_count = 0;
  CHECK_FALSE(has(encode(r), "vlan"));
}

TEST_CASE("a flow without ip, as flows-community-arp") {
  FlowReport r{};
  r.info.has_mac = 1;
  const uint8_t source[6] = {0x00, 0x0d, 0x54, 0x9c, 0x5c, 0x0b};
  std::memcpy(r.info.source_mac, source, 6);
  std::memset(r.info.destination_mac, 0xff, 6);
  r.packets[0] = 1;
  r.bytes[0] = 42;
  r.final = 1;
  const std::string line = encode(r);
  CHECK(has(line, R"("destination":{"mac":"FF-FF-FF-FF-FF-FF"})"));
  CHECK(has(line, R"("id":"AQAA//////////////8BAAAADVScXAv///////8")"));
  CHECK(has(line, R"("network":{"bytes":42,"packets":1})"));
  CHECK(has(line, R"("source":{"bytes":42,"mac":"00-0D-54-9C-5C-0B","packets":1})"));
}

TEST_CASE("a transport without name has no community id") {
  FlowReport r = report();
  r.info.ip_protocol = 47;
  const std::string line = encode(r);
  CHECK_FALSE(has(line, "community_id"));
  CHECK_FALSE(has(line, "transport"));
  CHECK(has(line, R"("type":"ipv4")"));
}

TEST_CASE("extremes: counters of 64 bits, a last packet before the first") {
  FlowReport r = report();
  r.packets[0] = r.bytes[0] = ~uint64_t{0};
  r.packets[1] = r.bytes[1] = 0;
  CHECK(has(encode(r), R"("network":{"bytes":18446744073709551615,)"));
  r.last_ns = r.first_ns - 1;
  CHECK_FALSE(has(encode(r), "duration"));
}
