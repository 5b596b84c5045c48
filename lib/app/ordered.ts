/**
 * The events of several shards in the order of time. The time of an event is how far packet time had come in its shard when
 * the event was complete: the order in which one shard would have written it, but for events of the same instant, which come
 * by shard where that can be known. A merge of sorted chunks, bounded by them: it goes on when every shard has a chunk here
 * or has said that nothing earlier will come.
 */
import type { ShardChunk } from './shard.js';

/** Runs of events in a chunk: MARK_WORDS numbers each, ascending: seconds, nanoseconds, bytes, events. */
export type Marks = readonly number[];
export const MARK_WORDS = 4;

/** Merged chunks under way; what is not taken makes the shards wait. */
const OUT_CHUNKS = 4;

interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}
const FOREVER: Time = { seconds: Infinity, nanoseconds: 0 };
const NEVER: Time = { seconds: -1, nanoseconds: 0 };

const isBefore = (a: Time, b: Time) =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);

/** One shard's sorted chunks, and the run of events that comes next. */
class Lane {
  /** No event before this time will come. */
  reached: Time = NEVER;
  /** Of the next run, while there is one. */
  head: Time | undefined;
  readonly #chunks: ShardChunk[] = [];
  #mark = 0;
  #byte = 0;

  push(chunk: ShardChunk): void {
    if (chunk.marks && chunk.marks.length > 0) this.#chunks.push(chunk);
    else chunk.done();
    if (!this.head) this.#look();
  }

  reach(time: Time): void {
    if (isBefore(this.reached, time)) this.reached = time;
  }

  get bytes(): number {
    return this.#chunks[0]!.marks![this.#mark + 2]!;
  }

  /** Copies the run to `out`; returns its number of events. */
  moveTo(out: Uint8Array, at: number): number {
    const chunk = this.#chunks[0]!;
    const { bytes } = this;
    const events = chunk.marks![this.#mark + 3]!;
    out.set(chunk.bytes.subarray(this.#byte, this.#byte + bytes), at);
    this.reach(this.head!);
    this.#byte += bytes;
    this.#mark += MARK_WORDS;
    if (this.#mark === chunk.marks!.length) {
      this.#mark = this.#byte = 0;
      this.#chunks.shift();
      chunk.done();
    }
    this.#look();
    return events;
  }

  #look(): void {
    const marks = this.#chunks[0]?.marks;
    this.head = marks && { seconds: marks[this.#mark]!, nanoseconds: marks[this.#mark + 1]! };
  }
}

export class Ordered {
  /** Resolves when all shards have ended and all is handed on. */
  readonly drained: Promise<void>;
  readonly #lanes: readonly Lane[];
  readonly #size: number;
  readonly #sink: (chunk: ShardChunk) => void;
  readonly #free: Uint8Array[] = [];
  #made = 0;
  #out: Uint8Array | undefined;
  #used = 0;
  #events = 0;
  #drained!: () => void;
  #merging = false;

  /** `size`: of a chunk, no run is larger. */
  constructor(shards: number, size: number, sink: (chunk: ShardChunk) => void) {
    this.#lanes = Array.from({ length: shards }, () => new Lane());
    this.#size = size;
    this.#sink = sink;
    this.drained = new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  push(shard: number, chunk: ShardChunk): void {
    this.#lanes[shard]!.push(chunk);
    this.#merge();
  }

  progress(shard: number, time: Time): void {
    this.#lanes[shard]!.reach(time);
    this.#merge();
  }

  end(shard: number): void {
    this.progress(shard, FOREVER);
  }

  #merge(): void {
    // The sink may give a chunk back at once, which comes here again.
    if (this.#merging) return;
    this.#merging = true;
    for (let lane = this.#next(); lane && this.#hasRoom(lane.bytes); lane = this.#next()) {
      const { bytes } = lane;
      this.#events += lane.moveTo(this.#out!, this.#used);
      this.#used += bytes;
    }
    this.#flush();
    this.#merging = false;
    if (this.#lanes.every((lane) => !lane.head && lane.reached === FOREVER)) this.#drained();
  }

  /** The lane of the earliest run; none while another may still get an earlier one. */
  #next(): Lane | undefined {
    let first: Lane | undefined;
    for (const lane of this.#lanes)
      if (lane.head && (!first || isBefore(lane.head, first.head!))) first = lane;
    if (first && this.#lanes.every((lane) => lane.head || !isBefore(lane.reached, first.head!))) return first;
    return undefined;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#out && this.#used + bytes > this.#out.length) this.#flush();
    this.#out ??= this.#free.pop();
    if (!this.#out && this.#made < OUT_CHUNKS) {
      this.#out = new Uint8Array(this.#size);
      this.#made++;
    }
    return this.#out !== undefined;
  }

  #flush(): void {
    const out = this.#out;
    if (!out || this.#used === 0) return;
    let given = false;
    const done = () => {
      if (given) return;
      given = true;
      this.#free.push(out);
      this.#merge();
    };
    const chunk = { bytes: out.subarray(0, this.#used), events: this.#events, done };
    this.#out = undefined;
    this.#used = this.#events = 0;
    this.#sink(chunk);
  }
}
