/**
 * BSON documents (bsonspec.org), element by element and never twice: what was read is committed, what nobody wants is
 * skipped by its length. A visitor decides about the elements near the top; what it wants is written as JSON.
 *
 *   depth 1  the document's own elements    ─┐
 *   depth 2  elements of what it entered     ├ shown to the visitor
 *   depth 3  ... and of what it entered there┘
 *   below, or inside what is written: an explicit stack, no recursion
 */
import type { Cursor } from '../../base/cursor.js';
import { MAX_FIELD_BYTES } from '../../events/row.js';
import { Text } from '../kit/text.js';
import { PATTERN, PREFIXED, sizeOf, TYPE, UNKNOWN, uncounted } from './codes.js';
import { findKey, KEY } from './keys.js';
import { int32, quoted, writeValue } from './values.js';

/** LIMIT of nesting, as in MongoDB itself; deeper values are written as "[...]". */
export const MAX_DEPTH = 100;
/** LIMIT of an element's name and of a regular expression; the rest of the message is then skipped. */
const MAX_NAME = 4096;
/** LIMIT: of a longer value only the beginning is looked at. */
const MAX_VALUE = MAX_FIELD_BYTES + 16;
/** Depths the visitor is asked about. */
const SHOWN = 3;
const REDACTED = '"xxxxx"';
const COMMA = 44;
const COLON = 58;
const NEWLINE = 10;
const OPEN = { document: 123, array: 91 } as const;
const CLOSE = { document: 125, array: 93 } as const;

/** What a visitor does with an element: `print` writes it with its name into `out`, `value` without. */
export const DO = { skip: 0, enter: 1, print: 2, value: 3 } as const;

export interface Visitor {
  /** An element near the top: its name, type and the beginning of its value are in the reader's public parts. */
  element(reader: DocumentReader): number;
  /** An element that was entered or written is complete. */
  complete(depth: number): void;
}

/** A document or array being read. */
interface Level {
  /** Where in the message it ends. */
  end: number;
  isArray: boolean;
  /** It is the scope of a piece of code: one more brace closes it. */
  isScope: boolean;
  /** From which depth on the names of `KEY.scoped` are secret, outside of it. */
  secretFrom: number;
}

export class DocumentReader {
  /** Where to write. */
  out: Text;
  buf: Uint8Array = new Uint8Array(0);
  /** The element: type, number of its name (0 in arrays), where name and value lie, bytes of the value. */
  type = 0;
  key: number = KEY.none;
  nameStart = 0;
  nameEnd = 0;
  value = 0;
  size = 0;
  /** Its depth; 0 when the document is complete. */
  depth = 0;
  /** Place in the message of the next byte. */
  at = 0;
  /** From this depth on the names of `KEY.scoped` are secret. */
  secretFrom = MAX_DEPTH;

  readonly #levels: Level[] = [];
  #visitor!: Visitor;
  /** Depth of the element being written; 0: none. */
  #written = 0;

  constructor() {
    this.out = NOWHERE;
  }

  /** A document of `size` bytes begins; its length is consumed already. */
  open(visitor: Visitor, size: number, secret: boolean): void {
    this.#visitor = visitor;
    this.#written = 0;
    this.depth = 0;
    this.secretFrom = secret ? 1 : MAX_DEPTH;
    this.#push(this.at + size - 4, false, false);
  }

  /** Reads on, committing as it goes. 'bad': this is not BSON. */
  read(cursor: Cursor): 'document' | 'more' | 'bad' {
    const step = this.#walk(cursor);
    // PERF: committed once, not once an element.
    const ahead = cursor.pos - cursor.mark;
    cursor.commit();
    if (step === 'more') cursor.short -= ahead;
    return step;
  }

  #walk(cursor: Cursor): 'document' | 'more' | 'bad' {
    while (this.depth > 0) {
      if (this.#written > 0 && this.out.cut) {
        this.#leave(cursor);
        continue;
      }
      const level = this.#levels[this.depth - 1]!;
      if (this.at >= level.end) return 'bad';
      if (!cursor.need(1)) return 'more';
      if (cursor.buf[cursor.pos] !== TYPE.end) {
        const step = this.#element(cursor, level);
        if (step !== 'read') return step;
        continue;
      }
      if (this.at + 1 !== level.end) return 'bad';
      this.#consume(cursor, 1);
      this.#close(level);
    }
    return 'document';
  }

  #element(cursor: Cursor, level: Level): 'read' | 'more' | 'bad' {
    const { buf, pos } = cursor;
    const type = buf[pos]!;
    const room = level.end - this.at;
    const limit = pos + Math.min(room, MAX_NAME);
    const stop = Math.min(limit, cursor.end);
    let end = pos + 1;
    while (end < stop && buf[end] !== 0) end++;
    if (end >= stop) {
      if (stop === limit) return 'bad';
      cursor.need(cursor.left + 1);
      return 'more';
    }
    const value = end + 1;
    const size = this.#measure(cursor, type, value, room);
    if (size === NOT_YET) return 'more';
    if (size === UNKNOWN || value - pos + size >= room) return 'bad';
    const isContainer = type === TYPE.document || type === TYPE.array;
    if (!cursor.need(value - pos + (isContainer ? 4 : Math.min(size, MAX_VALUE)))) return 'more';
    this.buf = buf;
    this.type = type;
    this.nameStart = pos + 1;
    this.nameEnd = end;
    this.value = value;
    this.size = size;
    this.key = level.isArray ? KEY.none : findKey(buf, pos + 1, end);
    const { depth } = this;
    const wish = this.#written > 0 ? DO.print : depth <= SHOWN ? this.#visitor.element(this) : DO.skip;
    if (wish >= DO.print) {
      if (!this.#print(cursor, level, isContainer, wish === DO.print)) this.#done(depth);
    } else if (wish === DO.enter && isContainer) {
      this.#enter(cursor, type === TYPE.array);
    } else {
      this.#consume(cursor, value - pos + size);
    }
    return 'read';
  }

  /** Bytes of the value at `value`; UNKNOWN when there is no such value within `room`. */
  #measure(cursor: Cursor, type: number, value: number, room: number): number {
    const size = sizeOf(type);
    if (size >= 0 || size === UNKNOWN) return size;
    if (size === PATTERN) return this.#measurePattern(cursor, value, room);
    const head = value - cursor.pos;
    if (head + 4 > room) return UNKNOWN;
    if (!cursor.need(head + 4)) return NOT_YET;
    const length = int32(cursor.buf, value);
    if (length < (size === PREFIXED && uncounted(type) === 0 ? 5 : 0) || length > room) return UNKNOWN;
    // bsonspec.org: text counts its final zero.
    if (length === 0 && type !== TYPE.binary) return UNKNOWN;
    return length + uncounted(type);
  }

  /** A regular expression: two C strings. */
  #measurePattern(cursor: Cursor, value: number, room: number): number {
    const { buf, pos, end } = cursor;
    const limit = Math.min(pos + room, value + MAX_NAME);
    let zeros = 0;
    for (let i = value; i < end && i < limit; i++) {
      if (buf[i] === 0 && ++zeros === 2) return i + 1 - value;
    }
    if (end >= limit) return UNKNOWN;
    cursor.need(cursor.left + 1);
    return NOT_YET;
  }

  /** Writes the element. True: a container began, it is complete when it closes. */
  #print(cursor: Cursor, level: Level, isContainer: boolean, named: boolean): boolean {
    const { out, buf, type, key, value, size } = this;
    const head = value - cursor.pos;
    separate(out);
    if (named && !level.isArray) {
      quoted(out, buf, this.nameStart, this.nameEnd);
      out.byte(COLON);
    }
    const isSecret = key >= KEY.secret && (key === KEY.secret || this.depth >= this.secretFrom);
    const nests = isContainer || type === TYPE.scopedCode;
    if (isSecret || (nests && this.depth >= MAX_DEPTH)) {
      out.ascii(isSecret ? REDACTED : '"[...]"');
    } else if (nests) {
      if (this.#written === 0) this.#written = this.depth;
      if (isContainer) this.#enter(cursor, type === TYPE.array, true);
      else return this.#scope(cursor);
      return true;
    } else {
      writeValue(out, type, buf, value, size, Math.min(size, MAX_VALUE));
    }
    this.#consume(cursor, head + size);
    return false;
  }

  /** Code with its scope: the text, then a document. */
  #scope(cursor: Cursor): boolean {
    const { out, buf, value, size } = this;
    const head = value - cursor.pos;
    const length = size < 14 ? -1 : int32(buf, value + 4);
    const fits = length > 0 && 8 + length + 5 <= size;
    out.ascii('{"Code":');
    quoted(out, buf, value + 8, value + Math.min(fits ? 8 + length - 1 : 8, MAX_VALUE));
    if (!fits || 8 + length + 4 > MAX_VALUE) {
      out.byte(CLOSE.document);
      if (this.#written === this.depth) this.#written = 0;
      this.#consume(cursor, head + size);
      return false;
    }
    out.ascii(',"Scope":{');
    const { at } = this;
    this.#consume(cursor, head + 8 + length + 4);
    this.#push(at + head + size, false, true);
    return true;
  }

  #enter(cursor: Cursor, isArray: boolean, written = false): void {
    const { at, size, key, depth } = this;
    const head = this.value - cursor.pos;
    if (written) this.out.byte(isArray ? OPEN.array : OPEN.document);
    this.#consume(cursor, head + 4);
    this.#push(at + head + size, isArray, false);
    // MongoDB Handshake specification: an authentication begun within hello.
    if (key === KEY.speculative && depth + 1 < this.secretFrom) this.secretFrom = depth + 1;
  }

  #close(level: Level): void {
    this.depth--;
    this.secretFrom = level.secretFrom;
    if (this.#written > 0) {
      this.out.byte(level.isArray ? CLOSE.array : CLOSE.document);
      if (level.isScope) this.out.byte(CLOSE.document);
    }
    if (this.depth > 0) this.#done(this.depth);
  }

  /** The element at `depth` is complete. */
  #done(depth: number): void {
    if (this.#written > 0 && this.#written < depth) return;
    this.#written = 0;
    if (depth <= SHOWN) this.#visitor.complete(depth);
  }

  /** No more is wanted of the element being written: goes on behind it. */
  #leave(cursor: Cursor): void {
    const { end } = this.#levels[this.#written]!;
    this.secretFrom = this.#levels[this.#written]!.secretFrom;
    this.depth = this.#written;
    this.#consume(cursor, end - this.at);
    this.#done(this.depth);
  }

  #push(end: number, isArray: boolean, isScope: boolean): void {
    let level = this.#levels[this.depth];
    if (!level) {
      level = { end, isArray, isScope, secretFrom: 0 };
      this.#levels[this.depth] = level;
    }
    level.end = end;
    level.isArray = isArray;
    level.isScope = isScope;
    level.secretFrom = this.secretFrom;
    this.depth++;
  }

  #consume(cursor: Cursor, n: number): void {
    this.at += n;
    if (n <= cursor.end - cursor.pos) cursor.pos += n;
    else cursor.skip(n);
  }
}

const NOT_YET = -4;
const NOWHERE = new Text(0);

/** A comma where one belongs: behind a complete value. */
export function separate(out: Text): void {
  const { size } = out;
  if (size === 0) return;
  const last = out.buf[size - 1]!;
  if (last !== OPEN.document && last !== OPEN.array && last !== NEWLINE) out.byte(COMMA);
}
