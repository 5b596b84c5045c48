/**
 * Compressed parts of messages, unpacked in C++ into one buffer that the worker reuses. Bounded: what would be larger than
 * MAX_UNPACKED is refused, so that a small message cannot become a large one.
 */
import { type Compression, loadAddon } from '../../handoff/addon.js';

/** LIMIT of what one part may become, bytes. */
export const MAX_UNPACKED = 1 << 20;

const unpacked = new Uint8Array(MAX_UNPACKED);

/**
 * Unpacks [start, end) of `buf`. The result is lent: valid until the next call. `size`: how large it will be, where the
 * protocol says (lz4 needs it); undefined when the bytes are broken or it is larger than MAX_UNPACKED.
 */
export function decompress(
  kind: Compression,
  buf: Uint8Array,
  start: number,
  end: number,
  size: number = MAX_UNPACKED,
): Uint8Array | undefined {
  if (size > MAX_UNPACKED) return undefined;
  const written = loadAddon().decompress(kind, buf, start, end, unpacked, size);
  return written < 0 ? undefined : unpacked.subarray(0, written);
}
