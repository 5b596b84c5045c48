/**
 * The part of DER (ITU-T X.690) that certificates need: elements one after the other, entered by the caller, so that no
 * nesting of the input's choosing is followed. What does not fit ends the reading.
 */

export const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  numeric: 0x12,
  printable: 0x13,
  t61: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universal: 0x1c,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** [0] to [3] of a TBSCertificate or of parameters, constructed. */
  context0: 0xa0,
  context3: 0xa3,
} as const;

export class Der {
  readonly buf: Uint8Array;
  /** The element read last: its tag and where its content lies. */
  tag = 0;
  start: number;
  end: number;
  /** Where it begins, with its header. */
  from: number;
  readonly #limit: number;

  /** Elements lie in [start, limit) of `buf`. */
  constructor(buf: Uint8Array, start: number, limit: number) {
    this.buf = buf;
    this.from = start;
    this.start = start;
    this.end = start;
    this.#limit = limit;
  }

  /** Reads the header of the next element. False at the end, and where lengths lie. */
  next(): boolean {
    const { buf } = this;
    let at = this.end;
    if (at + 2 > this.#limit) return false;
    this.from = at;
    this.tag = buf[at++]!;
    // Tags of several bytes do not occur.
    if ((this.tag & 31) === 31) return false;
    let size = buf[at++]!;
    if (size >= 0x80) {
      const more = size & 0x7f;
      if (more === 0 || more > 3 || at + more > this.#limit) return false;
      size = 0;
      for (let i = 0; i < more; i++) size = (size << 8) | buf[at++]!;
    }
    if (at + size > this.#limit) return false;
    this.start = at;
    this.end = at + size;
    return true;
  }

  /** The next element, when it has this tag. */
  is(tag: number): boolean {
    return this.next() && this.tag === tag;
  }

  /** The elements inside the one read last. */
  enter(): Der {
    return new Der(this.buf, this.start, this.end);
  }

  /** Content of an OBJECT IDENTIFIER in dotted form. */
  oid(): string {
    let text = '';
    let arc = 0;
    for (let i = this.start; i < this.end; i++) {
      arc = arc * 128 + (this.buf[i]! & 0x7f);
      if (this.buf[i]! & 0x80) continue;
      if (text === '') {
        const top = Math.min(2, Math.floor(arc / 40));
        text = `${top}.${arc - top * 40}`;
      } else {
        text += `.${arc}`;
      }
      arc = 0;
    }
    return text;
  }

  /** Bits of an INTEGER without its leading zeros. */
  bits(): number {
    let at = this.start;
    while (at < this.end && this.buf[at] === 0) at++;
    return at === this.end ? 0 : (this.end - at) * 8 - (Math.clz32(this.buf[at]!) - 24);
  }

  /** Content in hex; `from` the header on when `whole`. */
  hex(whole = false): string {
    return Buffer.from(this.buf.subarray(whole ? this.from : this.start, this.end)).toString('hex');
  }

  /** Content of a character string; undefined when it is none. */
  text(): string | undefined {
    const bytes = Buffer.from(this.buf.subarray(this.start, this.end));
    switch (this.tag) {
      case TAG.utf8:
        return bytes.toString('utf8');
      case TAG.printable:
      case TAG.ia5:
      case TAG.numeric:
      case TAG.t61:
        return bytes.toString('latin1');
      case TAG.bmp:
        return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined;
      case TAG.universal:
        return fromUtf32(bytes);
      default:
        return undefined;
    }
  }

  /** Content of a UTCTime or GeneralizedTime as ISO 8601 (RFC 5280 4.1.2.5: always UTC and with seconds). */
  time(): string | undefined {
    const digits = Buffer.from(this.buf.subarray(this.start, this.end)).toString('latin1');
    const short = this.tag === TAG.utcTime;
    if (!short && this.tag !== TAG.generalizedTime) return undefined;
    if (digits.length !== (short ? 13 : 15) || !digits.endsWith('Z')) return undefined;
    const full = short ? `${digits < '5' ? '20' : '19'}${digits}` : digits;
    for (let i = 0; i < 14; i++) if (full[i]! < '0' || full[i]! > '9') return undefined;
    const part = (at: number) => full.slice(at, at + 2);
    return `${full.slice(0, 4)}-${part(4)}-${part(6)}T${part(8)}:${part(10)}:${part(12)}.000Z`;
  }
}

function fromUtf32(bytes: Buffer): string | undefined {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = bytes.readUInt32BE(at);
    if (point > 0x10ffff) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
