/** Delivery against an output that does as it is told: every event is either acknowledged or dropped. */
import { expect, it, vi } from 'vitest';
import type { Chunk, Output, Result } from '../output.js';
import { Delivery } from './delivery.js';

type Answer = (chunk: Chunk) => Result | Promise<Result>;

/** Answers in turn; the last one for ever. */
class Scripted implements Output {
  readonly sent: Chunk[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  async open(): Promise<void> {}
  async close(): Promise<void> {}
  counters = () => ({ 'output.scripted.sent': this.sent.length });

  async write(chunk: Chunk): Promise<Result> {
    this.sent.push(chunk);
    return (this.#answers.length > 1 ? this.#answers.shift()! : this.#answers[0]!)(chunk);
  }
}

const chunk = (events: number) => ({ bytes: Buffer.alloc(events, '\n'), events, done: vi.fn() });
const last = ({ bytes, events }: Chunk, n: number) => ({ bytes: bytes.subarray(events - n), events: n });
const fast = { maxRetries: 3, backoffInit: 0.001, backoffMax: 0.004 };

function setUp(options: Partial<typeof fast>, ...answers: Answer[]) {
  const warnings: string[] = [];
  const output = new Scripted(...answers);
  const delivery = new Delivery(output, { ...fast, ...options }, (message) => warnings.push(message));
  return { output, delivery, warnings };
}

it('delivers in order, one at a time, and gives the memory back', async () => {
  let writing = 0;
  const { output, delivery } = setUp({}, async () => {
    expect(++writing).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    writing--;
    return {};
  });
  const chunks = [chunk(3), chunk(1), chunk(2)];
  for (const one of chunks) delivery.push(one);
  await delivery.drain();
  expect(output.sent.map(({ events }) => events)).toEqual([3, 1, 2]);
  for (const { done } of chunks) expect(done).toHaveBeenCalledTimes(1);
  expect(delivery.counters()).toEqual({
    'output.scripted.sent': 3,
    'output.events.acked': 6,
    'output.events.retried': 0,
    'output.events.dropped': 0,
  });
  await delivery.drain();
});

it('sends again only what is to be sent again, and lends the memory until then', async () => {
  const one = chunk(10);
  const { output, delivery } = setUp(
    {},
    (sent) => ({ retry: last(sent, 4), dropped: 1 }),
    (sent) => {
      expect(one.done).not.toHaveBeenCalled();
      return { retry: last(sent, 2) };
    },
    () => ({}),
  );
  delivery.push(one);
  await delivery.drain();
  expect(output.sent.map(({ events }) => events)).toEqual([10, 4, 2]);
  expect([delivery.acked, delivery.dropped, delivery.retried]).toEqual([9, 1, 6]);
});

it('gives up after the last retry, and goes on with the next chunk', async () => {
  const { output, delivery, warnings } = setUp({ maxRetries: 2 }, (sent) =>
    sent.events === 5 ? { retry: sent } : {},
  );
  const chunks = [chunk(5), chunk(7)];
  for (const one of chunks) delivery.push(one);
  await delivery.drain();
  expect(output.sent.map(({ events }) => events)).toEqual([5, 5, 5, 7]);
  expect([delivery.acked, delivery.dropped]).toEqual([7, 5]);
  expect(warnings).toEqual(['5 events are given up after 3 attempts']);
  for (const { done } of chunks) expect(done).toHaveBeenCalledTimes(1);
});

it('never sends again with no retries', async () => {
  const { output, delivery } = setUp({ maxRetries: 0 }, (sent) => ({ retry: sent }));
  delivery.push(chunk(5));
  await delivery.drain();
  expect([output.sent.length, delivery.dropped, delivery.retried]).toEqual([1, 5, 0]);
});

it('takes an error as nothing delivered, and tells it', async () => {
  const fail = () => {
    throw new Error('cut');
  };
  const { delivery, warnings } = setUp({}, fail, fail, () => ({}));
  delivery.push(chunk(5));
  await delivery.drain();
  expect([delivery.acked, delivery.dropped, delivery.retried]).toEqual([5, 0, 10]);
  expect(warnings).toEqual(['cut', 'cut']);
});

it('tells why events were refused', async () => {
  const { delivery, warnings } = setUp({}, () => ({ dropped: 2, reason: 'mapper: no' }));
  delivery.push(chunk(5));
  await delivery.drain();
  expect([delivery.acked, delivery.dropped]).toEqual([3, 2]);
  expect(warnings).toEqual(['mapper: no']);
});

it('pauses longer each time, up to the longest pause, with jitter', async () => {
  const pauses: number[] = [];
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((resume: () => void, ms: number) => {
    pauses.push(ms);
    setImmediate(resume);
  }) as never);
  try {
    const { delivery } = setUp({ maxRetries: 6, backoffInit: 1, backoffMax: 8 }, (sent) => ({ retry: sent }));
    delivery.push(chunk(1));
    await delivery.drain();
  } finally {
    spy.mockRestore();
  }
  expect(pauses.length).toBe(6);
  [1, 2, 4, 8, 8, 8].forEach((seconds, i) => {
    expect(pauses[i]).toBeGreaterThanOrEqual(seconds * 500);
    expect(pauses[i]).toBeLessThanOrEqual(seconds * 1000);
  });
});

it('tries for ever below 0, until it is stopped: then each chunk gets one more attempt', async () => {
  const { output, delivery } = setUp({ maxRetries: -1, backoffInit: 60, backoffMax: 60 }, (sent) => ({
    retry: sent,
  }));
  const chunks = [chunk(5), chunk(7)];
  for (const one of chunks) delivery.push(one);
  await new Promise((resolve) => setImmediate(resolve));
  expect(output.sent.length).toBe(1);
  delivery.stop();
  await delivery.drain();
  expect(output.sent.map(({ events }) => events)).toEqual([5, 5, 7]);
  expect([delivery.acked, delivery.dropped]).toEqual([0, 12]);
  for (const { done } of chunks) expect(done).toHaveBeenCalledTimes(1);
});

it('closes its counts whatever the output answers', async () => {
  let state = 7;
  const random = (below: number) => {
    state = (state * 48271) % 0x7fffffff;
    return state % below;
  };
  const { delivery } = setUp({ maxRetries: 2 }, (sent) => {
    if (random(4) === 0) throw new Error('cut');
    const dropped = random(sent.events + 1);
    const again = random(sent.events - dropped + 1);
    return again > 0 ? { retry: last(sent, again), dropped } : { dropped };
  });
  let pushed = 0;
  for (let i = 0; i < 200; i++) {
    const events = 1 + random(50);
    pushed += events;
    delivery.push(chunk(events));
  }
  await delivery.drain();
  expect(delivery.acked + delivery.dropped).toBe(pushed);
});
