/** Builds MongoDB messages for tests, with the driver's own BSON. */
import { deflateSync } from 'node:zlib';
import { BSON } from 'mongodb';

type Document = Record<string, unknown>;

export const i32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeInt32LE(n | 0);
  return b;
};

export const i64 = (n: bigint): Buffer => {
  const b = Buffer.alloc(8);
  b.writeBigInt64LE(n);
  return b;
};

export const zero = (text: string): Buffer => Buffer.from(`${text}\0`);
export const bson = (document: Document): Buffer =>
  Buffer.from(BSON.serialize(document, { ignoreUndefined: false }));

export interface Ids {
  readonly id?: number;
  readonly to?: number;
}

/** A message of any kind: header and body. */
export function message(opcode: number, body: Uint8Array, { id = 1, to = 0 }: Ids = {}): Buffer {
  return Buffer.concat([i32(16 + body.length), i32(id), i32(to), i32(opcode), body]);
}

export interface MessageOptions extends Ids {
  readonly flags?: number;
  readonly sequences?: Readonly<Record<string, readonly Document[]>>;
  /** Sequences go before the body. */
  readonly bodyLast?: boolean;
  readonly checksum?: boolean;
}

/** OP_MSG. */
export function msg(document: Document, options: MessageOptions = {}): Buffer {
  return message(2013, msgBody(document, options), options);
}

export function msgBody(document: Document, options: MessageOptions = {}): Buffer {
  const { flags = 0, sequences = {}, bodyLast, checksum } = options;
  const body = Buffer.concat([Buffer.from([0]), bson(document)]);
  const lists = Object.entries(sequences).map(([name, documents]) => {
    const content = Buffer.concat([zero(name), ...documents.map(bson)]);
    return Buffer.concat([Buffer.from([1]), i32(content.length + 4), content]);
  });
  const sections = bodyLast ? [...lists, body] : [body, ...lists];
  const tail = checksum ? [i32(0x12345678)] : [];
  return Buffer.concat([i32(flags | (checksum ? 1 : 0)), ...sections, ...tail]);
}

export interface QueryOptions extends Ids {
  readonly skip?: number;
  readonly limit?: number;
  readonly fields?: Document;
}

export function query(collection: string, document: Document, options: QueryOptions = {}): Buffer {
  const { skip = 0, limit = 0, fields } = options;
  const parts = [i32(0), zero(collection), i32(skip), i32(limit), bson(document)];
  return message(2004, Buffer.concat(fields ? [...parts, bson(fields)] : parts), options);
}

export interface ReplyOptions extends Ids {
  readonly flags?: number;
  readonly cursor?: bigint;
  readonly from?: number;
}

export function reply(documents: readonly Document[], options: ReplyOptions = {}): Buffer {
  const { flags = 0, cursor = 0n, from = 0 } = options;
  const head = [i32(flags), i64(cursor), i32(from), i32(documents.length)];
  return message(1, Buffer.concat([...head, ...documents.map(bson)]), options);
}

export type Compressor = 'noop' | 'snappy' | 'zlib' | 'zstd';

/** OP_COMPRESSED around a message. */
export function compressed(inner: Buffer, compressor: Compressor, claimed?: number): Buffer {
  const body = inner.subarray(16);
  const number = ['noop', 'snappy', 'zlib', 'zstd'].indexOf(compressor);
  const head = [i32(inner.readInt32LE(12)), i32(claimed ?? body.length), Buffer.from([number])];
  const ids = { id: inner.readInt32LE(4), to: inner.readInt32LE(8) };
  return message(2012, Buffer.concat([...head, pack(body, compressor)]), ids);
}

function pack(body: Buffer, compressor: Compressor): Buffer {
  switch (compressor) {
    case 'noop':
      return body;
    case 'zlib':
      return deflateSync(body);
    case 'snappy':
      return snappy(body);
    case 'zstd':
      return zstd(body);
  }
}

/** Snappy format description: the length, then literals. */
function snappy(body: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(varint(body.length))];
  for (let at = 0; at < body.length; at += 65_536) {
    const piece = body.subarray(at, at + 65_536);
    const n = piece.length - 1;
    parts.push(Buffer.from([61 << 2, n & 255, n >> 8]), piece);
  }
  return Buffer.concat(parts);
}

function varint(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)];
}

/** RFC 8878 3.1.1: one frame of raw blocks. */
function zstd(body: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('28b52ffda0', 'hex'), i32(body.length)];
  for (let at = 0; at === 0 || at < body.length; at += 65_536) {
    const piece = body.subarray(at, at + 65_536);
    const isLast = at + 65_536 >= body.length ? 1 : 0;
    parts.push(i32((piece.length << 3) | isLast).subarray(0, 3), piece);
  }
  return Buffer.concat(parts);
}
