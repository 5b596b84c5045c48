/**
 * Bytes put together from pieces that may come in any order (CRYPTO frames of QUIC, fragments of DTLS) or one after the other
 * (records of TLS). Bounded in size and in the number of holes.
 */

/** LIMIT of a handshake message with its header, as in other implementations. */
export const MAX_MESSAGE = 65_536 + 12;
/** LIMIT of pieces with holes between them; further ones are refused. */
export const MAX_RANGES = 64;
/** Larger buffers are not kept for the next handshake. */
const MAX_KEPT = 16_384;

const EMPTY = new Uint8Array(0);

export class Assembly {
  buf = EMPTY;
  /** Bytes [start, end) that are there: starts and ends in turn, in order, never touching. */
  readonly #ranges: number[] = [];

  /** Bytes that are there from the beginning on. */
  get size(): number {
    return this.#ranges[0] === 0 ? this.#ranges[1]! : 0;
  }

  clear(): void {
    this.#ranges.length = 0;
    if (this.buf.length > MAX_KEPT) this.buf = EMPTY;
  }

  /** Puts the bytes [start, end) of `from` at `offset`. False past a limit. */
  add(offset: number, from: Uint8Array, start: number, end: number): boolean {
    const stop = offset + end - start;
    if (stop > MAX_MESSAGE) return false;
    if (stop === offset) return true;
    if (!this.#cover(offset, stop)) return false;
    this.#room(stop);
    this.buf.set(from.subarray(start, end), offset);
    return true;
  }

  append(from: Uint8Array, start: number, end: number): boolean {
    return this.add(this.size, from, start, end);
  }

  /** Takes `n` bytes from the front. Only where pieces came one after the other. */
  consume(n: number): void {
    const left = this.size - n;
    this.#ranges.length = 0;
    if (left > 0) {
      this.buf.copyWithin(0, n, n + left);
      this.#ranges.push(0, left);
    }
  }

  #cover(start: number, end: number): boolean {
    const ranges = this.#ranges;
    let first = 0;
    while (first < ranges.length && ranges[first + 1]! < start) first += 2;
    let last = first;
    let [from, to] = [start, end];
    for (; last < ranges.length && ranges[last]! <= end; last += 2) {
      from = Math.min(from, ranges[last]!);
      to = Math.max(to, ranges[last + 1]!);
    }
    if (last === first && ranges.length >= MAX_RANGES * 2) return false;
    ranges.splice(first, last - first, from, to);
    return true;
  }

  #room(size: number): void {
    if (size <= this.buf.length) return;
    const grown = new Uint8Array(Math.min(MAX_MESSAGE, Math.max(1024, size, this.buf.length * 2)));
    grown.set(this.buf);
    this.buf = grown;
  }
}
