import { describe, expect, it } from 'vitest';
import { Ordered } from './ordered.js';
import type { ShardChunk } from './shard.js';

const SIZE = 64;

/** A chunk with one line a time, `name` and the time. */
function chunkOf(name: string, times: readonly number[], done: () => void = () => {}): ShardChunk {
  const lines = times.map((time) => `${name}${time}\n`);
  const marks = times.flatMap((time, i) => [Math.floor(time / 10), time % 10, lines[i]!.length, 1]);
  return { bytes: Buffer.from(lines.join('')), events: times.length, marks, done };
}

function merging(shards: number, hold = false) {
  const held: ShardChunk[] = [];
  let text = '';
  let events = 0;
  const ordered = new Ordered(shards, SIZE, (chunk) => {
    text += Buffer.from(chunk.bytes).toString();
    events += chunk.events;
    if (hold) held.push(chunk);
    else chunk.done();
  });
  return { ordered, held, text: () => text.trim().replaceAll('\n', ' '), events: () => events };
}

const at = (time: number) => ({ seconds: Math.floor(time / 10), nanoseconds: time % 10 });

describe('the merge of shards', () => {
  it('gives the events in the order of time, those of one instant by shard', async () => {
    const { ordered, text, events } = merging(3);
    ordered.push(1, chunkOf('b', [2, 5, 31]));
    ordered.push(0, chunkOf('a', [1, 5, 6, 32]));
    ordered.push(2, chunkOf('c', [5, 9]));
    for (const shard of [0, 1, 2]) ordered.end(shard);
    await ordered.drained;
    expect(text()).toBe('a1 b2 a5 b5 c5 a6 c9 b31 a32');
    expect(events()).toBe(9);
  });

  it('waits for whoever may still have something earlier, and no longer', () => {
    const { ordered, text } = merging(2);
    ordered.push(0, chunkOf('a', [1, 7, 8]));
    expect(text()).toBe('');
    ordered.progress(1, at(7));
    expect(text()).toBe('a1 a7');
    ordered.push(1, chunkOf('b', [7]));
    expect(text()).toBe('a1 a7 b7');
    ordered.end(1);
    expect(text()).toBe('a1 a7 b7 a8');
  });

  it('gives chunks back when they are copied, and holds no more than a few', async () => {
    const { ordered, held, text } = merging(1, true);
    const times = Array.from({ length: 12 }, (_, i) => 10_000 + i);
    let back = 0;
    for (let i = 0; i < 8; i++)
      ordered.push(
        0,
        chunkOf(
          'x'.repeat(10),
          times.map((time) => time + i * 100),
          () => back++,
        ),
      );
    ordered.end(0);
    expect(held.length).toBe(4);
    expect(back).toBeLessThan(8);
    while (held.length > 0) held.shift()!.done();
    await ordered.drained;
    expect(back).toBe(8);
    expect(text().split(' ').length).toBe(96);
  });

  it('ends when no shard had anything', async () => {
    const { ordered, text } = merging(2);
    ordered.end(1);
    ordered.end(0);
    await ordered.drained;
    expect(text()).toBe('');
  });
});
