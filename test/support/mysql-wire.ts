/** MySQL packets, for tests: strings are latin-1. */
import { deflateSync } from 'node:zlib';

type Bytes = string | Uint8Array;

const raw = (bytes: Bytes): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
export const join = (...parts: Bytes[]): Buffer => Buffer.concat(parts.map(raw));

export function packet(sequence: number, ...payload: Bytes[]): Buffer {
  const body = join(...payload);
  const size = body.length;
  return join(new Uint8Array([size & 255, (size >> 8) & 255, size >> 16, sequence & 255]), body);
}

/** Packets with rising sequence numbers from `first` on. */
export const packets = (first: number, ...payloads: Bytes[]): Buffer =>
  join(...payloads.map((payload, i) => packet(first + i, payload)));

export const u16 = (n: number): Buffer => join(new Uint8Array([n & 255, n >> 8]));
export const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
};

export function lenenc(n: number): Buffer {
  if (n < 251) return join(new Uint8Array([n]));
  if (n < 65536) return join('\xfc', u16(n));
  return join('\xfd', u16(n & 0xffff), new Uint8Array([n >> 16]));
}

export const text = (value: Bytes): Buffer => join(lenenc(raw(value).length), value);

export const ok = (affected = 0, insertId = 0, status = 2): Buffer =>
  join('\0', lenenc(affected), lenenc(insertId), u16(status), u16(0));
/** OK in the place of EOF (CLIENT_DEPRECATE_EOF). */
export const okEof = (status = 2): Buffer => join('\xfe\0\0', u16(status), u16(0));
export const eof = (status = 2): Buffer => join('\xfe', u16(0), u16(status));
export const err = (code: number, state: string, message: string): Buffer =>
  join('\xff', u16(code), '#', state, message);

export interface ColumnSpec {
  readonly name: string;
  readonly type?: number;
  readonly schema?: string;
  readonly table?: string;
  readonly unsigned?: boolean;
}

export const column = ({
  name,
  type = 253,
  schema = 'test',
  table = 't',
  unsigned = false,
}: ColumnSpec): Buffer =>
  join(
    text('def'),
    text(schema),
    text(table),
    text(table),
    text(name),
    text(name),
    '\x0c',
    u16(33),
    u32(255),
    new Uint8Array([type]),
    u16(unsigned ? 0x20 : 0),
    '\0\0\0',
  );

export const textRow = (...values: (Bytes | null)[]): Buffer =>
  join(...values.map((value) => (value === null ? '\xfb' : text(value))));

/** A result set in whole: columns, rows (payloads), ends as the mode has them. */
export function resultSet(
  columns: readonly ColumnSpec[],
  rows: readonly Bytes[],
  { deprecated = false, first = 1, status = 2 } = {},
): Buffer {
  return packets(
    first,
    lenenc(columns.length),
    ...columns.map(column),
    ...(deprecated ? [] : [eof(status & ~8)]),
    ...rows,
    deprecated ? okEof(status) : eof(status),
  );
}

export const query = (sql: string): Buffer => packet(0, '\x03', Buffer.from(sql));
export const prepare = (sql: string): Buffer => packet(0, '\x16', Buffer.from(sql));

/** The answer to a prepare. */
export function prepared(
  id: number,
  params: number,
  columns: readonly ColumnSpec[],
  deprecated = false,
): Buffer {
  const parts: Bytes[] = [join('\0', u32(id), u16(columns.length), u16(params), '\0\0\0')];
  for (let i = 0; i < params; i++) parts.push(column({ name: '?', schema: '', table: '' }));
  if (params > 0 && !deprecated) parts.push(eof());
  parts.push(...columns.map(column));
  if (columns.length > 0 && !deprecated) parts.push(eof());
  return packets(1, ...parts);
}

export interface Param {
  readonly type: number;
  /** Undefined: NULL. */
  readonly value?: Bytes;
  readonly unsigned?: boolean;
}

/** COM_STMT_EXECUTE; `bound` false: the types are those of the time before. */
export function execute(id: number, params: readonly Param[], { bound = true, named = false } = {}): Buffer {
  const nulls = new Uint8Array((params.length + 7) >> 3);
  params.forEach(({ value }, i) => {
    if (value === undefined) nulls[i >> 3]! |= 1 << (i & 7);
  });
  const types = params.map(({ type, unsigned }) =>
    join(new Uint8Array([type, unsigned ? 0x80 : 0]), named ? '\0' : ''),
  );
  const values = params.map(({ value }) => value ?? '');
  const body = params.length === 0 ? [] : [nulls, bound ? '\x01' : '\0', ...(bound ? types : []), ...values];
  return packet(
    0,
    '\x17',
    u32(id),
    named ? '\x08' : '\0',
    u32(1),
    named ? lenenc(params.length) : '',
    ...body,
  );
}

export const CAPABILITIES = {
  withSchema: 8,
  compress: 0x20,
  ssl: 0x800,
  deprecateEof: 1 << 24,
  zstd: 1 << 26,
  attributes: 1 << 27,
  base: 0x200 | 0x8000 | (1 << 19),
} as const;

export function greeting(capabilities = 0xffffffff, version = '8.0.36'): Buffer {
  const low = capabilities & 0xffff;
  const high = capabilities >>> 16;
  return packet(
    0,
    '\x0a',
    `${version}\0`,
    u32(7),
    'saltsalt\0',
    u16(low),
    '\x21\x02\0',
    u16(high),
    '\x15',
    '\0'.repeat(10),
    'moresaltmore\0',
    'caching_sha2_password\0',
  );
}

export const login = (user: string, password: string, schema = '', more = 0): Buffer =>
  packet(
    1,
    u32((CAPABILITIES.base | (schema ? CAPABILITIES.withSchema : 0) | more) >>> 0),
    u32(0xffffff),
    '\x21',
    '\0'.repeat(23),
    `${user}\0`,
    text(password),
    schema ? `${schema}\0` : '',
    'caching_sha2_password\0',
  );

export const tlsRequest = (): Buffer =>
  packet(1, u32(CAPABILITIES.base | CAPABILITIES.ssl), u32(0xffffff), '\x21', '\0'.repeat(23));

/** A Zstandard frame (RFC 8878 3.1.1) of raw blocks, and of one-byte blocks for runs of the same byte. */
function zstd(bytes: Uint8Array): Buffer {
  const blocks: Bytes[] = [];
  const block = (type: number, size: number, content: Uint8Array, last: boolean) => {
    const head = (size << 3) | (type << 1) | (last ? 1 : 0);
    blocks.push(new Uint8Array([head & 255, (head >> 8) & 255, head >> 16]), content);
  };
  for (let at = 0; at < bytes.length; ) {
    let run = at + 1;
    while (run < bytes.length && bytes[run] === bytes[at]) run++;
    let end = run;
    if (run - at < 8) while (end < bytes.length && !isRun(bytes, end)) end++;
    const isRle = run - at >= 8;
    block(isRle ? 1 : 0, end - at, bytes.subarray(at, isRle ? at + 1 : end), end === bytes.length);
    at = end;
  }
  return join('\x28\xb5\x2f\xfd\xa0', u32(bytes.length), ...blocks);
}

function isRun(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 8; i++) if (bytes[i] !== bytes[at]) return false;
  return true;
}

/** A frame of the compressed protocol. */
export function frame(sequence: number, inside: Uint8Array, how: 'plain' | 'zlib' | 'zstd' = 'zlib'): Buffer {
  const body = how === 'plain' ? inside : how === 'zlib' ? deflateSync(inside) : zstd(inside);
  const before = how === 'plain' ? 0 : inside.length;
  const size = body.length;
  return join(
    new Uint8Array([size & 255, (size >> 8) & 255, size >> 16, sequence]),
    new Uint8Array([before & 255, (before >> 8) & 255, before >> 16]),
    body,
  );
}
