/**
 * What must not reach an event: the proof of a password in Authorization and its like, passwords in URIs, keys in session
 * descriptions. They become asterisks, as many as there were bytes, in a copy of the message.
 */
import { lineEnd, named, trimEnd } from '../kit/lines.js';

const TAB = 9;
const CR = 13;
const LF = 10;
const BLANK = 32;
const QUOTE = 0x22;
const STAR = 0x2a;
const COLON = 0x3a;
const LESS = 0x3c;
const GREATER = 0x3e;
const AT = 0x40;

const COMMA = 0x2c;
const EQUALS = 0x3d;

const word = (text: string): Uint8Array => Buffer.from(text);
/** Headers with credentials. */
const AUTHORIZATIONS = ['authorization', 'proxy-authorization'].map(word);
const AUTHENTICATION_INFO = ['authentication-info', 'proxy-authentication-info'].map(word);
const DIGEST = word('digest');
/** Parameters of Digest from which a password can be guessed, RFC 7616 3.4 and 3.5. */
const PROOFS = ['response', 'rspauth'].map(word);
/** Lines of a session description that hold keys: RFC 4566 5.12, RFC 4567, RFC 4568, RFC 8839. */
const KEYS = ['k=', 'a=crypto:', 'a=key-mgmt:', 'a=ice-pwd:'].map(word);
const INLINE = word('inline:');

const isBlank = (c: number | undefined): boolean => c === BLANK || c === TAB || c === CR || c === LF;

/** Whether a SIP URI with a password is in [start, end). */
export const hasPassword = (buf: Uint8Array, start: number, end: number): boolean =>
  passwords(buf, start, end, false);

/** Whether the line at `at` of a body holds a key. */
export function holdsKey(buf: Uint8Array, at: number, end: number): boolean {
  // PERF: the third byte rules out nearly all attributes.
  const third = buf[at + 2]! | 0x20;
  const c = buf[at]! | 0x20;
  if (c === 0x61) return (third === 0x63 || third === 0x69 || third === 0x6b) && keyStart(buf, at, end) >= 0;
  return c === 0x6b && keyStart(buf, at, end) >= 0;
}

/** Masks the message in [start, end) in place; its head ends at `headEnd`. */
export function maskMessage(buf: Uint8Array, start: number, headEnd: number, end: number): void {
  for (let p = start; p < headEnd; ) {
    const stop = headerEnd(buf, p, headEnd);
    maskHeader(buf, p, stop);
    p = stop + 1;
  }
  for (let p = headEnd; p < end; ) {
    const lf = lineEnd(buf, p, end);
    const stop = lf < 0 ? end : lf;
    const key = keyStart(buf, p, stop);
    if (key >= 0) stars(buf, key, stop);
    p = stop + 1;
  }
}

/** The LF behind the header at `p` and the lines that go on with it. */
function headerEnd(buf: Uint8Array, p: number, end: number): number {
  let lf = lineEnd(buf, p, end);
  while (lf >= 0 && lf + 1 < end && (buf[lf + 1] === BLANK || buf[lf + 1] === TAB))
    lf = lineEnd(buf, lf + 1, end);
  return lf < 0 ? end : lf;
}

function maskHeader(buf: Uint8Array, p: number, end: number): void {
  let colon = p;
  while (colon < end && buf[colon] !== COLON) colon++;
  const size = trimEnd(buf, p, colon) - p;
  if (isOneOf(AUTHORIZATIONS, buf, p, size)) maskCredentials(buf, colon + 1, end);
  else if (isOneOf(AUTHENTICATION_INFO, buf, p, size)) maskProofs(buf, colon + 1, end);
  else passwords(buf, p, end, true);
}

const isOneOf = (names: readonly Uint8Array[], buf: Uint8Array, p: number, size: number): boolean =>
  names.some((name) => name.length === size && named(buf, p, name));

/** Of Digest the proof; of another scheme everything. */
function maskCredentials(buf: Uint8Array, start: number, end: number): void {
  let scheme = start;
  while (scheme < end && isBlank(buf[scheme])) scheme++;
  let i = scheme;
  while (i < end && !isBlank(buf[i])) i++;
  if (i - scheme === DIGEST.length && named(buf, scheme, DIGEST)) maskProofs(buf, i, end);
  else stars(buf, i, end);
}

/** Wherever the name stands, even where quotes are not balanced: up to the next comma. */
function maskProofs(buf: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const c = buf[i]! | 0x20;
    if (c !== 0x72) continue;
    const proof = PROOFS.find((name) => i + name.length <= end && named(buf, i, name));
    if (!proof) continue;
    let at = i + proof.length;
    while (at < end && isBlank(buf[at])) at++;
    if (buf[at] !== EQUALS) continue;
    let comma = at + 1;
    while (comma < end && buf[comma] !== COMMA) comma++;
    stars(buf, at + 1, comma);
    i = comma;
  }
}

/** Where the key in the line [at, end) begins, or -1 when it holds none. */
function keyStart(buf: Uint8Array, at: number, end: number): number {
  const line = KEYS.find((name) => at + name.length <= end && named(buf, at, name));
  if (!line) return -1;
  const start = at + line.length;
  for (let i = start; i + INLINE.length <= end; i++) if (named(buf, i, INLINE)) return i + INLINE.length;
  return start;
}

const PLAIN = 0;
const USER_END = 1;
const PASSWORD_START = 2;
const URI_END = 3;
/** What a byte means to a URI. */
const KINDS = new Uint8Array(256);
for (const c of [LESS, GREATER, QUOTE, COMMA]) KINDS[c] = URI_END;
KINDS[AT] = USER_END;
KINDS[COLON] = PASSWORD_START;

/** Finds passwords of SIP URIs, and masks them when asked; rather too much than too little. */
function passwords(buf: Uint8Array, start: number, end: number, mask: boolean): boolean {
  let found = false;
  for (let i = start + 3; i < end; i++) {
    if (buf[i] !== COLON || !isSip(buf, start, i)) continue;
    let password = -1;
    let at = -1;
    let j = i + 1;
    for (; j < end; j++) {
      // PERF: a table, because every URI of every message passes here.
      const kind = KINDS[buf[j]!]!;
      if (kind === PLAIN) continue;
      if (kind === URI_END) break;
      if (kind === USER_END) at = j;
      else if (password < 0) password = j + 1;
    }
    if (at > password && password >= 0) {
      found = true;
      if (!mask) return true;
      stars(buf, password, at);
    }
    i = j;
  }
  return found;
}

/** Whether `sip` or `sips` stands before the colon. */
function isSip(buf: Uint8Array, start: number, colon: number): boolean {
  let at = colon - 3;
  if ((buf[colon - 1]! | 0x20) === 0x73) at--;
  return (
    at >= start &&
    (buf[at]! | 0x20) === 0x73 &&
    (buf[at + 1]! | 0x20) === 0x69 &&
    (buf[at + 2]! | 0x20) === 0x70
  );
}

/** Asterisks for all but blanks, line ends and quotes. */
function stars(buf: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) if (buf[i] !== QUOTE && !isBlank(buf[i])) buf[i] = STAR;
}
