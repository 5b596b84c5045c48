/**
 * BSON values as JSON text, in the forms Packetbeat gives them: ObjectIds as hexadecimal text, dates as RFC 3339, binary
 * as {"Subtype":0,"Data":"base64"}, timestamps as {"T":seconds,"I":ordinal}. What JSON has no form for is extended JSON.
 */
import type { Text } from '../kit/text.js';
import { TYPE } from './codes.js';
import { decimalText } from './decimal.js';

const QUOTE = 34;
const BACKSLASH = 92;
/** Text that a loop copies faster than a call does. */
const SHORT = 64;
const HEX = Buffer.from('0123456789abcdef');
const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const MAX_DATE = 253_402_300_799_999;
const MIN_DATE = -62_167_219_200_000;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);
const digits = new Uint8Array(16);

export function int32(buf: Uint8Array, at: number): number {
  return buf[at]! | (buf[at + 1]! << 8) | (buf[at + 2]! << 16) | (buf[at + 3]! << 24);
}

export function double(buf: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) floatBytes[i] = buf[at + i]!;
  return float[0]!;
}

/** Exact up to 2^53. */
export function int64(buf: Uint8Array, at: number): number {
  return int32(buf, at + 4) * 4294967296 + (int32(buf, at) >>> 0);
}

/** A number or boolean of any type; NaN for what is neither. */
export function numeric(type: number, buf: Uint8Array, at: number): number {
  switch (type) {
    case TYPE.double:
      return double(buf, at);
    case TYPE.int:
      return int32(buf, at);
    case TYPE.long:
      return int64(buf, at);
    case TYPE.boolean:
      return buf[at]!;
    default:
      return Number.NaN;
  }
}

/**
 * Writes the value of `type` at `at`, of which `seen` bytes are there: `size` of them, or the beginning of a long one.
 * Documents and arrays are not written here.
 */
export function writeValue(
  out: Text,
  type: number,
  buf: Uint8Array,
  at: number,
  size: number,
  seen: number,
): void {
  switch (type) {
    case TYPE.string:
    case TYPE.code:
    case TYPE.symbol:
      quoted(out, buf, at + 4, at + (seen < size ? seen : size - 1));
      break;
    case TYPE.int:
      integer(out, int32(buf, at));
      break;
    case TYPE.double:
      number(out, double(buf, at));
      break;
    case TYPE.long:
      long(out, buf, at);
      break;
    case TYPE.boolean:
      out.ascii(buf[at] === 0 ? 'false' : 'true');
      break;
    case TYPE.null:
      out.ascii('null');
      break;
    case TYPE.objectId:
      out.byte(QUOTE);
      hexadecimal(out, buf, at, 12);
      out.byte(QUOTE);
      break;
    case TYPE.date:
      date(out, int64(buf, at));
      break;
    case TYPE.timestamp:
      timestamp(out, buf, at);
      break;
    case TYPE.binary:
      binary(out, buf, at, size, seen);
      break;
    case TYPE.regex:
      regex(out, buf, at, at + size);
      break;
    case TYPE.decimal:
      out.ascii(`"${decimalText(buf, at)}"`);
      break;
    case TYPE.pointer:
      pointer(out, buf, at, size, seen);
      break;
    default:
      // Undefined, smallest and largest key.
      out.ascii('{}');
  }
}

/** [start, end) in quotes, escaped. */
export function quoted(out: Text, buf: Uint8Array, start: number, end: number): void {
  if (end - start < SHORT && plain(out, buf, start, end)) return;
  out.byte(QUOTE);
  let from = start;
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    if (c >= 32 && c !== QUOTE && c !== BACKSLASH) continue;
    out.bytes(buf, from, i);
    escaped(out, c);
    from = i + 1;
  }
  out.bytes(buf, from, end);
  out.byte(QUOTE);
}

/** PERF: names and short text, nearly all of them without escapes, in one loop. False: nothing is written. */
function plain(out: Text, buf: Uint8Array, start: number, end: number): boolean {
  if (!out.reserve(end - start + 2)) return false;
  const to = out.buf;
  let at = out.size;
  to[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    if (c < 32 || c === QUOTE || c === BACKSLASH) return false;
    to[at++] = c;
  }
  to[at++] = QUOTE;
  out.size = at;
  return true;
}

function escaped(out: Text, c: number): void {
  if (c === QUOTE) out.ascii('\\"');
  else if (c === BACKSLASH) out.ascii('\\\\');
  else if (c === 10) out.ascii('\\n');
  else if (c === 13) out.ascii('\\r');
  else if (c === 9) out.ascii('\\t');
  else {
    out.ascii('\\u00');
    out.byte(HEX[c >> 4]!);
    out.byte(HEX[c & 15]!);
  }
}

/** A whole number below 2^53. */
export function integer(out: Text, value: number): void {
  if (value < 0) out.byte(45);
  let rest = Math.abs(value);
  let n = 0;
  do {
    digits[n++] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  } while (rest > 0);
  while (n > 0) out.byte(digits[--n]!);
}

function number(out: Text, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) integer(out, value);
  else if (Number.isFinite(value)) out.ascii(Object.is(value, -0) ? '-0' : String(value));
  else out.ascii(`{"$numberDouble":"${value}"}`);
}

function long(out: Text, buf: Uint8Array, at: number): void {
  const value = int64(buf, at);
  if (Number.isSafeInteger(value)) integer(out, value);
  else out.ascii(big(buf, at).toString());
}

/** The 8 bytes at `at` as a signed number. */
export function big(buf: Uint8Array, at: number): bigint {
  return (BigInt(int32(buf, at + 4)) << 32n) | BigInt(int32(buf, at) >>> 0);
}

export function hexadecimal(out: Text, buf: Uint8Array, at: number, size: number): void {
  for (let i = at; i < at + size; i++) {
    out.byte(HEX[buf[i]! >> 4]!);
    out.byte(HEX[buf[i]! & 15]!);
  }
}

function date(out: Text, milliseconds: number): void {
  if (milliseconds < MIN_DATE || milliseconds > MAX_DATE) {
    out.ascii(`{"$date":{"$numberLong":"${milliseconds}"}}`);
    return;
  }
  const text = new Date(milliseconds).toISOString();
  let end = text.length - 1;
  while (text.charCodeAt(end - 1) === 48 && end > 20) end--;
  out.ascii(`"${text.slice(0, end === 20 ? 19 : end)}Z"`);
}

function timestamp(out: Text, buf: Uint8Array, at: number): void {
  out.ascii('{"T":');
  integer(out, int32(buf, at + 4) >>> 0);
  out.ascii(',"I":');
  integer(out, int32(buf, at) >>> 0);
  out.byte(125);
}

function binary(out: Text, buf: Uint8Array, at: number, size: number, seen: number): void {
  const subtype = buf[at + 4]!;
  out.ascii('{"Subtype":');
  integer(out, subtype);
  out.ascii(',"Data":"');
  // bsonspec.org: subtype 2 repeats its length.
  const start = at + 5 + (subtype === 2 && size >= 9 ? 4 : 0);
  base64(out, buf, start, at + (seen < size ? seen : size));
  out.ascii('"}');
}

function base64(out: Text, buf: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end && !out.cut; i += 3) {
    const left = end - i;
    const bits = (buf[i]! << 16) | (left > 1 ? buf[i + 1]! << 8 : 0) | (left > 2 ? buf[i + 2]! : 0);
    out.byte(BASE64[bits >> 18]!);
    out.byte(BASE64[(bits >> 12) & 63]!);
    out.byte(left > 1 ? BASE64[(bits >> 6) & 63]! : 61);
    out.byte(left > 2 ? BASE64[bits & 63]! : 61);
  }
}

function regex(out: Text, buf: Uint8Array, at: number, end: number): void {
  let middle = at;
  while (middle < end && buf[middle] !== 0) middle++;
  out.ascii('{"Pattern":');
  quoted(out, buf, at, middle);
  out.ascii(',"Options":');
  quoted(out, buf, middle + 1, end - 1);
  out.byte(125);
}

function pointer(out: Text, buf: Uint8Array, at: number, size: number, seen: number): void {
  out.ascii('{"DB":');
  quoted(out, buf, at + 4, at + Math.min(seen, size - 13));
  if (seen === size) {
    out.ascii(',"Pointer":"');
    hexadecimal(out, buf, at + size - 12, 12);
    out.byte(QUOTE);
  }
  out.byte(125);
}
