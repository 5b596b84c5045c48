/** Named counters, `room.thing.reason`. Monotonic within a run. */
export interface Counter {
  readonly name: string;
  value: number;
}

export class Counters {
  readonly #all = new Map<string, Counter>();

  /** The counter of this name, made on first use: look it up once, then add to `value`. */
  get(name: string): Counter {
    let counter = this.#all.get(name);
    if (!counter) {
      counter = { name, value: 0 };
      this.#all.set(name, counter);
    }
    return counter;
  }

  /** All values by name, sorted. */
  snapshot(): Record<string, number> {
    const entries = [...this.#all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return Object.fromEntries(entries.map((c) => [c.name, c.value]));
  }
}
