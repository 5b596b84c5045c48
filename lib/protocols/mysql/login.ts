/**
 * The connection phase: the server's greeting and the client's answer to it. Passwords, in whatever form, are passed over
 * unread.
 */
import type { Cursor } from '../../base/cursor.js';
import { CAPABILITY } from './codes.js';
import { Payload } from './payload.js';

const packet = new Payload();
/** LIMIT: longer names of versions, users and schemas are no MySQL's. */
const MAX_NAME = 256;
const PROTOCOL_VERSION = 10;

/** The capabilities in a greeting ("Protocol::HandshakeV10"), -1 when it is none, -2 when it is not all there. */
export function readGreeting(buf: Uint8Array, start: number, end: number): number {
  packet.reset(buf, start, end);
  if (end > start && buf[start] !== PROTOCOL_VERSION) return -1;
  packet.skip(1);
  let i = packet.pos;
  while (i < end && buf[i]! >= 0x20 && buf[i]! < 0x7f && i - packet.pos < MAX_NAME) i++;
  if (i < end && (buf[i] !== 0 || i === packet.pos)) return -1;
  packet.nul();
  packet.skip(4 + 8);
  if (packet.u8() !== 0 && !packet.short) return -1;
  const low = packet.u16();
  if (packet.short) return -2;
  packet.skip(3);
  return (low | (packet.u16() << 16)) >>> 0;
}

export class Login {
  capabilities = 0;
  user: Uint8Array = new Uint8Array(0);
  schema: Uint8Array = new Uint8Array(0);

  /** "Protocol::HandshakeResponse41" or ...320; false when it is neither. */
  read(buf: Uint8Array, start: number, end: number): boolean {
    packet.reset(buf, start, end);
    const low = packet.u16();
    const isNew = (low & CAPABILITY.protocol41) !== 0;
    this.capabilities = isNew ? (low | (packet.u16() << 16)) >>> 0 : low;
    // Largest packet, character set, 23 bytes of filler; before 4.1 the largest packet only.
    packet.skip(isNew ? 4 + 1 + 23 : 3);
    if (packet.short) return false;
    packet.nul();
    if (packet.to - packet.from > MAX_NAME) return false;
    this.user = buf.slice(packet.from, packet.to);
    this.#passPassword();
    this.#readSchema((this.capabilities & CAPABILITY.connectWithDb) !== 0);
    return true;
  }

  /** COM_CHANGE_USER, from behind the command byte. */
  change(buf: Uint8Array, start: number, end: number): void {
    packet.reset(buf, start, end);
    packet.nul();
    this.user = buf.slice(packet.from, Math.min(packet.to, packet.from + MAX_NAME));
    packet.skip(packet.u8());
    this.#readSchema(true);
  }

  #readSchema(isThere: boolean): void {
    if (isThere) packet.nul();
    else packet.bytes(0);
    this.schema = packet.buf.slice(packet.from, Math.min(packet.to, packet.from + MAX_NAME));
  }

  #passPassword(): void {
    const { capabilities } = this;
    if (capabilities & CAPABILITY.pluginAuthLenenc) packet.string();
    else if (capabilities & CAPABILITY.secureConnection) packet.skip(packet.u8());
    else packet.nul();
  }
}

/** "Protocol::SSLRequest": the head of a login, and no more. */
export function isTlsRequest({ buf, pos }: Payload, size: number): boolean {
  return size === 32 && ((buf[pos + 1]! << 8) & CAPABILITY.ssl) !== 0;
}

/** A login without a greeting before it: the filler is zero (but for MariaDB's four bytes), the protocol is new. */
export function looksLikeLogin(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 32 || !((buf[start + 1]! << 8) & CAPABILITY.protocol41)) return false;
  for (let i = start + 9; i < start + 28; i++) if (buf[i] !== 0) return false;
  return true;
}

/** Whether a stream's first bytes are the server's: a greeting, or anything that is no command. */
export function isFromServer({ buf, pos, end }: Cursor): boolean {
  return end - pos > 4 && (buf[pos + 3] !== 0 || readGreeting(buf, pos + 4, end) !== -1);
}

const VERBS = ['select', 'insert', 'update', 'delete', 'show', 'set ', 'begin', 'commit', 'use '];

/** Whole packets only: a greeting, or COM_QUERY with a usual verb. */
export function probe({ buf, pos, end }: Cursor): 'yes' | 'no' | 'more' {
  if (end - pos < 5) return 'more';
  const size = buf[pos]! | (buf[pos + 1]! << 8) | (buf[pos + 2]! << 16);
  const sequence = buf[pos + 3]!;
  // A login, where the greeting is still to be seen in the other direction.
  if (sequence === 1 && size >= 32 && size < 4096) return 'more';
  if (sequence !== 0 || size < 4 || size > 0xffff) return 'no';
  if (buf[pos + 4] === 3) return end - pos === size + 4 && hasVerb(buf, pos + 5, end) ? 'yes' : 'no';
  const answer = readGreeting(buf, pos + 4, Math.min(end, pos + 4 + size));
  if (answer === -2) return end - pos >= size + 4 ? 'no' : 'more';
  return answer === -1 ? 'no' : 'yes';
}

function hasVerb(buf: Uint8Array, start: number, end: number): boolean {
  const text = Buffer.from(buf.subarray(start, Math.min(end, start + 8)))
    .toString('latin1')
    .toLowerCase();
  return VERBS.some((verb) => text.startsWith(verb));
}
