/**
 * Thrift values as text, in Packetbeat's form: numbers in decimal, strings quoted as Go quotes them, what is not UTF-8 in
 * hexadecimal. Nothing here makes a string but for fractions and 64-bit integers past 2^53.
 */
import type { Text } from '../kit/text.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');
const digits = new Uint8Array(20);

/** An integer below 2^53. */
export function decimal(text: Text, value: number): void {
  let rest = Math.abs(value);
  let at = digits.length;
  do {
    const next = Math.floor(rest / 10);
    digits[--at] = 0x30 + rest - next * 10;
    rest = next;
  } while (rest > 0);
  if (value < 0) text.byte(0x2d);
  text.bytes(digits, at, digits.length);
}

/** A signed 64-bit integer of two halves. */
export function decimal64(text: Text, high: number, low: number): void {
  if (high >= -0x200000 && high < 0x200000) decimal(text, high * 4294967296 + low);
  else text.ascii(String((BigInt(high) << 32n) | BigInt(low)));
}

/** A double in its shortest form that reads back the same, never with an exponent. */
export function double(text: Text, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) decimal(text, value);
  else if (Number.isNaN(value)) text.ascii('NaN');
  else if (!Number.isFinite(value)) text.ascii(value > 0 ? '+Inf' : '-Inf');
  else if (Object.is(value, -0)) text.ascii('-0');
  else text.ascii(withoutExponent(String(value)));
}

function withoutExponent(text: string): string {
  const at = text.indexOf('e');
  if (at < 0) return text;
  const exponent = Number(text.slice(at + 1));
  const sign = text[0] === '-' ? '-' : '';
  const [whole, fraction = ''] = text.slice(sign.length, at).split('.');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
  return sign + whole + fraction.padEnd(exponent, '0');
}

export function hex(text: Text, buf: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    text.byte(HEX[buf[i]! >>> 4]!);
    text.byte(HEX[buf[i]! & 15]!);
  }
}

/** 16 bytes as 8-4-4-4-12 digits. */
export function uuid(text: Text, buf: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text.byte(0x2d);
    hex(text, buf, at + i, at + i + 1);
  }
}

/** The string in [start, end); `cut`: it is only the beginning of one, which three dots say. */
export function quoted(text: Text, buf: Uint8Array, start: number, end: number, cut: boolean): void {
  if (isPlain(buf, start, end)) {
    text.byte(QUOTE);
    text.bytes(buf, start, end);
    if (cut) text.ascii('...');
    text.byte(QUOTE);
    return;
  }
  const before = text.size;
  if (escaped(text, buf, start, end, cut)) return;
  text.size = before;
  hex(text, buf, start, end);
  if (cut) text.ascii('...');
}

/** Printable ASCII that needs no escape. */
function isPlain(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    if (c < 0x20 || c > 0x7e || c === QUOTE || c === BACKSLASH) return false;
  }
  return true;
}

/** Writes it with escapes. False: it is not UTF-8. A character that the cut has halved is left out. */
function escaped(text: Text, buf: Uint8Array, start: number, end: number, cut: boolean): boolean {
  text.byte(QUOTE);
  for (let i = start; i < end; ) {
    const size = runeSize(buf[i]!);
    if (size === 0) return false;
    if (i + size > end) {
      if (!cut || !continues(buf, i + 1, end)) return false;
      break;
    }
    if (!continues(buf, i + 1, i + size)) return false;
    const rune = runeAt(buf, i, size);
    if (rune < 0) return false;
    if (size === 1) asciiRune(text, rune);
    else if (isPrintable(rune)) text.bytes(buf, i, i + size);
    else numbered(text, rune);
    i += size;
  }
  if (cut) text.ascii('...');
  text.byte(QUOTE);
  return true;
}

const LETTERS: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  [QUOTE]: '\\"',
  [BACKSLASH]: '\\\\',
};

function asciiRune(text: Text, c: number): void {
  const letter = LETTERS[c];
  if (letter !== undefined) text.ascii(letter);
  else if (c >= 0x20 && c < 0x7f) text.byte(c);
  else text.ascii(`\\x${c.toString(16).padStart(2, '0')}`);
}

function numbered(text: Text, rune: number): void {
  const wide = rune > 0xffff;
  text.ascii(`${wide ? '\\U' : '\\u'}${rune.toString(16).padStart(wide ? 8 : 4, '0')}`);
}

/** Bytes of the character that starts with `lead` (RFC 3629 4); 0: none does. */
function runeSize(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function continues(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((buf[i]! & 0xc0) !== 0x80) return false;
  return true;
}

/** -1: a longer form than needed, a surrogate, or past U+10FFFF. */
function runeAt(buf: Uint8Array, at: number, size: number): number {
  if (size === 1) return buf[at]!;
  let rune = buf[at]! & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) rune = (rune << 6) | (buf[at + i]! & 0x3f);
  if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000)) return -1;
  if (size === 3 && rune < 0x800) return -1;
  return size === 4 && rune < 0x10000 ? -1 : rune;
}

/** First and last of what shows nothing: controls, blanks other than the space, format characters, private use. */
const UNPRINTABLE: readonly (readonly [number, number])[] = [
  [0x80, 0xa0],
  [0xad, 0xad],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x3000, 0x3000],
  [0xe000, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfeff, 0xfeff],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0xe0000, 0xe007f],
  [0xf0000, 0x10ffff],
];

function isPrintable(rune: number): boolean {
  return !UNPRINTABLE.some(([first, last]) => rune >= first && rune <= last);
}
