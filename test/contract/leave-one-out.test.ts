/**
 * Each TCP packet with data left out in turn: no crash, the loss is counted, and of the transactions that begin later on the
 * same connection at least 95 in 100 are found.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import { captures, DEEP, sample } from '../support/captures.js';
import type { TestEvent } from '../support/decode-rows.js';
import { type Image, type Packet, readImage } from '../support/recut.js';
import { connectionOf, dataPackets, provesLoss } from '../support/segments.js';
import { readVariants } from '../support/variants.js';

/** Packets of a capture that are left out, when not all. */
const PACKETS = 24;
/** In one run. */
const VARIANTS = 50;
const SHARE = 0.95;

interface Score {
  packets: number;
  later: number;
  found: number;
  losses: number;
}

/** The two ends, in either order, as `address:port address:port`. */
const endsOf = ({ source, destination }: TestEvent): string =>
  [`${source.ip}:${source.port}`, `${destination.ip}:${destination.port}`].sort().join(' ');

/** The transactions that begin behind packet `gone` on its connection. */
function laterThan(gone: Gone, events: readonly TestEvent[]): string[] {
  return events
    .filter((event) => endsOf(event) === gone.ends && Number.parseFloat(event['@timestamp']) > gone.time)
    .map((event) => JSON.stringify(event));
}

interface Gone {
  readonly ends: string;
  /** Seconds since the beginning of the capture's first second. */
  readonly time: number;
}

function goneOf(image: Image, packet: Packet): Gone {
  const first = Math.min(...image.packets.map(({ seconds }) => seconds));
  const unit = image.header.readUInt32LE(0) === 0xa1b23c4d ? 1e9 : 1e6;
  return {
    ends: connectionOf(packet.frame)!,
    time: packet.seconds - first + packet.fraction / unit,
  };
}

async function leaveOut(image: Image, total: Score): Promise<void> {
  const wanted = sample(dataPackets(image), PACKETS);
  for (let i = 0; i < wanted.length; i += VARIANTS) {
    const gone = wanted.slice(i, i + VARIANTS);
    const { packets } = image;
    const variants = gone.map((at) => ({ packets: packets.filter((_, other) => other !== at) }));
    const read = await readVariants(image, [{ packets }, ...variants]);
    expect(read.wrong).toEqual([]);
    const [whole, ...others] = read.events;
    const before = await readVariants(
      image,
      [{ packets }, ...variants].map(() => ({ packets })),
    );
    const gaps = (stats: typeof read.stats) => stats.counters[GAPS]!;
    let losses = 0;
    for (const [k, events] of others.entries()) {
      const here = goneOf(image, packets[gone[k]!]!);
      const later = laterThan(here, whole!);
      const found = new Set(laterThan(here, events));
      total.later += later.length;
      total.found += later.filter((event) => found.has(event)).length;
      // A connection without later events may be one that nobody follows.
      if (later.length > 0 && provesLoss(image, gone[k]!)) losses++;
    }
    expect(gaps(read.stats) - gaps(before.stats)).toBeGreaterThanOrEqual(losses);
    total.losses += losses;
    total.packets += gone.length;
  }
}
const GAPS = 'reassembly.gaps.given_up';

describe('a capture without one packet', () => {
  const paths = captures();

  it('loses that transaction and hardly any later one', { timeout: 3_600_000 }, async () => {
    const total: Score = { packets: 0, later: 0, found: 0, losses: 0 };
    for (const path of ['', ...paths]) {
      const own: Score = { packets: 0, later: 0, found: 0, losses: 0 };
      await leaveOut(readImage(path ? readFileSync(path) : buildDemo()), own);
      if (own.found < own.later * SHARE) console.log(`leave-one-out: ${path} ${own.found} of ${own.later}`);
      for (const name of ['packets', 'later', 'found', 'losses'] as const) total[name] += own[name];
    }
    const share = total.found / total.later;
    console.log(
      `leave-one-out: ${total.packets} packets${DEEP ? '' : ' (PBFAST_DEEP=1: all)'}, ${total.losses} gaps seen to be counted, ` +
        `${total.found} of ${total.later} later transactions found, ${(share * 100).toFixed(2)} %`,
    );
    expect(share).toBeGreaterThanOrEqual(SHARE);
  });
});
