#include "flow/flow_id.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "base/ip.h"
#include "decode/packet_view.h"
#include "flow/community_id.h"

using namespace pbfast;
using decode::Transport;
using handoff::FlowInfo;

namespace {

std::string id(const FlowInfo& info) {
  char text[flow::kMaxFlowIdBytes];
  return {text, flow::format_flow_id(info, text)};
}

void set_ip(const std::string& text, uint8_t* out) {
  base::Ip ip;
  if (base::parse_ip(text.c_str(), static_cast<uint32_t>(text.size()), &ip)) {
    std::memcpy(out, ip.bytes, 16);
  }
}

void set_mac(const std::string& text, uint8_t* out) {
  for (size_t i = 0; i < 6 && i * 3 + 1 < text.size(); i++) {
    out[i] = static_cast<uint8_t>(std::strtoul(text.substr(i * 3, 2).c_str(), nullptr, 16));
  }
}

FlowInfo udp_flow(const char* source, const char* destination) {
  FlowInfo info{};
  set_ip(source, info.source_ip);
  set_ip(destination, info.destination_ip);
  info.ip_version = 4;
  info.transport = static_cast<uint8_t>(Transport::kUdp);
  info.source_port = 1000;
  info.destination_port = 2000;
  return info;
}

// The text of a flat object of an event, or nothing.
std::string object(const std::string& event, const std::string& name) {
  const size_t at = event.find("\"" + name + "\":{");
  if (at == std::string::npos) return "";
  return event.substr(at, event.find('}', at) - at + 1);
}

// A string or number of a flat object, without quotes.
std::string value(const std::string& object, const std::string& name) {
  size_t at = object.find("\"" + name + "\":");
  if (at == std::string::npos) return "";
  at += name.size() + 3;
  if (object[at] == '"') return object.substr(at + 1, object.find('"', at + 1) - at - 1);
  return object.substr(at, object.find_first_of(",}", at) - at);
}

uint16_t number(const std::string& text) { return static_cast<uint16_t>(std::atoi(text.c_str())); }

Transport transport_of(const std::string& name) {
  if (name == "tcp") return Transport::kTcp;
  if (name == "udp") return Transport::kUdp;
  return name.empty() ? Transport::kNone : Transport::kOther;
}

// The last eight bytes of an id that ends with a connection number.
uint64_t connection_of(const std::string& id) {
  static const std::string kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0, count = 0;
  for (const char c : id) {
    bits = bits << 6 | static_cast<uint32_t>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count);
  }
  constexpr int kConnectionFlag = 0x08;  // of the second byte
  uint64_t connection = 0;
  if (bytes.size() > 16 && bytes[1] & kConnectionFlag) {
    std::memcpy(&connection, bytes.data() + bytes.size() - 8, 8);
  }
  return connection;
}

FlowInfo info_of(const std::string& event) {
  const std::string source = object(event, "source"), destination = object(event, "destination");
  const std::string network = object(event, "network"), flow = object(event, "flow");
  FlowInfo info{};
  set_ip(value(source, "ip"), info.source_ip);
  set_ip(value(destination, "ip"), info.destination_ip);
  set_mac(value(source, "mac"), info.source_mac);
  set_mac(value(destination, "mac"), info.destination_mac);
  info.has_mac = !value(source, "mac").empty();
  info.source_port = number(value(source, "port"));
  info.destination_port = number(value(destination, "port"));
  const std::string type = value(network, "type");
  info.ip_version = type == "ipv4" ? 4 : type == "ipv6" ? 6 : 0;
  info.transport = static_cast<uint8_t>(transport_of(value(network, "transport")));
  info.vlan_count = !value(flow, "vlan").empty();
  info.vlan[0] = number(value(flow, "vlan"));
  info.connection = connection_of(value(flow, "id"));
  return info;
}

void check_event(const std::string& event) {
  const std::string expected = value(object(event, "flow"), "id");
  CAPTURE(event);
  const FlowInfo info = info_of(event);
  CHECK(id(info) == expected);
  const auto transport = static_cast<Transport>(info.transport);
  if (transport != Transport::kTcp && transport != Transport::kUdp) return;
  flow::CommunityTuple tuple;
  std::memcpy(tuple.source.bytes, info.source_ip, 16);
  std::memcpy(tuple.destination.bytes, info.destination_ip, 16);
  tuple.source_port = info.source_port;
  tuple.destination_port = info.destination_port;
  tuple.ip_protocol = transport == Transport::kTcp ? 6 : 17;
  char text[flow::kCommunityIdBytes];
  const uint32_t size = flow::format_community_id(tuple, 0, text);
  CHECK(std::string(text, size) == value(object(event, "network"), "community_id"));
}

}  // namespace

TEST_CASE("Every flow.id and community id of the conformance set is made again") {
  const auto set = std::filesystem::path(__FILE__).parent_path() / "../../../shared/conformance";
  if (!std::filesystem::is_directory(set)) {
    MESSAGE("skipped: no conformance set at " << set.string());
    return;
  }
  int events = 0;
  for (const auto& entry : std::filesystem::directory_iterator(set)) {
    if (entry.path().filename().string().rfind("flows-", 0) != 0) continue;
    std::ifstream file(entry.path() / "expected.ndjson");
    for (std::string event; std::getline(file, event);) {
      if (event.find("\"type\":\"flow\"") == std::string::npos) continue;
      check_event(event);
      events++;
    }
  }
  CHECK(events >= 90);
}

// The rest was asked of Packetbeat with frames made for it.
TEST_CASE("Layers: none but IP, both VLAN tags, IPv6") {
  FlowInfo info = udp_flow("10.0.0.1", "10.0.0.2");
  CHECK(id(info) == "EAL/////AP////8I//8AAAEKAAABCgAAAugD0Ac");

  info = udp_flow("10.0.0.1", "10.0.0.2");
  info.has_mac = 1;
  set_mac("00-AA-00-00-00-02", info.source_mac);
  set_mac("00-AA-00-00-00-01", info.destination_mac);
  info.vlan_count = 2;
  info.vlan[0] = 100;
  info.vlan[1] = 200;
  CHECK(id(info) == "FwIADA7/EP////8Y//8BAgEAqgAAAAEAqgAAAAJkAMgACgAAAgoAAAHQB+gD");

  info.vlan_count = 0;
  set_ip("2001:db8::1", info.source_ip);
  set_ip("2001:db8::2", info.destination_ip);
  info.ip_version = 6;
  info.source_port = 1;
  info.destination_port = 2;
  CHECK(id(info) ==
        "QQIA//////8M//8s//8BAAEAqgAAAAEAqgAAAAIgAQ24AAAAAAAAAAAAAAACIAENuAAAAAAAAAAAAAAAAQIAAQA");
}

TEST_CASE("The first pair that differs orders all pairs") {
  FlowInfo info = udp_flow("10.0.0.1", "10.0.0.1");
  info.source_port = 2000;
  info.destination_port = 1000;
  info.has_mac = 1;
  set_mac("00-AA-00-00-00-02", info.source_mac);
  set_mac("00-AA-00-00-00-01", info.destination_mac);
  CHECK(id(info) == "EQIA////DP////8U//8BAAEAqgAAAAEAqgAAAAIKAAABCgAAAegD0Ac");
  FlowInfo back = info;
  std::swap(back.source_mac, back.destination_mac);
  std::swap(back.source_port, back.destination_port);
  CHECK(id(back) == id(info));
}

TEST_CASE("The longest id fits") {
  FlowInfo info{};
  info.has_mac = 1;
  info.vlan_count = 2;
  info.ip_version = 6;
  info.transport = static_cast<uint8_t>(Transport::kTcp);
  info.connection = ~0ull;
  CHECK(id(info).size() <= flow::kMaxFlowIdBytes);
}
