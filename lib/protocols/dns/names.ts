/**
 * Domain names: from the wire, compressed, to text in a buffer of our own. Case is kept; what could be mistaken for
 * part of the notation is escaped as in zone files (RFC 4343 2.1): `\.` or `\DDD`.
 *
 *   buf  [ room for a prefix | name .......... ]
 *                            ^NAME_START        ^end
 */
/** Bytes before the name that a caller may put something into. */
export const NAME_START = 64;
/** LIMIT: RFC 1035 2.3.4, 255 octets with the root label. */
const MAX_WIRE_BYTES = 254;
const MAX_LABEL_BYTES = 63;
/** A name's text: each byte may need four. */
export const MAX_TEXT_BYTES = 4 * (MAX_WIRE_BYTES + 1);
const POINTER = 0xc0;
/** Names lie behind the header. */
const HEADER_BYTES = 12;

/** 1: printed as it is; 2: behind a backslash; 0: as \DDD. */
const HOW = new Uint8Array(256);
for (let c = 0x21; c <= 0x7e; c++) HOW[c] = 1;
for (const c of ' .\'@;()"\\') HOW[c.charCodeAt(0)] = 2;

export class NameReader {
  readonly buf = new Uint8Array(NAME_START + MAX_TEXT_BYTES);
  /** End of the text; it starts at NAME_START. The root is `.`. */
  end = NAME_START;

  /**
   * Reads the name at `at` of the message [base, end) into `buf`. Returns the position behind it, or -1 when it is none:
   * it runs out of the message, points forward, or is too long.
   */
  read(wire: Uint8Array, base: number, at: number, end: number): number {
    return this.readInto(this.buf, NAME_START, wire, base, at, end);
  }

  /** As read(), but the text goes to `start` of `buf`, which must have room for MAX_TEXT_BYTES. */
  readInto(buf: Uint8Array, start: number, wire: Uint8Array, base: number, at: number, end: number): number {
    let out = start;
    let next = -1;
    let total = 0;
    // RFC 1035 4.1.4: a pointer leads to a prior occurrence. Each one must lead further back, so the walk ends.
    let limit = at;
    for (;;) {
      if (at >= end) return -1;
      const length = wire[at++]!;
      if (length === 0) break;
      if (length >= POINTER) {
        if (at >= end) return -1;
        const target = base + (((length & 0x3f) << 8) | wire[at]!);
        if (next < 0) next = at + 1;
        if (target >= limit || target < base + HEADER_BYTES) return -1;
        limit = target;
        at = target;
        continue;
      }
      total += length + 1;
      if (length > MAX_LABEL_BYTES || total > MAX_WIRE_BYTES || at + length > end) return -1;
      if (out > start) buf[out++] = 0x2e;
      for (const stop = at + length; at < stop; at++) {
        const c = wire[at]!;
        if (HOW[c] === 1) buf[out++] = c;
        else out = escapeByte(buf, out, c);
      }
    }
    if (out === start) buf[out++] = 0x2e;
    this.end = out;
    return next < 0 ? at : next;
  }
}

function escapeByte(buf: Uint8Array, out: number, c: number): number {
  buf[out++] = 0x5c;
  if (HOW[c] === 2) {
    buf[out++] = c;
    return out;
  }
  buf[out++] = 0x30 + Math.floor(c / 100);
  buf[out++] = 0x30 + (Math.floor(c / 10) % 10);
  buf[out++] = 0x30 + (c % 10);
  return out;
}

/** As NameReader.read(), but only checks: the position behind the name, or -1. */
export function skipName(wire: Uint8Array, base: number, at: number, end: number): number {
  let next = -1;
  let total = 0;
  let limit = at;
  for (;;) {
    if (at >= end) return -1;
    const length = wire[at++]!;
    if (length === 0) return next < 0 ? at : next;
    if (length >= POINTER) {
      if (at >= end) return -1;
      const target = base + (((length & 0x3f) << 8) | wire[at]!);
      if (next < 0) next = at + 1;
      if (target >= limit || target < base + HEADER_BYTES) return -1;
      limit = target;
      at = target;
      continue;
    }
    total += length + 1;
    at += length;
    if (length > MAX_LABEL_BYTES || total > MAX_WIRE_BYTES) return -1;
  }
}
