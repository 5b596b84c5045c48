// From the options of lib/handoff/addon.ts to open devices.
#pragma once
#include <napi.h>

#include <memory>

#include "addon/shard_group.h"
#include "capture/live_control.h"
#include "capture/source.h"

namespace pbfast::addon {

// The device and what `others` names, as one source; written to `dump` too.
capture::Opened open_devices(const Napi::Object& options, const ShardGroup* group,
                             const std::shared_ptr<capture::LiveControl>& control);

}  // namespace pbfast::addon
