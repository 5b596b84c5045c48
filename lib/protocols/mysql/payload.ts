/**
 * A reader over one packet's payload: integers, length-encoded and NUL-terminated strings ("Protocol Data Types"). A read
 * past the end gives zero or nothing and sets `short`.
 */
const EMPTY = new Uint8Array(0);

export class Payload {
  buf: Uint8Array = EMPTY;
  pos = 0;
  end = 0;
  short = false;
  /** The whole 64 bits of the last length(). */
  low = 0;
  high = 0;
  /** Where the string lies that was read last. */
  from = 0;
  to = 0;

  reset(buf: Uint8Array, start: number, end: number): this {
    this.buf = buf;
    this.pos = start;
    this.end = end;
    this.short = false;
    this.from = this.to = start;
    return this;
  }

  get left(): number {
    return this.end - this.pos;
  }

  skip(n: number): void {
    if (this.#has(n)) this.pos += n;
  }

  u8(): number {
    return this.#has(1) ? this.buf[this.pos++]! : 0;
  }

  u16(): number {
    if (!this.#has(2)) return 0;
    const { buf, pos } = this;
    this.pos = pos + 2;
    return buf[pos]! | (buf[pos + 1]! << 8);
  }

  u24(): number {
    if (!this.#has(3)) return 0;
    return this.u16() | (this.u8() << 16);
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    return this.u16() + this.u16() * 65536;
  }

  /** int<lenenc>; exact up to 2^53. The mark of NULL, and what is no length, is -1. */
  length(): number {
    const first = this.u8();
    this.high = 0;
    if (first < 0xfb) this.low = first;
    else if (first === 0xfc) this.low = this.u16();
    else if (first === 0xfd) this.low = this.u24();
    else if (first === 0xfe) {
      this.low = this.u32();
      this.high = this.u32();
    } else return -1;
    return this.low + this.high * 4294967296;
  }

  /** string<lenenc>: lies in [from, to). What the packet has not is left out, and `short` set. False: NULL. */
  string(): boolean {
    const size = this.length();
    this.from = this.pos;
    if (size < 0) {
      this.to = this.pos;
      return false;
    }
    if (size > this.left) this.short = true;
    this.pos = this.to = Math.min(this.end, this.pos + size);
    return true;
  }

  /** `size` bytes as a string. */
  bytes(size: number): void {
    this.from = this.pos;
    if (size > this.left) this.short = true;
    this.pos = this.to = Math.min(this.end, this.pos + size);
  }

  /** string<NUL>; without its NUL it goes to the end. */
  nul(): void {
    this.from = this.pos;
    while (this.pos < this.end && this.buf[this.pos] !== 0) this.pos++;
    this.to = this.pos;
    if (this.pos < this.end) this.pos++;
  }

  #has(n: number): boolean {
    if (this.end - this.pos >= n) return true;
    this.short = true;
    this.pos = this.end;
    return false;
  }
}
