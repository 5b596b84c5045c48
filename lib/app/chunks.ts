/**
 * The worker's output: buffers that are filled with NDJSON, lent to the main thread, and come back to be filled
 * again. They are shared memory: what crosses is a reference (a transferred buffer costs 0.5 ms each).
 * No buffer left is back-pressure (files) or counted loss (live).
 */
import type { Counter } from '../base/counters.js';
import { MARK_WORDS, type Marks } from './ordered.js';

export type ChunkSink = (
  buffer: SharedArrayBuffer,
  bytes: number,
  events: number,
  marks: Marks | undefined,
) => void;

export class Chunks {
  #current: Uint8Array<SharedArrayBuffer> | null = null;
  #used = 0;
  #events = 0;
  /** Of the current buffer, where times were told. */
  #marks: number[] | undefined;
  #seconds = 0;
  #nanoseconds = 0;
  readonly #free: SharedArrayBuffer[] = [];
  readonly #size: number;
  readonly #lossy: boolean;
  readonly #send: ChunkSink;
  /** Live, with no buffer left: events go here and are lost. */
  readonly #scratch: Uint8Array<SharedArrayBuffer>;
  readonly #lost: Counter;
  #toMake: number;
  #waiting: (() => void) | undefined;

  /**
   * `count` buffers of `size` bytes. `lossy`: beyond them events are lost and counted; else room() is waited for, and what
   * one batch needs beyond is made.
   */
  constructor(size: number, count: number, lossy: boolean, lost: Counter, send: ChunkSink) {
    this.#lossy = lossy;
    this.#size = size;
    this.#toMake = count;
    this.#lost = lost;
    this.#send = send;
    this.#scratch = new Uint8Array(new SharedArrayBuffer(size));
  }

  /** Buffers that could be filled, the current one included. */
  get available(): number {
    return this.#free.length + Math.max(0, this.#toMake) + (this.#current ? 1 : 0);
  }

  /** Where to write next: `buffer` from `from` on. */
  get buffer(): Uint8Array<SharedArrayBuffer> {
    this.#current ??= this.#next();
    return this.#current ?? this.#scratch;
  }

  get from(): number {
    return this.#current ? this.#used : 0;
  }

  /** The time of what is written from now on; it never goes back. */
  at(seconds: number, nanoseconds: number): void {
    this.#marks ??= [];
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }

  /** `bytes` more are written, `events` lines. */
  wrote(bytes: number, events: number): void {
    if (!this.#current) {
      this.#lost.value += events;
      return;
    }
    this.#used += bytes;
    this.#events += events;
    if (this.#marks && bytes > 0) this.#mark(this.#marks, bytes, events);
  }

  #mark(marks: number[], bytes: number, events: number): void {
    const last = marks.length - MARK_WORDS;
    if (last >= 0 && marks[last] === this.#seconds && marks[last + 1] === this.#nanoseconds) {
      marks[last + 2]! += bytes;
      marks[last + 3]! += events;
    } else marks.push(this.#seconds, this.#nanoseconds, bytes, events);
  }

  /** Sends what is there. */
  flush(): void {
    const current = this.#current;
    if (!current || this.#used === 0) return;
    this.#current = null;
    const bytes = this.#used;
    const events = this.#events;
    this.#used = 0;
    this.#events = 0;
    const marks = this.#marks;
    if (marks) this.#marks = [];
    this.#send(current.buffer, bytes, events, marks);
  }

  /** The main thread is done with a buffer. */
  giveBack(buffer: SharedArrayBuffer): void {
    // One that was made beyond the count is let go.
    if (this.#toMake < 0) this.#toMake++;
    else this.#free.push(buffer);
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Resolves when a buffer is there. */
  async room(): Promise<void> {
    while (this.available === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #next(): Uint8Array<SharedArrayBuffer> | null {
    const free = this.#free.pop();
    if (free) return new Uint8Array(free);
    if (this.#toMake <= 0 && this.#lossy) return null;
    this.#toMake--;
    return new Uint8Array(new SharedArrayBuffer(this.#size));
  }
}
