/** What requests and responses write alike: headers, flags, ids. */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { type Span, string } from './body.js';
import { FLAG_NAMES, META_NAMES, OP_WORDS, VERSION_WORDS } from './codes.js';
import type { HEADERS } from './fields.js';
import type { FrameReader } from './parser.js';

/** LIMIT of entries of one list or map that are told. */
export const MAX_LISTED = 256;
/** LIMIT of bytes written in hexadecimal. */
export const MAX_HEX = 1024;

/** Words for sets of flags: alone as Packetbeat writes them, several as a list. */
class Flags {
  readonly #names: readonly number[];
  readonly #none: number;
  readonly #unknown: number;

  constructor(names: readonly string[], none: string) {
    this.#names = names.map(constant);
    this.#none = constant(none);
    this.#unknown = constant('Unknown');
  }

  write(row: Row, field: Field<'keyword'>, flags: number): void {
    if (flags === 0) row.word(field, this.#none);
    else if ((flags & (flags - 1)) === 0) row.word(field, this.#word(31 - Math.clz32(flags)));
    else this.#list(row, field, flags);
  }

  #word(bit: number): number {
    return this.#names[bit] ?? this.#unknown;
  }

  #list(row: Row, field: Field<'keyword'>, flags: number): void {
    row.list(field);
    for (let bit = 0; bit < this.#names.length; bit++)
      if (flags & (1 << bit)) row.word(ITEM, this.#word(bit));
    if (flags >>> this.#names.length > 0) row.word(ITEM, this.#unknown);
    row.close();
  }
}

const frameFlags = new Flags(FLAG_NAMES, 'Default');
const metaFlags = new Flags(META_NAMES, 'FLAG_0');

export const writeMetaFlags = (row: Row, field: Field<'keyword'>, flags: number): void =>
  metaFlags.write(row, field, flags);

/** The header of the frame in `reader`. */
export function writeHeader(
  row: Row,
  fields: (typeof HEADERS)[keyof typeof HEADERS],
  reader: FrameReader,
): void {
  row.word(fields.version, VERSION_WORDS[reader.version]!);
  frameFlags.write(row, fields.flags, reader.flags);
  row.long(fields.stream, reader.stream);
  row.word(fields.op, OP_WORDS[reader.op]!);
  row.long(fields.length, reader.length);
}

/** A [string list]. */
export function writeStrings(row: Row, field: Field<'keyword'>, body: Cursor, span: Span): void {
  row.list(field);
  for (let n = Math.min(body.u16be(), MAX_LISTED); n > 0; n--) {
    if (!string(body, span)) break;
    row.text(ITEM, body.buf, span.start, span.end);
  }
  row.close();
}

const LOWER = Buffer.from('0123456789abcdef');
const UPPER = Buffer.from('0123456789ABCDEF');
const DASH = 0x2d;

/** An id: 16 bytes as a UUID, others in hexadecimal. */
export function writeId(
  row: Row,
  field: Field<'keyword'>,
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start !== 16) {
    hex(row, field, buf, start, end, LOWER);
    return;
  }
  let at = row.compose(36);
  if (at < 0) return;
  const { heap } = row;
  const from = at;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) heap[at++] = DASH;
    heap[at++] = LOWER[buf[start + i]! >> 4]!;
    heap[at++] = LOWER[buf[start + i]! & 15]!;
  }
  row.composed(field, from, 36);
}

/** Bytes in hexadecimal, upper case, the first MAX_HEX of them. */
export const writeHex = (
  row: Row,
  field: Field<'keyword'>,
  buf: Uint8Array,
  start: number,
  end: number,
): void => hex(row, field, buf, start, end, UPPER);

function hex(
  row: Row,
  field: Field<'keyword'>,
  buf: Uint8Array,
  start: number,
  end: number,
  digits: Uint8Array,
): void {
  const size = Math.min(end - start, MAX_HEX);
  const at = row.compose(size * 2);
  if (at < 0) return;
  for (let i = 0; i < size; i++) {
    row.heap[at + i * 2] = digits[buf[start + i]! >> 4]!;
    row.heap[at + i * 2 + 1] = digits[buf[start + i]! & 15]!;
  }
  row.composed(field, at, size * 2);
}
