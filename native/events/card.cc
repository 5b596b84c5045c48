#include "events/card.h"

#include <charconv>
#include <cstring>

#include "base/ip.h"
#include "flow/community_id.h"

namespace pbfast::events {

namespace {

constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58, kSctp = 132;

std::string_view transport_of(uint8_t protocol) {
  switch (protocol) {
    case kIcmp:
      return "\"icmp\"";
    case kTcp:
      return "\"tcp\"";
    case kUdp:
      return "\"udp\"";
    case kIcmp6:
      return "\"ipv6-icmp\"";
    case kSctp:
      return "\"sctp\"";
    default:
      return {};
  }
}

bool has_ports(uint8_t protocol) {
  return protocol == kTcp || protocol == kUdp || protocol == kSctp;
}

void fill_end(const uint8_t ip_bytes[16], bool has_ip, uint16_t port, bool has_port, End* end) {
  end->ip_size = end->port_size = 0;
  if (has_ip) {
    base::Ip ip;
    std::memcpy(ip.bytes, ip_bytes, 16);
    end->ip[0] = '"';
    const uint32_t size = base::format_ip(ip, end->ip + 1);
    end->ip[size + 1] = '"';
    end->ip_size = static_cast<uint8_t>(size + 2);
  }
  if (has_port) {
    end->port_size = static_cast<uint8_t>(
        std::to_chars(end->port, end->port + sizeof end->port, port).ptr - end->port);
  }
}

uint32_t format_id(const handoff::FlowInfo& info, uint16_t source_port, uint16_t destination_port,
                   bool back, char* out) {
  flow::CommunityTuple tuple;
  std::memcpy(tuple.source.bytes, back ? info.destination_ip : info.source_ip, 16);
  std::memcpy(tuple.destination.bytes, back ? info.source_ip : info.destination_ip, 16);
  tuple.ip_protocol = info.ip_protocol;
  tuple.source_port = source_port;
  tuple.destination_port = destination_port;
  out[0] = '"';
  const uint32_t size = flow::format_community_id(tuple, 0, out + 1);
  out[size + 1] = '"';
  return size + 2;
}

}  // namespace

void fill_card(const handoff::FlowInfo& info, const Directions& directions, Card* card) {
  card->info = info;
  const bool has_ip = info.ip_version != 0;
  fill_end(info.source_ip, has_ip, info.source_port, has_ports(info.ip_protocol), &card->ends[0]);
  fill_end(info.destination_ip, has_ip, info.destination_port, has_ports(info.ip_protocol),
           &card->ends[1]);
  card->community_size = 0;
  card->transport = has_ip ? transport_of(info.ip_protocol) : std::string_view{};
  card->type = info.ip_version == 4   ? "\"ipv4\""
               : info.ip_version == 6 ? "\"ipv6\""
                                      : std::string_view{};
  card->directions[0] =
      has_ip ? directions.of(info.source_ip, info.destination_ip) : std::string_view{};
  card->directions[1] =
      has_ip ? directions.of(info.destination_ip, info.source_ip) : std::string_view{};
}

std::string_view community_id_of(Card* card) {
  if (card->community_size == 0 && !card->transport.empty()) {
    const handoff::FlowInfo& info = card->info;
    const bool icmp = info.ip_protocol == kIcmp || info.ip_protocol == kIcmp6;
    card->community_size = static_cast<uint8_t>(
        icmp ? format_icmp_community_id(*card, info.icmp_type, info.icmp_code,
                                        info.icmp_from_destination, card->community)
             : format_id(info, info.source_port, info.destination_port, false, card->community));
  }
  return {card->community, card->community_size};
}

uint32_t format_icmp_community_id(const Card& card, uint8_t type, uint8_t code, bool back,
                                  char* out) {
  return format_id(card.info, type, code, back, out);
}

uint32_t format_mac(const uint8_t mac[6], char* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  char* p = out;
  *p++ = '"';
  for (int i = 0; i < 6; i++) {
    if (i) *p++ = '-';
    *p++ = kHex[mac[i] >> 4];
    *p++ = kHex[mac[i] & 15];
  }
  *p++ = '"';
  return static_cast<uint32_t>(p - out);
}

}  // namespace pbfast::events
