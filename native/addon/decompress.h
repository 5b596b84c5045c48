// Unpacks compressed parts of messages for analyzers (lib/protocols/kit/decompress.ts).
#pragma once

#include <napi.h>

namespace pbfast::addon {

// (kind, from, start, end, to, size) -> bytes written, or -1: broken, or more than `size`.
Napi::Value decompress(const Napi::CallbackInfo& info);

}  // namespace pbfast::addon
