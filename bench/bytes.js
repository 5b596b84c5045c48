/** Bytes of messages, from parts. */
import { Random } from '../dist/demo/random.js';

/** Numbers are bytes, strings are Latin-1, lists are joined. */
export const join = (...parts) =>
  Buffer.concat(parts.flat(8).map((part) => (typeof part === 'object' ? part : toBytes(part))));

const toBytes = (part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'));

/** An unsigned number, high byte first. */
export function be(size, value) {
  const bytes = Buffer.alloc(size);
  if (size <= 6) bytes.writeUIntBE(value, 0, size);
  else bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** An unsigned number, low byte first. */
export const le = (size, value) => be(size, value).reverse();

/** Parts with their length before them. */
export function sized(lengthBytes, ...parts) {
  const bytes = join(parts);
  return join(be(lengthBytes, bytes.length), bytes);
}

/** `count` bytes that look random and depend on the seed alone. */
export function noise(count, seed) {
  const random = new Random(seed * 7919 + 1);
  return Buffer.from(Array.from({ length: count }, () => random.below(256)));
}
