// From the plain objects of lib/handoff/addon.ts to the engine's options. TypeScript has checked
// them.
#pragma once
#include <napi.h>

#include "capture/source.h"
#include "engine/options.h"

namespace pbfast::addon {

engine::Options read_engine_options(const Napi::Object& options);
capture::Opened open_source(const Napi::Object& options);

}  // namespace pbfast::addon
