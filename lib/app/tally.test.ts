import { describe, expect, it } from 'vitest';
import { constant } from '../events/constants.js';
import { FLAG } from '../events/layout.js';
import type { Row } from '../events/row.js';
import { quantile, Tallies } from './tally.js';

/** What a tally reads of a row. */
function row(micros: number | undefined, status = 'OK', dataset = 'http'): Row {
  const nanos = Math.round((micros ?? 0) * 1000);
  return {
    dataset: constant(dataset),
    status: status ? constant(status) : 0,
    flags: micros === undefined ? 0 : FLAG.hasEnd,
    startSeconds: 100,
    startNanoseconds: 900_000_000,
    endSeconds: 100 + Math.floor((900_000_000 + nanos) / 1e9),
    endNanoseconds: (900_000_000 + nanos) % 1e9,
  } as Row;
}

function durations(all: readonly number[]): readonly number[] {
  const tallies = new Tallies();
  for (const micros of all) tallies.add(row(micros));
  return tallies.snapshot().http!.buckets;
}

describe('quantiles', () => {
  it.each([1.5, 20, 333, 5000, 77_777, 1_234_567, 60_000_000, 3_600_000_000])(
    'of %d µs are within 12 %%',
    (micros) => {
      const buckets = durations([micros]);
      for (const share of [0.5, 0.95, 0.99, 1]) {
        const value = quantile(buckets, share)!;
        expect(value / micros).toBeGreaterThan(0.88);
        expect(value / micros).toBeLessThan(1.13);
      }
    },
  );

  it('lie where they should among many', () => {
    const buckets = durations(Array.from({ length: 1000 }, (_, i) => (i + 1) * 100));
    expect(quantile(buckets, 0.5)! / 50_000).toBeCloseTo(1, 0);
    expect(quantile(buckets, 0.5)).toBeGreaterThan(44_000);
    expect(quantile(buckets, 0.5)).toBeLessThan(56_500);
    expect(quantile(buckets, 0.99)).toBeGreaterThan(87_000);
    expect(quantile(buckets, 0.99)).toBeLessThan(112_000);
  });

  it('of nothing are undefined; of nonsense stay in the first and last bucket', () => {
    expect(quantile([], 0.5)).toBeUndefined();
    const buckets = durations([-5, 0, 0.5, 1, 1e18]);
    expect(buckets[0]).toBe(4);
    expect(buckets.at(-1)).toBe(1);
  });
});

function durationsOf(tallies: Tallies, name: string): number {
  return tallies.snapshot()[name]!.buckets.reduce((sum, n) => sum + n, 0);
}

describe('tallies', () => {
  it('count events, errors and durations by dataset', () => {
    const tallies = new Tallies();
    tallies.add(row(10));
    tallies.add(row(10, 'Error'));
    tallies.add(row(undefined, 'Server Error'));
    tallies.add(row(undefined, ''));
    tallies.add(row(10, 'OK', 'dns'));
    tallies.count(constant('flow'));
    const { http, dns, flow } = tallies.snapshot();
    expect([http!.events, http!.errors, durationsOf(tallies, 'http')]).toEqual([4, 2, 2]);
    expect([dns!.events, dns!.errors]).toEqual([1, 0]);
    expect([flow!.events, flow!.errors, durationsOf(tallies, 'flow')]).toEqual([1, 0, 0]);
    expect(quantile(flow!.buckets, 0.5)).toBeUndefined();
  });

  it('give copies', () => {
    const tallies = new Tallies();
    tallies.add(row(10));
    const before = tallies.snapshot();
    tallies.add(row(10));
    expect(before.http!.events).toBe(1);
    expect(before.http!.buckets.reduce((sum, n) => sum + n, 0)).toBe(1);
  });
});
