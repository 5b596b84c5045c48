/**
 * The unread end of one direction of a stream: bytes that a session has seen but not consumed, kept until more come.
 * While nothing is kept, bytes are shown where they lie in the handoff memory.
 */
import type { Cursor } from '../base/cursor.js';

/** LIMIT: a session that needs more than this in one piece is dropped. */
export const MAX_TAIL = 1 << 20;

// PERF: shared, because a typed array costs 100 ns and most lanes keep no tail.
const EMPTY = new Uint8Array(0);

export class Tail {
  #buf: Uint8Array = EMPTY;
  size = 0;
  /** How many bytes the session needs before it is called again. */
  #needed = 0;
  #scanned = 0;
  #seconds = 0;
  #nanoseconds = 0;
  /** Stream bytes that skip() consumed in advance. */
  skip = 0;
  /** Stream offset of the next byte to be shown or kept. */
  offset = 0;

  /** Bytes between `offset` and a position of which the low 32 bits are known. */
  ahead(low: number): number {
    return (low - (this.offset >>> 0)) >>> 0;
  }

  /**
   * Shows the tail and the new bytes [start, end) of `memory` to `cursor`. False: too few for the session, they are
   * kept.
   */
  show(
    cursor: Cursor,
    memory: Uint8Array,
    start: number,
    end: number,
    seconds: number,
    nanoseconds: number,
  ): boolean {
    const fresh = end - start;
    if (this.size === 0 && fresh >= this.#needed) {
      cursor.reset(memory, start, end, seconds, nanoseconds);
      return true;
    }
    if (this.size === 0) {
      this.#seconds = seconds;
      this.#nanoseconds = nanoseconds;
    }
    const before = this.size;
    this.#append(memory, start, end);
    if (this.size < this.#needed) return false;
    cursor.reset(this.#buf, 0, this.size, seconds, nanoseconds);
    cursor.firstSeconds = this.#seconds;
    cursor.firstNanoseconds = this.#nanoseconds;
    cursor.split = before;
    cursor.scanned = this.#scanned;
    return true;
  }

  /** After the session read: keeps what it did not commit. False past MAX_TAIL. */
  keep(cursor: Cursor): boolean {
    const left = cursor.end - cursor.mark;
    this.#needed = left === 0 && cursor.short <= 1 ? 0 : cursor.short;
    if (left === 0) {
      this.#release();
      return true;
    }
    if (left > MAX_TAIL || this.#needed > MAX_TAIL) return false;
    this.#scanned = Math.max(0, cursor.scanned - cursor.mark);
    this.#seconds = cursor.firstSeconds;
    this.#nanoseconds = cursor.firstNanoseconds;
    if (cursor.buf === this.#buf) {
      if (cursor.mark > 0) this.#buf.copyWithin(0, cursor.mark, cursor.end);
      this.size = left;
    } else {
      this.size = 0;
      this.#append(cursor.buf, cursor.mark, cursor.end);
    }
    return true;
  }

  /** Forgets the tail (a gap follows it). */
  clear(): void {
    this.#needed = 0;
    this.#scanned = 0;
    this.#release();
  }

  /** Another session takes over: what is kept is shown to it at once. */
  renew(): void {
    this.#needed = 0;
    this.#scanned = 0;
  }

  #append(from: Uint8Array, start: number, end: number): void {
    const size = this.size + end - start;
    if (size > this.#buf.length) {
      const grown = new Uint8Array(Math.max(512, size, this.#buf.length * 2));
      grown.set(this.#buf.subarray(0, this.size));
      this.#buf = grown;
    }
    this.#buf.set(from.subarray(start, end), this.size);
    this.size = size;
  }

  #release(): void {
    this.size = 0;
    if (this.#buf.length > 16_384) this.#buf = EMPTY;
  }
}
