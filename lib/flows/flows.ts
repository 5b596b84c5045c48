/** Flow reports to flow events. The counters stay in the handoff memory; the encoder reads them there. */
import { constant } from '../events/constants.js';
import type { Rows } from '../events/rows.js';

export class Flows {
  readonly #rows: Rows;
  readonly #dataset = constant('flow');
  readonly #statics: number;

  /** `statics`: number of the static field set of flow events, 0 for none. */
  constructor(rows: Rows, statics: number) {
    this.#rows = rows;
    this.#statics = statics;
  }

  /** A FlowReport lies at `offset` of the handoff memory. */
  report(offset: number): void {
    this.#rows.sendFlow(offset, this.#dataset, this.#statics);
  }
}
