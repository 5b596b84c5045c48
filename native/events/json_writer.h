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
  static constexpr uint32_t kPadding = 32;

  JsonWriter(char* out, uint32_t capacity) : at_(out), end_(out + capacity) {}

  bool overflowed() const { return overflowed_; }
  char* position() const { return at_; }
  // Goes on where `other` stands, a writer to the same buffer.
  void follow(const JsonWriter& other) {
    at_ = other.at_;
    overflowed_ = other.overflowed_;
  }

  void raw(const char* text, uint32_t size) {
    if (!has_room(size)) return;
    copy(text, size);
    at_ += size;
  }
  void raw(std::string_view text) { raw(text.data(), static_cast<uint32_t>(text.size())); }
  // As raw(), for text behind which kPadding more bytes may be read.
  void padded(std::string_view text) {
    const auto size = static_cast<uint32_t>(text.size());
    if (static_cast<uint64_t>(end_ - at_) < kPadding || size > kPadding) return raw(text);
    std::memcpy(at_, text.data(), kPadding);
    at_ += size;
  }
  void byte(char c) {
    if (has_room(1)) *at_++ = c;
  }

  template <class Number>
  void number(Number value) {
    formatted(32, [&](char* out) { return std::to_chars(out, out + 32, value).ptr - out; });
  }
  // `format` writes at most `most` bytes to the place it is given and returns their number.
  template <class Format>
  void formatted(uint32_t most, Format format) {
    if (has_room(most)) at_ += format(at_);
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
  // PERF: an event of 43 fields is some 90 pieces, most below 32 bytes: without a call to memcpy()
  // for each of them it takes 258 ns in place of 303.
  void copy(const char* text, uint32_t size) {
    if (size > 32) {
      std::memcpy(at_, text, size);
    } else if (size >= 16) {
      copy_ends<16>(text, size);
    } else if (size >= 8) {
      copy_ends<8>(text, size);
    } else if (size >= 4) {
      copy_ends<4>(text, size);
    } else if (size > 0) {
      at_[0] = text[0];
      at_[size / 2] = text[size / 2];
      at_[size - 1] = text[size - 1];
    }
  }
  // The first and the last `Part` bytes, which may overlap.
  template <uint32_t Part>
  void copy_ends(const char* text, uint32_t size) {
    char first[Part], last[Part];
    std::memcpy(first, text, Part);
    std::memcpy(last, text + size - Part, Part);
    std::memcpy(at_, first, Part);
    std::memcpy(at_ + size - Part, last, Part);
  }
  const uint8_t* copy_plain(const uint8_t* p, const uint8_t* end);
  const uint8_t* escape_one(const uint8_t* p, const uint8_t* end);

  char* at_;
  char* end_;
  bool overflowed_ = false;
};

}  // namespace pbfast::events
