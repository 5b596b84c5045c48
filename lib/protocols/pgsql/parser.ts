/**
 * Messages of the protocol, version 3: a first byte, four bytes of length, a body. Of a body only the first bytes that
 * somebody wants are waited for; the rest is skipped by its length. Where the stream is joined in its middle, the first
 * messages are recognised by their heads.
 */
import type { Cursor } from '../../base/cursor.js';
import { CLIENT, CLIENT_LENGTHS, SERVER, SERVER_LENGTHS, STARTUP } from './codes.js';

export const HEAD = 5;
/** LIMIT of a length field: PostgreSQL's own (MaxAllocSize). */
export const MAX_LENGTH = 0x3fffffff;
/** LIMIT of the length of a message that is taken for the first one of a stream joined in its middle. */
const MAX_FIRST = 1 << 20;
/** Heads looked at before a place is taken for the start of a message. */
const MAX_HEADS = 8;
const READY_BYTES = 6;
/** LIMIT of the first message: PostgreSQL's own (MAX_STARTUP_PACKET_LENGTH). */
export const MAX_STARTUP = 10_000;

/** What is known of a first byte: 0: no such message; -1: its length varies; else its length. */
function lengths(
  types: Readonly<Record<string, number>>,
  fixed: Readonly<Record<number, number>>,
): Int32Array {
  const table = new Int32Array(256);
  for (const type of Object.values(types)) table[type] = fixed[type] ?? -1;
  return table;
}

export const CLIENT_TYPES = lengths(CLIENT, CLIENT_LENGTHS);
export const SERVER_TYPES = lengths(SERVER, SERVER_LENGTHS);

/** One direction's reader. After read() says 'message' the public parts describe it; then skip() it. */
export class MessageReader {
  type = 0;
  /** Body bytes shown: [start, end) of the cursor's buffer. */
  start = 0;
  end = 0;
  /** Bytes on the wire. */
  size = 0;
  /** By first byte: how much of the body is wanted. */
  readonly wanted = new Uint32Array(256);
  readonly #types: Int32Array;

  constructor(types: Int32Array) {
    this.#types = types;
  }

  /** 'bad': no message of this protocol. Nothing is consumed. */
  read(cursor: Cursor): 'message' | 'more' | 'bad' {
    if (!cursor.need(HEAD)) {
      return cursor.left === 0 || this.#types[cursor.buf[cursor.pos]!] !== 0 ? 'more' : 'bad';
    }
    const { buf, pos } = cursor;
    const type = buf[pos]!;
    const length = lengthAt(buf, pos);
    if (this.#types[type] === 0 || length < 4 || length > MAX_LENGTH) return 'bad';
    const body = length - 4;
    const shown = Math.min(body, this.wanted[type]!);
    if (!cursor.need(HEAD + shown)) return 'more';
    this.type = type;
    this.start = pos + HEAD;
    this.end = pos + HEAD + shown;
    this.size = 1 + length;
    return 'message';
  }

  /** The message was read. */
  skip(cursor: Cursor): void {
    cursor.skip(this.size);
  }

  /** Whether a message begins where the cursor stands, as far as heads tell. */
  begins(cursor: Cursor): 'yes' | 'no' | 'more' {
    const { buf, pos, end } = cursor;
    let at = pos;
    for (let heads = 0; heads < MAX_HEADS && at + HEAD <= end; heads++) {
      const fixed = this.#types[buf[at]!]!;
      const length = lengthAt(buf, at);
      if (fixed === 0 || length < 4 || length > MAX_FIRST || (fixed > 0 && length !== fixed)) return 'no';
      at += 1 + length;
    }
    if (at === pos) {
      cursor.need(HEAD);
      return this.#types[buf[at]!] === 0 ? 'no' : 'more';
    }
    return at >= end || this.#types[buf[at]!] !== 0 ? 'yes' : 'no';
  }
}

/** Whether the bytes end in ReadyForQuery, which ends every answer. */
export function endsReady({ buf, pos, end }: Cursor): boolean {
  const at = end - READY_BYTES;
  return at >= pos && buf[at] === SERVER.ready && lengthAt(buf, at) === 5 && isReadyStatus(buf[at + HEAD]!);
}

/** I: idle, T: in a transaction block, E: in a failed one. */
function isReadyStatus(status: number): boolean {
  return status === 0x49 || status === 0x54 || status === 0x45;
}

/** Whether a message without a first byte has such a length and second word. Manual 55.7. */
export function isStartup(size: number, code: number): boolean {
  switch (code) {
    case STARTUP.ssl:
    case STARTUP.gss:
      return size === 8;
    case STARTUP.cancel:
      // The secret had four bytes before PostgreSQL 18, and has 256 at most.
      return size >= 16 && size <= 12 + 256;
    default:
      return code >>> 16 === STARTUP.major && size >= 9 && size <= MAX_STARTUP;
  }
}

function lengthAt(buf: Uint8Array, pos: number): number {
  return u32(buf, pos + 1);
}

export function u16(buf: Uint8Array, at: number): number {
  return (buf[at]! << 8) | buf[at + 1]!;
}

export function u32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}

export function i32(buf: Uint8Array, at: number): number {
  return u32(buf, at) | 0;
}

/** Position of the zero byte at or after `from`, or `end`. */
export function zero(buf: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && buf[at] !== 0) at++;
  return at;
}
