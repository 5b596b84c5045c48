/** Pieces of record data in the form zone files have: hexadecimal, base64, addresses, quoted strings, dates. */
import type { Text } from '../kit/text.js';

const UPPER = bytesOf('0123456789ABCDEF');
const LOWER = bytesOf('0123456789abcdef');
const BASE64 = bytesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const BASE32HEX = bytesOf('0123456789ABCDEFGHIJKLMNOPQRSTUV');

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export function decimal(text: Text, value: number): void {
  text.ascii(String(value));
}

export function hex(text: Text, wire: Uint8Array, start: number, end: number, digits = UPPER): void {
  for (let i = start; i < end && !text.cut; i++) {
    text.byte(digits[wire[i]! >> 4]!);
    text.byte(digits[wire[i]! & 15]!);
  }
}

export function lowerHex(text: Text, wire: Uint8Array, start: number, end: number): void {
  hex(text, wire, start, end, LOWER);
}

/** RFC 4648 4, padded. */
export function base64(text: Text, wire: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end && !text.cut; i += 3) {
    const left = end - i;
    const bits = (wire[i]! << 16) | ((left > 1 ? wire[i + 1]! : 0) << 8) | (left > 2 ? wire[i + 2]! : 0);
    text.byte(BASE64[bits >> 18]!);
    text.byte(BASE64[(bits >> 12) & 63]!);
    text.byte(left > 1 ? BASE64[(bits >> 6) & 63]! : 0x3d);
    text.byte(left > 2 ? BASE64[bits & 63]! : 0x3d);
  }
}

/** RFC 4648 7, without padding (RFC 5155 3.3). */
export function base32hex(text: Text, wire: Uint8Array, start: number, end: number): void {
  let bits = 0;
  let held = 0;
  for (let i = start; i < end && !text.cut; i++) {
    bits = ((bits << 8) | wire[i]!) & 0xfff;
    held += 8;
    for (; held >= 5; held -= 5) text.byte(BASE32HEX[(bits >> (held - 5)) & 31]!);
  }
  if (held > 0) text.byte(BASE32HEX[(bits << (5 - held)) & 31]!);
}

export function ipv4(text: Text, wire: Uint8Array, at: number): void {
  text.ascii(`${wire[at]}.${wire[at + 1]}.${wire[at + 2]}.${wire[at + 3]}`);
}

/** RFC 5952: the longest run of two or more zero groups is `::`. */
export function ipv6(text: Text, wire: Uint8Array, at: number): void {
  let best = -1;
  let bestLength = 1;
  for (let i = 0, run = 0; i < 8; i++) {
    run = group(wire, at, i) === 0 ? run + 1 : 0;
    if (run > bestLength) {
      bestLength = run;
      best = i - run + 1;
    }
  }
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      text.ascii('::');
      i += bestLength - 1;
      continue;
    }
    if (i > 0 && i !== best + bestLength) text.byte(0x3a);
    text.ascii(group(wire, at, i).toString(16));
  }
}

const group = (wire: Uint8Array, at: number, i: number): number =>
  (wire[at + 2 * i]! << 8) | wire[at + 2 * i + 1]!;

/** Bytes of a character string with what the notation claims escaped: `\"`, `\\`, `\DDD`. */
export function escaped(text: Text, wire: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end && !text.cut; i++) {
    const c = wire[i]!;
    if (c === 0x22 || c === 0x5c) text.byte(0x5c);
    if (c >= 0x20 && c <= 0x7e) text.byte(c);
    else text.ascii(`\\${String(c).padStart(3, '0')}`);
  }
}

export function quoted(text: Text, wire: Uint8Array, start: number, end: number): void {
  text.byte(0x22);
  escaped(text, wire, start, end);
  text.byte(0x22);
}

/** RFC 4034 3.2: YYYYMMDDHHmmSS. */
export function date(text: Text, seconds: number): void {
  const iso = new Date(seconds * 1000).toISOString();
  for (const part of [
    iso.slice(0, 4),
    iso.slice(5, 7),
    iso.slice(8, 10),
    iso.slice(11, 13),
    iso.slice(14, 16),
  ]) {
    text.ascii(part);
  }
  text.ascii(iso.slice(17, 19));
}
