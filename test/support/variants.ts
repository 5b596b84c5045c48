/**
 * Variants of a capture, many in one run: to start and end a shard costs more than to read a small capture. Each has a VLAN
 * of its own, so that it shares no flow with others, and a stretch of time of its own, by which its events are known.
 */
import type { ShardStats } from '../../lib/app/messages.js';
import type { TestEvent } from './decode-rows.js';
import { readInProcess } from './in-process.js';
import { type Image, type Packet, tag, writeImage } from './recut.js';

export interface Variant {
  readonly packets: readonly Packet[];
  /** Of packet `at` only so many bytes are captured; its length is told as it was. */
  readonly cut?: { readonly at: number; readonly captured: number };
}

export interface VariantsRead {
  /** By variant, with times that count from its beginning. */
  readonly events: TestEvent[][];
  /** What must not be: logs of crashes, a read error. */
  readonly wrong: string[];
  readonly stats: ShardStats;
}

const EPOCH = 1_000_000_000;
/** Longer than any time-out of what a connection left open. */
const PAUSE = 120;

/** Events of each variant; `whole` gives the times. At most 4,000 variants. */
export async function readVariants(whole: Image, variants: readonly Variant[]): Promise<VariantsRead> {
  const seconds = whole.packets.map((packet) => packet.seconds);
  const first = seconds.reduce((a, b) => Math.min(a, b));
  const span = seconds.reduce((a, b) => Math.max(a, b)) - first + PAUSE;
  const packets = variants.flatMap((variant, number) =>
    place(variant, number, EPOCH + number * span - first),
  );
  // What the last one leaves open times out, as that of the others does.
  const last = { ...whole.packets[0]!, seconds: EPOCH + variants.length * span };
  const ticks = Array.from({ length: 40 }, (_, i) => ({ ...last, seconds: last.seconds + i, frame: TICK }));
  const read = await readInProcess(writeImage({ header: whole.header, packets: [...packets, ...ticks] }));
  const events: TestEvent[][] = variants.map(() => []);
  for (const event of read.events) {
    const number = Math.floor((secondsOf(event['@timestamp']) - EPOCH) / span);
    events[number]?.push(relative(event, EPOCH + number * span));
  }
  return { events, wrong: read.error ? [...read.logs, read.error] : read.logs, stats: read.stats };
}

/** An Ethernet frame that is no IP packet. */
const TICK = Buffer.alloc(60);
TICK.writeUInt16BE(0x88cc, 12);

function place({ packets, cut }: Variant, number: number, shift: number): Packet[] {
  const tagged = tag({ header: Buffer.alloc(0), packets: [...packets] }, number + 1).packets;
  return tagged.map((packet, at) => {
    const moved = { ...packet, seconds: packet.seconds + shift };
    if (cut?.at !== at) return moved;
    const captured = cut.captured < 12 ? cut.captured : cut.captured + 4;
    return { ...moved, frame: packet.frame.subarray(0, captured), wire: packet.frame.length };
  });
}

const secondsOf = (time: string): number => Math.floor(Date.parse(time) / 1000);

function relative(event: TestEvent, base: number): TestEvent {
  const from = (time: string | undefined) =>
    time && `${secondsOf(time) - base}${time.slice(time.indexOf('.'))}`;
  const { start, end, ...kept } = event.event ?? {};
  // The address seen first stands first, also when that was of an answer.
  event.related?.ip?.sort();
  return {
    ...event,
    '@timestamp': from(event['@timestamp'])!,
    event: { ...kept, start: from(start), end: from(end) },
  };
}
