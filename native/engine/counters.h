// What the engine counts. One list gives the struct, the names that JS sees and the STATS payload.
// received = decoded + refused; every packet of a flow is in flow.packets. What Suricata counts too
// has its name there. With several shards the sums are those of one: a packet counts where its flow
// is, one without a flow at the first shard, and elsewhere as foreign. flow.get_used.*: flows ended
// for others, by pool and reason; together they are flow.flows.evicted. defrag.*: datagrams given
// up, by reason; with those left at the end they are decode.datagrams.incomplete.
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
  X(defrag_timeout, "defrag.timeout")                              \
  X(defrag_trackers, "defrag.max_trackers_reached")                \
  X(defrag_memcap, "defrag.memcap")                                \
  X(defrag_fragments, "defrag.max_frags_reached")                  \
  X(defrag_overlap, "defrag.overlap")                              \
  X(defrag_malformed, "defrag.malformed")                          \
  X(truncated, "decode.packets.truncated")                         \
  X(malformed, "decode.packets.malformed")                         \
  X(link_unknown, "decode.packets.link_unknown")                   \
  X(flow_packets, "flow.packets.counted")                          \
  X(flow_refused, "flow.packets.refused")                          \
  X(flows_created, "flow.flows.created")                           \
  X(flows_ended, "flow.flows.ended")                               \
  X(flows_evicted, "flow.flows.evicted")                           \
  X(evicted_embryonic, "flow.get_used.embryonic")                  \
  X(evicted_established, "flow.get_used.established")              \
  X(evicted_datagram, "flow.get_used.datagram")                    \
  X(evicted_source, "flow.get_used.source")                        \
  X(flow_memcap, "flow.memcap")                                    \
  X(emergencies_entered, "flow.emerg_mode_entered")                \
  X(emergencies_over, "flow.emerg_mode_over")                      \
  X(flow_reports, "flow.reports.sent")                             \
  X(reports_lost, "flow.reports.lost")                             \
  X(tcp_reuse, "flow.tcp.port_reuse")                              \
  X(tcp_midstream, "flow.tcp.midstream")                           \
  X(retransmitted, "reassembly.segments.retransmitted")            \
  X(overlaps, "reassembly.segments.overlapping")                   \
  X(overlap_conflicts, "reassembly.segments.conflicting")          \
  X(out_of_order, "reassembly.segments.out_of_order")              \
  X(gaps, "reassembly.gaps.given_up")                              \
  X(gap_bytes, "reassembly.bytes.missing")                         \
  X(holders_given_up, "reassembly.connections.memory")             \
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
