#include "events/envelope.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "events/encoder_harness.h"

using namespace pbfast::events;
using pbfast::handoff::FlowInfo;

namespace {

RowBuilder transaction(uint32_t flags = 0) {
  RowBuilder row;
  row.header.dataset = kDataset;
  row.header.status = kOk;
  row.header.flags = kHasEnd | kHasSourceBytes | kHasDestinationBytes | flags;
  row.header.start_seconds = 1423845045;
  row.header.start_nanoseconds = 303999000;
  row.header.end_seconds = 1423845046;
  row.header.end_nanoseconds = 1;
  row.header.source_bytes_low = 31;
  row.header.destination_bytes_low = 5;
  return row;
}

bool has(const std::string& line, const std::string& part) {
  return line.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the whole envelope of a transaction") {
  Harness h;
  CHECK(h.encode(transaction()) ==
        R"({"@timestamp":"2015-02-13T16:30:45.303Z",)"
        R"("client":{"bytes":31,"ip":"10.0.0.1","port":32810},)"
        R"("destination":{"bytes":5,"ip":"10.0.0.2","port":6380},"ecs":{"version":"8.0.0"},)"
        R"("event":{"category":["network"],"dataset":"redis","duration":696001001,)"
        R"("end":"2015-02-13T16:30:46.000Z","kind":"event","start":"2015-02-13T16:30:45.303Z",)"
        R"("type":["connection","protocol"]},)"
        R"("network":{"bytes":36,"community_id":"1:0y/mWDvnEk9jJBxaa6oONGe5ZIw=",)"
        R"("direction":"unknown","protocol":"redis","transport":"tcp","type":"ipv4"},)"
        R"("related":{"ip":["10.0.0.1","10.0.0.2"]},)"
        R"("server":{"bytes":5,"ip":"10.0.0.2","port":6380},)"
        R"("source":{"bytes":31,"ip":"10.0.0.1","port":32810},"status":"OK","type":"redis"})"
        "\n");
}

TEST_CASE("swapped ends: the source is the flow's destination") {
  EncoderOptions options;
  Network own{};
  const FlowInfo info = tcp_flow(1, 2);
  std::memcpy(own.prefix, info.source_ip, 16);
  own.bits = 128;
  options.own_addresses = {own};
  Harness h(std::move(options));
  const std::string straight = h.encode(transaction()), swapped = h.encode(transaction(kSwapped));
  CHECK(has(straight, R"("source":{"bytes":31,"ip":"10.0.0.1","port":32810})"));
  CHECK(has(straight, R"("direction":"egress")"));
  CHECK(has(swapped, R"("source":{"bytes":31,"ip":"10.0.0.2","port":6380})"));
  CHECK(has(swapped, R"("client":{"bytes":31,"ip":"10.0.0.2","port":6380})"));
  CHECK(has(swapped, R"("destination":{"bytes":5,"ip":"10.0.0.1","port":32810})"));
  CHECK(has(swapped, R"("direction":"ingress")"));
  CHECK(has(swapped, R"("community_id":"1:0y/mWDvnEk9jJBxaa6oONGe5ZIw=")"));
}

TEST_CASE("exchanged roles: the client is the destination") {
  Harness h;
  RowBuilder row = transaction(kSwapRoles);
  row.text(test_field("destination.domain"), "d").text(test_field("source.domain"), "s");
  const std::string line = h.encode(row);
  CHECK(has(line, R"("client":{"bytes":5,"domain":"d","ip":"10.0.0.2","port":6380})"));
  CHECK(has(line, R"("server":{"bytes":31,"domain":"s","ip":"10.0.0.1","port":32810})"));
  CHECK(has(line, R"("source":{"bytes":31,"domain":"s","ip":"10.0.0.1","port":32810})"));
}

TEST_CASE("domains are copied to the roles that have none") {
  Harness h;
  RowBuilder row = transaction();
  row.text(test_field("destination.domain"), "d").text(test_field("source.domain"), "s");
  CHECK(has(h.encode(row), R"("client":{"bytes":31,"domain":"s",)"));
  CHECK(has(h.encode(row), R"("server":{"bytes":5,"domain":"d",)"));
  row.text(test_field("server.domain"), "mine");
  CHECK(has(h.encode(row), R"("server":{"bytes":5,"domain":"mine",)"));
  CHECK(has(h.encode(row), R"("destination":{"bytes":5,"domain":"d",)"));
}

TEST_CASE("counters that are zero or unknown are left out") {
  Harness h;
  RowBuilder row = transaction();
  row.header.destination_bytes_low = 0;
  CHECK(has(h.encode(row), R"("destination":{"ip")"));
  CHECK(has(h.encode(row), R"("network":{"bytes":31,)"));
  row = transaction();
  row.header.flags = kHasEnd;
  CHECK_FALSE(has(h.encode(row), "\"bytes\""));
  row = transaction();
  row.header.source_bytes_high = 1;
  CHECK(has(h.encode(row), R"("network":{"bytes":4294967332,)"));
}

TEST_CASE("times: no end, an end before the start, no start") {
  Harness h;
  RowBuilder row = transaction();
  row.header.flags &= ~kHasEnd;
  CHECK_FALSE(has(h.encode(row), "\"end\""));
  CHECK_FALSE(has(h.encode(row), "duration"));
  row = transaction();
  row.header.end_seconds = row.header.start_seconds - 1;
  CHECK(has(h.encode(row), R"("end":"2015-02-13T16:30:44.000Z")"));
  CHECK_FALSE(has(h.encode(row), "duration"));
  row = transaction(kNoStart);
  CHECK_FALSE(has(h.encode(row), "\"start\""));
  CHECK_FALSE(has(h.encode(row), "duration"));
  CHECK(has(h.encode(row), "\"@timestamp\""));
  row = transaction();
  row.header.end_seconds = row.header.start_seconds;
  row.header.end_nanoseconds = row.header.start_nanoseconds;
  CHECK(has(h.encode(row), R"("duration":0,)"));
}

TEST_CASE("precision of dates") {
  for (const auto& [digits, text] :
       {std::pair<uint32_t, const char*>{3, "45.303Z"}, {6, "45.303999Z"}, {9, "45.303999001Z"}}) {
    EncoderOptions options;
    options.precision = digits;
    Harness h(std::move(options));
    RowBuilder row = transaction();
    row.header.start_nanoseconds++;
    CHECK(has(h.encode(row), std::string("\"start\":\"2015-02-13T16:30:") + text));
  }
}

TEST_CASE("types of events, and no protocol on request") {
  Harness h;
  CHECK(has(h.encode(transaction(kTypeConnectionOnly)), R"("type":["connection"]})"));
  CHECK(has(h.encode(transaction(kTypeInfo)), R"("type":["info","protocol"]})"));
  CHECK_FALSE(has(h.encode(transaction(kNoNetworkProtocol)), "\"protocol\":"));
  CHECK(has(h.encode(transaction(kAuthentication)), R"("category":["network","authentication"])"));
}

TEST_CASE("icmp has no ports, and its community id is the message's") {
  Harness h;
  FlowInfo info = tcp_flow(1, 2);
  info.ip_protocol = 1;
  info.icmp_type = 8;
  h.encoder.open_card(5, info);
  RowBuilder row = transaction();
  row.header.card = 5;
  const std::string request = h.encode(row);
  CHECK_FALSE(has(request, "\"port\""));
  CHECK(has(request, R"("transport":"icmp")"));
  // What Packetbeat says in icmp-v4-ping.
  const std::string ping = R"("community_id":"1:YcMyyWJfhc95EW1GfXt6jlZ3DiQ=")";
  CHECK(has(request, ping));
  row.header.icmp = kIcmpMessage | 8 << 8;
  CHECK(has(h.encode(row), ping));
  row.header.icmp = kIcmpMessage | kIcmpBack;
  CHECK(has(h.encode(row), ping));
  // Unreachable has no counterpart: the ends stay in order.
  row.header.icmp = kIcmpMessage | 3 << 8 | 1;
  const std::string there = h.encode(row);
  row.header.icmp |= kIcmpBack;
  const std::string back = h.encode(row);
  CHECK_FALSE(has(there, ping));
  CHECK(there != back);
  row.header.flags |= kSwapped;
  CHECK(has(h.encode(row), there.substr(there.find("\"1:"), 30)));
}

TEST_CASE("related.ip: both ends once, then what the row lists") {
  Harness h;
  const uint32_t related = test_field("related.ip");
  const auto ip = [](uint8_t last) { return std::string("\x0a\0\0", 3) + static_cast<char>(last); };
  RowBuilder row = transaction();
  row.list(related);
  for (const uint8_t last : {9, 2, 1}) row.text(0, ip(last), EntryKind::kIp);
  row.text(0, "as \"text\"").close();
  CHECK(has(h.encode(row), R"("ip":["10.0.0.1","10.0.0.2","10.0.0.9","as \"text\""]})"));
  row = transaction();
  row.text(related, ip(7), EntryKind::kIp);
  CHECK(has(h.encode(row), R"("ip":["10.0.0.1","10.0.0.2","10.0.0.7"]})"));
  h.encoder.open_card(1, tcp_flow(3, 3));
  row.header.card = 1;
  CHECK(has(h.encode(row), R"("ip":["10.0.0.3","10.0.0.7"]})"));
  FlowInfo no_ip{};
  h.encoder.open_card(2, no_ip);
  row.header.card = 2;
  CHECK(has(h.encode(row), R"("related":{"ip":["10.0.0.7"]})"));
}

TEST_CASE("a card is filled anew for each flow") {
  Harness h;
  RowBuilder row = transaction();
  const std::string first = h.encode(row);
  h.encoder.open_card(0, tcp_flow(8, 9));
  const std::string second = h.encode(row);
  CHECK(has(second, R"("ip":["10.0.0.8","10.0.0.9"])"));
  CHECK_FALSE(has(second, "1:0y/mWDvnEk9jJBxaa6oONGe5ZIw="));
}

TEST_CASE("what the table lacks is not written") {
  Harness h(bare({"", "source.ip", "type"}));
  CHECK(h.encode(transaction()) == R"({"source":{"ip":"10.0.0.1"},"type":"redis"})"
                                   "\n");
  Harness empty(bare({""}));
  CHECK(empty.encode(transaction()) == "{}\n");
  Encoder none(EncoderOptions{});
  none.open_card(0, tcp_flow(1, 2));
  const auto row = transaction().build();
  char out[16];
  const Progress p =
      none.encode(row.data(), static_cast<uint32_t>(row.size()), nullptr, 0, out, sizeof out, true);
  CHECK(std::string(out, p.bytes) == "{}\n");
}
