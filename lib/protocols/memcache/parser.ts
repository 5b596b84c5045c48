/**
 * Bytes of one direction to messages, in either form of the protocol: text lines and binary headers, each with an optional
 * value behind it. A head is told first, its value when all of it has passed; values nobody wants are skipped unseen.
 */
import type { Cursor } from '../../base/cursor.js';
import { Text } from '../kit/text.js';
import { HEADER_BYTES, MAGIC_REQUEST, MAGIC_RESPONSE } from './binary-codes.js';
import {
  ARGS,
  findCommand,
  findResponse,
  findSubcommand,
  META_VALUE,
  type TextCommand,
  type TextResponse,
  UNKNOWN_COMMAND,
  UNKNOWN_RESPONSE,
  VALUE,
} from './text-codes.js';

/** LIMIT: a line without its end; memcached itself refuses far shorter ones but for lists of keys. */
export const MAX_LINE = 65_536;
/** LIMIT: words of a line that are told apart; lists of keys are walked through instead. */
export const MAX_WORDS = 24;
/** LIMIT: bytes of a value that are kept: what fits a field in base64. */
export const MAX_VALUE_KEPT = 49_149;
/** LIMIT of a value's size: what memcached can be set to allow. */
const MAX_VALUE = 1 << 30;
const LF = 10;
const CR = 13;
const BLANK = 32;

/** 'value': the value of the last head is complete. 'bad': this is not memcache. */
export type Step = 'head' | 'value' | 'more' | 'bad';

/** One direction's reader. What it says of the head lies in `buf` and is valid until the next read(). */
export class Reader {
  isBinary = false;
  /** Text: by the first word. */
  command: TextCommand = UNKNOWN_COMMAND;
  response: TextResponse = UNKNOWN_RESPONSE;
  buf: Uint8Array = new Uint8Array(0);
  /** Text: the line without its end, and its words. */
  start = 0;
  end = 0;
  words = 0;
  readonly wordStart = new Int32Array(MAX_WORDS);
  readonly wordEnd = new Int32Array(MAX_WORDS);
  /** Index of the word behind the command. */
  args = 1;
  /** Binary: the header's fields. */
  opcode = 0;
  /** Of a request the vbucket. */
  status = 0;
  opaque = 0;
  casHigh = 0;
  casLow = 0;
  extras = 0;
  key = 0;
  keyEnd = 0;
  /** Bytes of the value, without its line end; -1: there is none. */
  valueSize = -1;
  /** Bytes of the message on the wire. */
  size = 0;
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;
  /** The first bytes of the value, as many as were wanted. */
  readonly value = new Text(MAX_VALUE_KEPT);
  /** Bytes of the value were lost. */
  hasLost = false;

  readonly #isRequests: boolean;
  /** Bytes of value and line end still to come; -1 outside one. */
  #left = -1;
  /** Bytes at its end that are no value. */
  #trailer = 0;
  #wanted = 0;

  constructor(isRequests: boolean) {
    this.#isRequests = isRequests;
  }

  /** Reads on, committing as it goes. */
  read(cursor: Cursor): Step {
    if (this.#left >= 0) return this.#readValue(cursor);
    if (cursor.left === 0) return 'more';
    const first = cursor.buf[cursor.pos]!;
    this.valueSize = -1;
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    if (first === MAGIC_REQUEST || first === MAGIC_RESPONSE) return this.#readHeader(cursor);
    return this.#readLine(cursor);
  }

  /** After a head with a value: keep up to `bytes` of it. */
  want(bytes: number): void {
    this.#wanted = Math.min(bytes, MAX_VALUE_KEPT);
  }

  /** Forgets the message in progress. */
  reset(): void {
    this.#left = -1;
  }

  /** `beyond` bytes not yet skipped were lost. False: more than the value, the stream must be found again. */
  lose(beyond: number): boolean {
    if (this.#left < 0) return false;
    if (beyond > this.#left) return false;
    this.#left -= beyond;
    this.hasLost = true;
    return true;
  }

  #readLine(cursor: Cursor): Step {
    const { buf, pos } = cursor;
    const lf = cursor.find(LF);
    if (lf < 0) return cursor.left > MAX_LINE ? 'bad' : 'more';
    this.isBinary = false;
    this.buf = buf;
    this.start = pos;
    this.end = lf > pos && buf[lf - 1] === CR ? lf - 1 : lf;
    this.size = lf + 1 - pos;
    cursor.pos = lf + 1;
    cursor.commit();
    this.#split();
    if (this.words === 0) return 'bad';
    return this.#isRequests ? this.#readCommand() : this.#readResponse();
  }

  #split(): void {
    const { buf, end, wordStart, wordEnd } = this;
    let words = 0;
    for (let i = this.start; i < end && words < MAX_WORDS; words++) {
      while (i < end && buf[i] === BLANK) i++;
      if (i === end) break;
      wordStart[words] = i;
      while (i < end && buf[i] !== BLANK) i++;
      wordEnd[words] = i;
    }
    this.words = words;
  }

  #readCommand(): Step {
    const { buf, wordStart, wordEnd, words } = this;
    if (!isLetter(buf[this.start]!)) return 'bad';
    this.args = 1;
    let command = findCommand(buf, wordStart[0]!, wordEnd[0]!);
    if (command === UNKNOWN_COMMAND && words > 1) {
      const sub = findSubcommand(buf, wordStart[0]!, wordEnd[0]!, wordStart[1]!, wordEnd[1]!);
      if (sub) {
        command = sub;
        this.args = 2;
      }
    }
    this.command = command;
    const { args } = command;
    if (args === ARGS.store || args === ARGS.cas) this.#expect(words > 4 ? this.number(4) : -1);
    else if (args === ARGS.metaSet) this.#expect(words > 2 ? this.number(2) : -1);
    return 'head';
  }

  #readResponse(): Step {
    const { buf, wordStart, wordEnd, words } = this;
    const first = buf[this.start]!;
    if (!isLetter(first) && !isDigit(first)) return 'bad';
    this.args = 1;
    this.response = findResponse(buf, wordStart[0]!, wordEnd[0]!);
    if (this.response === VALUE) {
      if (words < 4 || this.number(3) < 0) return 'bad';
      this.#expect(this.number(3));
    } else if (this.response === META_VALUE) {
      if (words < 2 || this.number(1) < 0) return 'bad';
      this.#expect(this.number(1));
    }
    return 'head';
  }

  /** A value of `size` bytes and a line end follow. A size that is none: the server refuses the line, and so no value comes. */
  #expect(size: number): void {
    if (size < 0 || size > MAX_VALUE) return;
    this.#open(size, 2);
  }

  #open(size: number, trailer: number): void {
    this.valueSize = size;
    this.size += size + trailer;
    this.#left = size + trailer;
    this.#trailer = trailer;
    this.#wanted = 0;
    this.hasLost = false;
    this.value.clear();
  }

  #readHeader(cursor: Cursor): Step {
    if (!cursor.need(HEADER_BYTES)) return 'more';
    const { buf, pos } = cursor;
    if ((buf[pos] === MAGIC_REQUEST) !== this.#isRequests) return 'bad';
    const keySize = (buf[pos + 2]! << 8) | buf[pos + 3]!;
    const extrasSize = buf[pos + 4]!;
    const body = u32(buf, pos + 8);
    const head = HEADER_BYTES + extrasSize + keySize;
    // The data type is 0 in every version.
    if (buf[pos + 5] !== 0 || body > MAX_VALUE || extrasSize + keySize > body) return 'bad';
    if (!cursor.need(head)) return 'more';
    this.isBinary = true;
    this.buf = buf;
    this.opcode = buf[pos + 1]!;
    this.status = (buf[pos + 6]! << 8) | buf[pos + 7]!;
    this.opaque = u32(buf, pos + 12);
    this.casHigh = u32(buf, pos + 16);
    this.casLow = u32(buf, pos + 20);
    this.extras = pos + HEADER_BYTES;
    this.key = this.extras + extrasSize;
    this.keyEnd = this.key + keySize;
    this.size = head;
    cursor.pos = pos + head;
    cursor.commit();
    const value = body - extrasSize - keySize;
    if (value > 0) this.#open(value, 0);
    return 'head';
  }

  /** Takes what there is; what nobody wants is skipped but for the last byte, which ends the message. */
  #readValue(cursor: Cursor): Step {
    const left = this.#left;
    const here = Math.min(cursor.left, left);
    const kept = Math.min(here, left - this.#trailer, this.#wanted - this.value.size);
    if (kept > 0) this.value.bytes(cursor.buf, cursor.pos, cursor.pos + kept);
    const isKept = this.value.size >= Math.min(this.#wanted, this.valueSize);
    const taken = isKept ? Math.max(here, left - 1) : here;
    cursor.skip(taken);
    this.#left = left - taken;
    if (this.#left > 0) return 'more';
    this.#left = -1;
    return 'value';
  }

  /** The n-th word as a number of up to 10 digits; -1 when it is none. */
  number(n: number): number {
    return parseNumber(this.buf, this.wordStart[n]!, this.wordEnd[n]!, 10);
  }

  isLastWord(word: Uint8Array): boolean {
    if (this.words < 2) return false;
    const start = this.wordStart[this.words - 1]!;
    if (this.wordEnd[this.words - 1]! - start !== word.length) return false;
    for (let i = 0; i < word.length; i++) if (this.buf[start + i] !== word[i]) return false;
    return true;
  }
}

/** An unsigned decimal of at most `digits` digits; -1 when it is none. */
export function parseNumber(buf: Uint8Array, start: number, end: number, digits: number): number {
  if (end <= start || end - start > digits) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = buf[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

export function u32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}

export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
export const isLetter = (c: number): boolean => (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
