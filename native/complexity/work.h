// Counts basic blocks: what code compiled with -fsanitize-coverage=trace-pc did. The same on every
// run and machine, as time is not.
#pragma once
#include <cstdint>

namespace pbfast::complexity {

uint64_t work_done();

template <class Run>
uint64_t work_of(Run&& run) {
  const uint64_t before = work_done();
  run();
  return work_done() - before;
}

}  // namespace pbfast::complexity
