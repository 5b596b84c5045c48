#include "events/json_writer.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace pbfast::events {

namespace {

// Length of the well-formed UTF-8 sequence at `p` (Unicode 15 table 3-7); else 0 and in *bad the
// length of the maximal subpart that one U+FFFD stands for.
uint32_t sequence_length(const uint8_t* p, const uint8_t* end, uint32_t* bad) {
  const uint8_t lead = p[0];
  *bad = 1;
  uint32_t size;
  uint8_t low = 0x80, high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf)
    size = 2;
  else if (lead >= 0xe0 && lead <= 0xef)
    size = 3, low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
  else if (lead >= 0xf0 && lead <= 0xf4)
    size = 4, low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
  else
    return 0;
  for (uint32_t i = 1; i < size; i++) {
    if (p + i == end || p[i] < low || p[i] > high) {
      *bad = i;
      return 0;
    }
    low = 0x80, high = 0xbf;
  }
  return size;
}

// What follows the backslash; 0: \u00xx, 1: as it is.
constexpr char escape_of(uint8_t c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return c < 0x20 ? 0 : 1;
  }
}

constexpr bool is_plain(uint8_t c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;

// The top bit of the first byte that is a control, quote, backslash or beyond ASCII is set, none
// before it.
constexpr uint64_t bytes_of_care(uint64_t word) {
  const uint64_t quote = word ^ kOnes * '"', slash = word ^ kOnes * '\\';
  return (word | (word - kOnes * 0x20) | (quote - kOnes) | (slash - kOnes)) & kTops;
}

}  // namespace

void JsonWriter::text(const uint8_t* data, uint32_t size) {
  const uint8_t* p = data;
  const uint8_t* const end = data + size;
  byte('"');
  // Escaped text is never shorter, so what does not fit as it is does not fit.
  while (has_room(static_cast<uint32_t>(end - p)) && p < end) {
    p = copy_plain(p, end);
    if (p < end) p = escape_one(p, end);
  }
  byte('"');
}

// Copies up to the first byte that needs care; there is room for all.
// PERF: 16 bytes at once, then 8; most text needs no care at all.
const uint8_t* JsonWriter::copy_plain(const uint8_t* p, const uint8_t* end) {
  char* at = at_;
  bool plain = true;
#ifdef __SSE2__
  while (plain && end - p >= 16) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed compare: bytes from 0x80 on are below 0x20 as well.
    const __m128i low = _mm_cmplt_epi8(chunk, _mm_set1_epi8(0x20));
    const __m128i quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"'));
    const __m128i slash = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
    const auto care =
        static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash))));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at), chunk);
    const uint32_t clean = care ? static_cast<uint32_t>(__builtin_ctz(care)) : 16;
    p += clean;
    at += clean;
    plain = care == 0;
  }
#endif
  while (plain && end - p >= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    std::memcpy(at, &word, 8);
    const uint64_t care = bytes_of_care(word);
    const uint32_t clean = care ? static_cast<uint32_t>(__builtin_ctzll(care)) / 8 : 8;
    p += clean;
    at += clean;
    plain = care == 0;
  }
  while (plain && p < end && is_plain(*p)) *at++ = static_cast<char>(*p++);
  at_ = at;
  return p;
}

const uint8_t* JsonWriter::escape_one(const uint8_t* p, const uint8_t* end) {
  const uint8_t c = *p;
  if (c >= 0x80) {
    uint32_t bad;
    const uint32_t size = sequence_length(p, end, &bad);
    if (size)
      raw(reinterpret_cast<const char*>(p), size);
    else
      raw("\xef\xbf\xbd");
    return p + (size ? size : bad);
  }
  const char escaped = escape_of(c);
  if (escaped == 1) {
    byte(static_cast<char>(c));
  } else if (escaped) {
    const char pair[2] = {'\\', escaped};
    raw(pair, 2);
  } else {
    static constexpr char kHex[] = "0123456789abcdef";
    const char unicode[6] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    raw(unicode, 6);
  }
  return p + 1;
}

}  // namespace pbfast::events
