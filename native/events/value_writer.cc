#include "events/value_writer.h"

#include "base/ip.h"
#include "events/row.h"

namespace pbfast::events {

namespace {

uint64_t bits_of(const uint32_t* entry) { return static_cast<uint64_t>(entry[3]) << 32 | entry[2]; }

bool is_key(EntryKind kind) {
  return kind == EntryKind::kKeyConstant || kind == EntryKind::kKeyLent ||
         kind == EntryKind::kKeyHeap;
}

bool opens(EntryKind kind) { return kind == EntryKind::kList || kind == EntryKind::kObject; }

// A key and its value. Rows that were cut at their limit of entries have keys without a value and
// values without a key: both are left out.
bool is_member(const uint32_t* entry, const uint32_t* end) {
  const uint32_t* value = entry + 4;
  return is_key(kind_of(entry)) && value < end && kind_of(value) != EntryKind::kClose &&
         !is_key(kind_of(value));
}

// UTF-8 is not cut inside a character.
uint32_t cut_at(const uint8_t* text, uint32_t size) {
  uint32_t end = size;
  while (end > size - 3 && (text[end] & 0xc0) == 0x80) end--;
  return end;
}

}  // namespace

const uint32_t* skip_value(const uint32_t* entry, const uint32_t* end) {
  uint32_t depth = 0;
  for (; entry < end; entry += 4) {
    const EntryKind kind = kind_of(entry);
    if (opens(kind))
      depth++;
    else if (kind == EntryKind::kClose && depth > 0)
      depth--;
    if (depth == 0) return entry + 4;
  }
  return end;
}

bool ValueWriter::write(const RowView& row, const uint32_t* entry, JsonWriter* out) {
  return opens(kind_of(entry)) ? container(row, entry, out) : scalar(row, entry, out);
}

bool ValueWriter::scalar(const RowView& row, const uint32_t* entry, JsonWriter* out) {
  switch (kind_of(entry)) {
    case EntryKind::kLong:
      out->number(static_cast<int64_t>(bits_of(entry)));
      return true;
    case EntryKind::kUnsigned:
      out->number(bits_of(entry));
      return true;
    case EntryKind::kDouble: {
      double value;
      const uint64_t bits = bits_of(entry);
      std::memcpy(&value, &bits, sizeof value);
      out->real(value);
      return true;
    }
    case EntryKind::kBoolean:
      out->raw(entry[2] ? "true" : "false");
      return true;
    case EntryKind::kDate:
      out->formatted(kMaxDateBytes,
                     [&](char* at) { return dates_.format(entry[2], entry[3], at); });
      return true;
    case EntryKind::kIp:
      return ip(row, entry, out);
    case EntryKind::kConstant: {
      const std::string_view text = constants_->at(entry[2]);
      out->raw(text);
      return !text.empty();
    }
    case EntryKind::kLent:
      return text(row.memory, row.memory_size, entry, out);
    case EntryKind::kHeap:
      return text(row.heap, row.heap_size, entry, out);
    default:
      return false;
  }
}

bool ValueWriter::text(const uint8_t* from, uint64_t size, const uint32_t* entry, JsonWriter* out) {
  uint32_t length = entry[1];
  if (static_cast<uint64_t>(entry[2]) + length > size) return false;
  const uint8_t* start = from + entry[2];
  if (length > kMaxFieldBytes) {
    length = cut_at(start, kMaxFieldBytes);
    event_cut_fields_++;
  }
  out->text(start, length);
  return true;
}

bool ValueWriter::ip(const RowView& row, const uint32_t* entry, JsonWriter* out) {
  const uint32_t size = entry[1];
  if ((size != 4 && size != 16) || static_cast<uint64_t>(entry[2]) + size > row.heap_size)
    return false;
  const uint8_t* bytes = row.heap + entry[2];
  const base::Ip address = size == 4 ? base::Ip::from_v4(bytes) : base::Ip::from_v6(bytes);
  out->byte('"');
  out->formatted(46, [&](char* at) { return base::format_ip(address, at); });
  out->byte('"');
  return true;
}

bool ValueWriter::key(const RowView& row, const uint32_t* entry, JsonWriter* out) {
  switch (kind_of(entry)) {
    case EntryKind::kKeyConstant: {
      const std::string_view key = constants_->at(entry[2]);
      out->raw(key);
      return !key.empty();
    }
    case EntryKind::kKeyLent:
      return text(row.memory, row.memory_size, entry, out);
    case EntryKind::kKeyHeap:
      return text(row.heap, row.heap_size, entry, out);
    default:
      return false;
  }
}

// An explicit stack: the depth comes from the wire.
bool ValueWriter::container(const RowView& row, const uint32_t* entry, JsonWriter* out) {
  bool is_object[kMaxNesting];
  bool is_first[kMaxNesting];
  uint32_t depth = 0;
  for (; entry < row.end; entry += 4) {
    const EntryKind kind = kind_of(entry);
    if (kind == EntryKind::kClose) {
      depth--;
      out->byte(is_object[depth] ? '}' : ']');
      if (depth == 0) return true;
      continue;
    }
    const bool in_object = depth > 0 && is_object[depth - 1];
    if (in_object && !is_member(entry, row.end)) {
      // As skip_value() sees it a key is a value.
      entry = skip_value(entry, row.end) - 4;
      continue;
    }
    if (depth > 0 && !is_first[depth - 1]) out->byte(',');
    if (depth > 0) is_first[depth - 1] = false;
    if (in_object) {
      if (!key(row, entry, out)) return false;
      out->byte(':');
      entry += 4;
    }
    const EntryKind value = kind_of(entry);
    if (!opens(value)) {
      if (!scalar(row, entry, out)) return false;
      continue;
    }
    if (depth == kMaxNesting) return false;
    is_object[depth] = value == EntryKind::kObject;
    is_first[depth++] = true;
    out->byte(value == EntryKind::kObject ? '{' : '[');
  }
  return false;
}

}  // namespace pbfast::events
