/**
 * What came in is what was processed and what was lost, stage by stage, each in its own unit. Every term is counted where it
 * happens, by another hand than the sum on the left: where they differ, a loss was not counted.
 */
export interface Balance {
  readonly unit: string;
  readonly received: number;
  readonly processed: number;
  readonly lost: number;
  /** received - processed - lost: 0, or something vanished silently. */
  readonly unaccounted: number;
}

interface Terms {
  readonly unit: string;
  readonly received: readonly string[];
  readonly processed: readonly string[];
  /** Counted among the processed, but of a later stage. */
  readonly again: readonly string[];
  readonly lost: readonly string[];
}

/** By counter. Interface: dropped before the kernel could offer it to anyone. */
const STAGES: readonly Terms[] = [
  {
    unit: 'packets',
    received: ['capture.packets.received', 'capture.packets.dropped_interface'],
    // A joined datagram counts once in its flow; its fragments came as packets.
    processed: [
      'flow.packets.counted',
      'decode.packets.fragment',
      'capture.packets.filtered',
      'capture.packets.copies',
    ],
    again: ['decode.datagrams.joined'],
    lost: [
      'capture.packets.dropped_interface',
      'capture.packets.dropped_kernel',
      'capture.packets.unread',
      'decode.packets.truncated',
      'decode.packets.malformed',
      'decode.packets.link_unknown',
      'flow.packets.refused',
    ],
  },
  {
    unit: 'payload bytes',
    received: ['handoff.bytes.offered'],
    processed: ['handoff.bytes.sent', 'handoff.bytes.skipped'],
    again: [],
    lost: ['handoff.bytes.shed'],
  },
  {
    unit: 'sessions',
    received: ['protocols.sessions.opened'],
    processed: ['protocols.sessions.ended', 'protocols.sessions.given_up'],
    again: [],
    lost: ['protocols.sessions.oversized', 'protocols.sessions.crashed'],
  },
  {
    unit: 'events',
    received: ['events.rows.sent'],
    processed: ['output.events.acked'],
    again: [],
    lost: ['events.rows.too_large', 'events.rows.malformed', 'queue.events.dropped', 'output.events.dropped'],
  },
];

/** Of a run that has ended: before, some are under way between two stages. */
export function balances(counters: Readonly<Record<string, number>>): Balance[] {
  const sum = (names: readonly string[]) => names.reduce((all, name) => all + (counters[name] ?? 0), 0);
  return STAGES.map((stage) => {
    const received = sum(stage.received);
    const processed = sum(stage.processed) - sum(stage.again);
    const lost = sum(stage.lost);
    return { unit: stage.unit, received, processed, lost, unaccounted: received - processed - lost };
  });
}
