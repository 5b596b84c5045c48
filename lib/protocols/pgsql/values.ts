/** Values as text: the binary formats of the common types (PostgreSQL's *send functions), and CSV as Packetbeat writes it. */
import type { Text } from '../kit/text.js';
import { ARRAYS, TYPE } from './codes.js';
import { i32, u16, u32 } from './parser.js';

/** LIMIT: bytes of a value that are written as hexadecimal digits. */
const MAX_HEX = 1024;
/** LIMIT: elements of an array that are written. */
const MAX_ELEMENTS = 1024;
const DAY_SECONDS = 86_400;
/** 2000-01-01 in Unix seconds. */
const EPOCH = 946_684_800;
const HEX = '0123456789abcdef';
const arrays = new Set(ARRAYS);

/** Appends the value [start, end) of `type`, which came in binary format. What cannot be read is written as \x and hexadecimal digits. */
export function writeBinary(out: Text, type: number, buf: Uint8Array, start: number, end: number): void {
  if (!writeKnown(out, type, buf, start, end)) writeHex(out, buf, start, end);
}

function writeKnown(out: Text, type: number, buf: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  switch (type) {
    case TYPE.text:
    case TYPE.varchar:
    case TYPE.bpchar:
    case TYPE.name:
    case TYPE.json:
    case TYPE.xml:
    case TYPE.unknown:
    case TYPE.char:
      out.bytes(buf, start, end);
      return true;
    case TYPE.jsonb:
      if (size < 1 || buf[start] !== 1) return false;
      out.bytes(buf, start + 1, end);
      return true;
    case TYPE.bool:
      return size === 1 && put(out, buf[start] === 0 ? 'f' : 't');
    case TYPE.int2:
      return size === 2 && put(out, `${(u16(buf, start) << 16) >> 16}`);
    case TYPE.int4:
      return size === 4 && put(out, `${i32(buf, start)}`);
    case TYPE.oid:
      return size === 4 && put(out, `${u32(buf, start)}`);
    case TYPE.int8:
      return size === 8 && put(out, `${i64(buf, start)}`);
    case TYPE.float4:
      return size === 4 && put(out, float(shortest(viewOf(buf).getFloat32(start)), 1e6));
    case TYPE.float8:
      return size === 8 && put(out, float(viewOf(buf).getFloat64(start), 1e15));
    case TYPE.numeric:
      return numeric(out, buf, start, end);
    case TYPE.uuid:
      return size === 16 && uuid(out, buf, start);
    case TYPE.inet:
    case TYPE.cidr:
      return inet(out, type, buf, start, end);
    default:
      return arrays.has(type) ? array(out, buf, start, end) : time(out, type, buf, start, size);
  }
}

function time(out: Text, type: number, buf: Uint8Array, start: number, size: number): boolean {
  switch (type) {
    case TYPE.date:
      return size === 4 && timestamp(out, i32(buf, start) * DAY_SECONDS, 0, 'date');
    case TYPE.time:
    case TYPE.timestamp:
    case TYPE.timestamptz: {
      if (size !== 8) return false;
      const micros = viewOf(buf).getBigInt64(start);
      const seconds = Number(micros / 1_000_000n) - (micros % 1_000_000n < 0n ? 1 : 0);
      const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
      return timestamp(
        out,
        seconds,
        fraction,
        type === TYPE.time ? 'time' : 'both',
        type === TYPE.timestamptz,
      );
    }
    default:
      return false;
  }
}

/** Seconds since 2000-01-01. */
function timestamp(
  out: Text,
  seconds: number,
  micros: number,
  part: 'date' | 'time' | 'both',
  zone = false,
): boolean {
  const date = new Date((seconds + EPOCH) * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return false;
  const iso = date.toISOString();
  if (part !== 'time') out.ascii(iso.slice(0, 10));
  if (part === 'both') out.byte(0x20);
  if (part !== 'date') out.ascii(iso.slice(11, 19));
  if (micros > 0) {
    const digits = `${1_000_000 + micros}`.slice(1);
    let size = digits.length;
    while (digits[size - 1] === '0') size--;
    out.ascii(`.${digits.slice(0, size)}`);
  }
  if (zone) out.ascii('+00');
  return true;
}

/** Groups of four decimal digits; numeric_send. */
function numeric(out: Text, buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 8) return false;
  const groups = u16(buf, start);
  const weight = (u16(buf, start + 2) << 16) >> 16;
  const sign = u16(buf, start + 4);
  const scale = u16(buf, start + 6);
  if (sign === 0xc000) return put(out, 'NaN');
  if (sign === 0xd000) return put(out, 'Infinity');
  if (sign === 0xf000) return put(out, '-Infinity');
  if ((sign !== 0 && sign !== 0x4000) || end - start !== 8 + groups * 2 || weight > 255 || scale > MAX_HEX)
    return false;
  const group = (i: number) => (i < 0 || i >= groups ? 0 : u16(buf, start + 8 + i * 2));
  if (sign === 0x4000) out.byte(0x2d);
  out.ascii(weight < 0 ? '0' : `${group(0)}`);
  for (let i = 1; i <= weight; i++) out.ascii(padded(group(i)));
  if (scale === 0) return true;
  let digits = '';
  for (let i = weight + 1; digits.length < scale; i++) digits += padded(group(i));
  out.ascii(`.${digits.slice(0, scale)}`);
  return true;
}

const padded = (group: number): string => `${10_000 + (group % 10_000)}`.slice(1);

function uuid(out: Text, buf: Uint8Array, start: number): boolean {
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) out.byte(0x2d);
    hexByte(out, buf[start + i]!);
  }
  return true;
}

/** Family (2: IPv4, 3: IPv6), prefix length, whether cidr, size, address; network_send. */
function inet(out: Text, type: number, buf: Uint8Array, start: number, end: number): boolean {
  const size = end - start - 4;
  if (size !== (buf[start] === 2 ? 4 : 16)) return false;
  const at = start + 4;
  if (size === 4) out.ascii(`${buf[at]}.${buf[at + 1]}.${buf[at + 2]}.${buf[at + 3]}`);
  else {
    const words = Array.from({ length: 8 }, (_, i) => u16(buf, at + i * 2).toString(16));
    out.ascii(new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1));
  }
  if (type === TYPE.cidr || buf[start + 1] !== size * 8) out.ascii(`/${buf[start + 1]}`);
  return true;
}

/** One dimension; array_send: dimensions, flags, type of elements, length, lower bound, elements. */
function array(out: Text, buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 12 || u32(buf, start) > 1) return false;
  if (u32(buf, start) === 0) return put(out, '{}');
  if (end - start < 20) return false;
  const type = u32(buf, start + 8);
  const count = u32(buf, start + 12);
  // LIMIT: an array of arrays is none that PostgreSQL makes.
  if (arrays.has(type)) return false;
  out.byte(0x7b);
  let at = start + 20;
  for (let i = 0; i < count && i < MAX_ELEMENTS && at + 4 <= end; i++) {
    if (i > 0) out.byte(0x2c);
    const size = i32(buf, at);
    at += 4;
    if (size < 0) out.ascii('NULL');
    else writeBinary(out, type, buf, at, Math.min(at + size, end));
    at += Math.max(0, size);
  }
  out.byte(0x7d);
  return true;
}

function writeHex(out: Text, buf: Uint8Array, start: number, end: number): void {
  out.ascii('\\x');
  for (let i = start; i < end && i < start + MAX_HEX; i++) hexByte(out, buf[i]!);
}

function hexByte(out: Text, value: number): void {
  out.byte(HEX.charCodeAt(value >> 4));
  out.byte(HEX.charCodeAt(value & 15));
}

function put(out: Text, text: string): true {
  out.ascii(text);
  return true;
}

/** The decimal number of fewest digits that is the same 32-bit float. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** As PostgreSQL writes it: with an exponent of two digits from `large` on and below 0.0001. */
function float(value: number, large: number): string {
  const size = Math.abs(value);
  if (!(size >= large || (size < 1e-4 && size > 0)) || size === Number.POSITIVE_INFINITY) return `${value}`;
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function i64(buf: Uint8Array, at: number): bigint | number {
  const high = i32(buf, at);
  // PERF: no bigint where a number is exact.
  if (high >= -0x20_0000 && high < 0x20_0000) return high * 4_294_967_296 + u32(buf, at + 4);
  return viewOf(buf).getBigInt64(at);
}

let view: DataView = new DataView(new ArrayBuffer(0));

/** A view of the whole of `buf`. PERF: kept, because the handoff memory is nearly always the buffer. */
function viewOf(buf: Uint8Array): DataView {
  if (
    view.buffer !== buf.buffer ||
    view.byteOffset !== buf.byteOffset ||
    view.byteLength !== buf.byteLength
  ) {
    view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
  }
  return view;
}

/** Appends [start, end) as one value of a CSV line: quoted where it must be, line ends as \n and \r. */
export function writeCsv(out: Text, buf: Uint8Array, start: number, end: number): void {
  const quoted = needsQuotes(buf, start, end);
  if (quoted) out.byte(0x22);
  let from = start;
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    if (c !== 0x22 && c !== 10 && c !== 13) continue;
    out.bytes(buf, from, i);
    out.ascii(c === 0x22 ? '""' : c === 10 ? '\\n' : '\\r');
    from = i + 1;
  }
  out.bytes(buf, from, end);
  if (quoted) out.byte(0x22);
}

/** Go's encoding/csv, which Packetbeat uses: a comma, a quote, a blank in front, or the text \. alone. */
function needsQuotes(buf: Uint8Array, start: number, end: number): boolean {
  if (start === end) return false;
  const first = buf[start]!;
  if (first === 32 || (first >= 9 && first <= 12 && first !== 10)) return true;
  if (end - start === 2 && first === 0x5c && buf[start + 1] === 0x2e) return true;
  for (let i = start; i < end; i++) if (buf[i] === 0x2c || buf[i] === 0x22) return true;
  return false;
}
