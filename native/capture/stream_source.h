// A compressed file or a pipe, through a bounded buffer.
#pragma once
#include <string>

#include "capture/source.h"

namespace pbfast::capture {

// Takes over `fd`. Waits until the file header has come.
Opened open_stream(int fd, const std::string& name, const std::string& filter);

}  // namespace pbfast::capture
