#include "events/json_writer.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using pbfast::events::JsonWriter;

namespace {

template <class Write>
std::string written(Write&& write, uint32_t capacity = 4096) {
  std::vector<char> out(capacity);
  JsonWriter writer(out.data(), capacity);
  write(writer);
  CHECK_FALSE(writer.overflowed());
  return {out.data(), static_cast<size_t>(writer.position() - out.data())};
}

std::string quoted(const std::string& text) {
  return written([&](JsonWriter& w) {
    w.text(reinterpret_cast<const uint8_t*>(text.data()), static_cast<uint32_t>(text.size()));
  });
}

// Byte by byte, to hold the wide paths against.
std::string plainly_quoted(const std::string& ascii) {
  std::string out = "\"";
  for (const char c : ascii) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

}  // namespace

TEST_CASE("every control character, quote and backslash is escaped") {
  static const char* const kShort[] = {"\\b", "\\t", "\\n", nullptr, "\\f", "\\r"};
  for (int c = 0; c < 0x20; c++) {
    char expected[8];
    std::snprintf(expected, sizeof expected, "\\u%04x", c);
    const char* const brief = c >= 8 && c <= 13 ? kShort[c - 8] : nullptr;
    CHECK(quoted(std::string(1, static_cast<char>(c))) ==
          '"' + std::string(brief ? brief : expected) + '"');
  }
  CHECK(quoted("\"\\/") == R"("\"\\/")");
  CHECK(quoted("\x7f") == "\"\x7f\"");
  CHECK(quoted("") == "\"\"");
}

TEST_CASE("what needs care is found at every place of texts of every length") {
  for (const char special : {'"', '\\', '\n', '\0', '\x1f', '\x80', '\xff'}) {
    const std::string one = quoted(std::string(1, special));
    const std::string inner = one.substr(1, one.size() - 2);
    for (size_t size = 1; size <= 50; size++) {
      for (size_t at = 0; at < size; at++) {
        std::string text(size, 'x');
        text[at] = special;
        CHECK(quoted(text) ==
              '"' + std::string(at, 'x') + inner + std::string(size - at - 1, 'x') + '"');
      }
    }
  }
  std::string ascii;
  for (char c = 0x20; c < 0x7f; c++) ascii += c;
  CHECK(quoted(ascii) == plainly_quoted(ascii));
}

TEST_CASE("well-formed UTF-8 stays, each maximal subpart of the rest becomes one U+FFFD") {
  const std::string r = "\xef\xbf\xbd";
  const struct {
    std::string in, out;
  } kTable[] = {
      {"\xc2\x80", "\xc2\x80"},
      {"\xdf\xbf", "\xdf\xbf"},
      {"\xe0\xa0\x80", "\xe0\xa0\x80"},
      {"\xed\x9f\xbf", "\xed\x9f\xbf"},
      {"\xee\x80\x80", "\xee\x80\x80"},
      {"\xef\xbf\xbf", "\xef\xbf\xbf"},
      {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},
      {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
      {"\x80", r},
      {"\xbf\xbf", r + r},
      {"\xc0\xaf", r + r},                  // overlong
      {"\xc1\xbf", r + r},                  // overlong
      {"\xe0\x9f\xbf", r + r + r},          // overlong
      {"\xed\xa0\x80", r + r + r},          // surrogate
      {"\xf0\x8f\xbf\xbf", r + r + r + r},  // overlong
      {"\xf4\x90\x80\x80", r + r + r + r},  // beyond U+10FFFF
      {"\xf5\x80\x80\x80", r + r + r + r},
      {"\xfe\xff", r + r},
      {"\xc2", r},
      {"\xe1\x80", r},
      {"\xf1\x80\x80", r},
      {"\xe1\x80\x41", r + "A"},
      {"\xf0\x9f\x98\x41", r + "A"},
      {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", r + r + r + r + "A"},  // Unicode 15, table 3-11
      {"\xc2\"", r + "\\\""},
  };
  for (const auto& row : kTable) {
    CHECK(quoted(row.in) == '"' + row.out + '"');
    CHECK(quoted("0123456789abcde" + row.in + "z") == "\"0123456789abcde" + row.out + "z\"");
  }
}

TEST_CASE("numbers are exact, what JSON lacks is null") {
  const auto number = [](auto value) { return written([&](JsonWriter& w) { w.number(value); }); };
  const auto real = [](double value) { return written([&](JsonWriter& w) { w.real(value); }); };
  CHECK(number(std::numeric_limits<int64_t>::min()) == "-9223372036854775808");
  CHECK(number(std::numeric_limits<int64_t>::max()) == "9223372036854775807");
  CHECK(number(std::numeric_limits<uint64_t>::max()) == "18446744073709551615");
  CHECK(number(uint64_t{0}) == "0");
  CHECK(real(0.1) == "0.1");
  CHECK(real(-0.0) == "-0");
  CHECK(real(1.0) == "1");
  CHECK(real(5e-324) == "5e-324");
  CHECK(real(-1.7976931348623157e308) == "-1.7976931348623157e+308");
  CHECK(real(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(real(std::numeric_limits<double>::infinity()) == "null");
  CHECK(real(-std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("pieces of every size are copied whole") {
  std::string text;
  for (int i = 0; i < 100; i++) text += static_cast<char>(' ' + i % 90);
  for (uint32_t size = 0; size + JsonWriter::kPadding <= text.size(); size++) {
    CHECK(written([&](JsonWriter& w) { w.raw(text.data(), size); }) == text.substr(0, size));
    CHECK(written([&](JsonWriter& w) { w.padded({text.data(), size}); }) == text.substr(0, size));
  }
}

TEST_CASE("nothing is written behind a buffer of any size") {
  const std::string text =
      "quote \" control \x01 euro \xe2\x82\xac broken \xe2\x82 end, and more of it";
  const std::string whole = quoted(text);
  for (uint32_t capacity = 0; capacity <= whole.size() + 8; capacity++) {
    // Of exactly this size, so that the sanitizer sees a write beyond.
    std::vector<char> out(capacity);
    JsonWriter writer(out.data(), capacity);
    writer.text(reinterpret_cast<const uint8_t*>(text.data()), static_cast<uint32_t>(text.size()));
    writer.padded(std::string_view(text).substr(0, 3));
    CHECK(static_cast<size_t>(writer.position() - out.data()) <= capacity);
    CHECK(writer.overflowed() == (capacity < whole.size() + 3));
  }
}
