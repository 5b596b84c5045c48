#include "flow/flow_id.h"

#include <cstring>

#include "decode/packet_view.h"
#include "flow/base64.h"

namespace pbfast::flow {

namespace {

// Layers in the order of their offset bytes; the flag of a layer is 1 << its place.
enum Layer : uint8_t {
  kEthernet,
  kOuterVlan,
  kVlan,
  kOuterIp4,
  kIp4,
  kOuterIp6,
  kIp6,
  kIcmp4,
  kIcmp6,
  kUdp,
  kTcp,
  kConnection
};
constexpr uint32_t kLayers = 12;
constexpr uint32_t kHeader = 2 + kLayers + 3;

class Builder {
 public:
  explicit Builder(bool destination_first) : destination_first_(destination_first) {}

  void add(Layer layer, const void* data, uint32_t size) {
    flags_ |= static_cast<uint16_t>(1u << layer);
    offsets_[layer] = static_cast<uint8_t>(used_);
    std::memcpy(key_ + used_, data, size);
    used_ += size;
  }
  // Both ends, in the order of the whole id.
  void add_pair(Layer layer, const void* source, const void* destination, uint32_t size) {
    add(layer, destination_first_ ? destination : source, size);
    std::memcpy(key_ + used_, destination_first_ ? source : destination, size);
    used_ += size;
  }

  uint32_t format(uint8_t vlans, bool has_ip, char* out) const {
    uint8_t all[kHeader + sizeof key_];
    all[0] = static_cast<uint8_t>(flags_);
    all[1] = static_cast<uint8_t>(flags_ >> 8);
    std::memcpy(all + 2, offsets_, kLayers);
    all[2 + kLayers] = flags_ & 1u << kEthernet ? 1 : 0;
    all[3 + kLayers] = vlans;
    all[4 + kLayers] = has_ip;
    std::memcpy(all + kHeader, key_, used_);
    return format_base64(all, kHeader + used_, false, out);
  }

 private:
  uint16_t flags_ = 0;
  uint8_t offsets_[kLayers] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  uint8_t key_[12 + 4 + 32 + 4 + 8] = {};
  uint32_t used_ = 0;
  bool destination_first_;
};

// The first pair that differs decides which end comes first in all of them.
bool destination_first(const handoff::FlowInfo& info) {
  if (info.has_mac) {
    const int order = std::memcmp(info.source_mac, info.destination_mac, 6);
    if (order) return order > 0;
  }
  const int order = std::memcmp(info.source_ip, info.destination_ip, 16);
  if (order) return order > 0;
  return std::memcmp(&info.source_port, &info.destination_port, 2) > 0;
}

}  // namespace

uint32_t format_flow_id(const handoff::FlowInfo& info, char* out) {
  Builder id(destination_first(info));
  if (info.has_mac) id.add_pair(kEthernet, info.source_mac, info.destination_mac, 6);
  if (info.vlan_count == 2) id.add(kOuterVlan, &info.vlan[0], 2);
  if (info.vlan_count > 0) id.add(kVlan, &info.vlan[info.vlan_count - 1], 2);
  if (info.ip_version == 4) id.add_pair(kIp4, info.source_ip + 12, info.destination_ip + 12, 4);
  if (info.ip_version == 6) id.add_pair(kIp6, info.source_ip, info.destination_ip, 16);
  const auto transport = static_cast<decode::Transport>(info.transport);
  if (transport == decode::Transport::kUdp)
    id.add_pair(kUdp, &info.source_port, &info.destination_port, 2);
  if (transport == decode::Transport::kTcp)
    id.add_pair(kTcp, &info.source_port, &info.destination_port, 2);
  if (info.connection) id.add(kConnection, &info.connection, 8);
  return id.format(info.vlan_count, info.ip_version != 0, out);
}

}  // namespace pbfast::flow
