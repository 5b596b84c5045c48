// Compiled without coverage, so that counting is not counted.
#include "complexity/work.h"

namespace {
uint64_t blocks = 0;
}

// Called by every basic block.
extern "C" void __sanitizer_cov_trace_pc() { blocks++; }

namespace pbfast::complexity {

uint64_t work_done() { return blocks; }

}  // namespace pbfast::complexity
