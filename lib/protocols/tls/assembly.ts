/**
 * Bytes put together from pieces that may come in any order (CRYPTO frames of QUIC, fragments of DTLS) or one after the other
 * (records of TLS). Bounded in size and in the number of holes.
 */

/** LIMIT of a handshake message with its header, as in other implementations. */
export const MAX_MESSAGE = 65_536 + 12;
/** LIMIT of pieces behind holes; further ones are refused. */
export const MAX_ISLANDS = 64;
/** Larger buffers are not kept for the next handshake. */
const MAX_KEPT = 16_384;

const EMPTY = new Uint8Array(0);

export class Assembly {
  buf = EMPTY;
  /** Bytes that are there from the beginning on. */
  size = 0;
  /** What is there beyond: starts and ends in turn, in order, never touching. */
  readonly #islands: number[] = [];

  clear(): void {
    this.size = 0;
    if (this.#islands.length > 0) this.#islands.length = 0;
    if (this.buf.length > MAX_KEPT) this.buf = EMPTY;
  }

  /** Puts the bytes [start, end) of `from` at `offset`. False past a limit. */
  add(offset: number, from: Uint8Array, start: number, end: number): boolean {
    const stop = offset + end - start;
    if (stop > MAX_MESSAGE) return false;
    if (stop === offset) return true;
    if (offset <= this.size) this.#extend(stop);
    else if (!this.#insert(offset, stop)) return false;
    this.#room(stop);
    this.buf.set(from.subarray(start, end), offset);
    return true;
  }

  append(from: Uint8Array, start: number, end: number): boolean {
    return this.add(this.size, from, start, end);
  }

  /** Takes `n` bytes from the front. Only where pieces came one after the other. */
  consume(n: number): void {
    this.buf.copyWithin(0, n, this.size);
    this.size -= n;
  }

  #extend(stop: number): void {
    const islands = this.#islands;
    this.size = Math.max(this.size, stop);
    while (islands.length > 0 && islands[0]! <= this.size) {
      this.size = Math.max(this.size, islands[1]!);
      islands.splice(0, 2);
    }
  }

  #insert(start: number, stop: number): boolean {
    const islands = this.#islands;
    let first = 0;
    while (first < islands.length && islands[first + 1]! < start) first += 2;
    let last = first;
    let [from, to] = [start, stop];
    for (; last < islands.length && islands[last]! <= stop; last += 2) {
      from = Math.min(from, islands[last]!);
      to = Math.max(to, islands[last + 1]!);
    }
    if (last === first && islands.length >= MAX_ISLANDS * 2) return false;
    islands.splice(first, last - first, from, to);
    return true;
  }

  #room(size: number): void {
    if (size <= this.buf.length) return;
    const grown = new Uint8Array(Math.min(MAX_MESSAGE, Math.max(1024, size, this.buf.length * 2)));
    grown.set(this.buf);
    this.buf = grown;
  }
}
