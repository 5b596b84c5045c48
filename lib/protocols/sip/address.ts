/** Addresses and URIs: RFC 3261 19.1 and 25.1. Bytes to positions; nothing is decoded. */
import { isDigit, named, Span, trimEnd } from '../kit/lines.js';

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

  clear(): void {
    this.original.start = -1;
    this.scheme.start = -1;
    this.username.start = -1;
    this.host.start = -1;
    this.port = 0;
    this.parameters.start = -1;
  }

  /** Reads the URI in [start, end). */
  read(buf: Uint8Array, start: number, end: number): void {
    this.clear();
    let at = start;
    while (at < end && isBlank(buf[at])) at++;
    const stop = trimEnd(buf, at, end);
    if (at === stop) return;
    this.original.set(at, stop);
    let colon = at;
    while (colon < stop && isSchemeByte(buf[colon]!)) colon++;
    if (colon === at || buf[colon] !== COLON) return;
    this.scheme.set(at, colon);
    this.#rest(buf, colon + 1, stop);
  }

  #rest(buf: Uint8Array, start: number, end: number): void {
    const { scheme } = this;
    if (scheme.end - scheme.start === 3 && named(buf, scheme.start, URN)) return;
    if (scheme.end - scheme.start === 3 && named(buf, scheme.start, TEL)) {
      // RFC 3966: a number, not a host.
      let stop = start;
      while (stop < end && buf[stop] !== SEMICOLON) stop++;
      if (stop > start) this.username.set(start, stop);
      if (stop < end) this.parameters.set(stop + 1, end);
      return;
    }
    const at = userEnd(buf, start, end);
    if (at < 0) {
      this.#host(buf, start, end);
      return;
    }
    let colon = start;
    while (colon < at && buf[colon] !== COLON) colon++;
    if (colon > start) this.username.set(start, colon);
    this.#host(buf, at + 1, end);
  }

  #host(buf: Uint8Array, start: number, end: number): void {
    let i = start;
    if (buf[i] === OPEN) {
      while (i < end && buf[i] !== CLOSE) i++;
      if (i < end) i++;
    } else {
      while (i < end && KINDS[buf[i]!] === PLAIN) i++;
    }
    if (i > start) this.host.set(start, i);
    if (i < end) this.#behindHost(buf, i, end);
  }

  #behindHost(buf: Uint8Array, start: number, end: number): void {
    let i = start;
    while (i < end && isBlank(buf[i])) i++;
    if (i < end && buf[i] === COLON) {
      let port = 0;
      for (i++; i < end && isDigit(buf[i]!); i++) port = Math.min(port * 10 + buf[i]! - ZERO, MAX_PORT + 1);
      if (port <= MAX_PORT) this.port = port;
    }
    while (i < end && buf[i] !== SEMICOLON && buf[i] !== QUESTION) i++;
    if (i === end || buf[i] === QUESTION) return;
    const parameters = i + 1;
    while (i < end && buf[i] !== QUESTION) i++;
    this.parameters.set(parameters, i);
  }
}

const isSchemeByte = (c: number): boolean =>
  (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || isDigit(c) || c === 0x2b || c === 0x2d || c === 0x2e;

const PLAIN = 0;
const HOST_END = 1;
const USER_END = 2;
const PARAMETERS = 3;
/** What a byte ends in a URI. */
const KINDS = new Uint8Array(256);
for (const c of [COLON, BLANK, TAB]) KINDS[c] = HOST_END;
KINDS[AT] = USER_END;
for (const c of [SEMICOLON, QUESTION]) KINDS[c] = PARAMETERS;

/** The @ behind the user, or -1: the last one before parameters, else the first one (users may have ; and ?). */
function userEnd(buf: Uint8Array, start: number, end: number): number {
  let at = -1;
  let i = start;
  for (; i < end; i++) {
    // PERF: a table, because every URI of every message passes here.
    const kind = KINDS[buf[i]!]!;
    if (kind <= HOST_END) continue;
    if (kind === PARAMETERS) break;
    at = i;
  }
  for (; at < 0 && i < end; i++) if (buf[i] === AT) at = i;
  return at;
}

/** display <uri>;parameters, or uri;parameters. */
export class Address {
  readonly display = new Span();
  readonly uri = new Uri();
  readonly parameters = new Span();

  clear(): void {
    this.display.start = -1;
    this.uri.clear();
    this.parameters.start = -1;
  }

  /** Reads the first address in [start, end): a comma ends it. */
  read(buf: Uint8Array, start: number, end: number): void {
    this.clear();
    let from = start;
    let less = start;
    while (less < end && buf[less] !== LESS && buf[less] !== QUOTE) less++;
    if (buf[less] === QUOTE && less < end) {
      const close = quotedEnd(buf, less, end);
      trimmed(this.display, buf, less + 1, close);
      from = Math.min(close + 1, end);
      less = from;
      while (less < end && buf[less] !== LESS) less++;
    } else if (less < end) {
      trimmed(this.display, buf, start, less);
    }
    let behind: number;
    if (less < end) {
      behind = indexOf(buf, GREATER, less, end);
      this.uri.read(buf, less + 1, behind++);
    } else {
      // RFC 3261 20.10: without brackets, all parameters are the header's.
      behind = from;
      while (behind < end && buf[behind] !== SEMICOLON && buf[behind] !== COMMA) behind++;
      this.uri.read(buf, from, behind);
    }
    while (behind < end && isBlank(buf[behind])) behind++;
    if (behind < end && buf[behind] === SEMICOLON) this.parameters.set(behind + 1, end);
  }
}

/** Position of the closing quote, or the end. */
export function quotedEnd(buf: Uint8Array, open: number, end: number): number {
  let i = open + 1;
  while (i < end && buf[i] !== QUOTE) i += buf[i] === BACKSLASH ? 2 : 1;
  return Math.min(i, end);
}

function indexOf(buf: Uint8Array, byte: number, start: number, end: number): number {
  let i = start;
  while (i < end && buf[i] !== byte) i++;
  return i;
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
