#include "events/envelope.h"

#include <charconv>
#include <cstring>

#include "base/time.h"
#include "flow/flow_id.h"

namespace pbfast::events {

namespace {

uint32_t find(const std::vector<std::string>& paths, std::string_view path) {
  for (uint32_t id = 1; id < paths.size(); id++) {
    if (paths[id] == path) return id;
  }
  return 0;
}

constexpr const char* kHealthNames[kHealthFields] = {
    "retransmissions", "out_of_order", "duplicate_acks", "zero_windows", "resets", "missing_bytes",
    "rtt_min_us",      "rtt_avg_us",   "rtt_max_us",     "ttl_min",      "ttl_max"};
constexpr int kFirstRtt = 6;  // of three

// By handoff::EndReason and decode::Tunnel, JSON text.
constexpr std::string_view kEndReasons[] = {"",           "\"fin\"",     "\"rst\"",     "\"idle\"",
                                            "\"active\"", "\"evicted\"", "\"shutdown\""};
constexpr std::string_view kTunnels[] = {"",          "\"ip\"",     "\"gre\"", "\"erspan\"",
                                         "\"vxlan\"", "\"geneve\"", "\"gtp\"", "\"teredo\""};

uint64_t join(uint32_t low, uint32_t high) { return static_cast<uint64_t>(high) << 32 | low; }

}  // namespace

EnvelopeIds::EnvelopeIds(const std::vector<std::string>& paths) {
  const std::pair<uint32_t*, std::string_view> all[] = {
      {&timestamp, "@timestamp"},
      {&client_bytes, "client.bytes"},
      {&client_domain, "client.domain"},
      {&client_ip, "client.ip"},
      {&client_port, "client.port"},
      {&destination_bytes, "destination.bytes"},
      {&destination_domain, "destination.domain"},
      {&destination_ip, "destination.ip"},
      {&destination_mac, "destination.mac"},
      {&destination_packets, "destination.packets"},
      {&destination_port, "destination.port"},
      {&ecs_version, "ecs.version"},
      {&event_action, "event.action"},
      {&event_category, "event.category"},
      {&event_dataset, "event.dataset"},
      {&event_duration, "event.duration"},
      {&event_end, "event.end"},
      {&event_kind, "event.kind"},
      {&event_start, "event.start"},
      {&event_type, "event.type"},
      {&flow_final, "flow.final"},
      {&flow_id, "flow.id"},
      {&flow_vlan, "flow.vlan"},
      {&network_bytes, "network.bytes"},
      {&network_community_id, "network.community_id"},
      {&network_direction, "network.direction"},
      {&network_packets, "network.packets"},
      {&network_protocol, "network.protocol"},
      {&network_transport, "network.transport"},
      {&network_type, "network.type"},
      {&related_ip, "related.ip"},
      {&server_bytes, "server.bytes"},
      {&server_domain, "server.domain"},
      {&server_ip, "server.ip"},
      {&server_port, "server.port"},
      {&source_bytes, "source.bytes"},
      {&source_domain, "source.domain"},
      {&source_ip, "source.ip"},
      {&source_mac, "source.mac"},
      {&source_packets, "source.packets"},
      {&source_port, "source.port"},
      {&status, "status"},
      {&tunnel_id, "network.tunnel.id"},
      {&tunnel_type, "network.tunnel.type"},
      {&type, "type"},
      {&end_reason, "flow.end_reason"},
      {&handshake, "flow.tcp.handshake_us"},
  };
  for (const auto& [id, path] : all) *id = find(paths, path);
  constexpr std::string_view kEnds[] = {"flow.tcp.source.", "flow.tcp.destination."};
  for (int dir = 0; dir < 2; dir++) {
    for (int i = 0; i < kHealthFields; i++)
      health[dir][i] = find(paths, std::string(kEnds[dir]) + kHealthNames[i]);
  }
}

std::string_view EnvelopeWriter::number(uint64_t value) {
  char* const start = scratch_ + used_;
  const auto size = static_cast<uint32_t>(std::to_chars(start, start + 20, value).ptr - start);
  used_ += size;
  return {start, size};
}

std::string_view EnvelopeWriter::date(uint32_t seconds, uint32_t nanoseconds) {
  char* const start = scratch_ + used_;
  const uint32_t size = dates_.format(seconds, nanoseconds, start);
  used_ += size;
  return {start, size};
}

std::string_view EnvelopeWriter::mac(const uint8_t bytes[6]) {
  char* const start = scratch_ + used_;
  const uint32_t size = format_mac(bytes, start);
  used_ += size;
  return {start, size};
}

std::string_view EnvelopeWriter::icmp_community_id(const RowHeader& row, const Card& card) {
  char* const start = scratch_ + used_;
  const bool back =
      static_cast<bool>(row.icmp & kIcmpBack) != static_cast<bool>(row.flags & kSwapped);
  const uint32_t size = format_icmp_community_id(card, static_cast<uint8_t>(row.icmp >> 8),
                                                 static_cast<uint8_t>(row.icmp), back, start);
  used_ += size;
  return {start, size};
}

void EnvelopeWriter::add_common(std::string_view dataset, Card* card, FieldSet* fields) {
  begin();
  fields->set(ids_.ecs_version, "\"8.0.0\"");
  fields->set(ids_.event_category, "[\"network\"]");
  fields->set(ids_.event_dataset, dataset);
  fields->set(ids_.event_kind, "\"event\"");
  fields->set(ids_.type, dataset);
  fields->set(ids_.network_transport, card->transport);
  fields->set(ids_.network_type, card->type);
  if (card->info.tunnel) add_tunnel(card->info.tunnel, fields);
}

// Only VXLAN and Geneve have an id that both directions share.
void EnvelopeWriter::add_tunnel(uint32_t tunnel, FieldSet* fields) {
  const uint32_t kind = tunnel >> 24;
  if (kind >= std::size(kTunnels)) return;
  fields->set(ids_.tunnel_type, kTunnels[kind]);
  if (kTunnels[kind] == "\"vxlan\"" || kTunnels[kind] == "\"geneve\"")
    fields->set(ids_.tunnel_id, number(tunnel & 0xffffff));
}

void EnvelopeWriter::add_transaction(const RowHeader& row, std::string_view dataset,
                                     std::string_view status, Card* card, FieldSet* fields) {
  add_common(dataset, card, fields);
  if (row.flags & kAuthentication)
    fields->set(ids_.event_category, "[\"network\",\"authentication\"]");
  fields->set(ids_.status, status);
  const bool swapped = row.flags & kSwapped;
  fields->set(ids_.network_community_id,
              row.icmp ? icmp_community_id(row, *card) : community_id_of(card));
  fields->set(ids_.event_type, row.flags & kTypeConnectionOnly ? "[\"connection\"]"
                               : row.flags & kTypeInfo         ? "[\"info\",\"protocol\"]"
                                                               : "[\"connection\",\"protocol\"]");
  fields->set(ids_.network_direction, card->directions[swapped]);
  if (!(row.flags & kNoNetworkProtocol)) fields->set(ids_.network_protocol, dataset);
  add_times(row, fields);
  add_ends(*card, swapped, row.flags & kSwapRoles, fields);
  add_bytes(row, fields);
}

void EnvelopeWriter::add_times(const RowHeader& row, FieldSet* fields) {
  const std::string_view start = date(row.start_seconds, row.start_nanoseconds);
  fields->set(ids_.timestamp, start);
  const bool has_start = !(row.flags & kNoStart);
  if (has_start) fields->set(ids_.event_start, start);
  if (!(row.flags & kHasEnd)) return;
  fields->set(ids_.event_end, date(row.end_seconds, row.end_nanoseconds));
  const base::Nanos from = row.start_seconds * base::kSecond + row.start_nanoseconds;
  const base::Nanos to = row.end_seconds * base::kSecond + row.end_nanoseconds;
  if (has_start && to >= from) fields->set(ids_.event_duration, number(to - from));
}

void EnvelopeWriter::add_ends(const Card& card, bool swapped, bool exchanged_roles,
                              FieldSet* fields) {
  const End& source = card.ends[swapped];
  const End& destination = card.ends[!swapped];
  fields->set(ids_.source_ip, source.ip_text());
  fields->set(ids_.source_port, source.port_text());
  fields->set(ids_.destination_ip, destination.ip_text());
  fields->set(ids_.destination_port, destination.port_text());
  const End& client = exchanged_roles ? destination : source;
  const End& server = exchanged_roles ? source : destination;
  fields->set(ids_.client_ip, client.ip_text());
  fields->set(ids_.client_port, client.port_text());
  fields->set(ids_.server_ip, server.ip_text());
  fields->set(ids_.server_port, server.port_text());
  fields->copy(ids_.destination_domain, exchanged_roles ? ids_.client_domain : ids_.server_domain);
  fields->copy(ids_.source_domain, exchanged_roles ? ids_.server_domain : ids_.client_domain);
}

void EnvelopeWriter::add_bytes(const RowHeader& row, FieldSet* fields) {
  const uint64_t source =
      row.flags & kHasSourceBytes ? join(row.source_bytes_low, row.source_bytes_high) : 0;
  const uint64_t destination = row.flags & kHasDestinationBytes
                                   ? join(row.destination_bytes_low, row.destination_bytes_high)
                                   : 0;
  const bool exchanged = row.flags & kSwapRoles;
  if (source) {
    const std::string_view text = number(source);
    fields->set(ids_.source_bytes, text);
    fields->set(exchanged ? ids_.server_bytes : ids_.client_bytes, text);
  }
  if (destination) {
    const std::string_view text = number(destination);
    fields->set(ids_.destination_bytes, text);
    fields->set(exchanged ? ids_.client_bytes : ids_.server_bytes, text);
  }
  if (source + destination) fields->set(ids_.network_bytes, number(source + destination));
}

void EnvelopeWriter::add_flow(const handoff::FlowReport& report, std::string_view dataset,
                              Card* card, FieldSet* fields) {
  add_common(dataset, card, fields);
  fields->set(ids_.network_community_id, community_id_of(card));
  const handoff::FlowInfo& info = report.info;
  const std::string_view start =
      date(base::seconds_of(report.first_ns), base::nanoseconds_of(report.first_ns));
  const std::string_view end =
      date(base::seconds_of(report.last_ns), base::nanoseconds_of(report.last_ns));
  fields->set(ids_.timestamp, end);
  fields->set(ids_.event_start, start);
  fields->set(ids_.event_end, end);
  if (report.last_ns >= report.first_ns)
    fields->set(ids_.event_duration, number(report.last_ns - report.first_ns));
  fields->set(ids_.event_action, "\"network_flow\"");
  fields->set(ids_.event_type, report.final ? "[\"connection\",\"end\"]" : "[\"connection\"]");
  fields->set(ids_.flow_final, report.final ? "true" : "false");
  char* const id = scratch_ + used_;
  id[0] = '"';
  const uint32_t id_size = flow::format_flow_id(info, id + 1);
  id[id_size + 1] = '"';
  used_ += id_size + 2;
  fields->set(ids_.flow_id, {id, id_size + 2});
  if (info.vlan_count == 1) fields->set(ids_.flow_vlan, number(info.vlan[0]));
  if (info.vlan_count == 2) {
    char* const list = scratch_ + used_;
    scratch_[used_++] = '[';
    number(info.vlan[0]);
    scratch_[used_++] = ',';
    number(info.vlan[1]);
    scratch_[used_++] = ']';
    fields->set(ids_.flow_vlan, {list, static_cast<size_t>(scratch_ + used_ - list)});
  }
  if (info.has_mac) {
    fields->set(ids_.source_mac, mac(info.source_mac));
    fields->set(ids_.destination_mac, mac(info.destination_mac));
  }
  fields->set(ids_.source_ip, card->ends[0].ip_text());
  fields->set(ids_.source_port, card->ends[0].port_text());
  fields->set(ids_.destination_ip, card->ends[1].ip_text());
  fields->set(ids_.destination_port, card->ends[1].port_text());
  add_counts(report, fields);
}

// Zeros are left out: most connections have nothing to tell.
void EnvelopeWriter::add_health(const handoff::FlowReport& report,
                                const handoff::HealthReport& health, FieldSet* fields) {
  if (report.end_reason < std::size(kEndReasons))
    fields->set(ids_.end_reason, kEndReasons[report.end_reason]);
  if (health.handshake_us) fields->set(ids_.handshake, number(health.handshake_us));
  for (int dir = 0; dir < 2; dir++) {
    const handoff::HealthSide& side = health.side[dir];
    const uint64_t values[kHealthFields] = {
        side.retransmissions, side.out_of_order,  side.duplicate_acks, side.zero_windows,
        side.resets,          side.missing_bytes, side.rtt_min_us,     side.rtt_avg_us,
        side.rtt_max_us,      side.ttl_min,       side.ttl_max};
    for (int i = 0; i < kHealthFields; i++) {
      const bool measured = side.rtt_count > 0 && i >= kFirstRtt && i < kFirstRtt + 3;
      if (values[i] || measured) fields->set(ids_.health[dir][i], number(values[i]));
    }
  }
}

void EnvelopeWriter::add_counts(const handoff::FlowReport& report, FieldSet* fields) {
  if (report.packets[0]) {
    fields->set(ids_.source_bytes, number(report.bytes[0]));
    fields->set(ids_.source_packets, number(report.packets[0]));
  }
  if (report.packets[1]) {
    fields->set(ids_.destination_bytes, number(report.bytes[1]));
    fields->set(ids_.destination_packets, number(report.packets[1]));
  }
  fields->set(ids_.network_bytes, number(report.bytes[0] + report.bytes[1]));
  fields->set(ids_.network_packets, number(report.packets[0] + report.packets[1]));
}

}  // namespace pbfast::events
