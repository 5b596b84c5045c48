// A live source that outlives its device: down and up, removed and made again, renamed, or moved to
// another one on demand.
#pragma once
#include <memory>

#include "capture/live_control.h"
#include "capture/source.h"

namespace pbfast::capture {

// `interface` is the number that its frames carry.
Opened open_watched(const LiveOptions& options, uint16_t interface,
                    std::shared_ptr<LiveControl> control);

}  // namespace pbfast::capture
