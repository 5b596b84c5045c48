/** The shards of a run as one: started, stopped and counted together. */
import { loadAddon } from '../handoff/addon.js';
import type { ShardPlan, ShardStats, TallySnapshot } from './messages.js';
import { Ordered } from './ordered.js';
import { Shard, type ShardEvents } from './shard.js';

export class Shards {
  /** Resolves when all sources are open; rejects with the coded error of the first that is not. */
  readonly ready: Promise<void>;
  /** Resolves when all chunks are out; to the cause of an early end, or ''. */
  readonly ended: Promise<string>;
  readonly #shards: readonly Shard[];
  readonly #ordered: Ordered | undefined;

  constructor(plans: readonly ShardPlan[], events: ShardEvents) {
    const [first] = plans;
    // Shards find each other through the addon, which goes with the last thread that has it: one may end before another begins.
    if (plans.length > 1) loadAddon();
    if (first!.ordered)
      this.#ordered = new Ordered(plans.length, first!.chunkBytes, (chunk) => events.chunk(chunk));
    this.#shards = plans.map((plan, i) => new Shard(plan, this.#eventsOf(i, events)));
    this.ready = Promise.all(this.#shards.map((shard) => shard.ready)).then(() => {});
    this.ready.catch(() => this.stop());
    this.ended = this.#end();
  }

  /** Counters over all shards as of the last time they were asked for, or the end. */
  get stats(): ShardStats {
    return addStats(this.#shards.map((shard) => shard.stats));
  }

  stop(): void {
    for (const shard of this.#shards) shard.stop();
  }

  async refresh(): Promise<ShardStats> {
    return addStats(await Promise.all(this.#shards.map((shard) => shard.refresh())));
  }

  /** Waits until the threads are gone. */
  async gone(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.gone()));
  }

  unref(): void {
    for (const shard of this.#shards) shard.unref();
  }

  #eventsOf(shard: number, events: ShardEvents): ShardEvents {
    const ordered = this.#ordered;
    if (!ordered) return events;
    return {
      ...events,
      chunk: (chunk) => ordered.push(shard, chunk),
      progress: (seconds, nanoseconds) => ordered.progress(shard, { seconds, nanoseconds }),
    };
  }

  /** One that fails ends all: the flows it kept would be missing from then on. */
  async #end(): Promise<string> {
    const causes = this.#shards.map(async (shard, i) => {
      const cause = await shard.ended;
      this.#ordered?.end(i);
      if (cause) this.stop();
      return cause;
    });
    const cause = (await Promise.all(causes)).find(Boolean) ?? '';
    await this.#ordered?.drained;
    return cause;
  }
}

/** Every counter is a sum: see native/engine/counters.h. */
export function addStats(all: readonly ShardStats[]): ShardStats {
  const counters: Record<string, number> = {};
  const tallies: Record<string, TallySnapshot> = {};
  for (const stats of all) {
    for (const [name, n] of Object.entries(stats.counters)) counters[name] = (counters[name] ?? 0) + n;
    for (const [name, tally] of Object.entries(stats.tallies))
      tallies[name] = addTallies(tallies[name], tally);
  }
  return { counters, tallies };
}

function addTallies(a: TallySnapshot | undefined, b: TallySnapshot): TallySnapshot {
  if (!a) return b;
  return {
    events: a.events + b.events,
    errors: a.errors + b.errors,
    buckets: a.buckets.map((n, i) => n + b.buckets[i]!),
  };
}
