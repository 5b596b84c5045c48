/**
 * A bounds-safe reader over lent bytes. A read past the end returns zero and sets `short` to the number of bytes
 * (counted from the last commit) that would do; the caller returns and is called again when they are there.
 *
 *   buf  ...[ committed | read, uncommitted | unread ]...
 *                       ^mark               ^pos      ^end
 *
 * `buf` is either the whole handoff memory or a tail the runtime keeps, so offsets into it may be given to a Row.
 */
const EMPTY = new Uint8Array(0);

export class Cursor {
  buf: Uint8Array = EMPTY;
  pos = 0;
  end = 0;
  /** Everything below is consumed for good. */
  mark = 0;
  /** 0, or how many bytes from `mark` on would have been enough for the read that failed. */
  short = 0;
  /** Bytes past `end` that skip() consumed in advance. */
  skipped = 0;
  /** Where a search for a byte stopped, so that the next call does not scan again. */
  scanned = 0;
  /** Packet time of the newest bytes. */
  seconds = 0;
  nanoseconds = 0;
  /** Packet time of the byte at `mark`. */
  firstSeconds = 0;
  firstNanoseconds = 0;
  /** Bytes of a datagram, behind `end`, that the capture cut. */
  cut = 0;
  /** Bytes from here on came with the newest packet. */
  split = 0;

  /** Points the cursor at bytes that all came with one packet. */
  reset(buf: Uint8Array, start: number, end: number, seconds: number, nanoseconds: number): void {
    this.buf = buf;
    this.pos = start;
    this.mark = start;
    this.end = end;
    this.short = 0;
    this.skipped = 0;
    this.cut = 0;
    this.scanned = start;
    this.split = start;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.firstSeconds = seconds;
    this.firstNanoseconds = nanoseconds;
  }

  get left(): number {
    return this.end - this.pos;
  }

  /** True when `n` bytes can be read; else sets `short`. */
  need(n: number): boolean {
    if (this.end - this.pos >= n) return true;
    this.short = this.pos - this.mark + n;
    return false;
  }

  u8(): number {
    return this.need(1) ? this.buf[this.pos++]! : 0;
  }

  u16be(): number {
    if (!this.need(2)) return 0;
    const { buf, pos } = this;
    this.pos = pos + 2;
    return (buf[pos]! << 8) | buf[pos + 1]!;
  }

  u32be(): number {
    if (!this.need(4)) return 0;
    const { buf, pos } = this;
    this.pos = pos + 4;
    return ((buf[pos]! << 24) | (buf[pos + 1]! << 16) | (buf[pos + 2]! << 8) | buf[pos + 3]!) >>> 0;
  }

  u16le(): number {
    if (!this.need(2)) return 0;
    const { buf, pos } = this;
    this.pos = pos + 2;
    return buf[pos]! | (buf[pos + 1]! << 8);
  }

  u32le(): number {
    if (!this.need(4)) return 0;
    const { buf, pos } = this;
    this.pos = pos + 4;
    return (buf[pos]! | (buf[pos + 1]! << 8) | (buf[pos + 2]! << 16) | (buf[pos + 3]! << 24)) >>> 0;
  }

  /** Consumes `n` bytes unseen and commits; more than there are is remembered: they will not be shown. */
  skip(n: number): void {
    const here = this.end - this.pos;
    if (n > here) {
      this.skipped += n - here;
      this.pos = this.end;
    } else {
      this.pos += n;
    }
    this.commit();
  }

  /** Bytes up to `pos` are consumed: they will not be shown again. */
  commit(): void {
    this.mark = this.pos;
    if (this.mark >= this.split) {
      this.firstSeconds = this.seconds;
      this.firstNanoseconds = this.nanoseconds;
    }
  }

  /**
   * Position of the next `byte` at or after `pos`, or -1 with `short` set. Remembers what it has scanned, so that a
   * long unfinished line is not scanned again: use it for one byte value between two commits.
   */
  find(byte: number): number {
    const from = this.scanned > this.pos ? this.scanned : this.pos;
    const { buf, end } = this;
    for (let i = from; i < end; i++) {
      if (buf[i] === byte) {
        this.scanned = i;
        return i;
      }
    }
    this.scanned = end;
    this.short = end - this.mark + 1;
    return -1;
  }
}
