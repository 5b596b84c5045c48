/** Packets of QUIC for tests, sealed as a client and a server do (RFC 9001 5). */
import { createCipheriv } from 'node:crypto';
import { initialKeys, type Keys, LongHeader } from '../../lib/protocols/tls/quic-packets.js';

export interface InitialParts {
  /** First byte's type bits by version. */
  readonly version?: 1 | 2;
  readonly role: 'client' | 'server';
  /** What the keys are made from; the destination where it is left out. */
  readonly keysFrom?: Buffer;
  readonly destination: Buffer;
  readonly source?: Buffer;
  readonly token?: Buffer;
  readonly number?: number;
  readonly numberBytes?: 1 | 2 | 4;
  readonly frames: Uint8Array;
}

const CODES = { 1: 0x00000001, 2: 0x6b3343cf } as const;
const INITIAL = { 1: 0xc0, 2: 0xd0 } as const;

export const varint = (n: number): Buffer =>
  n < 64
    ? Buffer.from([n])
    : n < 16_384
      ? Buffer.from([0x40 | (n >> 8), n & 255])
      : Buffer.from([0x80 | (n >>> 24), (n >> 16) & 255, (n >> 8) & 255, n & 255]);

/** A CRYPTO frame. */
export const crypto = (offset: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([6]), varint(offset), varint(bytes.length), bytes]);

/** The keys for a packet of `version`. */
export function keysFor(version: 1 | 2, from: Buffer, role: 'client' | 'server'): Keys {
  const header = new LongHeader();
  const start = Buffer.alloc(20);
  start.writeUInt32BE(CODES[version], 1);
  header.read(start, 0, start.length);
  return initialKeys(header.version!, from, role);
}

/** An Initial packet. */
export function initial(parts: InitialParts): Buffer {
  const { version = 1, role, destination, source = Buffer.alloc(0), token = Buffer.alloc(0), frames } = parts;
  const { number = 0, numberBytes = 4, keysFrom = destination } = parts;
  const keys = keysFor(version, keysFrom, role);
  const code = Buffer.alloc(4);
  code.writeUInt32BE(CODES[version]);
  const packetNumber = Buffer.alloc(4);
  packetNumber.writeUInt32BE(number);
  const head = Buffer.concat([
    Buffer.from([INITIAL[version] | (numberBytes - 1)]),
    code,
    Buffer.from([destination.length]),
    destination,
    Buffer.from([source.length]),
    source,
    ...(role === 'client' || token.length > 0 ? [varint(token.length), token] : [varint(0)]),
    Buffer.from([0x40 | ((frames.length + numberBytes + 16) >> 8), (frames.length + numberBytes + 16) & 255]),
    packetNumber.subarray(4 - numberBytes),
  ]);
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < 4; i++) nonce[8 + i] = nonce[8 + i]! ^ packetNumber[i]!;
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce);
  cipher.setAAD(head);
  const sealed = Buffer.concat([cipher.update(frames), cipher.final(), cipher.getAuthTag()]);
  const sample = sealed.subarray(4 - numberBytes, 20 - numberBytes);
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sample);
  head[0] = head[0]! ^ (mask[0]! & 0x0f);
  for (let i = 0; i < numberBytes; i++) {
    const at = head.length - numberBytes + i;
    head[at] = head[at]! ^ mask[1 + i]!;
  }
  return Buffer.concat([head, sealed]);
}
