/** An analyzer at work: what the configuration makes of it, and what one worker keeps of it. */
import type { Counter, Counters } from '../base/counters.js';
import { constant } from '../events/constants.js';
import type { Row } from '../events/row.js';
import type { Rows } from '../events/rows.js';
import type { Analyzer, Connect, Emit, Flow } from './analyzer.js';
import { Deadlines } from './kit/deadlines.js';

/** An analyzer with its options, as the configuration gives it. */
export interface Use {
  readonly analyzer: Analyzer;
  // biome-ignore lint/suspicious/noExplicitAny: checked against analyzer.options when the configuration was read
  readonly options: any;
  readonly ports: readonly number[];
  /** Static field set of its events, 0: none. */
  readonly statics: number;
  /** Its events are discarded: nobody wants them. */
  readonly muted?: boolean;
  /** Number of the only interface it looks at. */
  readonly interface?: number | undefined;
}

/** One analyzer at work in this worker. */
export interface Running {
  readonly analyzer: Analyzer;
  readonly connect: Connect;
  readonly interface: number | undefined;
  readonly crashes: Counter;
  readonly dropped: Counter;
  readonly gaps: Counter;
  readonly oversized: Counter;
}

export class Emitter implements Emit {
  readonly deadlines = new Deadlines();
  readonly #rows: Rows;
  readonly #counters: Counters;
  readonly #name: string;
  readonly #dataset: number;
  readonly #statics: number;
  readonly #muted: Counter | undefined;

  constructor(rows: Rows, counters: Counters, use: Use) {
    this.#rows = rows;
    this.#counters = counters;
    this.#name = use.analyzer.name;
    this.#dataset = constant(use.analyzer.name);
    this.#statics = use.statics;
    this.#muted = use.muted ? counters.get('processors.events.dropped') : undefined;
  }

  row(flow: Flow): Row {
    const row = this.#rows.take();
    row.card = flow.card;
    row.dataset = this.#dataset;
    row.statics = this.#statics;
    return row;
  }

  send(row: Row): void {
    if (this.#muted) {
      this.#muted.value++;
      this.#rows.discard(row);
    } else {
      this.#rows.send(row);
    }
  }

  discard(row: Row): void {
    this.#rows.discard(row);
  }

  counter(name: string): Counter {
    return this.#counters.get(`${this.#name}.${name}`);
  }
}
