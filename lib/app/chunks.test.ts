/** Buffers between a worker and the main thread: what is full waits, or is lost and counted. */
import { describe, expect, it } from 'vitest';
import { Chunks } from './chunks.js';

const SIZE = 16;

function setUp(count: number, lossy: boolean) {
  const sent: { buffer: SharedArrayBuffer; bytes: number; events: number }[] = [];
  const lost = { name: 'queue.events.dropped', value: 0 };
  const chunks = new Chunks(SIZE, count, lossy, lost, (buffer, bytes, events) =>
    sent.push({ buffer, bytes, events }),
  );
  /** One event of `bytes` bytes of value `mark`. */
  const write = (bytes: number, mark = 1) => {
    chunks.buffer.fill(mark, chunks.from, chunks.from + bytes);
    chunks.wrote(bytes, 1);
  };
  return { chunks, sent, lost, write };
}

describe('filling', () => {
  it('goes on where the last write ended, and sends what was written', () => {
    const { chunks, sent, write } = setUp(2, false);
    write(4, 7);
    expect(chunks.from).toBe(4);
    write(3, 8);
    chunks.flush();
    expect(sent).toMatchObject([{ bytes: 7, events: 2 }]);
    expect([...new Uint8Array(sent[0]!.buffer, 0, 8)]).toEqual([7, 7, 7, 7, 8, 8, 8, 0]);
    expect(chunks.from).toBe(0);
  });

  it('sends nothing when there is nothing', () => {
    const { chunks, sent } = setUp(1, false);
    chunks.flush();
    expect(chunks.buffer.length).toBe(SIZE);
    chunks.flush();
    expect(sent).toEqual([]);
    expect(chunks.available).toBe(1);
  });

  it('uses buffers again', () => {
    const { chunks, sent, write } = setUp(1, false);
    for (let n = 0; n < 5; n++) {
      write(1, n);
      chunks.flush();
      chunks.giveBack(sent[n]!.buffer);
    }
    expect(new Set(sent.map(({ buffer }) => buffer)).size).toBe(1);
  });
});

describe('live', () => {
  it('loses events while no buffer is left, and counts them', () => {
    const { chunks, sent, lost, write } = setUp(2, true);
    for (let n = 0; n < 5; n++) {
      write(4);
      chunks.flush();
    }
    expect(sent.length).toBe(2);
    expect(lost.value).toBe(3);
    expect(chunks.available).toBe(0);
    chunks.giveBack(sent[0]!.buffer);
    write(4);
    chunks.flush();
    expect([sent.length, lost.value]).toEqual([3, 3]);
    expect(sent[2]!.buffer).toBe(sent[0]!.buffer);
  });

  it('never lets lost events into a buffer that is sent', () => {
    const { chunks, sent, write } = setUp(1, true);
    write(4, 1);
    chunks.flush();
    write(9, 2);
    chunks.giveBack(sent[0]!.buffer);
    write(2, 3);
    chunks.flush();
    expect(sent[1]).toMatchObject({ bytes: 2, events: 1 });
    expect([...new Uint8Array(sent[1]!.buffer, 0, 4)]).toEqual([3, 3, 1, 1]);
  });
});

describe('from files', () => {
  it('waits for a buffer', async () => {
    const { chunks, sent, lost, write } = setUp(1, false);
    await chunks.room();
    write(4);
    chunks.flush();
    let there = false;
    const room = chunks.room().then(() => {
      there = true;
    });
    await Promise.resolve();
    expect(there).toBe(false);
    chunks.giveBack(sent[0]!.buffer);
    await room;
    expect(lost.value).toBe(0);
  });

  it('makes what one batch needs beyond the count, and lets it go afterwards', async () => {
    const { chunks, sent, lost, write } = setUp(2, false);
    for (let n = 0; n < 5; n++) {
      write(4);
      chunks.flush();
    }
    expect([sent.length, lost.value, chunks.available]).toEqual([5, 0, 0]);
    for (const { buffer } of sent.slice(0, 3)) chunks.giveBack(buffer);
    expect(chunks.available).toBe(0);
    let there = false;
    const room = chunks.room().then(() => {
      there = true;
    });
    await Promise.resolve();
    expect(there).toBe(false);
    chunks.giveBack(sent[3]!.buffer);
    await room;
    chunks.giveBack(sent[4]!.buffer);
    expect(chunks.available).toBe(2);
  });
});
