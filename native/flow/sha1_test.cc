#include "flow/sha1.h"

#include <doctest/doctest.h>

#include <string>

using namespace pbfast;

namespace {

std::string hex(const uint8_t digest[20]) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 20; i++) text += {kHex[digest[i] >> 4], kHex[digest[i] & 15]};
  return text;
}

using Digest = void (*)(const uint8_t*, uint32_t, uint8_t*);

std::string run(Digest digest_of, const std::string& text) {
  uint8_t digest[20];
  digest_of(reinterpret_cast<const uint8_t*>(text.data()), static_cast<uint32_t>(text.size()),
            digest);
  return hex(digest);
}

}  // namespace

TEST_CASE("SHA-1 of one block, with and without the processor's help") {
  for (const Digest digest_of : {flow::sha1_short, flow::sha1_short_anywhere}) {
    CHECK(run(digest_of, "abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");  // FIPS 180-4
    CHECK(run(digest_of, "") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  }
  std::string text;
  uint32_t state = 1;
  for (int i = 0; i < 2000; i++) {
    state = state * 1664525 + 1013904223;
    text.assign(i % 56, static_cast<char>(state >> 24));
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    CHECK(run(flow::sha1_short, text) == run(flow::sha1_short_anywhere, text));
  }
}
