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

}  // namespace

// PERF: 16 bytes that need no care are copied at once; most text is nothing else.
void JsonWriter::text(const uint8_t* data, uint32_t size) {
  const uint8_t* p = data;
  const uint8_t* const end = data + size;
  byte('"');
  while (p < end && !overflowed_) {
#ifdef __SSE2__
    while (end - p >= 16 && end_ - at_ >= 16) {
      const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      // Signed compare: bytes from 0x80 on are below 0x20 as well.
      const __m128i low = _mm_cmplt_epi8(chunk, _mm_set1_epi8(0x20));
      const __m128i quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"'));
      const __m128i slash = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
      const auto care =
          static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash))));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at_), chunk);
      if (care != 0) {
        const auto clean = static_cast<uint32_t>(__builtin_ctz(care));
        p += clean;
        at_ += clean;
        break;
      }
      p += 16;
      at_ += 16;
    }
    if (p == end) break;
#endif
    p = escape_one(p, end);
  }
  byte('"');
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
