/**
 * Whatever comes, twice as much of it costs an analyzer about twice the work. Work is counted in blocks, so nothing here
 * depends on time; PBFAST_DEEP=1 prints times beside it.
 */
import { afterAll, expect, it } from 'vitest';
import { startCounting, stopCounting, workOf } from '../support/work.js';

const LIMIT = 2.3;
/** Less would be a stream that the analyzer gave up early: it says nothing. */
const LEAST = 1.3;
const DEEP = process.env.PBFAST_DEEP === '1';

startCounting();
afterAll(stopCounting);
const { hostileStreams, prepare } = await import('../support/hostile-streams.js');
const { analyzers } = await import('../../lib/protocols/registry.js');

it('has streams for every protocol', () => {
  const known = new Set(hostileStreams.map(({ protocol }) => protocol));
  expect(analyzers.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
});

it.each(hostileStreams.map((stream) => [`${stream.protocol}: ${stream.name}`, stream] as const))(
  '%s',
  (name, stream) => {
    const once = prepare(stream, stream.size);
    const twice = prepare(stream, 2 * stream.size);
    // What is done but once, and code that is compiled at its first run.
    once();
    const before = performance.now();
    const work = workOf(once);
    const middle = performance.now();
    const double = workOf(twice);
    const after = performance.now();
    if (DEEP) {
      const time = (after - middle) / (middle - before);
      console.log(
        `${name}: work ${work}, times ${(double / work).toFixed(2)}; time times ${time.toFixed(2)}`,
      );
    }
    expect(double / work).toBeLessThanOrEqual(LIMIT);
    expect(double / work).toBeGreaterThanOrEqual(LEAST);
  },
);
