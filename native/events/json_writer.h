// Appends JSON to a buffer of fixed size. What does not fit sets overflowed(); the caller then
// gives the line up.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pbfast::events {

class JsonWriter {
 public:
  JsonWriter(char* out, uint32_t capacity) : at_(out), end_(out + capacity) {}

  bool overflowed() const { return overflowed_; }
  char* position() const { return at_; }

  void raw(const char* text, uint32_t size) {
    if (!has_room(size)) return;
    std::memcpy(at_, text, size);
    at_ += size;
  }
  void raw(std::string_view text) { raw(text.data(), static_cast<uint32_t>(text.size())); }
  void byte(char c) {
    if (has_room(1)) *at_++ = c;
  }

  template <class Number>
  void number(Number value) {
    if (!has_room(32)) return;
    at_ = std::to_chars(at_, at_ + 32, value).ptr;
  }
  // JSON has no NaN and no infinities: null.
  void real(double value) {
    if (std::isfinite(value))
      number(value);
    else
      raw("null");
  }

  // A quoted string: escaped (RFC 8259 7), invalid UTF-8 replaced by U+FFFD.
  void text(const uint8_t* data, uint32_t size);

 private:
  bool has_room(uint32_t size) {
    if (static_cast<uint64_t>(end_ - at_) >= size) return true;
    overflowed_ = true;
    return false;
  }
  const uint8_t* escape_one(const uint8_t* p, const uint8_t* end);

  char* at_;
  char* end_;
  bool overflowed_ = false;
};

}  // namespace pbfast::events
