// What the engine counts. One list gives the struct, the names that JS sees and the STATS payload.
// received = decoded + refused; every packet of a flow is in flow.packets. With several shards the
// sums are those of one: a packet counts where its flow is, one without a flow at the first shard,
// and elsewhere as foreign.
#pragma once
#include <cstdint>

namespace pbfast::engine {

#define PBFAST_COUNTERS(X)                                         \
  X(source_received, "capture.packets.received")                   \
  X(source_filtered, "capture.packets.filtered")                   \
  X(source_copies, "capture.packets.copies")                       \
  X(source_unread, "capture.packets.unread")                       \
  X(source_kernel_dropped, "capture.packets.dropped_kernel")       \
  X(source_interface_dropped, "capture.packets.dropped_interface") \
  X(source_truncated_records, "capture.records.truncated")         \
  X(source_bad_records, "capture.records.malformed")               \
  X(source_undumped, "capture.packets.undumped")                   \
  X(source_downs, "capture.interface.downs")                       \
  X(source_reopened, "capture.interface.reopened")                 \
  X(clock_steps, "engine.clock.steps")                             \
  X(packets, "engine.packets.read")                                \
  X(bytes, "engine.bytes.read")                                    \
  X(foreign, "engine.packets.foreign")                             \
  X(decoded, "decode.packets.ok")                                  \
  X(not_ip, "decode.packets.not_ip")                               \
  X(fragments, "decode.packets.fragment")                          \
  X(datagrams_joined, "decode.datagrams.joined")                   \
  X(datagrams_given_up, "decode.datagrams.incomplete")             \
  X(truncated, "decode.packets.truncated")                         \
  X(malformed, "decode.packets.malformed")                         \
  X(link_unknown, "decode.packets.link_unknown")                   \
  X(flow_packets, "flow.packets.counted")                          \
  X(flow_refused, "flow.packets.refused")                          \
  X(flows_created, "flow.flows.created")                           \
  X(flows_ended, "flow.flows.ended")                               \
  X(flows_evicted, "flow.flows.evicted")                           \
  X(flow_reports, "flow.reports.sent")                             \
  X(tcp_reuse, "flow.tcp.port_reuse")                              \
  X(tcp_midstream, "flow.tcp.midstream")                           \
  X(retransmitted, "reassembly.segments.retransmitted")            \
  X(overlaps, "reassembly.segments.overlapping")                   \
  X(overlap_conflicts, "reassembly.segments.conflicting")          \
  X(out_of_order, "reassembly.segments.out_of_order")              \
  X(gaps, "reassembly.gaps.given_up")                              \
  X(gap_bytes, "reassembly.bytes.missing")                         \
  X(memory_drops, "reassembly.segments.memory")                    \
  X(out_of_window, "reassembly.segments.out_of_window")            \
  X(rst_out_of_window, "reassembly.rst.out_of_window")             \
  X(records, "handoff.records.sent")                               \
  X(offered_bytes, "handoff.bytes.offered")                        \
  X(payload_bytes, "handoff.bytes.sent")                           \
  X(skipped_bytes, "handoff.bytes.skipped")                        \
  X(shed_bytes, "handoff.bytes.shed")                              \
  X(shed_datagrams, "handoff.datagrams.shed")                      \
  X(commands_stale, "handoff.commands.stale")

struct Counters {
#define PBFAST_FIELD(name, text) uint64_t name = 0;
  PBFAST_COUNTERS(PBFAST_FIELD)
#undef PBFAST_FIELD
};

inline constexpr const char* kCounterNames[] = {
#define PBFAST_NAME(name, text) text,
    PBFAST_COUNTERS(PBFAST_NAME)
#undef PBFAST_NAME
};
inline constexpr uint32_t kCounterCount = sizeof(kCounterNames) / sizeof(kCounterNames[0]);
static_assert(sizeof(Counters) == kCounterCount * 8);

}  // namespace pbfast::engine
