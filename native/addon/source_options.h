// From the plain objects of lib/handoff/addon.ts to the engine's options. TypeScript has checked
// them.
#pragma once
#include <napi.h>

#include <memory>

#include "addon/shard_group.h"
#include "capture/live_control.h"
#include "capture/source.h"
#include "engine/options.h"

namespace pbfast::addon {

// The group that the options name, or null.
std::shared_ptr<ShardGroup> join_group_of(const Napi::Object& options);
// Live, the kernel splits the packets; of files every shard of the group reads all.
engine::Options read_engine_options(const Napi::Object& options, const ShardGroup* group);
capture::Opened open_source(const Napi::Object& options, const ShardGroup* group,
                            const std::shared_ptr<capture::LiveControl>& control);

}  // namespace pbfast::addon
