/**
 * The compressed protocol ("Compression", CLIENT_COMPRESS and zstd): frames of one direction to the packets inside, which
 * need not begin or end with a frame.
 */

import type { Counter } from '../../base/counters.js';
import { Cursor } from '../../base/cursor.js';
import type { Verdict } from '../analyzer.js';
import { decompress, MAX_UNPACKED } from '../kit/decompress.js';
import { Tail } from '../tail.js';

/** Packed size (3), sequence number (1), size before (3; 0: it is not packed). */
const HEAD = 7;
/** LIMIT: a larger frame is passed over (`mysql.frame.unread`). */
export const MAX_FRAME = 1 << 20;
const ZSTD = 0x28;

export class Frames {
  readonly #read: (inner: Cursor) => Verdict;
  readonly #lost: () => void;
  readonly #unread: Counter;
  readonly #inner = new Cursor();
  readonly #tail = new Tail();

  /** `read` gets the packets; `lost`: some of them cannot be read. */
  constructor(read: (inner: Cursor) => Verdict, lost: () => void, unread: Counter) {
    this.#read = read;
    this.#lost = lost;
    this.#unread = unread;
  }

  /** Reads frames and what is in them, committing each. */
  read(cursor: Cursor): Verdict {
    while (cursor.left > 0) {
      if (!cursor.need(HEAD)) return 'ok';
      const { buf, pos } = cursor;
      const size = u24(buf, pos);
      const before = u24(buf, pos + 4);
      if (size > MAX_FRAME || before > MAX_UNPACKED) {
        this.#pass(before || size);
        cursor.skip(HEAD + size);
        continue;
      }
      if (!cursor.need(HEAD + size)) return 'ok';
      const verdict = this.#frame(cursor, pos + HEAD, pos + HEAD + size, before);
      if (verdict !== 'ok') return verdict;
      cursor.skip(HEAD + size);
    }
    return 'ok';
  }

  /** Bytes were lost: what is left of a packet is forgotten. */
  clear(): void {
    this.#tail.clear();
    this.#tail.skip = 0;
  }

  #frame(cursor: Cursor, start: number, end: number, before: number): Verdict {
    if (before === 0) return this.#show(cursor, cursor.buf, start, end);
    const kind = cursor.buf[start] === ZSTD && cursor.buf[start + 1] === 0xb5 ? 'zstd' : 'zlib';
    const unpacked = decompress(kind, cursor.buf, start, end, before);
    if (unpacked && unpacked.length === before) return this.#show(cursor, unpacked, 0, before);
    this.#pass(before);
    return 'ok';
  }

  #show(
    { seconds, nanoseconds, firstSeconds, firstNanoseconds }: Cursor,
    buf: Uint8Array,
    start: number,
    end: number,
  ): Verdict {
    const tail = this.#tail;
    const inner = this.#inner;
    const over = Math.min(tail.skip, end - start);
    tail.skip -= over;
    if (start + over === end) return 'ok';
    const fresh = tail.size === 0;
    if (!tail.show(inner, buf, start + over, end, seconds, nanoseconds)) return 'ok';
    if (fresh) {
      inner.firstSeconds = firstSeconds;
      inner.firstNanoseconds = firstNanoseconds;
    }
    const verdict = this.#read(inner);
    if (verdict !== 'ok') return verdict;
    tail.skip += inner.skipped;
    return tail.keep(inner) ? 'ok' : 'drop';
  }

  /** `size` bytes of packets are not read: no harm where they were to be skipped anyhow. */
  #pass(size: number): void {
    this.#unread.value++;
    if (this.#tail.skip >= size) {
      this.#tail.skip -= size;
      return;
    }
    this.clear();
    this.#lost();
  }
}

/**
 * Whether [start, end) is a frame with a command inside: a small one as it is, or a larger one packed. Tells a compressed
 * connection whose login was not seen.
 */
export function looksCompressed(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEAD + 2 || buf[start + 3] !== 0) return false;
  const size = u24(buf, start);
  const before = u24(buf, start + 4);
  const at = start + HEAD;
  if (before > size) {
    if (buf[at] === ZSTD) return buf[at + 1] === 0xb5 && buf[at + 2] === 0x2f && buf[at + 3] === 0xfd;
    return buf[at] === 0x78 && ((buf[at]! << 8) | buf[at + 1]!) % 31 === 0;
  }
  return before === 0 && end - start >= HEAD + 5 && u24(buf, at) + 4 === size && buf[at + 3] === 0;
}

function u24(buf: Uint8Array, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16);
}
