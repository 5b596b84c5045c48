// The part of a frame that a layer reads: what lies after the headers already read, less what an
// outer length excludes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "decode/packet_view.h"

namespace pbfast::decode {

// Holds captured <= wire; `data` may be read up to `captured`.
struct Span {
  const uint8_t* data;
  uint32_t captured;
  uint32_t wire;

  bool has(uint32_t size) const { return captured >= size; }
  // Why `size` bytes are not there.
  Verdict lack(uint32_t size) const {
    return wire < size ? Verdict::kMalformed : Verdict::kTruncated;
  }
  // What follows the first `size` bytes, which may be cut by the capture but not by the wire.
  Span after(uint32_t size) const {
    const uint32_t step = std::min(size, captured);
    return {data + step, captured - step, wire - size};
  }
  // The first `size` bytes, or all when there are fewer.
  Span first(uint32_t size) const { return {data, std::min(captured, size), std::min(wire, size)}; }
};

// What remains is the packet's payload.
inline Verdict end_at(Span span, PacketView* view) {
  view->payload = span.data;
  view->payload_captured = span.captured;
  view->payload_wire = span.wire;
  return Verdict::kOk;
}

}  // namespace pbfast::decode
