/** Addresses as text: what a Host header, lists of forwarded addresses and session descriptions hold. */

/** The bytes of the address that parseAddress() read: 4 or 16. */
export const addressBytes = new Uint8Array(16);

const DOT = 46;
const COLON = 58;

/** Reads an IPv4 or IPv6 address, all of [start, end), into addressBytes. Returns its size, or 0 when it is none. */
export function parseAddress(buf: Uint8Array, start: number, end: number): 0 | 4 | 16 {
  const size = end - start;
  if (size < 2 || size > 45) return 0;
  for (let i = start; i < end && i < start + 5; i++) {
    if (buf[i] === COLON) return parseIpv6(buf, start, end) ? 16 : 0;
    if (buf[i] === DOT) return parseIpv4(buf, start, end, 0) ? 4 : 0;
  }
  return 0;
}

function parseIpv4(buf: Uint8Array, start: number, end: number, to: number): boolean {
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = start; i <= end; i++) {
    const c = i === end ? DOT : buf[i]!;
    if (c === DOT) {
      if (digits === 0 || part === 4) return false;
      addressBytes[to + part++] = value;
      digits = 0;
      value = 0;
    } else {
      if (c < 48 || c > 57 || (digits > 0 && value === 0)) return false;
      value = value * 10 + c - 48;
      digits++;
      if (value > 255) return false;
    }
  }
  return part === 4;
}

/** RFC 4291 2.2; no zone. */
function parseIpv6(buf: Uint8Array, start: number, end: number): boolean {
  const groups = addressBytes;
  let filled = 0;
  let gap = -1;
  let i = start;
  if (buf[i] === COLON) {
    if (buf[i + 1] !== COLON) return false;
    gap = 0;
    i += 2;
  }
  while (i < end) {
    let value = 0;
    const from = i;
    for (; i < end && i - from < 4 && hex(buf[i]!) >= 0; i++) value = value * 16 + hex(buf[i]!);
    if (buf[i] === DOT && i < end) {
      if (filled > 12 || !parseIpv4(buf, from, end, filled)) return false;
      filled += 4;
      break;
    }
    if (i === from || filled > 14) return false;
    groups[filled++] = value >> 8;
    groups[filled++] = value & 255;
    if (i === end) break;
    if (buf[i] !== COLON || i + 1 === end) return false;
    i++;
    if (buf[i] === COLON) {
      if (gap >= 0) return false;
      gap = filled;
      i++;
    }
  }
  if (gap < 0) return filled === 16;
  if (filled > 14) return false;
  groups.copyWithin(16 - (filled - gap), gap, filled);
  groups.fill(0, gap, 16 - (filled - gap));
  return true;
}

function hex(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const letter = c | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** True when addressBytes (of `size`) is the 16-byte address at `at`, where IPv4 is IPv4-mapped. */
export function isSameAddress(size: 4 | 16, addresses: Uint8Array, at: number): boolean {
  if (size === 4) {
    for (let i = 0; i < 10; i++) if (addresses[at + i] !== 0) return false;
    if (addresses[at + 10] !== 255 || addresses[at + 11] !== 255) return false;
  }
  const from = at + 16 - size;
  for (let i = 0; i < size; i++) if (addressBytes[i] !== addresses[from + i]) return false;
  return true;
}

/** Host and port of an authority (RFC 3986 3.2), as positions. */
export class Authority {
  start = 0;
  end = 0;
  /** 0: none given. */
  port = 0;
  /** Size of the address the host is (then in addressBytes), 0: a name. */
  address: 0 | 4 | 16 = 0;

  /** Splits `host[:port]`; IPv6 in brackets, or bare as old clients send it. */
  split(buf: Uint8Array, start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.port = 0;
    this.address = 0;
    if (start === end) return;
    // A name ends in a letter, an address or port does not (or it is IPv6, which has a colon in its first five bytes).
    const last = buf[end - 1]!;
    if (last > 64 && last !== 93 && !hasColon(buf, start, end)) return;
    this.address = parseAddress(buf, start, end);
    if (this.address > 0) return;
    this.#splitPort(buf);
    if (buf[this.start] === 91 && buf[this.end - 1] === 93) {
      this.address = parseAddress(buf, this.start + 1, this.end - 1);
      if (this.address === 0) return;
      this.start++;
      this.end--;
    } else {
      this.address = parseAddress(buf, this.start, this.end);
    }
  }

  #splitPort(buf: Uint8Array): void {
    let port = 0;
    let unit = 1;
    let i = this.end - 1;
    for (; i > this.start && this.end - i < 7; i--) {
      const digit = buf[i]! - 48;
      if (digit < 0 || digit > 9) break;
      port += digit * unit;
      unit *= 10;
    }
    if (buf[i] !== COLON || port < 1 || port > 65_535) return;
    this.end = i;
    this.port = port;
  }
}

function hasColon(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end && i < start + 5; i++) if (buf[i] === COLON) return true;
  return false;
}
