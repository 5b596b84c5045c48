// Several live sources as one. Their frames come in turns: in order within a source, and between
// sources within the time that a ring keeps a block back.
#pragma once
#include <memory>
#include <vector>

#include "capture/source.h"

namespace pbfast::capture {

std::unique_ptr<Source> make_multi(std::vector<std::unique_ptr<Source>> sources);

}  // namespace pbfast::capture
