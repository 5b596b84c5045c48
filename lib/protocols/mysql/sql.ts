/**
 * What is read from SQL text: its verb, the word USE, and where secrets are. One pass each, no grammar; comments in front
 * are passed over, executable ones (slash, star, exclamation mark, version) entered.
 */
import { constant } from '../../events/constants.js';
import type { Text } from '../kit/text.js';
import { Words } from '../kit/words.js';

const LF = 10;
const QUOTE = 39;
const DOUBLE = 34;
const OPEN = 40;
const STAR = 42;
const MINUS = 45;
const SLASH = 47;
const EXCLAMATION = 33;
const HASH = 35;
const COLON = 58;
const EQUALS = 61;
const BACKTICK = 96;
const BACKSLASH = 92;

export interface Verb {
  readonly method: number;
  readonly isUse: boolean;
}

const verbs = new Words<Verb>((word) => ({ method: constant(word), isUse: word === 'USE' }));

export function isBlank(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13);
}

function isLetter(c: number): boolean {
  return ((c | 32) >= 97 && (c | 32) <= 122) || c === 95;
}

const isDigit = (c: number): boolean => c >= 48 && c <= 57;

/** Where the verb of [start, end) begins: past blanks, comments and parentheses. */
export function verbStart(buf: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end) {
    const c = buf[i]!;
    if (isBlank(c) || c === OPEN) i++;
    else {
      const stop = passComment(buf, i, end);
      if (stop === i) break;
      i = stop;
    }
  }
  return i;
}

/** Past a comment that began before `start`; of an executable one, past its version. */
function commentEnd(buf: Uint8Array, start: number, end: number): number {
  let i = start;
  if (i < end && buf[i] === EXCLAMATION) {
    for (i++; i < end && isDigit(buf[i]!); ) i++;
    return i;
  }
  while (i < end && !(buf[i] === STAR && buf[i + 1] === SLASH)) i++;
  return Math.min(end, i + 2);
}

export function verbEnd(buf: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && isLetter(buf[i]!)) i++;
  return i;
}

/** The verb in [start, end); undefined where there is none, or past the limits of Words. */
export function findVerb(buf: Uint8Array, start: number, end: number): Verb | undefined {
  return verbs.find(buf, start, end);
}

/** Whether a word like PASSWORD or IDENTIFIED is in [start, end): cheap, and right about all that masked() changes. */
export function mayHoldSecret(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start + 4; i < end; i++) {
    const c = buf[i]! | 32;
    if (c === 119 && matches(buf, i - 4, end, 'password')) return true;
    if (c === 102 && i - 6 >= start && matches(buf, i - 6, end, 'identified')) return true;
  }
  return false;
}

function matches(buf: Uint8Array, at: number, end: number, lower: string): boolean {
  if (at + lower.length > end) return false;
  for (let i = 0; i < lower.length; i++) if ((buf[at + i]! | 32) !== lower.charCodeAt(i)) return false;
  return true;
}

/** Words after which a string is a secret, once IDENTIFIED was seen. */
const AFTER = ['by', 'as', 'using', 'replace'];

/** What the words so far say of the next string. */
class Secrets {
  /** The next string is one. */
  next = false;
  #identified = false;
  /** SQL text in strings: PREPARE ... FROM, EXECUTE IMMEDIATE. */
  nested = false;
  /** How much of SET PASSWORD FOR was read: 3 all, then a string behind = is a secret. */
  #setPassword = 0;
  #first = true;

  word(buf: Uint8Array, start: number, end: number): void {
    const isPassword = end - start >= 8 && matches(buf, end - 8, end, 'password');
    if (is(buf, start, end, 'identified')) this.#identified = true;
    if (this.#first) this.nested = is(buf, start, end, 'prepare') || is(buf, start, end, 'execute');
    this.#first = false;
    if (is(buf, start, end, 'set')) this.#setPassword = 1;
    else if (this.#setPassword === 1) this.#setPassword = isPassword ? 2 : 0;
    else if (this.#setPassword === 2) this.#setPassword = is(buf, start, end, 'for') ? 3 : 0;
    this.next = isPassword || (this.#identified && AFTER.some((word) => is(buf, start, end, word)));
  }

  sign(c: number): void {
    if (c === EQUALS && this.#setPassword === 3) this.next = true;
    else if (!isBlank(c) && c !== EQUALS && c !== OPEN && c !== COLON) this.next = false;
  }
}

/**
 * Appends [start, end) with the strings that are passwords or their hashes as 'xxxxx': behind a word that ends in
 * PASSWORD, behind BY, AS, USING and REPLACE of IDENTIFIED, and behind the = of SET PASSWORD FOR.
 */
export function appendMasked(out: Text, buf: Uint8Array, start: number, end: number): void {
  const secrets = new Secrets();
  let copied = start;
  for (let i = start; i < end; ) {
    const c = buf[i]!;
    if (c === QUOTE || c === DOUBLE) {
      const stop = stringEnd(buf, i, end);
      if (secrets.next || (secrets.nested && mayHoldSecret(buf, i, stop))) {
        out.bytes(buf, copied, i + 1);
        out.ascii('xxxxx');
        out.byte(c);
        copied = stop;
      }
      secrets.next = false;
      i = stop;
    } else if (isLetter(c)) {
      const stop = wordEnd(buf, i, end);
      secrets.word(buf, i, stop);
      i = stop;
    } else if (c === BACKTICK) {
      i = stringEnd(buf, i, end);
    } else {
      const stop = passComment(buf, i, end);
      if (stop === i) secrets.sign(c);
      i = Math.max(stop, i + 1);
    }
  }
  out.bytes(buf, copied, end);
}

function is(buf: Uint8Array, start: number, end: number, lower: string): boolean {
  return lower.length === end - start && matches(buf, start, end, lower);
}

/** Past the comment that begins at `i`, or `i`. */
function passComment(buf: Uint8Array, i: number, end: number): number {
  const c = buf[i]!;
  const next = i + 1 < end ? buf[i + 1]! : 0;
  if (c === SLASH && next === STAR) return commentEnd(buf, i + 2, end);
  if (c !== HASH && !(c === MINUS && next === MINUS)) return i;
  let stop = i;
  while (stop < end && buf[stop] !== LF) stop++;
  return stop;
}

function wordEnd(buf: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && (isLetter(buf[i]!) || isDigit(buf[i]!))) i++;
  return i;
}

/** Past the string that begins at `start`: doubled quotes and backslashes do not end it. */
function stringEnd(buf: Uint8Array, start: number, end: number): number {
  const quote = buf[start]!;
  for (let i = start + 1; i < end; i++) {
    if (buf[i] === BACKSLASH) i++;
    else if (buf[i] === quote && buf[i + 1] === quote && i + 1 < end) i++;
    else if (buf[i] === quote) return i + 1;
  }
  return end;
}
