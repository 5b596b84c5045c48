/**
 * RESP2 and RESP3 (redis.io/docs/reference/protocol-spec) and inline commands: bytes to messages, one element at a time.
 * Every element is committed as it is read, so a large array is never parsed twice; text beyond the limit is skipped.
 */
import type { Cursor } from '../../base/cursor.js';
import { Text } from '../kit/text.js';

/** LIMIT: nesting of containers; deeper input is refused. */
export const MAX_DEPTH = 32;
/** LIMIT: a line (number, simple string, inline command) without its end. */
export const MAX_LINE = 65_536;
/** LIMIT of a length or count: what redis itself allows. */
const MAX_COUNT = 0x7fffffff;
const CR = 13;
const LF = 10;
const BLANK = 32;

/** First bytes of the types. */
export const TYPE = {
  simple: 0x2b, // +
  error: 0x2d, // -
  integer: 0x3a, // :
  bulk: 0x24, // $
  array: 0x2a, // *
  nothing: 0x5f, // _
  double: 0x2c, // ,
  boolean: 0x23, // #
  bulkError: 0x21, // !
  verbatim: 0x3d, // =
  bigNumber: 0x28, // (
  map: 0x25, // %
  set: 0x7e, // ~
  push: 0x3e, // >
  attribute: 0x7c, // |
} as const;

/** 'opened': a container or a bulk string began; its content follows. */
type Step = 'complete' | 'opened' | 'more' | 'bad';

/** A container being read. */
interface Level {
  type: number;
  /** Elements still to come; keys and values of a map count each. */
  left: number;
  read: number;
  /** Size of the text before it. */
  mark: number;
}

/** Where an element lies in the text. */
export interface Span {
  start: number;
  end: number;
}

/** One direction's reader. After read() says 'message' the public parts describe it, until the next read(). */
export class RespReader {
  readonly text = new Text();
  /** First byte of the message; of an inline command its first letter. */
  type = 0;
  /** Bytes on the wire. */
  size = 0;
  isError = false;
  /** The first three elements: a command's name and first arguments. Empty when absent. */
  readonly first: Span = { start: 0, end: 0 };
  readonly second: Span = { start: 0, end: 0 };
  readonly third: Span = { start: 0, end: 0 };
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;

  /** Commands: elements joined by blanks. Replies: [a, b], {k: v}. */
  readonly #isCommand: boolean;
  readonly #levels: Level[] = [];
  #depth = 0;
  #elements = 0;
  #begun = false;
  /** Bytes of a bulk string still to come, with its line end; -1 outside one. */
  #bulk = -1;
  /** Where its text starts. */
  #bulkStart = 0;

  constructor(isCommand: boolean) {
    this.#isCommand = isCommand;
  }

  /** Reads on, committing as it goes. 'bad': this is not RESP. */
  read(cursor: Cursor): 'message' | 'more' | 'bad' {
    for (;;) {
      if (!this.#begun && !this.#begin(cursor)) return 'more';
      const step = this.#bulk >= 0 ? this.#readBulk(cursor) : this.#readLine(cursor);
      if (step === 'more' || step === 'bad') return step;
      if (step === 'complete' && this.#complete()) {
        this.#begun = false;
        return 'message';
      }
    }
  }

  /** Forgets the message in progress: bytes were lost. */
  reset(): void {
    this.#begun = false;
    this.#bulk = -1;
    this.#depth = 0;
  }

  #begin(cursor: Cursor): boolean {
    const { buf } = cursor;
    // Line ends between messages mean nothing.
    while (cursor.left > 0 && (buf[cursor.pos] === CR || buf[cursor.pos] === LF)) cursor.pos++;
    cursor.commit();
    if (cursor.left === 0) return false;
    this.#begun = true;
    this.text.clear();
    this.type = buf[cursor.pos]!;
    this.size = 0;
    this.isError = false;
    this.#elements = 0;
    this.first.start = this.first.end = 0;
    this.second.start = this.second.end = 0;
    this.third.start = this.third.end = 0;
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    return true;
  }

  #readLine(cursor: Cursor): Step {
    const start = cursor.pos;
    const lf = cursor.find(LF);
    if (lf < 0) return cursor.left > MAX_LINE ? 'bad' : 'more';
    const end = lf > start && cursor.buf[lf - 1] === CR ? lf - 1 : lf;
    cursor.pos = lf + 1;
    this.size += lf + 1 - start;
    cursor.commit();
    return this.#element(cursor.buf, start, end);
  }

  #element(buf: Uint8Array, start: number, end: number): Step {
    const type = buf[start]!;
    switch (type) {
      case TYPE.bulk:
      case TYPE.bulkError:
      case TYPE.verbatim:
        return this.#openBulk(type, parseCount(buf, start + 1, end));
      case TYPE.array:
      case TYPE.set:
      case TYPE.push:
      case TYPE.map:
      case TYPE.attribute:
        return this.#openContainer(type, parseCount(buf, start + 1, end));
      case TYPE.nothing:
        return this.#word('nil');
      case TYPE.boolean:
        return this.#word(buf[start + 1] === 0x74 ? 'true' : 'false');
      case TYPE.error:
        if (this.#depth === 0) this.isError = true;
        return this.#simple(buf, start + 1, end);
      case TYPE.simple:
      case TYPE.integer:
      case TYPE.double:
      case TYPE.bigNumber:
        return this.#simple(buf, start + 1, end);
      default:
        return this.#isCommand && this.#depth === 0 ? this.#inline(buf, start, end) : 'bad';
    }
  }

  #simple(buf: Uint8Array, start: number, end: number): Step {
    this.#separate();
    const at = this.text.size;
    this.text.bytes(buf, start, end);
    this.#note(at);
    return 'complete';
  }

  #word(text: string): Step {
    this.#separate();
    this.text.ascii(text);
    return 'complete';
  }

  /** Words on a line: what people type, and health checks. */
  #inline(buf: Uint8Array, start: number, end: number): Step {
    if (!isLetter(buf[start]!)) return 'bad';
    for (let i = start; i < end; ) {
      while (i < end && buf[i] === BLANK) i++;
      const from = i;
      while (i < end && buf[i] !== BLANK) i++;
      if (from === i) continue;
      if (this.#elements > 0) this.text.byte(BLANK);
      const at = this.text.size;
      this.text.bytes(buf, from, i);
      this.#note(at);
    }
    return 'complete';
  }

  #openBulk(type: number, size: number): Step {
    if (size === -1) return this.#word('nil');
    if (size < 0) return 'bad';
    if (type === TYPE.bulkError && this.#depth === 0) this.isError = true;
    this.#separate();
    this.#bulk = size + 2;
    this.#bulkStart = this.text.size;
    return 'opened';
  }

  /** Takes what there is of a bulk string; what the text has no room for is skipped unseen. */
  #readBulk(cursor: Cursor): Step {
    const here = Math.min(cursor.left, this.#bulk);
    const content = Math.min(here, Math.max(0, this.#bulk - 2));
    this.text.bytes(cursor.buf, cursor.pos, cursor.pos + content);
    const unseen = this.text.cut ? Math.max(here, this.#bulk - 2) : here;
    cursor.skip(unseen);
    this.size += unseen;
    this.#bulk -= unseen;
    if (this.#bulk > 0) return 'more';
    this.#bulk = -1;
    this.#note(this.#bulkStart);
    return 'complete';
  }

  #openContainer(type: number, count: number): Step {
    if (count === -1) return this.#word('nil');
    if (count < 0 || this.#depth >= MAX_DEPTH) return 'bad';
    const mark = this.text.size;
    const isMap = type === TYPE.map || type === TYPE.attribute;
    this.#separate();
    if (!this.#isCommand) this.text.byte(isMap ? 0x7b : 0x5b);
    this.#levels[this.#depth++] = { type, left: isMap ? count * 2 : count, read: 0, mark };
    return count === 0 ? this.#closed() : 'opened';
  }

  /** The innermost container has all its elements. An attribute (RESP3) is no element: it describes the next one. */
  #closed(): Step {
    const level = this.#levels[--this.#depth]!;
    if (level.type === TYPE.attribute) {
      this.text.size = level.mark;
      return 'opened';
    }
    if (!this.#isCommand) this.text.byte(level.type === TYPE.map ? 0x7d : 0x5d);
    return 'complete';
  }

  /** An element is complete: true when the message is. */
  #complete(): boolean {
    while (this.#depth > 0) {
      const level = this.#levels[this.#depth - 1]!;
      level.read++;
      if (--level.left > 0) return false;
      if (this.#closed() === 'opened') return false;
    }
    return true;
  }

  /** What stands between this element and the one before. */
  #separate(): void {
    if (this.#depth === 0) return;
    const level = this.#levels[this.#depth - 1]!;
    if (level.read === 0) return;
    if (this.#isCommand) this.text.byte(BLANK);
    else if (level.type === TYPE.map && level.read % 2 === 1) this.text.ascii(': ');
    else this.text.ascii(', ');
  }

  /** Remembers where the first three elements lie: in the text from `start` to its end. */
  #note(start: number): void {
    const n = this.#elements;
    const span = n === 0 ? this.first : n === 1 ? this.second : n === 2 ? this.third : null;
    this.#elements++;
    if (!span) return;
    span.start = start;
    span.end = this.text.size;
  }
}

/** A decimal count; -1 for -1 (nil), -2 when it is none or too large. */
function parseCount(buf: Uint8Array, start: number, end: number): number {
  if (end - start === 2 && buf[start] === 0x2d && buf[start + 1] === 0x31) return -1;
  if (end === start || end - start > 10) return -2;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = buf[i]! - 0x30;
    if (digit < 0 || digit > 9) return -2;
    value = value * 10 + digit;
  }
  return value > MAX_COUNT ? -2 : value;
}

function isLetter(c: number): boolean {
  return (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}
