// Writes the values of a row's entries as JSON: scalars, and lists and objects nested in any way.
#pragma once
#include <cstdint>
#include <string_view>

#include "events/constants.h"
#include "events/dates.h"
#include "events/json_writer.h"

namespace pbfast::events {

inline constexpr uint32_t kMaxNesting = 128;

// A row's surroundings.
struct RowView {
  const uint32_t* entries;
  const uint32_t* end;  // behind the last entry
  const uint8_t* heap;
  uint32_t heap_size;
  const uint8_t* memory;  // the handoff memory
  uint64_t memory_size;
};

class ValueWriter {
 public:
  ValueWriter(const Constants* constants, uint32_t digits)
      : constants_(constants), dates_(digits) {}

  // Writes the value that begins at `entry`. False when the row is malformed.
  [[nodiscard]] bool write(const RowView& row, const uint32_t* entry, JsonWriter* out);
  // The event is done with; its cut fields count if it was written.
  void settle(bool written) {
    if (written) cut_fields_ += event_cut_fields_;
    event_cut_fields_ = 0;
  }
  uint64_t cut_fields() const { return cut_fields_; }

 private:
  bool scalar(const RowView& row, const uint32_t* entry, JsonWriter* out);
  bool container(const RowView& row, const uint32_t* entry, JsonWriter* out);
  bool key(const RowView& row, const uint32_t* entry, JsonWriter* out);
  bool text(const uint8_t* from, uint64_t size, const uint32_t* entry, JsonWriter* out);
  bool ip(const RowView& row, const uint32_t* entry, JsonWriter* out);

  const Constants* constants_;
  Dates dates_;
  uint64_t cut_fields_ = 0, event_cut_fields_ = 0;
};

// The first entry behind the value at `entry`, or `end`.
const uint32_t* skip_value(const uint32_t* entry, const uint32_t* end);

}  // namespace pbfast::events
