/**
 * Packets of QUIC 1 (RFC 9000 17) and 2 (RFC 9369): their headers, which are open, and Initial packets, whose keys anyone can
 * make who has seen the client's first (RFC 9001 5.2).
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export interface QuicVersion {
  readonly code: number;
  readonly name: string;
  readonly salt: Buffer;
  /** Before the names of keys. */
  readonly label: string;
  /** Types of long headers, by their two bits. */
  readonly types: readonly PacketType[];
}

export type PacketType = 'initial' | 'zeroRtt' | 'handshake' | 'retry';

const VERSIONS: readonly QuicVersion[] = [
  {
    code: 1,
    name: '1',
    salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'),
    label: 'quic',
    types: ['initial', 'zeroRtt', 'handshake', 'retry'],
  },
  {
    code: 0x6b3343cf,
    name: '2',
    salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
    label: 'quicv2',
    types: ['retry', 'initial', 'zeroRtt', 'handshake'],
  },
];
const MAX_CONNECTION_ID = 20;
const TAG_BYTES = 16;
const SAMPLE_BYTES = 16;

export const isLong = (first: number): boolean => (first & 0x80) !== 0;
/** RFC 9000 17: the fixed bit. */
export const isQuic = (first: number): boolean => (first & 0x40) !== 0;

/** The header of one packet with a long header, in a datagram that may hold several. */
export class LongHeader {
  version: QuicVersion | undefined;
  /** As sent; 0: the server offers versions. */
  code = 0;
  type: PacketType = 'initial';
  start = 0;
  destinationAt = 0;
  destinationEnd = 0;
  sourceAt = 0;
  sourceEnd = 0;
  /** Where the packet number is. */
  numberAt = 0;
  end = 0;

  /** Reads what begins at `at`. False: it is none, or cut short. Of an unknown version only the ids are read (RFC 8999). */
  read(buf: Uint8Array, at: number, end: number): boolean {
    if (end - at < 7) return false;
    this.start = at;
    this.code = ((buf[at + 1]! << 24) | (buf[at + 2]! << 16) | (buf[at + 3]! << 8) | buf[at + 4]!) >>> 0;
    this.version = VERSIONS.find(({ code }) => code === this.code);
    this.destinationAt = at + 6;
    this.destinationEnd = this.destinationAt + buf[at + 5]!;
    if (this.destinationEnd >= end) return false;
    this.sourceAt = this.destinationEnd + 1;
    this.sourceEnd = this.sourceAt + buf[this.destinationEnd]!;
    if (this.sourceEnd > end) return false;
    this.end = end;
    if (!this.version) return true;
    this.type = this.version.types[(buf[at]! >> 4) & 3]!;
    const tooLong = Math.max(buf[at + 5]!, this.sourceEnd - this.sourceAt) > MAX_CONNECTION_ID;
    if (tooLong || !isQuic(buf[at]!)) return false;
    return this.type === 'retry' || this.#readLength(buf, end);
  }

  #readLength(buf: Uint8Array, end: number): boolean {
    const reader = new Varints(buf, this.sourceEnd, end);
    if (this.type === 'initial') reader.skip(reader.next());
    const length = reader.next();
    this.numberAt = reader.at;
    this.end = reader.at + length;
    return !reader.isShort && this.end <= end;
  }
}

/** Integers of variable length (RFC 9000 16); past the end, or beyond 2^32, all is short. */
export class Varints {
  readonly buf: Uint8Array;
  at: number;
  readonly end: number;
  isShort = false;

  constructor(buf: Uint8Array, at: number, end: number) {
    this.buf = buf;
    this.at = at;
    this.end = end;
  }

  next(): number {
    const size = this.at < this.end ? 1 << (this.buf[this.at]! >> 6) : 1;
    if (this.isShort || this.at + size > this.end) {
      this.isShort = true;
      return 0;
    }
    let value = this.buf[this.at]! & 0x3f;
    for (let i = 1; i < size; i++) value = value * 256 + this.buf[this.at + i]!;
    this.at += size;
    if (value > 0xffffffff) this.isShort = true;
    return value;
  }

  skip(n: number): void {
    if (this.at + n > this.end) this.isShort = true;
    else this.at += n;
  }
}

export interface Keys {
  readonly key: Buffer;
  readonly iv: Buffer;
  /** For header protection. */
  readonly hp: Buffer;
}

/** RFC 9001 5.2: keys of Initial packets, from the destination of the client's first. */
export function initialKeys(version: QuicVersion, destination: Uint8Array, role: 'client' | 'server'): Keys {
  const initial = createHmac('sha256', version.salt).update(destination).digest();
  const secret = expand(initial, role === 'client' ? 'client in' : 'server in', 32);
  return {
    key: expand(secret, `${version.label} key`, 16),
    iv: expand(secret, `${version.label} iv`, 12),
    hp: expand(secret, `${version.label} hp`, 16),
  };
}

/** RFC 8446 7.1 HKDF-Expand-Label without a context, of up to 32 bytes. */
function expand(secret: Buffer, label: string, size: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, size, name.length]), name, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, size);
}

/** RFC 9001 5.3, 5.4: the content of an Initial packet; undefined where the keys do not fit. */
export function openInitial({ key, iv, hp }: Keys, buf: Uint8Array, header: LongHeader): Buffer | undefined {
  const { start, numberAt, end } = header;
  if (end - numberAt < 4 + SAMPLE_BYTES) return undefined;
  const sample = buf.subarray(numberAt + 4, numberAt + 4 + SAMPLE_BYTES);
  const mask = createCipheriv('aes-128-ecb', hp, null).update(sample);
  const head = Buffer.from(buf.subarray(start, numberAt + 4));
  head[0] = head[0]! ^ (mask[0]! & 0x0f);
  const size = (head[0]! & 3) + 1;
  const nonce = Buffer.from(iv);
  for (let i = 0; i < size; i++) {
    const byte = head[numberAt - start + i]! ^ mask[1 + i]!;
    head[numberAt - start + i] = byte;
    // The packet number in full: there are never so many Initial packets that it was shortened.
    nonce[12 - size + i] = nonce[12 - size + i]! ^ byte;
  }
  const from = numberAt + size;
  if (end - from < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAAD(head.subarray(0, numberAt - start + size));
  decipher.setAuthTag(buf.subarray(end - TAG_BYTES, end));
  const content = decipher.update(buf.subarray(from, end - TAG_BYTES));
  try {
    decipher.final();
    return content;
  } catch {
    return undefined;
  }
}
