/**
 * A DHCP message: RFC 2131 2, options RFC 2132 and RFC 3396. The header is read in place; the options are indexed by code,
 * also those that lie in the fields of file and server name (RFC 2131 4.1). Nothing is kept between two messages.
 */
import { Text } from '../kit/text.js';

/** Where the parts of the header lie, bytes from its start. */
export const HEADER = {
  operation: 0,
  hardwareType: 1,
  hardwareSize: 2,
  hops: 3,
  transaction: 4,
  seconds: 8,
  flags: 10,
  clientIp: 12,
  assignedIp: 16,
  serverIp: 20,
  relayIp: 24,
  hardware: 28,
  serverName: 44,
  file: 108,
  cookie: 236,
  options: 240,
} as const;

export const OPERATION = { request: 1, reply: 2 } as const;

const COOKIE = 0x63825363;
const PAD = 0;
const OVERLOAD = 52;
const END = 255;
const OVERLOADS_FILE = 1;
const OVERLOADS_NAME = 2;

/** Option codes in the order they came in, and where the data of each lies. */
export class Message {
  /** Bytes of the datagram; offsets are into it. */
  buf: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Options seen: the first `count` of `codes`. */
  count = 0;
  readonly codes = new Uint8Array(256);
  /** An option ran past the end of its area: what lies behind it is lost. */
  broken = false;
  /** An end option was seen. */
  hasEnd = false;
  /** The fields hold options, not names. */
  overloadsFile = false;
  overloadsName = false;
  readonly #starts = new Uint32Array(256);
  /** Bytes of the first part of an option. */
  readonly #sizes = new Uint32Array(256);
  readonly #parts = new Uint16Array(256);
  /** Data of an option in several parts, put together. */
  readonly #joined = new Text();
  /** The data of an option: set by select() and first(). */
  data: Uint8Array = this.buf;
  dataStart = 0;
  dataEnd = 0;

  /** Reads the message in [start, end); false when it is none. */
  read(buf: Uint8Array, start: number, end: number): boolean {
    if (!isMessage(buf, start, end)) return false;
    this.buf = buf;
    this.start = start;
    this.end = end;
    this.#forget();
    // RFC 3396 5: options, file and server name are one buffer, in this order.
    this.#index(start + HEADER.options, end);
    const overload = this.first(OVERLOAD) && this.dataEnd - this.dataStart === 1 ? buf[this.dataStart]! : 0;
    this.overloadsFile = (overload & OVERLOADS_FILE) !== 0;
    this.overloadsName = (overload & OVERLOADS_NAME) !== 0;
    if (this.overloadsFile) this.#index(start + HEADER.file, start + HEADER.cookie);
    if (this.overloadsName) this.#index(start + HEADER.serverName, start + HEADER.file);
    return true;
  }

  /** Points at the option's data, all its parts together; false when the message has none. */
  select(code: number): boolean {
    if (this.#parts[code]! < 2) return this.first(code);
    this.#join(code);
    return true;
  }

  /** Points at the first part only: an option of fixed size is never split. */
  first(code: number): boolean {
    if (this.#parts[code] === 0) return false;
    this.data = this.buf;
    this.dataStart = this.#starts[code]!;
    this.dataEnd = this.dataStart + this.#sizes[code]!;
    return true;
  }

  #forget(): void {
    for (let i = 0; i < this.count; i++) this.#parts[this.codes[i]!] = 0;
    this.count = 0;
    this.broken = false;
    this.hasEnd = false;
  }

  #index(at: number, end: number): void {
    const { buf, codes } = this;
    while (at < end) {
      const code = buf[at]!;
      if (code === END) {
        this.hasEnd = true;
        return;
      }
      if (code === PAD) {
        at++;
        continue;
      }
      const data = at + 2;
      const size = data <= end ? buf[at + 1]! : 0;
      if (data > end || size > end - data) {
        this.broken = true;
        return;
      }
      if (this.#parts[code]! === 0) {
        codes[this.count++] = code;
        this.#starts[code] = data;
        this.#sizes[code] = size;
      }
      this.#parts[code]!++;
      at = data + size;
    }
  }

  /** RFC 3396 7: the parts of an option in the order they came. */
  #join(code: number): void {
    const joined = this.#joined;
    const { start, end } = this;
    joined.clear();
    this.#append(code, start + HEADER.options, end);
    if (this.overloadsFile) this.#append(code, start + HEADER.file, start + HEADER.cookie);
    if (this.overloadsName) this.#append(code, start + HEADER.serverName, start + HEADER.file);
    this.data = joined.buf;
    this.dataStart = 0;
    this.dataEnd = joined.size;
  }

  #append(code: number, at: number, end: number): void {
    const { buf } = this;
    while (at < end && buf[at] !== END) {
      if (buf[at] === PAD) {
        at++;
        continue;
      }
      const next = at + 2 + buf[at + 1]!;
      if (at + 2 > end || next > end) return;
      if (buf[at] === code) this.#joined.bytes(buf, at + 2, next);
      at = next;
    }
  }
}

/** Whether [start, end) has a header, and the mark that options follow: plain BOOTP (RFC 951) has not. */
export function isMessage(buf: Uint8Array, start: number, end: number): boolean {
  return end - start >= HEADER.options && u32(buf, start + HEADER.cookie) === COOKIE;
}

export const u16 = (buf: Uint8Array, at: number): number => (buf[at]! << 8) | buf[at + 1]!;
export const u32 = (buf: Uint8Array, at: number): number =>
  ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
