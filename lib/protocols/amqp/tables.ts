/**
 * Field tables (AMQP 0-9-1 4.2.5.5) into a row, nested as they are. The types are those that RabbitMQ and its clients use
 * (RabbitMQ, "AMQP 0-9-1 Errata"), which differ from the specification's: `s` is a short integer.
 */
import { constant } from '../../events/constants.js';
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { formatTime } from './time.js';

/** LIMIT: tables and lists inside one another; deeper ones are not reported. */
export const MAX_DEPTH = 16;
/** LIMIT: values of one table, with all inside it; a larger one is not reported. */
export const MAX_VALUES = 1000;
/** LIMIT: bytes of a byte array that are reported. */
const MAX_BYTES = 1024;
/** Keys of lists. */
const INDEXES = Array.from({ length: MAX_VALUES }, (_, i) => constant(`${i}`));
const TWO_32 = 4294967296;

const f64 = new Float64Array(1);
const f64Bytes = new Uint8Array(f64.buffer);
const f32 = new Float32Array(1);
const f32Bytes = new Uint8Array(f32.buffer);

class Reading {
  values = 0;
  readonly row: Row;
  readonly buf: Uint8Array;

  constructor(row: Row, buf: Uint8Array) {
    this.row = row;
    this.buf = buf;
  }
}

/** The table's content [start, end) as the object `field`. False, and nothing written, when it is broken or past a limit. */
export function writeTable(
  row: Row,
  field: Field<'flattened'>,
  buf: Uint8Array,
  start: number,
  end: number,
): boolean {
  const { used, heapUsed } = row;
  row.object(field);
  const isWhole = members(new Reading(row, buf), start, end, 1);
  row.close();
  if (isWhole) return true;
  row.used = used;
  row.heapUsed = heapUsed;
  return false;
}

/** Name and value in turn. */
function members(reading: Reading, start: number, end: number, depth: number): boolean {
  const { buf, row } = reading;
  for (let at = start; at < end; ) {
    const name = at + 1;
    const type = name + buf[at]!;
    if (type >= end || ++reading.values > MAX_VALUES) return false;
    if (buf[type] === 0x56) {
      // V: nothing.
      at = type + 1;
      continue;
    }
    row.keyText(buf, name, type);
    at = value(reading, type, end, depth);
    if (at < 0) return false;
  }
  return true;
}

/** Values in turn, as an object with the keys 0, 1 ...: so Packetbeat has it. */
function items(reading: Reading, start: number, end: number, depth: number): boolean {
  const { buf, row } = reading;
  for (let at = start, i = 0; at < end; i++) {
    if (++reading.values > MAX_VALUES) return false;
    if (buf[at] === 0x56) {
      at++;
      continue;
    }
    row.key(INDEXES[i]!);
    at = value(reading, at, end, depth);
    if (at < 0) return false;
  }
  return true;
}

/** The value whose type is at `at`; where it ends, or -1. */
function value(reading: Reading, at: number, end: number, depth: number): number {
  const { buf, row } = reading;
  const size = sizeOf(buf, at, end);
  const next = at + 1 + size;
  if (size < 0 || next > end) return -1;
  const start = at + 1;
  switch (buf[at]) {
    case 0x53: // S
      row.text(ITEM, buf, start + 4, next);
      break;
    case 0x46: // F
    case 0x41: // A
      if (depth >= MAX_DEPTH) return -1;
      row.object(ITEM);
      if (!(buf[at] === 0x46 ? members : items)(reading, start + 4, next, depth + 1)) return -1;
      row.close();
      break;
    case 0x78: // x
      row.string(ITEM, `[${buf.subarray(start + 4, Math.min(next, start + 4 + MAX_BYTES)).join(', ')}]`);
      break;
    case 0x74: // t
      row.boolean(ITEM, buf[start] === 1);
      break;
    case 0x54: // T
      row.string(ITEM, formatTime(u32(buf, start) * TWO_32 + u32(buf, start + 4)));
      break;
    case 0x44: // D
      row.string(ITEM, decimal(buf[start]!, u32(buf, start + 1)));
      break;
    default:
      number(row, buf, buf[at]!, start, size);
  }
  return next;
}

/** Bytes of a value by its type, with the length in front of some; -1 for an unknown type. */
function sizeOf(buf: Uint8Array, at: number, end: number): number {
  switch (buf[at]) {
    case 0x74: // t
    case 0x62: // b
    case 0x42: // B
      return 1;
    case 0x73: // s
    case 0x55: // U
    case 0x75: // u
      return 2;
    case 0x49: // I
    case 0x69: // i
    case 0x66: // f
      return 4;
    case 0x44: // D
      return 5;
    case 0x4c: // L
    case 0x6c: // l
    case 0x64: // d
    case 0x54: // T
      return 8;
    case 0x53: // S
    case 0x46: // F
    case 0x41: // A
    case 0x78: // x
      return at + 5 <= end ? 4 + u32(buf, at + 1) : -1;
    default:
      return -1;
  }
}

function number(row: Row, buf: Uint8Array, type: number, at: number, size: number): void {
  switch (type) {
    case 0x42: // B
      row.long(ITEM, buf[at]!);
      return;
    case 0x75: // u
      row.long(ITEM, (buf[at]! << 8) | buf[at + 1]!);
      return;
    case 0x69: // i
      row.long(ITEM, u32(buf, at));
      return;
    case 0x66: // f
      for (let i = 0; i < 4; i++) f32Bytes[i] = buf[at + 3 - i]!;
      row.double(ITEM, shortest(f32[0]!));
      return;
    case 0x64: // d
      for (let i = 0; i < 8; i++) f64Bytes[i] = buf[at + 7 - i]!;
      row.double(ITEM, f64[0]!);
      return;
  }
  // The signed ones.
  let value = buf[at]! >= 0x80 ? -1 : 0;
  if (size === 8) {
    row.big(ITEM, (BigInt(u32(buf, at) | 0) << 32n) | BigInt(u32(buf, at + 4)));
    return;
  }
  for (let i = 0; i < size; i++) value = (value << 8) | buf[at + i]!;
  row.long(ITEM, value);
}

/** The number with the fewest digits that is the same in 32 bits. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function decimal(scale: number, unscaled: number): string {
  const digits = `${unscaled}`;
  if (scale === 0 || scale > 30) return digits;
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

export function u32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}
