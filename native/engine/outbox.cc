#include "engine/outbox.h"

#include <algorithm>
#include <cstring>

#include "engine/connections.h"

namespace pbfast::engine {

using handoff::Kind;
using handoff::Record;

void fill_info(const flow::Flow& flow, handoff::FlowInfo* info) {
  const flow::Key& key = flow.key;
  const bool low = flow.low_is_source;
  const bool has_ports = key.transport == static_cast<uint8_t>(decode::Transport::kTcp) ||
                         key.transport == static_cast<uint8_t>(decode::Transport::kUdp) ||
                         key.transport == static_cast<uint8_t>(decode::Transport::kSctp);
  std::memcpy(info->source_ip, low ? key.low_ip : key.high_ip, 16);
  std::memcpy(info->destination_ip, low ? key.high_ip : key.low_ip, 16);
  info->source_port = has_ports ? (low ? key.low_port : key.high_port) : 0;
  info->destination_port = has_ports ? (low ? key.high_port : key.low_port) : 0;
  std::memcpy(info->vlan, key.vlan, sizeof info->vlan);
  info->vlan_count = key.vlan_count;
  info->ip_version = key.ip_version;
  info->transport = key.transport;
  info->ip_protocol = key.ip_protocol;
  info->icmp_type = flow.icmp_type;
  info->icmp_code = flow.icmp_code;
  info->icmp_from_destination = flow.icmp_from_destination;
  info->has_mac = flow.has_mac;
  info->claim = flow.port_side;
  std::memcpy(info->source_mac, flow.source_mac, 6);
  std::memcpy(info->destination_mac, flow.destination_mac, 6);
  info->icmp_id = flow.icmp_id;
  info->interface = flow.interface;
  info->tunnel = key.tunnel;
  // Without a number only when the others ended before they came as far.
  info->connection = flow.connection == kUnnumbered ? 0 : flow.connection;
  info->number = flow.number;
}

Record* Outbox::add(Kind kind, uint32_t slot, uint32_t generation, uint32_t size, base::Nanos time,
                    bool must, uint8_t** payload) {
  Record* record = writer_.add(kind, size, time, must, payload);
  if (!record) return nullptr;
  record->flow = slot;
  record->generation = generation;
  counters_->records++;
  return record;
}

bool Outbox::announce(uint32_t slot, flow::Flow* flow, base::Nanos time) {
  if (flow->flags & kAnnounced) return true;
  uint8_t* payload;
  if (!add(Kind::kFlowOpen, slot, flow->generation, sizeof(handoff::FlowInfo), time, false,
           &payload))
    return false;
  fill_info(*flow, reinterpret_cast<handoff::FlowInfo*>(payload));
  flow->flags |= kAnnounced;
  if (flow->key.transport != static_cast<uint8_t>(decode::Transport::kTcp)) flow->datagrams = 0;
  return true;
}

void Outbox::on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos time) {
  if (discard_ || flow_->claim == static_cast<uint8_t>(flow::Claim::kCount)) return;
  counters_->offered_bytes += size;
  const uint64_t skip_to = state_->skip_to[dir_];
  if (offset < skip_to) {
    const auto unwanted = static_cast<uint32_t>(std::min<uint64_t>(size, skip_to - offset));
    counters_->skipped_bytes += unwanted;
    offset += unwanted;
    data += unwanted;
    size -= unwanted;
  }
  while (size > 0) {
    const uint32_t part = std::min(size, handoff::kMaxPayload);
    if (!send_bytes(offset, data, part, time)) {
      shed(offset, size);
      return;
    }
    offset += part;
    data += part;
    size -= part;
  }
}

bool Outbox::send_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos time) {
  if (!announce(slot_, flow_, time)) return false;
  if (state_->shed[dir_] > 0 && !tell_shed(time)) return false;
  uint8_t* payload;
  Record* record = add(Kind::kData, slot_, flow_->generation, size, time, false, &payload);
  if (!record) return false;
  record->direction = static_cast<uint8_t>(dir_);
  record->stream_offset = static_cast<uint32_t>(offset);
  std::memcpy(payload, data, size);
  counters_->payload_bytes += size;
  return true;
}

void Outbox::shed(uint64_t offset, uint64_t size) {
  delay_gap(offset, size);
  counters_->shed_bytes += size;
}

// Bytes that are missing in any case are no loss of ours: told with what is.
void Outbox::delay_gap(uint64_t offset, uint64_t size) {
  if (state_->shed[dir_] == 0) state_->shed_from[dir_] = offset;
  state_->shed[dir_] += size;
}

bool Outbox::tell_shed(base::Nanos time) {
  uint8_t* payload;
  Record* record = add(Kind::kGap, slot_, flow_->generation, 0, time, false, &payload);
  if (!record) return false;
  record->direction = static_cast<uint8_t>(dir_);
  record->length = static_cast<uint32_t>(std::min<uint64_t>(state_->shed[dir_], UINT32_MAX));
  record->stream_offset = static_cast<uint32_t>(state_->shed_from[dir_]);
  state_->shed[dir_] = 0;
  return true;
}

void Outbox::on_gap(uint64_t offset, uint64_t size, base::Nanos time) {
  if (discard_ || flow_->claim == static_cast<uint8_t>(flow::Claim::kCount)) return;
  if (state_->shed[dir_] > 0 || !(flow_->flags & kAnnounced)) {
    if (flow_->flags & kAnnounced) delay_gap(offset, size);
    return;
  }
  uint8_t* payload;
  Record* record = add(Kind::kGap, slot_, flow_->generation, 0, time, false, &payload);
  if (!record) {
    delay_gap(offset, size);
    return;
  }
  record->direction = static_cast<uint8_t>(dir_);
  record->length = static_cast<uint32_t>(std::min<uint64_t>(size, UINT32_MAX));
  record->stream_offset = static_cast<uint32_t>(offset);
}

void Outbox::datagram(uint32_t slot, flow::Flow* flow, int dir, const decode::PacketView& view) {
  const uint32_t size = std::min(view.payload_captured, handoff::kMaxPayload);
  if (size == 0 || discard_) return;
  counters_->offered_bytes += size;
  uint8_t* payload;
  Record* record = announce(slot, flow, view.time) ? add(Kind::kDatagram, slot, flow->generation,
                                                         size, view.time, false, &payload)
                                                   : nullptr;
  if (!record) {
    counters_->shed_datagrams++;
    counters_->shed_bytes += size;
    return;
  }
  record->direction = static_cast<uint8_t>(dir);
  record->flags = view.payload_captured < view.payload_wire ? 1 : 0;
  record->stream_offset = view.payload_wire - std::min(view.payload_captured, view.payload_wire);
  std::memcpy(payload, view.payload, size);
  counters_->payload_bytes += size;
  flow->datagrams++;
}

// What the worker has not seen yet may be what it would wait for.
void Outbox::rest(uint32_t slot, flow::Flow* flow, uint64_t seen, base::Nanos time) {
  if (flow->key.transport == static_cast<uint8_t>(decode::Transport::kTcp)) return;
  if (flow->datagrams == seen) end(slot, flow, handoff::EndReason::kNone, time);
}

void Outbox::end(uint32_t slot, flow::Flow* flow, handoff::EndReason reason, base::Nanos time) {
  if (!(flow->flags & kAnnounced)) return;
  flow->flags &= static_cast<uint8_t>(~kAnnounced);
  const Owed owed{slot, flow->generation, reason, time};
  if (!owed_.empty() || !send_end(owed)) owed_.push_back(owed);
}

bool Outbox::send_end(const Owed& owed) {
  uint8_t* payload;
  Record* record = add(Kind::kFlowEnd, owed.slot, owed.generation, 0, owed.time, true, &payload);
  if (!record) return false;
  record->flags = static_cast<uint16_t>(owed.reason);
  return true;
}

void Outbox::pay_owed() {
  while (!owed_.empty() && send_end(owed_.front())) owed_.pop_front();
}

handoff::FlowReport* Outbox::report(uint32_t slot, const flow::Flow& flow, base::Nanos time,
                                    handoff::HealthReport** health) {
  uint8_t* payload;
  const uint32_t more = health ? sizeof(handoff::HealthReport) : 0;
  if (!add(Kind::kFlowReport, slot, flow.generation, sizeof(handoff::FlowReport) + more, time, true,
           &payload))
    return nullptr;
  if (health)
    *health = reinterpret_cast<handoff::HealthReport*>(payload + sizeof(handoff::FlowReport));
  counters_->flow_reports++;
  auto* report = reinterpret_cast<handoff::FlowReport*>(payload);
  std::memset(report, 0, sizeof *report);
  fill_info(flow, &report->info);
  return report;
}

void Outbox::tick(base::Nanos time) {
  uint8_t* payload;
  add(Kind::kTick, 0, 0, 0, time, true, &payload);
}

void Outbox::clock(base::Nanos time, int32_t seconds) {
  uint8_t* payload;
  Record* record = add(Kind::kClock, 0, 0, 0, time, true, &payload);
  if (record) record->stream_offset = static_cast<uint32_t>(seconds);
}

bool Outbox::stats(base::Nanos time, bool must) {
  uint8_t* payload;
  if (!add(Kind::kStats, 0, 0, sizeof(Counters), time, must, &payload)) return false;
  std::memcpy(payload, counters_, sizeof(Counters));
  return true;
}

void Outbox::finish(base::Nanos time) {
  uint8_t* payload;
  add(Kind::kEnd, 0, 0, 0, time, true, &payload);
  flush();
}

}  // namespace pbfast::engine
