/** Several shards give the events that one gives, flow.id included, and count what one counts. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RunRequest } from '../../lib/app/plan.js';
import { addStats } from '../../lib/app/shards.js';
import { buildDemo } from '../../lib/demo/demo.js';
import { type Read, readShards } from '../support/in-process.js';
import { random, readImage, reorder, tag, wrapInGre, wrapInVxlan, writeImage } from '../support/recut.js';

const conformance = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));
const captures = existsSync(conformance)
  ? readdirSync(conformance)
      .map((name) => join(conformance, name, 'input.pcap'))
      .filter(existsSync)
  : [];
if (captures.length === 0) console.warn('shards: ../shared/conformance is absent, its captures are skipped');

const ASKED: Partial<RunRequest> = {
  detect: true,
  flows: { timeout: 30, period: 10, delta: false, health: true },
};
const demo = readImage(buildDemo());

const linesOf = (shards: readonly Read[]) =>
  shards.flatMap(({ events }) => events.map((event) => JSON.stringify(event))).sort();

/** What is counted of packets, flows and events. How much is reassembled of a flow nobody wants depends on when that is found. */
function countersOf(shards: readonly Read[]): [string, number][] {
  const { counters } = addStats(shards.map(({ stats }) => stats));
  return Object.entries(counters).filter(
    ([name]) => /^(capture|engine|decode|flow|events)\./.test(name) && name !== 'engine.packets.foreign',
  );
}

async function expectSame(capture: string | Uint8Array, counts = [2, 3]): Promise<void> {
  const one = await readShards(capture, ASKED);
  for (const workers of counts) {
    const several = await readShards(capture, { ...ASKED, workers });
    expect(several.length).toBe(workers);
    expect(linesOf(several)).toEqual(linesOf(one));
    expect(countersOf(several)).toEqual(countersOf(one));
    const read = one[0]!.stats.counters['engine.packets.read']!;
    for (const { stats } of several)
      expect(stats.counters['engine.packets.read']! + stats.counters['engine.packets.foreign']!).toBe(read);
  }
}

describe('the demo capture in shards', () => {
  it('gives the events of one', () => expectSame(writeImage(demo), [2, 3, 8]));

  it('is shared by all of them', async () => {
    const shards = await readShards(writeImage(demo), { ...ASKED, workers: 2 });
    for (const { events } of shards) expect(events.length).toBeGreaterThan(50);
  });

  it('gives the events of one in tunnels, VLANs and disorder', async () => {
    await expectSame(writeImage(wrapInVxlan(demo, 7)));
    await expectSame(writeImage(wrapInGre(demo)));
    await expectSame(writeImage(tag(demo, 10)));
    await expectSame(writeImage(reorder(demo, 8, random(1))));
  });
});

describe.skipIf(captures.length === 0)('captures of ../shared/conformance in shards', () => {
  it.each(captures)('%s gives the events of one', { timeout: 60_000 }, (path) => expectSame(path));
});
