/**
 * ClientHello and ServerHello of TLS and DTLS (RFC 8446 4.1, RFC 5246 7.4.1, RFC 6347 4.2): where their parts lie. The
 * message is copied, because its event is written when the handshake is over.
 */
import { isGrease } from './codes.js';

/** LIMIT: further extensions of a hello are not seen; the largest known hellos have about 25. */
export const MAX_EXTENSIONS = 256;
const RANDOM_BYTES = 32;
const MAX_SESSION_ID = 32;
/** Larger buffers are not kept for the next handshake. */
const MAX_KEPT = 4096;

export const EXTENSION = {
  serverName: 0,
  maxFragmentLength: 1,
  statusRequest: 5,
  certType: 9,
  supportedGroups: 10,
  pointFormats: 11,
  srp: 12,
  signatureAlgorithms: 13,
  alpn: 16,
  sessionTicket: 35,
  preSharedKey: 41,
  supportedVersions: 43,
  keyShare: 51,
} as const;

/** RFC 8446 4.1.3: this random makes a ServerHello a HelloRetryRequest. */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

export type Role = 'client' | 'server';

export class Hello {
  present = false;
  /** The body of the message. */
  buf = new Uint8Array(512);
  size = 0;
  /** legacy_version. */
  version = 0;
  /** Bytes [sessionAt, sessionAt + sessionSize) are the session id. */
  sessionAt = 0;
  sessionSize = 0;
  /** Cipher suites; of a server the one it chose. */
  ciphersAt = 0;
  ciphersEnd = 0;
  compressionAt = 0;
  compressionEnd = 0;
  /** Extensions in their order: number and content [at, end). */
  extensions = 0;
  readonly ids = new Uint16Array(MAX_EXTENSIONS);
  readonly at = new Uint32Array(MAX_EXTENSIONS);
  readonly ends = new Uint32Array(MAX_EXTENSIONS);

  clear(): void {
    this.present = false;
    if (this.buf.length > MAX_KEPT) this.buf = new Uint8Array(512);
  }

  u8(at: number): number {
    return at < this.size ? this.buf[at]! : 0;
  }

  u16(at: number): number {
    return (this.u8(at) << 8) | this.u8(at + 1);
  }

  /** The index of extension `id`, or -1. */
  find(id: number): number {
    for (let i = 0; i < this.extensions; i++) if (this.ids[i] === id) return i;
    return -1;
  }

  get isRetry(): boolean {
    return RETRY_RANDOM.equals(this.buf.subarray(2, 2 + RANDOM_BYTES));
  }

  /** The version in use (server) or the legacy version (client): a server of TLS 1.3 says it in supported_versions. */
  get negotiated(): number {
    const i = this.find(EXTENSION.supportedVersions);
    return i >= 0 && this.ends[i]! - this.at[i]! === 2 ? this.u16(this.at[i]!) : this.version;
  }

  /** Reads the message body [start, end) of `from`. False: it is no hello. */
  read(role: Role, from: Uint8Array, start: number, end: number): boolean {
    this.#copy(from, start, end);
    this.present = false;
    this.extensions = 0;
    this.version = this.u16(0);
    const isDtls = this.version >> 8 === 0xfe;
    if (this.version >> 8 !== 3 && !isDtls) return false;
    this.sessionAt = 2 + RANDOM_BYTES + 1;
    this.sessionSize = this.u8(this.sessionAt - 1);
    let at = this.sessionAt + this.sessionSize;
    if (this.sessionSize > MAX_SESSION_ID || at > this.size) return false;
    // RFC 6347 4.2.1: a cookie follows the session id.
    if (isDtls && role === 'client') at += 1 + this.u8(at);
    at = role === 'client' ? this.#offers(at) : this.#choices(at);
    if (at > this.size) return false;
    this.#readExtensions(at);
    this.present = true;
    return true;
  }

  #offers(at: number): number {
    this.ciphersAt = at + 2;
    this.ciphersEnd = this.ciphersAt + (this.u16(at) & ~1);
    const methods = at + 2 + this.u16(at);
    this.compressionAt = methods + 1;
    this.compressionEnd = this.compressionAt + this.u8(methods);
    return this.compressionEnd;
  }

  #choices(at: number): number {
    this.ciphersAt = at;
    this.ciphersEnd = at + 2;
    this.compressionAt = at + 2;
    this.compressionEnd = at + 3;
    return at + 3;
  }

  /** Those that are whole; GREASE ones are left out (RFC 8701). */
  #readExtensions(start: number): void {
    const end = Math.min(this.size, start + 2 + this.u16(start));
    for (let at = start + 2; at + 4 <= end && this.extensions < MAX_EXTENSIONS; ) {
      const id = this.u16(at);
      const next = at + 4 + this.u16(at + 2);
      if (next > end) return;
      if (!isGrease(id)) {
        this.ids[this.extensions] = id;
        this.at[this.extensions] = at + 4;
        this.ends[this.extensions++] = next;
      }
      at = next;
    }
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    this.size = end - start;
    if (this.size > this.buf.length) this.buf = new Uint8Array(Math.max(this.size, this.buf.length * 2));
    this.buf.set(from.subarray(start, end));
  }
}
