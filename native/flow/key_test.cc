#include "flow/key.h"

#include <doctest/doctest.h>

#include <utility>

using namespace pbfast;
using decode::PacketView;
using decode::Transport;
using flow::Key;

namespace {

PacketView packet(uint8_t from, uint8_t to, uint16_t from_port, uint16_t to_port) {
  const uint8_t source[4] = {10, 0, 0, from}, destination[4] = {10, 0, 0, to};
  PacketView view{};
  view.ip_version = 4;
  view.transport = Transport::kTcp;
  view.ip_protocol = 6;
  view.source_ip = base::Ip::from_v4(source);
  view.destination_ip = base::Ip::from_v4(destination);
  view.source_port = from_port;
  view.destination_port = to_port;
  return view;
}

PacketView reversed(PacketView view) {
  std::swap(view.source_ip, view.destination_ip);
  std::swap(view.source_port, view.destination_port);
  std::swap(view.source_mac, view.destination_mac);
  return view;
}

}  // namespace

TEST_CASE("Both directions have one key; the end that sorts first is low") {
  const PacketView views[] = {packet(1, 2, 9, 8), packet(2, 1, 9, 8), packet(1, 1, 9, 8),
                              packet(1, 1, 8, 9), packet(1, 2, 8, 8)};
  for (const PacketView& view : views) {
    Key there, back;
    const bool low = make_key(view, &there);
    CHECK(low != make_key(reversed(view), &back));
    CHECK(there == back);
    CHECK(there.hash({1, 2}) == back.hash({1, 2}));
    const int order = view.source_ip.compare(view.destination_ip);
    CHECK(low == (order < 0 || (order == 0 && view.source_port < view.destination_port)));
    CHECK(there.low_port == (low ? view.source_port : view.destination_port));
  }
}

TEST_CASE("An end that talks to itself is always low") {
  Key key;
  CHECK(make_key(packet(1, 1, 9, 9), &key));
}

TEST_CASE("Every part of the key tells flows apart, for IPv4 and IPv6") {
  for (const uint8_t version : {4, 6}) {
    PacketView view = packet(1, 2, 9, 8);
    view.ip_version = version;
    view.source_ip.bytes[0] = version == 6 ? 0x20 : 0;
    Key base;
    make_key(view, &base);
    const auto differs = [&](auto&& change) {
      PacketView other = view;
      change(&other);
      Key key;
      make_key(other, &key);
      CHECK_FALSE(key == base);
      CHECK(key.hash({1, 2}) != base.hash({1, 2}));
    };
    differs([](PacketView* v) { v->source_ip.bytes[15]++; });
    differs([](PacketView* v) { v->destination_ip.bytes[12]++; });
    differs([](PacketView* v) { v->source_port++; });
    differs([](PacketView* v) { v->destination_port++; });
    differs([](PacketView* v) { v->transport = Transport::kUdp; });
    differs([](PacketView* v) { v->ip_protocol = 17; });
    differs([](PacketView* v) { v->vlan[0] = 1; });
    differs([](PacketView* v) { v->vlan[1] = 1; });
    differs([](PacketView* v) { v->vlan_count = 1; });
    CHECK(base.hash({1, 2}) != base.hash({1, 3}));
  }
}

TEST_CASE("All ICMP between two hosts is one flow") {
  PacketView request = packet(1, 2, 0, 0), error = request;
  request.transport = error.transport = Transport::kIcmp;
  request.icmp_type = 8;
  request.icmp_id = 77;
  error.icmp_type = 3;
  Key a, b;
  make_key(request, &a);
  make_key(error, &b);
  CHECK(a == b);
}

TEST_CASE("Frames that are not IP are told apart by their MAC addresses") {
  const uint8_t one[6] = {0, 0, 0, 0, 0, 1}, two[6] = {0, 0, 0, 0, 0, 2},
                all[6] = {255, 255, 255, 255, 255, 255};
  PacketView view{};
  view.source_mac = two;
  view.destination_mac = one;
  Key there, back, other;
  CHECK_FALSE(make_key(view, &there));
  CHECK(make_key(reversed(view), &back));
  CHECK(there == back);
  CHECK(there.low_ip[5] == 1);
  view.destination_mac = all;
  CHECK(make_key(view, &other));
  CHECK_FALSE(other == there);
}
