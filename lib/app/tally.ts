/**
 * Events, errors and durations by dataset, for the summary and the live views. Durations fall into buckets that grow by
 * a quarter each (error below 12 %): 160 buckets reach from 1 µs to over an hour.
 */
import { constant, constantText } from '../events/constants.js';
import { FLAG } from '../events/layout.js';
import type { Row } from '../events/row.js';
import type { TallySnapshot } from './messages.js';

const BUCKETS = 160;
const GROWTH = Math.log(1.25);
const OK = constant('OK');

class Tally {
  events = 0;
  errors = 0;
  readonly buckets = new Uint32Array(BUCKETS);

  add(row: Row): void {
    this.events++;
    if (row.status !== OK && row.status !== 0) this.errors++;
    if ((row.flags & FLAG.hasEnd) === 0) return;
    const micros =
      (row.endSeconds - row.startSeconds) * 1e6 + (row.endNanoseconds - row.startNanoseconds) / 1e3;
    this.buckets[bucketOf(micros)]!++;
  }
}

export class Tallies {
  readonly #all: (Tally | undefined)[] = [];

  add(row: Row): void {
    this.#of(row.dataset).add(row);
  }

  /** An event without a duration: a flow report. */
  count(dataset: number): void {
    this.#of(dataset).events++;
  }

  snapshot(): Record<string, TallySnapshot> {
    const all: Record<string, TallySnapshot> = {};
    this.#all.forEach((tally, dataset) => {
      if (!tally) return;
      all[constantText(dataset)] = {
        events: tally.events,
        errors: tally.errors,
        buckets: [...tally.buckets],
      };
    });
    return all;
  }

  #of(dataset: number): Tally {
    let tally = this.#all[dataset];
    if (!tally) {
      tally = new Tally();
      this.#all[dataset] = tally;
    }
    return tally;
  }
}

function bucketOf(micros: number): number {
  if (micros <= 1) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log(micros) / GROWTH) + 1);
}

/** The duration in µs below which `share` (0..1) of the events lie; undefined when there are none. */
export function quantile(buckets: readonly number[], share: number): number | undefined {
  const total = buckets.reduce((sum, n) => sum + n, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (let i = 0; i < buckets.length; i++) {
    seen += buckets[i]!;
    if (seen >= total * share) return Math.exp((i - 0.5) * GROWTH);
  }
  return undefined;
}
