/**
 * The beginning of a compressed body: what is told of a large result stands in its first bytes, so that neither all of it
 * must be there nor be unpacked. Whole bodies are unpacked by kit/decompress.
 */

/** LIMIT of what is unpacked of a large body, bytes. */
export const MAX_BEGINNING = 66 * 1024;

const out = new Uint8Array(MAX_BEGINNING);

/** Where the reading of a number ended, and its value; -1: it was cut or too large. */
let at = 0;

/** Size that a snappy block names (snappy format description, 1); -1 when it has none. */
export function snappySize(buf: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start, scale = 1; i < end && i < start + 5; i++, scale *= 128) {
    value += (buf[i]! & 127) * scale;
    if (buf[i]! < 128) {
      at = i + 1;
      return value;
    }
  }
  return -1;
}

/** The first bytes, `wanted` at most, of a block in [start, end), which may be cut. Lent until the next call. */
export function unpackBeginning(
  kind: 'lz4' | 'snappy',
  buf: Uint8Array,
  start: number,
  end: number,
  wanted: number,
): Uint8Array {
  const limit = Math.min(wanted, MAX_BEGINNING);
  const size = kind === 'lz4' ? unpackLz4(buf, start, end, limit) : unpackSnappy(buf, start, end, limit);
  return out.subarray(0, size);
}

// lz4_Block_format.md: token, literals, offset, match.
function unpackLz4(buf: Uint8Array, start: number, end: number, limit: number): number {
  let size = 0;
  at = start;
  while (at < end && size < limit) {
    const token = buf[at++]!;
    const literals = lz4Length(buf, token >> 4, end);
    const from = at;
    const here = Math.min(literals, limit - size, end - from);
    size = copy(buf, from, here, size);
    at = from + literals;
    if (at + 2 > end) break;
    const offset = buf[at]! | (buf[at + 1]! << 8);
    at += 2;
    const length = lz4Length(buf, token & 15, end) + 4;
    if (offset === 0 || offset > size) break;
    size = repeat(offset, Math.min(length, limit - size), size);
  }
  return size;
}

function lz4Length(buf: Uint8Array, nibble: number, end: number): number {
  let length = nibble;
  if (nibble < 15) return length;
  for (let more = 255; more === 255 && at < end; ) {
    more = buf[at++]!;
    length += more;
  }
  return length;
}

// snappy format description, 2.
function unpackSnappy(buf: Uint8Array, start: number, end: number, limit: number): number {
  let size = 0;
  if (snappySize(buf, start, end) < 0) return 0;
  while (at < end && size < limit) {
    const tag = buf[at++]!;
    if ((tag & 3) === 0) {
      const length = snappyLiteral(buf, tag >> 2);
      const from = at;
      size = copy(buf, from, Math.max(0, Math.min(length, limit - size, end - from)), size);
      at = from + length;
      continue;
    }
    const extra = (tag & 3) === 3 ? 4 : tag & 3;
    if (at + extra > end) break;
    const offset = snappyOffset(buf, tag);
    const length = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    if (offset <= 0 || offset > size) break;
    size = repeat(offset, Math.min(length, limit - size), size);
  }
  return size;
}

function snappyLiteral(buf: Uint8Array, code: number): number {
  if (code < 60) return code + 1;
  let length = 0;
  for (let i = 0; i < code - 59; i++) length += (buf[at++] ?? 0) * 256 ** i;
  return length + 1;
}

function snappyOffset(buf: Uint8Array, tag: number): number {
  const low = buf[at++]!;
  if ((tag & 3) === 1) return ((tag >> 5) << 8) | low;
  const second = low | (buf[at++]! << 8);
  if ((tag & 3) === 2) return second;
  return second | (buf[at++]! << 16) | (buf[at++]! << 24);
}

function copy(buf: Uint8Array, from: number, length: number, size: number): number {
  for (let i = 0; i < length; i++) out[size + i] = buf[from + i]!;
  return size + length;
}

/** What was unpacked `offset` bytes ago, again; it may overlap itself. */
function repeat(offset: number, length: number, size: number): number {
  for (let i = 0; i < length; i++) out[size + i] = out[size + i - offset]!;
  return size + length;
}
