// For the tests of the encoder: encodes single rows, with a card, some constants and handoff
// memory.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "events/row_builder.h"

namespace pbfast::events {

inline constexpr uint32_t kDataset = 1, kOk = 2, kGet = 3;  // constants of the harness

class Harness {
 public:
  explicit Harness(EncoderOptions options = {}, std::string memory = {})
      : encoder(with_fields(std::move(options))), memory_(std::move(memory)) {
    for (const char* text : {"redis", "OK", "GET"}) encoder.add_constant(text);
    encoder.open_card(0, tcp_flow(1, 2));
  }

  // The lines of all rows together.
  std::string encode(const std::vector<uint32_t>& rows, uint32_t capacity = 1u << 20) {
    std::vector<char> out(capacity);
    progress = encoder.encode(rows.data(), static_cast<uint32_t>(rows.size()),
                              reinterpret_cast<const uint8_t*>(memory_.data()), memory_.size(),
                              out.data(), capacity, true);
    return {out.data(), progress.bytes};
  }
  std::string encode(const RowBuilder& row) { return encode(row.build()); }

  Encoder encoder;
  Progress progress{};

 private:
  static EncoderOptions with_fields(EncoderOptions options) {
    if (options.fields.paths.empty()) options.fields.paths = kTestPaths;
    return options;
  }
  std::string memory_;
};

// A table without the envelope's fields: the row's alone are written.
inline EncoderOptions bare(std::vector<std::string> paths) {
  EncoderOptions options;
  options.fields.paths = std::move(paths);
  return options;
}

}  // namespace pbfast::events
