/**
 * The body of one message after its head (RFC 9112 6 and 7): finds its end, counts it, keeps its content when asked to.
 * Bytes nobody wants are skipped; of a long body they never leave the engine, but for the last one, which tells that it ended.
 */
import type { Cursor } from '../../base/cursor.js';
import { MAX_HEAD } from '../kit/lines.js';
import { Text } from '../kit/text.js';

/** LIMIT of a chunk-size line with its extensions. */
export const MAX_CHUNK_LINE = 4096;
/** A rest longer than this is skipped in the engine; a shorter one is here before the engine hears of it. */
const SKIP_FROM = 65_536;
const LF = 10;
const CR = 13;

export type Framing = 'none' | 'length' | 'chunked' | 'close';
type Part = 'data' | 'size' | 'dataEnd' | 'trailer';

export class Body {
  framing: Framing = 'none';
  /** Bytes of content; and of the wire, chunk framing and trailer included. */
  size = 0;
  wire = 0;
  /** Kept content, or null. */
  content: Text | null = null;
  /** Of the sizes: announced, skipped, and not yet known to have come. */
  unconfirmed = 0;
  #part: Part = 'data';
  /** Bytes of the body, or of the chunk, still to come. */
  #left = 0;
  #trailer = 0;

  /** A body of `length` bytes ('length' only) begins. `keep`: bytes of content to keep, 0 for none. */
  begin(framing: Framing, length: number, keep: number): void {
    this.framing = framing;
    this.size = 0;
    this.wire = 0;
    this.unconfirmed = 0;
    this.content = keep > 0 ? new Text(keep) : null;
    this.#part = framing === 'chunked' ? 'size' : 'data';
    this.#left = framing === 'close' ? Number.POSITIVE_INFINITY : length;
    this.#trailer = 0;
  }

  /** Reads on, committing. 'bad': the framing is broken. */
  read(cursor: Cursor): 'complete' | 'more' | 'bad' {
    for (;;) {
      switch (this.#part) {
        case 'data':
          if (!this.#data(cursor)) return 'more';
          if (this.framing !== 'chunked') return 'complete';
          this.#part = 'dataEnd';
          break;
        case 'dataEnd': {
          const outcome = this.#dataEnd(cursor);
          if (outcome !== 'complete') return outcome;
          break;
        }
        case 'size': {
          const outcome = this.#chunkSize(cursor);
          if (outcome !== 'complete') return outcome;
          break;
        }
        case 'trailer':
          return this.#trailers(cursor);
      }
    }
  }

  /**
   * `missing` bytes were lost, of which the last `beyond` were not skipped before. 'complete': only the end of this body
   * was lost; 'broken': where it ends is unknown, or lost with more than this body.
   */
  gap(missing: number, beyond: number): 'more' | 'complete' | 'broken' {
    if (this.#part !== 'data') return 'broken';
    this.unconfirmed -= Math.min(this.unconfirmed, missing - beyond);
    const lost = Math.min(beyond, this.#left);
    this.#count(lost);
    this.content = null;
    if (beyond > lost) return 'broken';
    if (this.#left > 0) return 'more';
    if (this.framing === 'length') return 'complete';
    this.#part = 'dataEnd';
    return 'more';
  }

  /** The connection ended within the body: what did not come does not count. */
  cutShort(): void {
    this.size -= this.unconfirmed;
    this.wire -= this.unconfirmed;
    this.unconfirmed = 0;
  }

  /** Takes what there is; true when the body or chunk is complete. */
  #data(cursor: Cursor): boolean {
    const here = Math.min(cursor.left, this.#left);
    if (here > 0) {
      this.unconfirmed = 0;
      this.content?.bytes(cursor.buf, cursor.pos, cursor.pos + here);
      this.#count(here);
      cursor.skip(here);
    }
    if (this.#left === 0) return true;
    if (this.framing !== 'close' && this.#left > SKIP_FROM && (!this.content || this.content.cut)) {
      const unseen = this.#left - 1;
      this.unconfirmed = unseen;
      this.#count(unseen);
      cursor.skip(unseen);
    }
    return false;
  }

  #count(bytes: number): void {
    this.size += bytes;
    this.wire += bytes;
    this.#left -= bytes;
  }

  #dataEnd(cursor: Cursor): 'complete' | 'more' | 'bad' {
    const { buf, pos } = cursor;
    const size = buf[pos] === CR ? 2 : 1;
    if (!cursor.need(size)) return 'more';
    if (buf[pos + size - 1] !== LF) return 'bad';
    this.#take(cursor, size);
    this.#part = 'size';
    return 'complete';
  }

  /** RFC 9112 7.1: chunk-size [ chunk-ext ] CRLF. */
  #chunkSize(cursor: Cursor): 'complete' | 'more' | 'bad' {
    const lf = cursor.find(LF);
    if ((lf < 0 ? cursor.end : lf) - cursor.pos > MAX_CHUNK_LINE) return 'bad';
    if (lf < 0) return 'more';
    const size = parseHex(cursor.buf, cursor.pos, lf);
    if (size < 0) return 'bad';
    this.#take(cursor, lf + 1 - cursor.pos);
    this.#left = size;
    this.#part = size === 0 ? 'trailer' : 'data';
    return 'complete';
  }

  #trailers(cursor: Cursor): 'complete' | 'more' | 'bad' {
    for (;;) {
      const { pos } = cursor;
      const lf = cursor.find(LF);
      if (this.#trailer + (lf < 0 ? cursor.end : lf) - pos > MAX_HEAD) return 'bad';
      if (lf < 0) return 'more';
      const empty = lf === pos || (lf === pos + 1 && cursor.buf[pos] === CR);
      this.#trailer += lf + 1 - pos;
      this.#take(cursor, lf + 1 - pos);
      if (empty) return 'complete';
    }
  }

  #take(cursor: Cursor, bytes: number): void {
    this.wire += bytes;
    cursor.pos += bytes;
    cursor.commit();
  }
}

/** The hexadecimal number at `start`, up to a blank, `;` or the line's end; -1 when it is none or too long. */
function parseHex(buf: Uint8Array, start: number, end: number): number {
  let value = 0;
  let i = start;
  for (; i < end; i++) {
    const c = buf[i]!;
    const letter = c | 0x20;
    const digit = c >= 48 && c <= 57 ? c - 48 : letter >= 97 && letter <= 102 ? letter - 87 : -1;
    if (digit < 0) break;
    value = value * 16 + digit;
    // 2^48: beyond what anyone sends, within what a number holds exactly.
    if (value > 0xffffffffffff) return -1;
  }
  if (i === start) return -1;
  const c = i < end ? buf[i]! : CR;
  return c === CR || c === 0x3b || c === 0x20 || c === 9 ? value : -1;
}
