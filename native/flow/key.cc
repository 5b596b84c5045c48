#include "flow/key.h"

#include <cstring>

#include "base/bytes.h"

namespace pbfast::flow {

namespace {

// As memcmp of the 16 bytes, without the call.
int compare_addresses(const uint8_t* a, const uint8_t* b) {
  const uint64_t a_high = base::read_be64(a), b_high = base::read_be64(b);
  if (a_high != b_high) return a_high < b_high ? -1 : 1;
  const uint64_t a_low = base::read_be64(a + 8), b_low = base::read_be64(b + 8);
  return a_low < b_low ? -1 : a_low > b_low;
}

// Frames that are not IP: the MAC addresses stand in for the IP addresses.
base::Ip address_of(const uint8_t* mac) {
  base::Ip ip;
  if (mac) std::memcpy(ip.bytes, mac, 6);
  return ip;
}

bool put_ends(const base::Ip& source, const base::Ip& destination, const decode::PacketView& view,
              Key* key) {
  const int order = compare_addresses(source.bytes, destination.bytes);
  const bool is_low = order < 0 || (order == 0 && view.source_port <= view.destination_port);
  std::memcpy(key->low_ip, is_low ? source.bytes : destination.bytes, 16);
  std::memcpy(key->high_ip, is_low ? destination.bytes : source.bytes, 16);
  key->low_port = is_low ? view.source_port : view.destination_port;
  key->high_port = is_low ? view.destination_port : view.source_port;
  return is_low;
}

}  // namespace

bool make_key(const decode::PacketView& view, Key* key) {
  key->vlan[0] = view.vlan[0];
  key->vlan[1] = view.vlan[1];
  key->tunnel = view.tunnel;
  key->transport = static_cast<uint8_t>(view.transport);
  key->ip_version = view.ip_version;
  key->vlan_count = view.vlan_count;
  key->ip_protocol = view.ip_protocol;
  if (view.ip_version != 0) return put_ends(view.source_ip, view.destination_ip, view, key);
  return put_ends(address_of(view.source_mac), address_of(view.destination_mac), view, key);
}

}  // namespace pbfast::flow
