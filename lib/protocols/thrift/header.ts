/**
 * The beginning of a message: transport (framed or not), protocol and version, kind, name, sequence id. All are told from the
 * bytes, so no configuration is needed; only messages of the old form without a version need to be expected.
 */
import type { Cursor } from '../../base/cursor.js';
import { KIND, MAX_NAME, MAX_SIZE } from './types.js';

/** How one side writes: found with its first message, the same for all that follow. */
export type Form = 'unknown' | 'strict' | 'old' | 'compact';

const STRICT = 0x80;
const VERSION_1 = 0x01;
const COMPACT = 0x82;
/** Bytes that tell the form of any message. */
const ENOUGH = 8;

export type Found = 'yes' | 'no' | 'more';

export class Header {
  form: Form = 'unknown';
  framed = false;
  kind = 0;
  sequence = 0;
  /** The name's place in the buffer, until the next byte is read; of a short read what there is of it. */
  nameStart = 0;
  nameEnd = 0;
  /** Bytes of the message in its frame; MAX_SIZE without one. */
  frame = MAX_SIZE;
  readonly #old: boolean;
  readonly #oldFramed: boolean;

  /** `old`: messages may have no version; `oldFramed`: those are framed. */
  constructor(old = false, oldFramed = false) {
    this.#old = old;
    this.#oldFramed = oldFramed;
  }

  /** The next message may be of another form. */
  forget(): void {
    this.form = 'unknown';
  }

  /** Reads up to the first field, without committing. */
  read(cursor: Cursor): Found {
    this.nameStart = this.nameEnd = cursor.pos;
    if (this.form === 'unknown') {
      const found = this.#tell(cursor);
      if (found !== 'yes') return found;
    }
    this.frame = MAX_SIZE;
    if (this.framed) {
      if (!cursor.need(4)) return 'more';
      this.frame = cursor.u32be();
      if (this.frame > MAX_SIZE) return 'no';
    }
    if (this.form === 'compact') return this.#compact(cursor);
    return this.form === 'strict' ? this.#strict(cursor) : this.#unversioned(cursor);
  }

  #tell({ buf, pos, end }: Cursor): Found {
    const first = buf[pos]!;
    if (first === STRICT || first === COMPACT)
      return this.#is(first === STRICT ? 'strict' : 'compact', false);
    if (end - pos < ENOUGH) return first <= MAX_SIZE >>> 24 ? 'more' : 'no';
    const inner = buf[pos + 4]!;
    if (inner === STRICT || inner === COMPACT) return this.#is(inner === STRICT ? 'strict' : 'compact', true);
    return this.#old ? this.#is('old', this.#oldFramed) : 'no';
  }

  #is(form: Form, framed: boolean): Found {
    this.form = form;
    this.framed = framed;
    return 'yes';
  }

  /** 0x8001, nothing, kind; name; sequence id. */
  #strict(cursor: Cursor): Found {
    if (!cursor.need(8)) return wrongSoFar(cursor, STRICT) ? 'no' : 'more';
    const { buf, pos } = cursor;
    if (buf[pos] !== STRICT || buf[pos + 1] !== VERSION_1) return 'no';
    this.kind = buf[pos + 3]!;
    cursor.pos = pos + 4;
    const found = this.#name(cursor, cursor.u32be());
    if (found !== 'yes') return found;
    if (!cursor.need(4)) return 'more';
    this.sequence = cursor.u32be();
    return isKind(this.kind) ? 'yes' : 'no';
  }

  /** Name, kind, sequence id. */
  #unversioned(cursor: Cursor): Found {
    if (!cursor.need(4)) return 'more';
    const found = this.#name(cursor, cursor.u32be());
    if (found !== 'yes') return found;
    if (!cursor.need(5)) return 'more';
    this.kind = cursor.u8();
    this.sequence = cursor.u32be();
    return isKind(this.kind) ? 'yes' : 'no';
  }

  /** 0x82, kind and version, sequence id, name. */
  #compact(cursor: Cursor): Found {
    if (!cursor.need(2)) return wrongSoFar(cursor, COMPACT) ? 'no' : 'more';
    const { buf, pos } = cursor;
    if (buf[pos] !== COMPACT || (buf[pos + 1]! & 0x1f) !== 1) return 'no';
    this.kind = buf[pos + 1]! >>> 5;
    cursor.pos = pos + 2;
    const sequence = varint32(cursor);
    if (sequence < 0) return sequence === -1 ? 'more' : 'no';
    const length = varint32(cursor);
    if (length < 0) return length === -1 ? 'more' : 'no';
    this.sequence = sequence;
    const found = this.#name(cursor, length);
    return found === 'yes' && !isKind(this.kind) ? 'no' : found;
  }

  #name(cursor: Cursor, length: number): Found {
    if (length > MAX_NAME || length === 0) return 'no';
    this.nameStart = cursor.pos;
    this.nameEnd = Math.min(cursor.pos + length, cursor.end);
    if (!cursor.need(length)) return 'more';
    cursor.pos = this.nameEnd;
    return isName(cursor.buf, this.nameStart, this.nameEnd) ? 'yes' : 'no';
  }
}

/** A short read whose first byte shows already that the message is none. */
function wrongSoFar({ buf, pos, end }: Cursor, first: number): boolean {
  return end > pos && buf[pos] !== first;
}

function isKind(kind: number): boolean {
  return kind >= KIND.call && kind <= KIND.oneway;
}

function isName(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buf[i]! <= 0x20 || buf[i]! === 0x7f) return false;
  return true;
}

/** -1: more bytes are needed; -2: longer than 32 bits can be. */
function varint32(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    if (!cursor.need(1)) return -1;
    const byte = cursor.u8();
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value < 4294967296 ? value : -2;
  }
  return -2;
}

/** Letters, digits and what joins them: what a method's name is made of where nothing else vouches for the message. */
function isIdentifier(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    const alphanumeric = (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
    if (!alphanumeric && c !== 0x5f && c !== 0x2e && c !== 0x3a) return false;
  }
  return true;
}

/**
 * Whether a versioned message starts at the cursor, whose end may be anywhere. The cursor is left where it was. An
 * unversioned one is never recognised: too little tells it.
 */
export function startsMessage(cursor: Cursor, header: Header): Found {
  const { pos } = cursor;
  header.forget();
  const found = header.read(cursor);
  cursor.pos = pos;
  if (found === 'no' || header.form === 'old') return 'no';
  if (!isIdentifier(cursor.buf, header.nameStart, header.nameEnd)) return 'no';
  if (found === 'more') return couldStart(cursor.buf, pos, cursor.end) ? 'more' : 'no';
  return 'yes';
}

/** Whether too few bytes, as far as they go, agree with a versioned message. */
function couldStart(buf: Uint8Array, start: number, end: number): boolean {
  const at = buf[start] === STRICT || buf[start] === COMPACT ? start : start + 4;
  if (at >= end) return true;
  if (buf[at] === STRICT) return at + 1 >= end || buf[at + 1] === VERSION_1;
  return buf[at] === COMPACT && (at + 1 >= end || (buf[at + 1]! & 0x1f) === 1);
}
