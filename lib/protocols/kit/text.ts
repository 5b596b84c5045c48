/**
 * Text put together from pieces of the wire, bounded: what passes the limit is left out and remembered. One is kept a
 * session and direction and used again for every message.
 */
import { MAX_FIELD_BYTES } from '../../events/row.js';

const FIRST = 64;
// PERF: shared, because a typed array costs 100 ns and many texts stay empty.
const EMPTY = new Uint8Array(0);

export class Text {
  buf: Uint8Array = EMPTY;
  size = 0;
  /** Something was left out. */
  cut = false;
  readonly #max: number;

  constructor(max: number = MAX_FIELD_BYTES) {
    this.#max = max;
  }

  clear(): void {
    this.size = 0;
    this.cut = false;
    if (this.buf.length > 4096) this.buf = EMPTY;
  }

  byte(value: number): void {
    if (this.#room(1) > 0) this.buf[this.size++] = value;
  }

  /** Appends [start, end) of `from`, as much as fits. */
  bytes(from: Uint8Array, start: number, end: number): void {
    const n = this.#room(end - start);
    const { buf, size } = this;
    // PERF: a loop beats the call into native set() for short pieces.
    if (n < 48) for (let i = 0; i < n; i++) buf[size + i] = from[start + i]!;
    else buf.set(from.subarray(start, start + n), size);
    this.size = size + n;
  }

  /** Room for `size` bytes, to be written to `buf` by hand; false when they do not fit. */
  reserve(size: number): boolean {
    if (this.size + size <= this.buf.length) return true;
    return this.size + size <= this.#max && this.#room(size) === size;
  }

  /** Appends ASCII text. */
  ascii(text: string): void {
    const n = this.#room(text.length);
    for (let i = 0; i < n; i++) this.buf[this.size++] = text.charCodeAt(i);
  }

  #room(wanted: number): number {
    const n = Math.min(wanted, this.#max - this.size);
    if (n < wanted) this.cut = true;
    if (this.size + n > this.buf.length) {
      const grown = new Uint8Array(Math.min(this.#max, Math.max(FIRST, this.buf.length * 2, this.size + n)));
      grown.set(this.buf.subarray(0, this.size));
      this.buf = grown;
    }
    return n;
  }
}
