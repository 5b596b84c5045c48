// The envelope of an event: what the encoder adds from the flow, around the fields that the
// analyzer set.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/card.h"
#include "events/dates.h"
#include "events/field_set.h"
#include "events/row.h"

namespace pbfast::events {

inline constexpr int kHealthFields = 11;

// Ids of the envelope's fields; 0 where the table lacks one.
struct EnvelopeIds {
  uint32_t timestamp, client_bytes, client_domain, client_ip, client_port, destination_bytes,
      destination_domain, destination_ip, destination_mac, destination_packets, destination_port,
      ecs_version, event_action, event_category, event_dataset, event_duration, event_end,
      event_kind, event_start, event_type, flow_final, flow_id, flow_vlan, network_bytes,
      network_community_id, network_direction, network_packets, network_protocol, network_transport,
      network_type, related_ip, server_bytes, server_domain, server_ip, server_port, source_bytes,
      source_domain, source_ip, source_mac, source_packets, source_port, status, tunnel_id,
      tunnel_type, type, end_reason, handshake;
  // TCP health by direction, in the order of kHealthFields (envelope.cc).
  uint32_t health[2][kHealthFields];

  explicit EnvelopeIds(const std::vector<std::string>& paths);
};

class EnvelopeWriter {
 public:
  EnvelopeWriter(const std::vector<std::string>& paths, uint32_t digits)
      : ids_(paths), dates_(digits) {}

  const EnvelopeIds& ids() const { return ids_; }
  // `dataset` and `status` are quoted; status may be empty. The fields of the row are in `fields`
  // already.
  void add_transaction(const RowHeader& row, std::string_view dataset, std::string_view status,
                       Card* card, FieldSet* fields);
  void add_flow(const handoff::FlowReport& report, std::string_view dataset, Card* card,
                FieldSet* fields);
  void add_health(const handoff::FlowReport& report, const handoff::HealthReport& health,
                  FieldSet* fields);

 private:
  void begin() { used_ = 0; }
  std::string_view number(uint64_t value);
  std::string_view date(uint32_t seconds, uint32_t nanoseconds);
  std::string_view mac(const uint8_t bytes[6]);
  std::string_view icmp_community_id(const RowHeader& row, const Card& card);
  void add_common(std::string_view dataset, Card* card, FieldSet* fields);
  void add_times(const RowHeader& row, FieldSet* fields);
  void add_ends(const Card& card, bool swapped, bool exchanged_roles, FieldSet* fields);
  void add_bytes(const RowHeader& row, FieldSet* fields);
  void add_tunnel(uint32_t tunnel, FieldSet* fields);
  void add_counts(const handoff::FlowReport& report, FieldSet* fields);

  EnvelopeIds ids_;
  Dates dates_;
  // Text that lives until the event is written.
  char scratch_[2048];
  uint32_t used_ = 0;
};

}  // namespace pbfast::events
