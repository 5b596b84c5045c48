/**
 * Lists of methods and option tags (Allow, Supported) in lower case. A phone sends the same list in each message: a line seen
 * before is written as the entries it became then.
 */
import { type Field, ITEM } from '../../events/fields.js';
import { Row } from '../../events/row.js';
import { trimEnd } from '../kit/lines.js';
import { quotedEnd } from './address.js';
import { tags } from './codes.js';
import type { Spans } from './parser.js';
import { lower } from './values.js';

/** LIMIT of a line that is remembered, bytes. */
const MAX_BYTES = 256;
/** Lines remembered of a field, by their length and last bytes. */
const SLOTS = 64;
const TAB = 9;
const BLANK = 32;
const QUOTE = 0x22;
const COMMA = 0x2c;

interface Remembered {
  readonly bytes: Uint8Array;
  readonly entries: Uint32Array;
}

export class Tags {
  readonly #field: Field;
  readonly #slots: (Remembered | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #draft = new Row(new Uint8Array(0), []);

  constructor(field: Field) {
    this.#field = field;
  }

  write(row: Row, spans: Spans, buf: Uint8Array): void {
    const { count, starts, ends } = spans;
    if (count === 0) return;
    const start = starts[0]!;
    const size = ends[0]! - start;
    if (count > 1 || size > MAX_BYTES || size < 2) {
      this.#list(row, spans, buf);
      return;
    }
    const slot = (size * 31 + buf[start + size - 1]! * 7 + buf[start + size - 2]!) % SLOTS;
    const known = this.#slots[slot];
    if (known && isSame(known.bytes, buf, start, size)) row.block(known.entries);
    else this.#remember(row, spans, buf, slot, start, size);
  }

  #remember(row: Row, spans: Spans, buf: Uint8Array, slot: number, start: number, size: number): void {
    const draft = this.#draft;
    draft.clear();
    this.#list(draft, spans, buf);
    // Text lies in the draft's heap: such a list is written anew each time.
    if (draft.heapUsed > 0) {
      this.#list(row, spans, buf);
      return;
    }
    const entries = draft.entries();
    this.#slots[slot] = { bytes: buf.slice(start, start + size), entries };
    row.block(entries);
  }

  #list(row: Row, { count, starts, ends }: Spans, buf: Uint8Array): void {
    row.list(this.#field);
    for (let i = 0; i < count; i++) {
      const end = ends[i]!;
      for (let at = starts[i]!; at < end; ) {
        while (at < end && (buf[at] === BLANK || buf[at] === TAB || buf[at] === COMMA)) at++;
        let stop = at;
        while (stop < end && buf[stop] !== COMMA)
          stop = buf[stop] === QUOTE ? quotedEnd(buf, stop, end) + 1 : stop + 1;
        stop = Math.min(stop, end);
        writeTag(row, buf, at, trimEnd(buf, at, stop));
        at = stop;
      }
    }
    row.close();
  }
}

function writeTag(row: Row, buf: Uint8Array, start: number, end: number): void {
  if (end === start) return;
  const tag = tags.find(buf, start, end);
  if (tag) row.word(ITEM, tag);
  else lower(row, ITEM, buf, start, end);
}

function isSame(bytes: Uint8Array, buf: Uint8Array, start: number, size: number): boolean {
  if (bytes.length !== size) return false;
  for (let i = 0; i < size; i++) if (bytes[i] !== buf[start + i]) return false;
  return true;
}
