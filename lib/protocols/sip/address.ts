/** Addresses and URIs: RFC 3261 19.1 and 25.1. Bytes to positions; nothing is decoded. */
import { isDigit, named, Span, trimEnd } from '../kit/lines.js';
import { hasPassword } from './secrets.js';

const TAB = 9;
const BLANK = 32;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const AT = 0x40;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const APOSTROPHE = 0x27;
const ZERO = 48;
const MAX_PORT = 65_535;

const TEL = Buffer.from('tel');
const URN = Buffer.from('urn');

const isBlank = (c: number | undefined): boolean => c === BLANK || c === TAB;

const PLAIN = 0;
const GREATER_SIGN = 1;
const OPEN_BRACKET = 2;
const COLON_SIGN = 3;
const AT_SIGN = 4;
const SEMICOLON_SIGN = 5;
const QUESTION_SIGN = 6;
const LESS_SIGN = 7;
const QUOTE_SIGN = 8;
/** What a byte means in an address. */
const KINDS = new Uint8Array(256);
for (const [byte, kind] of [
  [GREATER, GREATER_SIGN],
  [OPEN, OPEN_BRACKET],
  [COLON, COLON_SIGN],
  [AT, AT_SIGN],
  [SEMICOLON, SEMICOLON_SIGN],
  [QUESTION, QUESTION_SIGN],
  [LESS, LESS_SIGN],
  [QUOTE, QUOTE_SIGN],
] as const)
  KINDS[byte] = kind;

/** scheme:user:password@host:port;parameters?headers, without the password. What is absent has start -1. */
export class Uri {
  readonly original = new Span();
  readonly scheme = new Span();
  readonly username = new Span();
  /** An IPv6 address is in brackets. */
  readonly host = new Span();
  /** 0: absent. */
  port = 0;
  /** Without the semicolon before them. */
  readonly parameters = new Span();
  hasPassword = false;
  /** Signs that read() found; -1: absent. */
  #colon = -1;
  #at = -1;
  #hostColon = -1;
  #semicolon = -1;
  #question = -1;

  clear(): void {
    this.original.start = -1;
    this.scheme.start = -1;
    this.username.start = -1;
    this.host.start = -1;
    this.port = 0;
    this.parameters.start = -1;
    this.hasPassword = false;
  }

  /** Reads the URI in [start, end), or up to its closing bracket when it is `bracketed`; where it ends. */
  read(buf: Uint8Array, start: number, end: number, bracketed = false): number {
    this.clear();
    let from = start;
    while (from < end && isBlank(buf[from])) from++;
    let colon = from;
    while (colon < end && isSchemeByte(buf[colon]!)) colon++;
    const stop = this.#scan(buf, colon + 1, end, bracketed, colon);
    const to = trimEnd(buf, from, stop);
    if (to > from) this.original.set(from, to);
    if (colon > from && colon < to && buf[colon] === COLON) {
      this.scheme.set(from, colon);
      this.#parts(buf, colon + 1, to);
    }
    return stop;
  }

  /** Finds the signs in one pass. The @ is the last before parameters, else the first: users may have ; and ?. */
  #scan(buf: Uint8Array, start: number, end: number, bracketed: boolean, colon: number): number {
    this.#colon = -1;
    this.#at = -1;
    this.#hostColon = -1;
    this.#semicolon = -1;
    this.#question = -1;
    let host = start;
    // An address that ends before its colon.
    if (bracketed && buf[colon] === GREATER && colon < end) return colon;
    for (let i = start; i < end; i++) {
      // PERF: a table, because every URI of every message passes here.
      const kind = KINDS[buf[i]!]!;
      if (kind === PLAIN) continue;
      if (kind === GREATER_SIGN) {
        if (bracketed) return i;
      } else if (kind === COLON_SIGN) {
        if (this.#colon < 0) this.#colon = i;
        if (this.#hostColon < 0) this.#hostColon = i;
      } else if (kind === AT_SIGN) {
        if (this.#at >= 0 && (this.#semicolon >= 0 || this.#question >= 0)) continue;
        this.#at = i;
        this.#hostColon = -1;
        this.#semicolon = -1;
        this.#question = -1;
        host = i + 1;
      } else if (kind === OPEN_BRACKET) {
        if (i === host) while (i + 1 < end && buf[i] !== CLOSE && buf[i + 1] !== GREATER) i++;
      } else if (kind === SEMICOLON_SIGN) {
        if (this.#semicolon < 0 && this.#question < 0) this.#semicolon = i;
      } else if (kind === QUESTION_SIGN && this.#question < 0) {
        this.#question = i;
      }
    }
    return end;
  }

  #parts(buf: Uint8Array, start: number, end: number): void {
    const at = this.#at;
    const stop = this.#question >= 0 ? this.#question : end;
    const semicolon = this.#semicolon;
    if (semicolon >= 0 && semicolon < stop) this.parameters.set(semicolon + 1, stop);
    const { scheme } = this;
    const isShort = scheme.end - scheme.start === 3 && buf[start - 2] !== 0x70;
    if (isShort && named(buf, scheme.start, URN)) return;
    if (isShort && named(buf, scheme.start, TEL)) {
      // RFC 3966: a number, not a host.
      const numberEnd = semicolon >= 0 ? semicolon : stop;
      if (numberEnd > start) this.username.set(start, numberEnd);
      return;
    }
    if (at >= 0) {
      const colon = this.#colon;
      const hasColon = colon >= 0 && colon < at;
      const userEnd = hasColon ? colon : at;
      if (userEnd > start) this.username.set(start, userEnd);
      this.hasPassword = hasColon && colon + 1 < at;
    }
    this.#host(buf, at >= 0 ? at + 1 : start, semicolon >= 0 ? Math.min(semicolon, stop) : stop);
  }

  #host(buf: Uint8Array, start: number, end: number): void {
    const colon = this.#hostColon;
    const hostEnd = trimEnd(buf, start, colon >= start && colon < end ? colon : end);
    if (hostEnd > start) this.host.set(start, hostEnd);
    if (colon < start || colon >= end) return;
    let port = 0;
    for (let i = colon + 1; i < end && isDigit(buf[i]!); i++)
      port = Math.min(port * 10 + buf[i]! - ZERO, MAX_PORT + 1);
    if (port <= MAX_PORT) this.port = port;
  }
}

const isSchemeByte = (c: number): boolean =>
  (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || isDigit(c) || c === 0x2b || c === 0x2d || c === 0x2e;

/** display <uri>;parameters, or uri;parameters. */
export class Address {
  readonly display = new Span();
  readonly uri = new Uri();
  readonly parameters = new Span();
  /** A URI in it has a password, in whatever place. */
  secret = false;

  clear(): void {
    this.display.start = -1;
    this.uri.clear();
    this.parameters.start = -1;
    this.secret = false;
  }

  /** Reads the first address in [start, end): a comma ends it. */
  read(buf: Uint8Array, start: number, end: number): void {
    this.clear();
    let from = start;
    let less = start;
    let doubtful = false;
    for (; less < end; less++) {
      const kind = KINDS[buf[less]!]!;
      if (kind === LESS_SIGN) break;
      if (kind === QUOTE_SIGN && from === start) {
        const close = quotedEnd(buf, less, end);
        trimmed(this.display, buf, less + 1, close);
        doubtful = holds(AT, buf, less, close);
        from = Math.min(close + 1, end);
        less = from - 1;
      } else if (kind === AT_SIGN) {
        doubtful = true;
      }
    }
    let behind: number;
    if (less < end) {
      if (from === start) trimmed(this.display, buf, start, less);
      behind = this.uri.read(buf, less + 1, end, true) + 1;
    } else {
      // RFC 3261 20.10: without brackets, all parameters are the header's.
      behind = from;
      while (behind < end && buf[behind] !== SEMICOLON && buf[behind] !== COMMA) behind++;
      this.uri.read(buf, from, behind);
    }
    while (behind < end && isBlank(buf[behind])) behind++;
    if (behind < end && buf[behind] === SEMICOLON) this.parameters.set(behind + 1, end);
    doubtful ||= holds(AT, buf, behind, end);
    this.secret = this.uri.hasPassword || (doubtful && hasPassword(buf, start, end));
  }
}

function holds(byte: number, buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buf[i] === byte) return true;
  return false;
}

/** Position of the closing quote, or the end. */
export function quotedEnd(buf: Uint8Array, open: number, end: number): number {
  let i = open + 1;
  while (i < end && buf[i] !== QUOTE) i += buf[i] === BACKSLASH ? 2 : 1;
  return Math.min(i, end);
}

/** [start, end) without blanks and quotes around it; unset when nothing is left. */
function trimmed(span: Span, buf: Uint8Array, start: number, end: number): void {
  let from = start;
  let to = end;
  while (from < to && isTrimmed(buf[from]!)) from++;
  while (to > from && isTrimmed(buf[to - 1]!)) to--;
  if (to > from) span.set(from, to);
}

const isTrimmed = (c: number): boolean =>
  isBlank(c) || c === QUOTE || c === APOSTROPHE || c === 13 || c === 10;

/**
 * Sets `span` to the value of the parameter `name` (lower case) in [start, end), name=value;name=value, without its
 * quotes. A comma outside quotes ends the list. False when there is none.
 */
export function findParameter(
  span: Span,
  buf: Uint8Array,
  start: number,
  end: number,
  name: Uint8Array,
  separator: number = SEMICOLON,
): boolean {
  const stop = separator === COMMA ? SEMICOLON : COMMA;
  for (let i = start; i < end; ) {
    while (i < end && isBlank(buf[i])) i++;
    const key = i;
    while (i < end && buf[i] !== EQUALS && buf[i] !== separator && buf[i] !== stop) i++;
    const keyEnd = trimEnd(buf, key, i);
    if (i === end || buf[i] === stop) return false;
    if (buf[i] === separator) {
      i++;
      continue;
    }
    const from = ++i;
    while (i < end && buf[i] !== separator && buf[i] !== stop)
      i = buf[i] === QUOTE ? quotedEnd(buf, i, end) + 1 : i + 1;
    const to = Math.min(i, end);
    if (keyEnd - key === name.length && named(buf, key, name)) {
      trimmed(span, buf, from, to);
      return span.isSet;
    }
    if (to < end && buf[to] === stop) return false;
    i = to + 1;
  }
  return false;
}
