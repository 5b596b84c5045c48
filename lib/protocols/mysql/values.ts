/**
 * Values of the binary protocol ("Binary Protocol Value"): parameters of a prepared statement and columns of its rows, as
 * text. Parameters have the date form that Packetbeat gives them (2017/7/28 0:0:0), rows that of the text protocol.
 */
import type { Text } from '../kit/text.js';
import { TYPE } from './codes.js';
import type { Payload } from './payload.js';

const ZERO = 0x30;
const BLANK = 32;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;

const bits = new DataView(new ArrayBuffer(8));
const digits = new Uint8Array(20);

/** Strings, decimals, blobs, JSON, bits, geometry: length and bytes. */
export function isString(type: number): boolean {
  return type === 0 || type > TYPE.newDate;
}

/** Reads the value of a type that is no string and appends it; false: the packet is too short for it. */
export function appendValue(
  out: Text,
  packet: Payload,
  type: number,
  unsigned: boolean,
  asParameter: boolean,
): boolean {
  switch (type) {
    case TYPE.tiny:
      appendInteger(out, unsigned ? packet.u8() : (packet.u8() << 24) >> 24);
      break;
    case TYPE.short:
    case TYPE.year:
      appendInteger(out, unsigned ? packet.u16() : (packet.u16() << 16) >> 16);
      break;
    case TYPE.long:
    case TYPE.int24:
      appendInteger(out, unsigned ? packet.u32() : packet.u32() | 0);
      break;
    case TYPE.longlong:
      appendLong(out, packet.u32(), packet.u32(), unsigned);
      break;
    case TYPE.float:
      bits.setUint32(0, packet.u32());
      out.ascii(shortest(bits.getFloat32(0)));
      break;
    case TYPE.double:
      bits.setUint32(4, packet.u32());
      bits.setUint32(0, packet.u32());
      out.ascii(String(bits.getFloat64(0)));
      break;
    case TYPE.nothing:
      out.ascii('NULL');
      break;
    case TYPE.time:
      appendTime(out, packet);
      break;
    default:
      appendDate(out, packet, type, asParameter);
  }
  return !packet.short;
}

/** A whole number below 2^53. */
export function appendInteger(out: Text, value: number): void {
  let rest = value;
  if (rest < 0) {
    out.byte(MINUS);
    rest = -rest;
  }
  let at = digits.length;
  do {
    const next = Math.floor(rest / 10);
    digits[--at] = ZERO + rest - next * 10;
    rest = next;
  } while (rest > 0);
  out.bytes(digits, at, digits.length);
}

function appendLong(out: Text, low: number, high: number, unsigned: boolean): void {
  const signed = unsigned ? high : high | 0;
  if (signed < 0x200000 && signed >= -0x200000) {
    appendInteger(out, signed * 4294967296 + low);
    return;
  }
  const value = (BigInt(signed) << 32n) | BigInt(low);
  out.ascii(value.toString());
}

/** The shortest decimal that gives the same 32-bit number. */
function shortest(value: number): string {
  for (let precision = 6; precision < 9; precision++) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** At least `width` digits. */
function padded(out: Text, value: number, width: number): void {
  for (let least = 10 ** (width - 1); least > value && least > 1; least /= 10) out.byte(ZERO);
  appendInteger(out, value);
}

/** length 0, 4 (date), 7 (and time of day) or 11 (and microseconds). */
function appendDate(out: Text, packet: Payload, type: number, asParameter: boolean): void {
  const size = packet.u8();
  const end = Math.min(packet.end, packet.pos + size);
  if (size > packet.left) packet.short = true;
  const year = size >= 4 ? packet.u16() : 0;
  const month = size >= 4 ? packet.u8() : 0;
  const day = size >= 4 ? packet.u8() : 0;
  const pad = asParameter ? 1 : 2;
  const separator = asParameter ? SLASH : MINUS;
  padded(out, year, asParameter ? 1 : 4);
  out.byte(separator);
  padded(out, month, pad);
  out.byte(separator);
  padded(out, day, pad);
  if (size >= 7 || type !== TYPE.date) {
    out.byte(BLANK);
    appendClock(out, packet, size >= 7 ? packet.u8() : 0, size >= 7, size >= 11, pad);
  }
  packet.pos = end;
}

/** length 0, 8 (sign, days, time of day) or 12 (and microseconds). */
function appendTime(out: Text, packet: Payload): void {
  const size = packet.u8();
  const end = Math.min(packet.end, packet.pos + size);
  if (size > packet.left) packet.short = true;
  if (size >= 8 && packet.u8() === 1) out.byte(MINUS);
  const days = size >= 8 ? packet.u32() : 0;
  appendClock(out, packet, days * 24 + (size >= 8 ? packet.u8() : 0), size >= 8, size >= 12, 2);
  packet.pos = end;
}

function appendClock(
  out: Text,
  packet: Payload,
  hours: number,
  more: boolean,
  fraction: boolean,
  pad: number,
): void {
  padded(out, hours, pad);
  out.byte(COLON);
  padded(out, more ? packet.u8() : 0, pad);
  out.byte(COLON);
  padded(out, more ? packet.u8() : 0, pad);
  const microseconds = fraction ? packet.u32() : 0;
  if (microseconds === 0) return;
  out.byte(DOT);
  padded(out, microseconds, 6);
}
