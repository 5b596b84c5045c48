/**
 * Thrift messages (thrift-binary-protocol.md, thrift-compact-protocol.md, thrift-rpc.md), framed or not: one direction's
 * reader. Values become text as they are read, each is committed, so that a large message is never parsed twice; what the
 * text has no room for is skipped. Nesting is an explicit stack.
 */
import type { Cursor } from '../../base/cursor.js';
import { Text } from '../kit/text.js';
import { Binary, type Encoding } from './binary.js';
import { Compact } from './compact.js';
import { Header, startsMessage } from './header.js';
import { CLOSING, Level, type Limits, OPENING } from './level.js';
import type { Method, Methods } from './methods.js';
import { decimal, decimal64, double, quoted, uuid } from './render.js';
import { KIND, MAX_SIZE, TYPE } from './types.js';

/** LIMIT: nesting of structs and containers; what Thrift's libraries accept. Deeper input is refused. */
export const MAX_DEPTH = 64;
/** One for all readers: what they hold is used up within one step. */
/** LIMIT: arguments of a call, which are no struct to those who set `drop_after_n_struct_fields`; with more it is ignored. */
const MAX_ARGUMENTS = 500;
const binary = new Binary();
const compact = new Compact();

/** 'broken': a message that cannot be read, skipped by its frame. 'bad': no message, the next one is looked for. */
export type Outcome = 'message' | 'more' | 'broken' | 'bad';
type Step = 'next' | 'complete' | 'more' | 'wrong';

/** After read() says 'message' the public parts describe it, until the next read(). */
export class ThriftReader {
  readonly header: Header;
  /** Of a call: method and parameters. Of a reply: the value, or `Exceptions: ` and the exceptions. */
  readonly text = new Text();
  /** Where the parameters, the value or the exceptions start in the text. */
  start = 0;
  /** What is known of the method, undefined when too many are. */
  method: Method | undefined;
  /** Hash of the name as it came. */
  hash = 0;
  isException = false;
  /** Bytes of the message without its frame's length. */
  size = 0;
  /** Bytes looked through in vain since the last message. */
  searched = 0;
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;

  readonly #limits: Limits;
  readonly #mostArguments: number;
  readonly #methods: Methods;
  #encoding: Encoding = binary;
  readonly #levels: Level[] = [new Level()];
  #depth = 0;
  /** A message has begun: its fields are being read. */
  #begun = false;
  /** Bytes of the message still to come, as far as its frame tells. */
  #left = 0;
  /** Whether the stream's messages are framed, once there was one. */
  #framed: boolean | undefined;
  /** The message's frame is skipped. */
  #unread = false;
  /** Where the stream stands is unknown: a message is looked for. */
  #lost = false;

  constructor(limits: Limits, methods: Methods) {
    this.#limits = limits;
    this.#mostArguments = Math.max(limits.drop_after_n_struct_fields, MAX_ARGUMENTS);
    this.#methods = methods;
    this.header = new Header(limits.protocol_type === 'binary', limits.transport_type === 'framed');
  }

  get isRequest(): boolean {
    return this.header.kind === KIND.call || this.header.kind === KIND.oneway;
  }

  /** A reply has been begun and some of its value read. */
  get hasPart(): boolean {
    return this.#begun && !this.isRequest;
  }

  /** Bytes were lost: the next message is looked for. */
  lose(): void {
    this.#begun = false;
    this.#lost = true;
  }

  /** Reads on, committing as it goes. */
  read(cursor: Cursor): Outcome {
    if (this.#lost && !this.#search(cursor)) return 'more';
    if (!this.#begun) {
      if (cursor.left === 0) return 'more';
      const found = this.#begin(cursor);
      if (found !== 'yes') return found === 'no' ? this.#refuse(cursor) : 'more';
    }
    for (;;) {
      const step = this.#unread ? 'complete' : this.#step(cursor);
      if (step === 'next') continue;
      if (step === 'more') return 'more';
      if (step === 'wrong' && !this.header.framed) return this.#refuse(cursor);
      this.#begun = false;
      this.#framed = this.header.framed;
      if (this.header.framed) this.#endFrame(cursor);
      return step === 'complete' ? 'message' : 'broken';
    }
  }

  /** What is left of the frame is none of the message's, or cannot be read. */
  #endFrame(cursor: Cursor): void {
    cursor.pos = cursor.mark;
    cursor.short = 0;
    this.#skip(cursor, this.#left);
  }

  #refuse(cursor: Cursor): Outcome {
    cursor.pos = Math.min(cursor.mark + 1, cursor.end);
    cursor.short = 0;
    cursor.commit();
    this.lose();
    return 'bad';
  }

  /** Looks for the beginning of a versioned message with a plausible name. */
  #search(cursor: Cursor): boolean {
    const { header } = this;
    const from = cursor.pos;
    let found = 'no';
    while (found === 'no' && cursor.left > 0) {
      found = startsMessage(cursor, header);
      if (found !== 'no' && header.form !== 'unknown' && !this.#isLikely()) found = 'no';
      if (found === 'no') cursor.pos++;
    }
    this.searched += cursor.pos - from;
    cursor.short = 0;
    cursor.commit();
    if (found !== 'yes') return false;
    this.#lost = false;
    this.searched = 0;
    return true;
  }

  /**
   * A message without a frame may stand behind bytes that look like a frame's length. Where nothing else tells, they are the
   * end of a message when the last of them is nought.
   */
  #isLikely(): boolean {
    const { framed, frame } = this.header;
    if (this.#framed !== undefined) return framed === this.#framed;
    return !framed || (frame & 0xff) !== 0;
  }

  #begin(cursor: Cursor): 'yes' | 'no' | 'more' {
    const { header, text } = this;
    const found = header.read(cursor);
    if (found === 'more' && header.framed && cursor.short > header.frame + 4) return 'no';
    if (found !== 'yes') return found;
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    this.#encoding = header.form === 'compact' ? compact : binary;
    this.#encoding.bad = false;
    this.isException = header.kind === KIND.exception;
    this.size = cursor.pos - cursor.mark - (header.framed ? 4 : 0);
    this.#left = header.frame - this.size;
    if (this.#left < 1) return 'no';
    text.clear();
    this.#open(cursor.buf);
    cursor.commit();
    this.#begun = true;
    return 'yes';
  }

  /** The method's name, and the struct of its arguments or of its result. */
  #open(buf: Uint8Array): void {
    const { header, text } = this;
    const { nameStart: from, nameEnd: to } = header;
    this.hash = hashOf(buf, from, to);
    this.method = this.#methods.find(this.hash, buf, from, to);
    if (this.isRequest) text.bytes(buf, from + (this.method?.prefix ?? 0), to);
    this.start = text.size;
    const level = this.#levels[0]!;
    level.type = TYPE.struct;
    level.index = level.lastId = 0;
    // With `capture_reply` off a reply is read only where its end is not known otherwise.
    level.quiet = !this.#limits.capture_reply && !this.isRequest;
    this.#unread = level.quiet && header.framed;
    level.shown = this.isRequest;
    if (level.shown) text.byte(OPENING[TYPE.struct]!);
    this.#depth = 1;
  }

  /** One field or element, with a scalar value or the beginning of its container. */
  #step(cursor: Cursor): Step {
    const level = this.#levels[this.#depth - 1]!;
    if (level.type === TYPE.struct) return this.#field(cursor, level);
    if (level.left === 0) return this.#close(level);
    if (level.quiet) {
      const size = this.#encoding.fixedSize(level.valueType);
      if (size > 0 && (level.type !== TYPE.map || size === this.#encoding.fixedSize(level.keyType))) {
        return this.#skipAll(cursor, level, size);
      }
    }
    const isKey = level.type === TYPE.map && level.left % 2 === 0;
    return this.#value(cursor, level, isKey ? level.keyType : level.valueType);
  }

  #field(cursor: Cursor, level: Level): Step {
    const encoding = this.#encoding;
    if (!encoding.field(cursor, level.lastId)) return this.#short(cursor);
    if (encoding.type === TYPE.stop) {
      const taken = this.#take(cursor);
      return taken === 'next' ? this.#close(level) : taken;
    }
    if (level.index >= (this.#depth === 1 ? this.#mostArguments : this.#limits.drop_after_n_struct_fields))
      return 'wrong';
    return this.#value(cursor, level, encoding.type);
  }

  /** PERF: what is not shown of a list of numbers is not looked at. */
  #skipAll(cursor: Cursor, level: Level, size: number): Step {
    const bytes = level.left * size;
    if (bytes > this.#left || bytes > MAX_SIZE) return 'wrong';
    level.left = 0;
    this.#skip(cursor, bytes);
    return 'next';
  }

  #value(cursor: Cursor, level: Level, type: number): Step {
    switch (type) {
      case TYPE.struct:
        return this.#push(cursor, level, type, 0);
      case TYPE.list:
      case TYPE.set:
        if (!this.#encoding.list(cursor)) return this.#short(cursor);
        return this.#push(cursor, level, type, this.#encoding.count);
      case TYPE.map:
        if (!this.#encoding.map(cursor)) return this.#short(cursor);
        return this.#push(cursor, level, type, this.#encoding.count * 2);
      case TYPE.string:
        return this.#string(cursor, level);
      default:
        return this.#scalar(cursor, level, type);
    }
  }

  #scalar(cursor: Cursor, level: Level, type: number): Step {
    const encoding = this.#encoding;
    const { text } = this;
    if (type === TYPE.uuid) {
      if (!cursor.need(16)) return this.#short(cursor);
      if (this.#separate(level)) uuid(text, cursor.buf, cursor.pos);
      cursor.pos += 16;
    } else if (type === TYPE.bool) {
      if (!encoding.bool(cursor)) return this.#short(cursor);
      if (this.#separate(level)) text.ascii(encoding.low === 0 ? 'false' : 'true');
    } else if (type === TYPE.double) {
      if (!encoding.double(cursor)) return this.#short(cursor);
      if (this.#separate(level)) double(text, encoding.number);
    } else {
      if (!encoding.integer(cursor, type)) return this.#short(cursor);
      if (!this.#separate(level)) return this.#take(cursor);
      if (type === TYPE.i64) decimal64(text, encoding.high, encoding.low);
      else decimal(text, encoding.low);
    }
    return this.#take(cursor);
  }

  #string(cursor: Cursor, level: Level): Step {
    const { string_max_size: max, obfuscate_strings: hides } = this.#limits;
    if (!this.#encoding.length(cursor)) return this.#short(cursor);
    const { count } = this.#encoding;
    const shown = Math.min(count, max);
    if (!level.quiet && !cursor.need(shown)) return this.#short(cursor);
    const bytes = cursor.pos - cursor.mark + count;
    if (bytes > this.#left) return 'wrong';
    if (this.#separate(level)) {
      if (hides && count > 0) this.text.ascii('"*"');
      else quoted(this.text, cursor.buf, cursor.pos, cursor.pos + shown, shown < count);
    }
    cursor.pos = cursor.mark;
    this.#skip(cursor, bytes);
    return 'next';
  }

  #push(cursor: Cursor, level: Level, type: number, count: number): Step {
    if (this.#depth >= MAX_DEPTH) return 'wrong';
    const { keyType, valueType } = this.#encoding;
    const taken = this.#take(cursor);
    if (taken !== 'next') return taken;
    const shown = this.#separate(level);
    const inner = this.#levels[this.#depth] ?? new Level();
    this.#levels[this.#depth++] = inner;
    inner.type = type;
    inner.keyType = keyType;
    inner.valueType = valueType;
    inner.left = count;
    inner.index = inner.lastId = 0;
    inner.shown = shown;
    inner.quiet = !shown;
    if (shown) this.text.byte(OPENING[type]!);
    return 'next';
  }

  #close(level: Level): Step {
    if (--this.#depth > 0) {
      if (level.shown) this.text.byte(CLOSING[level.type]!);
      return 'next';
    }
    if (this.isException && !level.shown && !level.quiet) this.#openExceptions(level);
    if (level.shown) this.text.byte(CLOSING[TYPE.struct]!);
    return 'complete';
  }

  /** Counts an element of `level` and writes what stands before it; whether its value is written as well. */
  #separate(level: Level): boolean {
    const { text } = this;
    const second = level.type === TYPE.map && level.left % 2 === 1;
    if (level.type === TYPE.struct) level.lastId = this.#encoding.id;
    else level.left--;
    if (second) {
      if (!level.quiet) text.ascii(': ');
      return !level.quiet;
    }
    const index = level.index++;
    if (level.quiet) return false;
    if (this.#depth === 1 && !this.isRequest && !this.#result(level, index)) return !level.quiet;
    if (index > 0) text.ascii(', ');
    if (index >= this.#limits.collection_max_size) {
      text.ascii('...');
      level.quiet = true;
      return false;
    }
    if (level.type === TYPE.struct) this.#fieldName(level.lastId);
    return true;
  }

  /** Fields of a result: 0 is the value and stands alone, all others are exceptions. Whether it is written as a field. */
  #result(level: Level, index: number): boolean {
    if (index === 0 && this.#encoding.id !== 0) {
      this.isException = true;
      this.#openExceptions(level);
    }
    if (level.shown) return true;
    level.quiet = index > 0;
    return false;
  }

  #openExceptions(level: Level): void {
    this.text.ascii('Exceptions: ');
    this.start = this.text.size;
    this.text.byte(OPENING[TYPE.struct]!);
    level.shown = true;
  }

  #fieldName(id: number): void {
    const { text, method, header } = this;
    let name: Uint8Array | undefined;
    if (this.#depth === 1 && header.kind !== KIND.exception) {
      name = (this.isRequest ? method?.parameters : method?.exceptions)?.get(id);
    }
    if (name) text.bytes(name, 0, name.length);
    else decimal(text, id);
    text.ascii(': ');
  }

  /** What was read is consumed, if it lay in the frame. */
  #take(cursor: Cursor): Step {
    const bytes = cursor.pos - cursor.mark;
    if (bytes > this.#left) return 'wrong';
    this.size += bytes;
    this.#left -= bytes;
    cursor.commit();
    return 'next';
  }

  #skip(cursor: Cursor, bytes: number): void {
    this.size += bytes;
    this.#left -= bytes;
    cursor.skip(bytes);
  }

  /** A value could not be read: it is not all there, or it never will be. */
  #short(cursor: Cursor): Step {
    if (this.#encoding.bad || cursor.short > this.#left) return 'wrong';
    return 'more';
  }
}

function hashOf(buf: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + buf[i]!) | 0;
  return hash;
}
