/**
 * One shard's worker side: batches of records in, NDJSON out. Joins handoff, protocols, flows, events and the native
 * encoder; what drives it is worker.ts.
 */
import { Counters } from '../base/counters.js';
import { constant, constantsFrom } from '../events/constants.js';
import type { Catalogue } from '../events/fields.js';
import { Rows } from '../events/rows.js';
import { Flows } from '../flows/flows.js';
import type { Addon, NativeEncoder } from '../handoff/addon.js';
import type { Batches } from '../handoff/batches.js';
import { RECORD_WORDS } from '../handoff/record.js';
import type { Analyzer } from '../protocols/analyzer.js';
import { findAnalyzer } from '../protocols/registry.js';
import type { Use } from '../protocols/running.js';
import { Runtime } from '../protocols/runtime.js';
import { buildCatalogue } from './catalogue.js';
import type { Chunks } from './chunks.js';
import type { ShardPlan, ShardStats } from './messages.js';
import { Tallies } from './tally.js';

export class Pipeline {
  readonly counters = new Counters();
  readonly #batches: Batches;
  readonly #runtime: Runtime;
  readonly #rows: Rows;
  readonly #encoder: NativeEncoder;
  readonly #progress = new Uint32Array(3);
  readonly #chunks: Chunks;
  readonly #tallies = new Tallies();
  readonly #counterNames: string[];
  #engine: Record<string, number> = {};
  #constants = 1;
  /** The source ended. */
  ended = false;
  /** How far packet time has come; with ShardPlan.ordered. */
  seconds = 0;
  nanoseconds = 0;
  readonly #ordered: boolean;

  constructor(
    addon: Addon,
    batches: Batches,
    plan: ShardPlan,
    chunks: Chunks,
    log: (message: string) => void,
    plugins: readonly Analyzer[] = [],
  ) {
    this.#batches = batches;
    this.#chunks = chunks;
    this.#ordered = plan.ordered;
    this.#counterNames = addon.counterNames();
    const catalogue = buildCatalogue(plan.extraFields, plugins);
    this.#encoder = makeEncoder(addon, batches.memory, plan, catalogue, this.#progress);
    this.#rows = new Rows(
      batches.memory,
      (region, words) => this.#encode(region, words),
      (row) => this.#tallies.add(row),
    );
    const flows = new Flows(this.#rows, plan.flowStatics);
    const flowDataset = constant('flow');
    this.#runtime = new Runtime({
      uses: plan.uses.map((use) => toUse(use, plugins)),
      rows: this.#rows,
      counters: this.counters,
      detect: plan.detect,
      host: {
        openCard: (card, offset) => this.#encoder.openCard(card, offset),
        command: (command, dir, flow, generation, value) =>
          batches.command(command, dir, flow, generation, value),
        flowReport: (offset) => {
          if (plan.flowsMuted) return;
          flows.report(offset);
          this.#tallies.count(flowDataset);
        },
        counters: (offset) => {
          this.#engine = this.#readCounters(offset);
        },
        end: () => {
          this.ended = true;
        },
        log,
      },
    });
  }

  /** Handles the batch of `count` records that lies at batches.at; afterwards it may be filled again. */
  handle(count: number): void {
    const { words, at } = this.#batches;
    if (this.#ordered) this.#handleByTime(words, at, count);
    else this.#runtime.handle(words, at, count);
    this.#rows.settle();
    this.#runtime.settled();
    this.#batches.release();
  }

  /** Runs of records within which packet time does not move on: their events have the same time. */
  #handleByTime(words: Uint32Array, at: number, count: number): void {
    const end = at + count * RECORD_WORDS;
    for (let from = at; from < end; ) {
      this.#seeTime(words, from);
      let to = from + RECORD_WORDS;
      while (to < end && !this.#movesTime(words, to)) to += RECORD_WORDS;
      this.#chunks.at(this.seconds, this.nanoseconds);
      this.#runtime.handle(words, from, (to - from) / RECORD_WORDS);
      this.#rows.flush();
      from = to;
    }
  }

  #movesTime(words: Uint32Array, record: number): boolean {
    const seconds = words[record + 5]!;
    return seconds > this.seconds || (seconds === this.seconds && words[record + 6]! > this.nanoseconds);
  }

  #seeTime(words: Uint32Array, record: number): void {
    if (!this.#movesTime(words, record)) return;
    this.seconds = words[record + 5]!;
    this.nanoseconds = words[record + 6]!;
  }

  stats(): ShardStats {
    const own = this.counters.snapshot();
    return {
      counters: {
        ...this.#engine,
        ...own,
        ...this.#encoder.losses(),
        'events.rows.sent': this.#rows.sent,
        'events.rows.open': this.#rows.open,
        'events.rows.cut': this.#rows.overflowed,
        'handoff.commands.lost': this.#batches.lostCommands,
        'protocols.sessions.open': this.#runtime.flows,
      },
      tallies: this.#tallies.snapshot(),
    };
  }

  #readCounters(offset: number): Record<string, number> {
    const { memory } = this.#batches;
    const view = new DataView(memory.buffer, memory.byteOffset + offset, this.#counterNames.length * 8);
    return Object.fromEntries(
      this.#counterNames.map((name, i) => [name, Number(view.getBigUint64(i * 8, true))]),
    );
  }

  #encode(region: Uint32Array, words: number): void {
    const fresh = constantsFrom(this.#constants);
    if (fresh.length > 0) {
      this.#encoder.addConstants(fresh);
      this.#constants += fresh.length;
    }
    const progress = this.#progress;
    for (let from = 0; from < words; from += progress[0]!) {
      const { buffer, from: outFrom } = this.#chunks;
      this.#encoder.encode(region, from, words - from, buffer, outFrom);
      this.#chunks.wrote(progress[1]!, progress[2]!);
      if (from + progress[0]! < words) this.#chunks.flush();
    }
  }
}

function makeEncoder(
  addon: Addon,
  memory: Uint8Array,
  plan: ShardPlan,
  catalogue: Catalogue,
  progress: Uint32Array,
): NativeEncoder {
  const paths = catalogue.byId.map((field) => field.path);
  const encoder = new addon.Encoder({ ...plan.encoder, paths }, memory, progress);
  plan.statics.forEach((set, i) => {
    const literals = set.map(([path, json]) => [catalogue.find(path)?.id ?? 0, json] as const);
    encoder.setStatics(
      i + 1,
      literals.filter(([id]) => id > 0),
    );
  });
  return encoder;
}

function toUse(planned: ShardPlan['uses'][number], plugins: readonly Analyzer[]): Use {
  const analyzer = findAnalyzer(planned.name, plugins);
  if (!analyzer) throw new Error(`no analyzer ${planned.name}`);
  return {
    analyzer,
    options: planned.options,
    ports: planned.ports,
    statics: planned.statics,
    muted: planned.muted,
    interface: planned.interface,
  };
}
