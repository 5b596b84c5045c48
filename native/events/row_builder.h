// Builds rows for tests and the fuzzer, as lib/events/row.ts does, and a table of fields for them.
#pragma once
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "events/encoder.h"

namespace pbfast::events {

// In path order, as the catalogue gives them.
inline const std::vector<std::string> kTestPaths = {"",
                                                    "@timestamp",
                                                    "client.bytes",
                                                    "client.domain",
                                                    "client.ip",
                                                    "client.port",
                                                    "destination.bytes",
                                                    "destination.domain",
                                                    "destination.ip",
                                                    "destination.mac",
                                                    "destination.packets",
                                                    "destination.port",
                                                    "dns.answers",
                                                    "dns.flags.truncated",
                                                    "dns.id",
                                                    "ecs.version",
                                                    "event.action",
                                                    "event.category",
                                                    "event.dataset",
                                                    "event.duration",
                                                    "event.end",
                                                    "event.kind",
                                                    "event.start",
                                                    "event.type",
                                                    "flow.final",
                                                    "flow.id",
                                                    "flow.vlan",
                                                    "method",
                                                    "network.bytes",
                                                    "network.community_id",
                                                    "network.direction",
                                                    "network.packets",
                                                    "network.protocol",
                                                    "network.transport",
                                                    "network.type",
                                                    "query",
                                                    "related.ip",
                                                    "server.bytes",
                                                    "server.domain",
                                                    "server.ip",
                                                    "server.port",
                                                    "source.bytes",
                                                    "source.domain",
                                                    "source.ip",
                                                    "source.mac",
                                                    "source.packets",
                                                    "source.port",
                                                    "status",
                                                    "tags",
                                                    "type"};

inline uint32_t test_field(std::string_view path) {
  for (uint32_t id = 1; id < kTestPaths.size(); id++) {
    if (kTestPaths[id] == path) return id;
  }
  return 0;
}

class RowBuilder {
 public:
  RowHeader header{};

  RowBuilder& entry(uint32_t id, EntryKind kind, uint32_t w1 = 0, uint32_t w2 = 0,
                    uint32_t w3 = 0) {
    for (const uint32_t word : {id | static_cast<uint32_t>(kind) << 16, w1, w2, w3})
      entries_.push_back(word);
    return *this;
  }
  RowBuilder& bits(uint32_t id, EntryKind kind, uint64_t value) {
    return entry(id, kind, 0, static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32));
  }
  RowBuilder& real(uint32_t id, double value) {
    uint64_t raw;
    std::memcpy(&raw, &value, sizeof raw);
    return bits(id, EntryKind::kDouble, raw);
  }
  RowBuilder& text(uint32_t id, std::string_view value, EntryKind kind = EntryKind::kHeap) {
    entry(id, kind, static_cast<uint32_t>(value.size()), static_cast<uint32_t>(heap_.size()));
    heap_ += value;
    return *this;
  }
  RowBuilder& key(std::string_view value) { return text(0, value, EntryKind::kKeyHeap); }
  RowBuilder& list(uint32_t id = 0) { return entry(id, EntryKind::kList); }
  RowBuilder& object(uint32_t id = 0) { return entry(id, EntryKind::kObject); }
  RowBuilder& close() { return entry(0, EntryKind::kClose); }

  std::vector<uint32_t> build() const {
    RowHeader h = header;
    h.entries = static_cast<uint32_t>(entries_.size() / 4);
    h.heap = static_cast<uint32_t>(heap_.size());
    h.words = static_cast<uint32_t>(sizeof h / 4 + entries_.size() + (heap_.size() + 3) / 4);
    std::vector<uint32_t> words(sizeof h / 4);
    std::memcpy(words.data(), &h, sizeof h);
    words.insert(words.end(), entries_.begin(), entries_.end());
    words.resize(h.words);
    heap_.copy(reinterpret_cast<char*>(words.data() + h.words - (heap_.size() + 3) / 4),
               heap_.size());
    return words;
  }

 private:
  std::vector<uint32_t> entries_;
  std::string heap_;
};

inline handoff::FlowInfo tcp_flow(uint8_t source, uint8_t destination) {
  handoff::FlowInfo info{};
  const uint8_t prefix[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 0};
  std::memcpy(info.source_ip, prefix, sizeof prefix);
  std::memcpy(info.destination_ip, prefix, sizeof prefix);
  info.source_ip[15] = source;
  info.destination_ip[15] = destination;
  info.source_port = 32810;
  info.destination_port = 6380;
  info.ip_version = 4;
  info.ip_protocol = 6;
  return info;
}

}  // namespace pbfast::events
