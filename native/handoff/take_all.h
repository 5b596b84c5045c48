// Stands for the worker in tests and benches: takes and releases until the end; the records taken.
#pragma once
#include <cstdint>

#include "handoff/record.h"
#include "handoff/ring.h"

namespace pbfast::handoff {

inline uint64_t take_all(Ring* ring) {
  uint64_t records = 0;
  for (bool end = false; !end;) {
    uint32_t offset;
    const uint32_t count = ring->take(100, &offset);
    if (count == 0) continue;
    const auto* batch = reinterpret_cast<const Record*>(ring->memory() + offset);
    end = batch[count - 1].kind == static_cast<uint8_t>(Kind::kEnd);
    records += count;
    ring->release();
  }
  return records;
}

}  // namespace pbfast::handoff
