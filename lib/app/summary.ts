/** The summary at the end of a run: packets, events by protocol with durations, losses by cause. */
import { type Balance, balances } from './identity.js';
import type { ShardStats } from './messages.js';
import { quantile } from './tally.js';

/** Counters that mean loss, and how to say it. All others are in stats(). */
const LOSSES: readonly (readonly [name: string, text: string])[] = [
  ['capture.packets.dropped_kernel', 'packets dropped by the kernel: the ring was full'],
  ['capture.packets.dropped_interface', 'packets dropped by the interface'],
  ['capture.packets.undumped', 'packets not written to the dump file'],
  ['capture.packets.unread', 'packets left unread at the end'],
  ['capture.records.truncated', 'capture file ends inside a record'],
  ['capture.records.malformed', 'malformed records in the capture file'],
  ['decode.packets.truncated', 'packets cut inside a header'],
  ['decode.packets.malformed', 'malformed packets'],
  ['decode.datagrams.incomplete', 'fragmented datagrams that never became whole'],
  ['decode.packets.link_unknown', 'packets of an unknown link type'],
  ['flow.packets.refused', 'packets without a flow: the table was full'],
  ['flow.flows.evicted', 'flows ended early: the table was full'],
  ['reassembly.bytes.missing', 'stream bytes that never came'],
  ['handoff.bytes.shed', 'payload bytes shed: the analyzers were behind'],
  ['protocols.sessions.oversized', 'sessions given up: a message was larger than can be kept'],
  ['queue.events.dropped', 'events dropped: the output was behind'],
  ['output.events.dropped', 'events the output refused or gave up'],
  ['events.rows.too_large', 'events too large for a chunk'],
  ['events.rows.malformed', 'events to a fault in pbfast, please report'],
  ['events.rows.cut', 'events without fields beyond the limit of a row'],
  ['events.fields.cut', 'text fields cut at 64 KiB'],
];

export interface Summary {
  readonly stats: ShardStats;
  /** Counters of the output and its queue. */
  readonly output: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** A line for each loss. */
export function lossLines({ stats, output }: Pick<Summary, 'stats' | 'output'>): string[] {
  const counters = { ...stats.counters, ...output };
  const lines = LOSSES.filter(([name]) => (counters[name] ?? 0) > 0).map(
    ([name, text]) => `lost: ${count(counters[name]!)} ${text} (${name})`,
  );
  for (const [name, n] of Object.entries(counters))
    if (name.endsWith('.session.crashed') && n > 0)
      lines.push(`lost: ${count(n)} sessions to a fault in pbfast (${name}), please report`);
  for (const { unit, unaccounted } of balances(counters))
    if (unaccounted !== 0) lines.push(`lost: ${count(unaccounted)} ${unit} unaccounted for, please report`);
  return lines;
}

/** Lines for standard error. */
export function formatSummary({ stats, output, seconds }: Summary): string[] {
  const counters = { ...stats.counters, ...output };
  const packets = counters['engine.packets.read'] ?? 0;
  const lines = [
    `${count(packets)} packets, ${size(counters['engine.bytes.read'] ?? 0)} in ${seconds.toFixed(1)} s`,
  ];
  const names = Object.keys(stats.tallies).sort();
  const width = Math.max(8, ...names.map((name) => name.length));
  for (const name of names) lines.push(`  ${name.padEnd(width)} ${tally(stats, name)}`);
  if (names.length === 0) lines.push('  no events');
  for (const balance of balances(counters)) if (balance.received > 0) lines.push(identity(balance));
  const losses = lossLines({ stats, output });
  return [...lines, ...(losses.length > 0 ? losses : ['nothing lost'])];
}

function identity({ unit, received, processed, lost, unaccounted }: Balance): string {
  const rest = unaccounted === 0 ? '' : ` + ${count(unaccounted)} unaccounted for`;
  return `${count(received)} ${unit} = ${count(processed)} processed + ${count(lost)} lost${rest}`;
}

function tally(stats: ShardStats, name: string): string {
  const { events, errors, buckets } = stats.tallies[name]!;
  const parts = [`${count(events).padStart(9)} events`, `${count(errors).padStart(7)} errors`];
  const at = (share: number) => duration(quantile(buckets, share));
  if (quantile(buckets, 0.5) !== undefined) parts.push(`p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}`);
  return parts.join('  ');
}

/** 1,234,567. By hand: toLocaleString() first loads 30 ms of locale data. */
const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

function size(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function duration(micros: number | undefined): string {
  if (micros === undefined) return '-';
  if (micros < 1e3) return `${micros.toFixed(0)} µs`;
  return micros < 1e6 ? `${(micros / 1e3).toFixed(1)} ms` : `${(micros / 1e6).toFixed(1)} s`;
}
