// Rows to NDJSON. Field ids are in path order, so that one walk over the fields opens and closes
// the JSON objects. Escapes JSON, replaces invalid UTF-8 by U+FFFD, caps text at kMaxFieldBytes.
// The envelope comes from the flow's card.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/row.h"
#include "handoff/record.h"

namespace pbfast::events {

// The encoder's view of the field declarations. Index = field id; id 0 is unused.
struct FieldTable {
  std::vector<std::string> paths;  // dotted, sorted so that an object's fields are neighbours
};

struct Network {  // for network.direction
  uint8_t prefix[16];
  uint8_t bits;
};

struct EncoderOptions {
  FieldTable fields;
  uint32_t precision = 3;  // digits of the second in dates: 3, 6, 9 (timestamp.precision)
  std::vector<Network> own_addresses;  // /128 each; loopback and link-local are known
  std::vector<Network> internal_networks;
  std::string line_prefix;  // before each event's line, e.g. {"create":{}}\n for _bulk
};

// How far encode() got.
struct Progress {
  uint32_t words;  // of the rows region consumed
  uint32_t bytes;  // of `out` written: whole lines only
  uint32_t events;
};

class Encoder {
 public:
  explicit Encoder(EncoderOptions options);
  ~Encoder();
  // Interns strings: the first one gets id 1, ids run on. Text is UTF-8, unescaped.
  void add_constant(std::string_view text);
  // Static set `number` (from 1): JSON literals by field id, written into every event that names
  // the set.
  void set_statics(uint32_t number, const std::vector<std::pair<uint32_t, std::string>>& literals);
  // Renders a flow's ends into card `number` (cards grow as needed).
  void open_card(uint32_t number, const handoff::FlowInfo& info);
  // Encodes rows until the region ends or `out` has no room for the next event. `fresh`: the buffer
  // is empty, so an event that does not fit is dropped and counted. `memory`: the handoff memory
  // that lent entries lead into.
  Progress encode(const uint32_t* rows, uint32_t words, const uint8_t* memory, uint64_t memory_size,
                  char* out, uint32_t capacity, bool fresh);
  uint64_t dropped_too_large() const;
  uint64_t truncated_fields() const;
  uint64_t malformed_rows() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pbfast::events
