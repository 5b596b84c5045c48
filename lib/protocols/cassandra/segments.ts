/**
 * Segments: what versions 5 and 6 put around frames once the connection has started (native_protocol_v5.spec 2), with
 * and without lz4. A header is known by its CRC-24 alone, so that no state is needed to tell segments from plain frames.
 *
 *   plain  3 bytes: payload 17 bits, self-contained 1      crc24   payload           crc32
 *   lz4    5 bytes: packed 17, unpacked 17, self-contained 1  crc24   packed payload  crc32
 *
 * Little-endian. The CRC-32 of the payload is for the ends of the connection: it is not checked here.
 */
export const PLAIN_HEADER = 6;
export const LZ4_HEADER = 8;
export const TRAILER = 4;
/** LIMIT of a payload by its 17 bits. */
export const MAX_PAYLOAD = 0x1ffff;

// Spec 2.1: polynomial and initial value.
const POLYNOMIAL = 0x1974f0b;
const INITIAL = 0x875060;
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 16;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x800000 ? POLYNOMIAL : 0);
  return crc & 0xffffff;
});

/** CRC-24 of [start, end). */
export function crc24(buf: Uint8Array, start: number, end: number): number {
  let crc = INITIAL;
  for (let i = start; i < end; i++) crc = ((crc << 8) & 0xffffff) ^ TABLE[(crc >>> 16) ^ buf[i]!]!;
  return crc;
}

/** Whether a header whose lengths take `size` bytes begins at `at`; its bytes must be there. */
function holds(buf: Uint8Array, at: number, size: number): boolean {
  const told = buf[at + size]! | (buf[at + size + 1]! << 8) | (buf[at + size + 2]! << 16);
  return crc24(buf, at, at + size) === told;
}

export const isPlainHeader = (buf: Uint8Array, at: number): boolean => holds(buf, at, PLAIN_HEADER - 3);
export const isLz4Header = (buf: Uint8Array, at: number): boolean => holds(buf, at, LZ4_HEADER - 3);

/** Bytes of the payload as sent; the same in both headers. */
export const payloadSize = (buf: Uint8Array, at: number): number =>
  buf[at]! | (buf[at + 1]! << 8) | ((buf[at + 2]! & 1) << 16);

/** Bytes of the payload once unpacked; 0: it was sent as it is. */
export const unpackedSize = (buf: Uint8Array, at: number): number =>
  (buf[at + 2]! >> 1) | (buf[at + 3]! << 7) | ((buf[at + 4]! & 3) << 15);

/** Whether whole frames are in it, and not a part of a large one. */
export const isLz4SelfContained = (buf: Uint8Array, at: number): boolean => (buf[at + 4]! & 4) !== 0;
