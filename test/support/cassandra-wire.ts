/** Builds frames, segments and bodies of Cassandra's native protocol for tests. Text is latin-1. */
import { crc24 } from '../../lib/protocols/cassandra/segments.js';

export type Bytes = Uint8Array;

export const concat = (...parts: (Bytes | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));

export const u8 = (n: number): Buffer => Buffer.from([n]);
export function u16(n: number): Buffer {
  const b = Buffer.alloc(2);
  b.writeUInt16BE(n & 0xffff);
  return b;
}
export function u32(n: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n >>> 0);
  return b;
}

export const string = (text: string | Bytes): Buffer => concat(u16(text.length), text);
export const long = (text: string): Buffer => concat(u32(text.length), text);
export const value = (text: string): Buffer => concat(u32(text.length), text);
export const NULL = u32(-1);
export const list = (...texts: string[]): Buffer => concat(u16(texts.length), ...texts.map(string));
export const map = (entries: Record<string, string>): Buffer =>
  concat(u16(Object.keys(entries).length), ...Object.entries(entries).flat().map(string));

export const OPS = {
  ERROR: 0,
  STARTUP: 1,
  READY: 2,
  AUTHENTICATE: 3,
  OPTIONS: 5,
  SUPPORTED: 6,
  QUERY: 7,
  RESULT: 8,
  PREPARE: 9,
  EXECUTE: 10,
  REGISTER: 11,
  EVENT: 12,
  BATCH: 13,
  AUTH_CHALLENGE: 14,
  AUTH_RESPONSE: 15,
  AUTH_SUCCESS: 16,
} as const;
export type Op = keyof typeof OPS;

export interface Frame {
  readonly version?: number;
  readonly flags?: number;
  readonly stream?: number;
}

/** A frame, or the first bytes of one that claims `claimed` bytes of body. */
export function frame(op: Op, body: Bytes | string = '', about: Frame = {}, claimed = body.length): Buffer {
  const { version = 4, flags = 0, stream = 0 } = about;
  const isResponse = ['ERROR', 'READY', 'AUTHENTICATE', 'SUPPORTED', 'RESULT', 'EVENT'].includes(op);
  const first = version | (isResponse || op === 'AUTH_CHALLENGE' || op === 'AUTH_SUCCESS' ? 0x80 : 0);
  const id = version < 3 ? u8(stream & 0xff) : u16(stream);
  return concat(u8(first), u8(flags), id, u8(OPS[op]), u32(claimed), body);
}

export const query = (text: string, about: Frame = {}): Buffer =>
  frame('QUERY', concat(long(text), u16(1), u8(0)), about);
export const VOID = u32(1);

export interface Columns {
  readonly flags?: number;
  readonly columns?: readonly (readonly [string, Bytes])[];
  readonly paging?: string;
  readonly partitionKey?: readonly number[];
}

export const TYPE = {
  int: u16(9),
  text: u16(13),
  list: (of: Bytes) => concat(u16(0x20), of),
  map: (key: Bytes, of: Bytes) => concat(u16(0x21), key, of),
  set: (of: Bytes) => concat(u16(0x22), of),
  udt: (name: string, parts: readonly (readonly [string, Bytes])[]) =>
    concat(
      u16(0x30),
      string('ks'),
      string(name),
      u16(parts.length),
      ...parts.flatMap(([n, t]) => [string(n), t]),
    ),
  tuple: (...of: Bytes[]) => concat(u16(0x31), u16(of.length), ...of),
  custom: (name: string) => concat(u16(0), string(name)),
};

/** Metadata of a result, of table ks.t. */
export function metadata({ flags = 1, columns = [], paging = '', partitionKey }: Columns): Buffer {
  const parts: Bytes[] = [u32(flags), u32(columns.length)];
  if (partitionKey) parts.push(u32(partitionKey.length), ...partitionKey.map(u16));
  if (flags & 2) parts.push(value(paging));
  if (flags & 8) parts.push(string('new-id'));
  if (flags & 4) return concat(...parts);
  if (flags & 1) parts.push(string('ks'), string('t'));
  for (const [name, type] of columns) {
    if (!(flags & 1)) parts.push(string('ks'), string('t'));
    parts.push(string(name), type);
  }
  return concat(...parts);
}

export const rows = (about: Columns, count: number, content: Bytes | string = ''): Buffer =>
  concat(u32(2), metadata(about), u32(count), content);

/** A segment of version 5; `packed`: with lz4, as literals only. */
export function segment(payload: Bytes, { packed = false, selfContained = true, asIs = false } = {}): Buffer {
  if (!packed) return concat(checked(payload.length | (selfContained ? 1 << 17 : 0), 3), payload, u32(0));
  const sent = asIs ? payload : lz4(payload);
  const lengths = sent.length + (asIs ? 0 : payload.length) * 2 ** 17 + (selfContained ? 2 ** 34 : 0);
  return concat(checked(lengths, 5), sent, u32(0));
}

/** `size` bytes of lengths, little-endian, with their CRC-24. */
function checked(lengths: number, size: number): Buffer {
  const b = Buffer.alloc(size + 3);
  b.writeUIntLE(lengths, 0, size);
  b.writeUIntLE(crc24(b, 0, size), size, 3);
  return b;
}

/** A block of lz4 without matches. */
export function lz4(bytes: Bytes): Buffer {
  const size = bytes.length;
  const more: number[] = [];
  for (let left = size - 15; size >= 15; left -= 255) {
    more.push(Math.min(255, left));
    if (left < 255) break;
  }
  return concat(u8(Math.min(15, size) << 4), Uint8Array.from(more), bytes);
}

/** A frame whose body is compressed. */
export function compressed(op: Op, body: Bytes, kind: 'lz4' | 'snappy', about: Frame = {}): Buffer {
  const packed = kind === 'lz4' ? concat(u32(body.length), lz4(body)) : snappy(body);
  return frame(op, packed, { ...about, flags: (about.flags ?? 0) | 1 });
}

/** A block of snappy without matches. */
export function snappy(bytes: Bytes): Buffer {
  const size: number[] = [];
  for (let n = bytes.length; ; n >>>= 7) {
    size.push(n > 127 ? (n & 127) | 128 : n);
    if (n < 128) break;
  }
  if (bytes.length === 0) return Buffer.from(size);
  const tag = Buffer.alloc(5);
  tag[0] = 63 << 2;
  tag.writeUInt32LE(bytes.length - 1, 1);
  return concat(Uint8Array.from(size), tag, bytes);
}
