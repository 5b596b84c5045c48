// flow.id as Packetbeat writes it: unpadded base64 of a 17-byte header (flags, offsets of the
// layers that are present, counts) and the key bytes of those layers. Opaque to consumers; kept
// byte for byte so that old and new data join.
#pragma once
#include <cstdint>

#include "handoff/record.h"

namespace pbfast::flow {

inline constexpr uint32_t kMaxFlowIdBytes = 160;
// Writes the id, without a terminating zero; returns its size.
uint32_t format_flow_id(const handoff::FlowInfo& info, char* out);

}  // namespace pbfast::flow
