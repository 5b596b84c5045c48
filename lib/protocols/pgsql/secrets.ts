/**
 * Passwords in SQL: what follows the word PASSWORD in a statement (CREATE ROLE ... PASSWORD '...', password = '...',
 * connection strings, URLs of CREATE SUBSCRIPTION) is written as xxxxx.
 */
import type { Text } from '../kit/text.js';

const QUOTE = 39;
const DOUBLE = 34;
const DOLLAR = 36;
const COLON = 58;
const SLASH = 47;
const AT = 64;
const AMPERSAND = 38;
const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
const BACKSLASH = 92;
const MASK = 'xxxxx';
const WORD = 'password';
const LAST = WORD.length - 1;

/** LIMIT: bytes of a name behind its `password`. */
const MAX_NAME = 64;

/** How far the end of a search for WORD may move on, by the byte found there; letters of either case. */
const shifts = new Uint8Array(256).fill(WORD.length);
for (let i = 0; i < LAST; i++) {
  shifts[WORD.charCodeAt(i)] = LAST - i;
  shifts[WORD.charCodeAt(i) - 32] = LAST - i;
}

/** Where WORD begins in [from, end), or -1. PERF: looks at one byte in eight (Horspool). */
function findWord(buf: Uint8Array, from: number, end: number): number {
  for (let at = from + LAST; at < end; at += shifts[buf[at]!]!) {
    let i = LAST;
    while (i >= 0 && (buf[at - LAST + i]! | 32) === WORD.charCodeAt(i)) i--;
    if (i < 0) return at - LAST;
  }
  return -1;
}

/** Whether [start, end) may hold a password. */
export function mentionsPassword(buf: Uint8Array, start: number, end: number): boolean {
  return findWord(buf, start, end) >= 0;
}

/** Whether [start, end) holds a URL with a password: `://user:password@`. */
export function holdsUserinfo(buf: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++)
    if (isScheme(buf, at, end) && userinfo(buf, at + 3, end) > 0) return true;
  return false;
}

/** [start, end) with its passwords masked. */
export function maskPasswords(out: Text, buf: Uint8Array, start: number, end: number): void {
  let from = start;
  let word = findWord(buf, start, end);
  for (let at = start; at < end; at++) {
    let secret = 0;
    if (at === word) {
      secret = valueStart(buf, word + WORD.length, end);
      word = findWord(buf, word + WORD.length, end);
    } else if (isScheme(buf, at, end)) {
      secret = userinfo(buf, at + 3, end);
    }
    if (secret === 0) continue;
    out.bytes(buf, from, secret);
    out.ascii(MASK);
    from = valueEnd(buf, secret, end);
    at = Math.max(at, from - 1);
    if (word >= 0 && word < from) word = findWord(buf, from, end);
  }
  out.bytes(buf, from, end);
}

/** Where the value begins that belongs to the word that ends at `from`; 0 when none follows. */
function valueStart(buf: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && at - from < MAX_NAME && isNamePart(buf[at]!)) at++;
  let assigned = false;
  for (; at < end && (isBlank(buf[at]!) || isAssignment(buf, at)); at++) assigned ||= isAssignment(buf, at);
  let quote = at;
  // E'', N'', U&''
  while (quote < end && quote < at + 2 && (isLetter(buf[quote]!) || buf[quote] === AMPERSAND)) quote++;
  if (quote < end && buf[quote] === QUOTE) return isDoubled(buf, quote, end) ? quote + 2 : quote + 1;
  if (at >= end) return 0;
  if (buf[at] === DOLLAR) {
    const open = tagEnd(buf, at, end);
    // $1 is a parameter.
    return open < end && buf[open] === DOLLAR ? open + 1 : 0;
  }
  if (!assigned) return 0;
  return buf[at] === DOUBLE ? at + 1 : at;
}

/** The end of the value from `start` on; what stands before it says how it is quoted. */
function valueEnd(buf: Uint8Array, start: number, end: number): number {
  switch (buf[start - 1]) {
    case COLON:
      return colonEnd(buf, start, end);
    case DOLLAR:
      return dollarEnd(buf, start, end);
    case QUOTE:
      return quoteEnd(buf, start, end);
    case DOUBLE: {
      let at = start;
      while (at < end && buf[at] !== DOUBLE) at += buf[at] === BACKSLASH ? 2 : 1;
      return Math.min(at, end);
    }
    default:
      return bareEnd(buf, start, end);
  }
}

/** In a URL up to the @; after `password:` as any bare value. */
function colonEnd(buf: Uint8Array, start: number, end: number): number {
  const bare = bareEnd(buf, start, end);
  for (let at = start; at < bare; at++) if (buf[at] === AT) return at;
  return bare;
}

function dollarEnd(buf: Uint8Array, start: number, end: number): number {
  let open = start - 2;
  while (buf[open] !== DOLLAR) open--;
  const size = start - open;
  for (let at = start; at + size <= end; at++) {
    if (buf[at] !== DOLLAR) continue;
    let same = 1;
    while (same < size && buf[at + same] === buf[open + same]) same++;
    if (same === size) return at;
    at += same - 1;
  }
  return end;
}

/** A doubled quote belongs to the value, unless it began with one. */
function quoteEnd(buf: Uint8Array, start: number, end: number): number {
  const inside = buf[start - 2] === QUOTE;
  for (let at = start; at < end; at++) {
    if (buf[at] === BACKSLASH) at++;
    else if (buf[at] === QUOTE && (inside || buf[at + 1] !== QUOTE)) return at;
    else if (buf[at] === QUOTE) at++;
  }
  return end;
}

/** Two quotes that are one of a connection string inside a string; not those of an empty string. */
function isDoubled(buf: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && buf[at + 1] === QUOTE && !isBlank(buf[at + 2]!) && buf[at + 2] !== SEMICOLON;
}

/** Up to a blank or quote; the arguments of a call, crypt('...', ...), belong to it. */
function bareEnd(buf: Uint8Array, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const c = buf[at]!;
    if (c === OPEN) depth++;
    else if (c === CLOSE && depth > 0) depth--;
    else if (depth === 0 && (isBlank(c) || c === QUOTE || c === DOUBLE || c === SEMICOLON)) return at;
  }
  return end;
}

/** Where the password of a URL begins, whose part behind `://` begins at `from`; 0 when it has none. */
function userinfo(buf: Uint8Array, from: number, end: number): number {
  let colon = 0;
  for (let at = from; at < end; at++) {
    const c = buf[at]!;
    if (c === AT) return colon > 0 ? colon + 1 : 0;
    if (c === COLON && colon === 0) colon = at;
    if (c === SLASH || c === QUOTE || c === DOUBLE || isBlank(c)) return 0;
  }
  return 0;
}

const isScheme = (buf: Uint8Array, at: number, end: number): boolean =>
  buf[at] === COLON && at + 2 < end && buf[at + 1] === SLASH && buf[at + 2] === SLASH;
const isBlank = (c: number): boolean => c === 32 || (c >= 9 && c <= 13);
/** =, :=, => and the colon of JSON, but not the :: of a cast. */
function isAssignment(buf: Uint8Array, at: number): boolean {
  const c = buf[at]!;
  if (c === COLON) return buf[at - 1] !== COLON && buf[at + 1] !== COLON;
  return c === EQUALS || c === GREATER;
}

/** Behind the name of the dollar quote that begins at `at`. */
function tagEnd(buf: Uint8Array, at: number, end: number): number {
  let open = at + 1;
  while (open < end && isNamePart(buf[open]!)) open++;
  return open;
}

const isLetter = (c: number): boolean => (c | 32) >= 97 && (c | 32) <= 122;
const isNamePart = (c: number): boolean => isLetter(c) || (c >= 48 && c <= 57) || c === 95 || c === DOUBLE;
