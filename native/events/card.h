// What the envelope says of a flow, as JSON text made once: its events only copy it.
#pragma once
#include <cstdint>
#include <string_view>

#include "events/direction.h"
#include "handoff/record.h"

namespace pbfast::events {

struct End {
  char ip[48];  // quoted
  char port[6];
  uint8_t ip_size, port_size;

  std::string_view ip_text() const { return {ip, ip_size}; }
  std::string_view port_text() const { return {port, port_size}; }
};

struct Card {
  handoff::FlowInfo info;
  End ends[2];         // 0: the flow's source
  char community[34];  // quoted; made on first use
  uint8_t community_size = 0;
  std::string_view directions[2];  // as the flow goes, and with its ends exchanged
  std::string_view transport;      // quoted, empty when unknown
  std::string_view type;           // "ipv4", "ipv6", or empty
};

void fill_card(const handoff::FlowInfo& info, const Directions& directions, Card* card);
// Empty where the community id is not defined.
std::string_view community_id_of(Card* card);
// The id of one ICMP message between the card's ends. `back`: from the flow's destination. Writes
// it quoted to `out`, which has room for 34 bytes; returns its size.
uint32_t format_icmp_community_id(const Card& card, uint8_t type, uint8_t code, bool back,
                                  char* out);
// Quoted MAC address as AA-BB-CC-DD-EE-FF; returns its size, 19.
uint32_t format_mac(const uint8_t mac[6], char* out);

}  // namespace pbfast::events
