// SHA-1 (RFC 3174) of one short message, as the community id is defined by it. Not for security.
#pragma once
#include <cstdint>

namespace pbfast::flow {

// `size` is 55 at most, so that the message and its length fit one block.
void sha1_short(const uint8_t* data, uint32_t size, uint8_t digest[20]);
// The same without the instructions that some processors have for it.
void sha1_short_anywhere(const uint8_t* data, uint32_t size, uint8_t digest[20]);

}  // namespace pbfast::flow
