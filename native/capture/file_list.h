// Several capture files, one after the other, as one source: connections go on from one file into
// the next.
#pragma once
#include <string>
#include <vector>

#include "capture/source.h"

namespace pbfast::capture {

// Opens the first now, so that a wrong name is told at once; the others when their turn comes.
Opened open_file_list(std::vector<std::string> paths, const std::string& filter);

}  // namespace pbfast::capture
