/**
 * The rows of one worker: a pool of open rows, and the region in which finished ones lie until C++ turns them into
 * NDJSON (one call a batch).
 */
import { HEADER_WORDS, Row } from './row.js';

const REGION_WORDS = 1 << 18;
const MAX_POOLED = 4096;

export const ENVELOPE = { transaction: 0, flow: 1 } as const;

/** Encodes the first `words` words of `region`; they are free afterwards. */
export type Flush = (region: Uint32Array, words: number) => void;

export class Rows {
  readonly memory: Uint8Array;
  region = new Uint32Array(REGION_WORDS);
  /** Words of the region in use. */
  used = 0;
  /** Rows sent since the start. */
  sent = 0;
  /** Rows out with analyzers. */
  open = 0;
  /** Rows that lost fields to MAX_ENTRIES or MAX_HEAP. */
  overflowed = 0;
  readonly #pool: Row[] = [];
  readonly #lenders: Row[] = [];
  readonly #flush: Flush;
  readonly #sent: (row: Row) => void;

  /** `sent` sees every event's row just before it is written. */
  constructor(memory: Uint8Array, flush: Flush, sent: (row: Row) => void = () => {}) {
    this.memory = memory;
    this.#flush = flush;
    this.#sent = sent;
  }

  take(): Row {
    this.open++;
    return this.#pool.pop() ?? new Row(this.memory, this.#lenders);
  }

  /** The event is complete: the row is written out and must not be touched again. */
  send(row: Row): void {
    this.#sent(row);
    const heapWords = (row.heapUsed + 3) >>> 2;
    const words = HEADER_WORDS + row.used + heapWords;
    const at = this.#room(words);
    const { region } = this;
    region[at] = words;
    region[at + 1] = row.used >>> 2;
    region[at + 2] = row.heapUsed;
    region[at + 3] = ENVELOPE.transaction;
    region[at + 4] = row.card;
    region[at + 5] = 0;
    region[at + 6] = row.dataset;
    region[at + 7] = row.status;
    region[at + 8] = row.flags;
    region[at + 9] = row.startSeconds;
    region[at + 10] = row.startNanoseconds;
    region[at + 11] = row.endSeconds;
    region[at + 12] = row.endNanoseconds;
    region[at + 13] = row.sourceBytes >>> 0;
    region[at + 14] = (row.sourceBytes / 4294967296) >>> 0;
    region[at + 15] = row.destinationBytes >>> 0;
    region[at + 16] = (row.destinationBytes / 4294967296) >>> 0;
    region[at + 17] = row.statics;
    region[at + 18] = row.icmpMessage;
    const body = at + HEADER_WORDS;
    const { words: source, used } = row;
    // PERF: set() of all words, used or not, is 3 times as fast as a loop over 120 of them; a subarray() would cost more.
    if (used > 40 && body + source.length <= region.length) region.set(source, body);
    else for (let i = 0; i < used; i++) region[body + i] = source[i]!;
    if (row.heapUsed > 0) this.#copyHeap(row, body + used, heapWords);
    this.used = at + words;
    this.sent++;
    if (row.overflowed) this.overflowed++;
    this.#recycle(row);
  }

  /** The event will not be. */
  discard(row: Row): void {
    this.#recycle(row);
  }

  /** A flow event: its envelope comes from the FlowReport at `report` in the handoff memory. */
  sendFlow(report: number, dataset: number, statics: number): void {
    const at = this.#room(HEADER_WORDS);
    const { region } = this;
    region.fill(0, at, at + HEADER_WORDS);
    region[at] = HEADER_WORDS;
    region[at + 3] = ENVELOPE.flow;
    region[at + 5] = report;
    region[at + 6] = dataset;
    region[at + 17] = statics;
    this.used = at + HEADER_WORDS;
    this.sent++;
  }

  /** The batch ends: what was sent is encoded, and rows still open copy their lent text. */
  settle(): void {
    this.flush();
    const lenders = this.#lenders;
    for (let i = 0; i < lenders.length; i++) lenders[i]!.settle();
    lenders.length = 0;
  }

  flush(): void {
    if (this.used === 0) return;
    const words = this.used;
    this.used = 0;
    this.#flush(this.region, words);
  }

  #room(words: number): number {
    if (this.used + words > this.region.length) {
      this.flush();
      if (words > this.region.length) {
        this.region = new Uint32Array(words * 2);
      }
    }
    return this.used;
  }

  #copyHeap(row: Row, at: number, words: number): void {
    const { heapWords } = row;
    // PERF: a loop for little, native set() for much.
    if (words < 64) for (let i = 0; i < words; i++) this.region[at + i] = heapWords[i]!;
    else this.region.set(heapWords.subarray(0, words), at);
  }

  #recycle(row: Row): void {
    this.open--;
    row.clear();
    if (this.#pool.length < MAX_POOLED) this.#pool.push(row);
  }
}
