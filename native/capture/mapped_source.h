// A regular file, walked in a mapping: pages ahead of the reader are asked for, pages behind it are
// let go, so that a file of any size takes a few MiB.
#pragma once
#include <string>

#include "capture/frame_filter.h"
#include "capture/source.h"

namespace pbfast::capture {

// Closes `fd`; `size` > 0 bytes of it are mapped.
Opened open_mapped(int fd, uint64_t size, const std::string& name, const std::string& filter);

}  // namespace pbfast::capture
