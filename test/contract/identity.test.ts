/** What came in is what was processed and what was lost: for whole captures, cut ones, filtered ones, and several shards. */
import { describe, expect, it } from 'vitest';
import { balances } from '../../lib/app/identity.js';
import type { RunRequest } from '../../lib/app/plan.js';
import { addStats } from '../../lib/app/shards.js';
import { buildDemo } from '../../lib/demo/demo.js';
import { readShards } from '../support/in-process.js';
import { random, readImage, tag, writeImage } from '../support/recut.js';

const demo = buildDemo();
const image = readImage(demo);
const ASKED: Partial<RunRequest> = {
  detect: true,
  flows: { timeout: 30, period: 10, delta: false },
};

/** The balances of a run whose events are counted by hand. */
async function read(capture: Uint8Array, over: Partial<RunRequest> = {}) {
  const shards = await readShards(capture, { ...ASKED, ...over });
  const { counters } = addStats(shards.map(({ stats }) => stats));
  const events = shards.reduce((sum, shard) => sum + shard.events.length, 0);
  return balances({ ...counters, 'output.events.acked': events });
}

async function expectClosed(capture: Uint8Array, over: Partial<RunRequest> = {}) {
  const all = await read(capture, over);
  expect(all.map(({ unit, unaccounted }) => [unit, unaccounted])).toEqual(all.map(({ unit }) => [unit, 0]));
  return Object.fromEntries(all.map((balance) => [balance.unit, balance]));
}

describe('the identity of losses', () => {
  it('closes for the demo, where nothing is lost, in one shard and in three', async () => {
    for (const workers of [1, 3]) {
      const all = await expectClosed(demo, { workers });
      expect(all.packets!.received).toBe(image.packets.length);
      for (const balance of Object.values(all)) {
        expect(balance.received).toBeGreaterThan(0);
        expect(balance.lost).toBe(0);
      }
    }
  });

  it('closes wherever the file ends', async () => {
    const next = random(1);
    for (let i = 0; i < 40; i++) expectClosed(demo.subarray(0, 24 + Math.floor(next() * (demo.length - 24))));
  });

  it('closes when packets are cut, damaged or tagged, and says how many were lost', async () => {
    const next = random(2);
    let lost = 0;
    for (let round = 0; round < 10; round++) {
      const packets = image.packets.map((packet) => {
        const frame = Buffer.from(packet.frame);
        if (next() < 0.3) frame[Math.floor(next() * frame.length)]! ^= 1 << Math.floor(next() * 8);
        return { ...packet, frame: next() < 0.3 ? frame.subarray(0, 10 + Math.floor(next() * 60)) : frame };
      });
      lost += (await expectClosed(writeImage({ ...image, packets }))).packets!.lost;
    }
    expect(lost).toBeGreaterThan(0);
    await expectClosed(writeImage(tag(image, 7)));
  });

  it('counts what a filter leaves out among the processed', async () => {
    const { packets } = await expectClosed(demo, { source: { files: [], filter: 'udp port 53' } });
    expect([packets!.received, packets!.lost]).toEqual([image.packets.length, 0]);
  });

  it('does not close when something is not counted', async () => {
    const [packets] = balances({ 'capture.packets.received': 10, 'flow.packets.counted': 9 });
    expect(packets).toEqual({ unit: 'packets', received: 10, processed: 9, lost: 0, unaccounted: 1 });
  });
});
