/**
 * What was made from bytes that recur, found again by these very bytes. Sets of a few places each: a miss takes the place of
 * the entry of its set that was used longest ago. A number made from the bytes only chooses the set, so whoever chooses the
 * bytes can crowd one set and no more.
 */
const SETS = 256;
const WAYS = 4;
/** LIMIT: longer keys are not remembered. */
export const MAX_KEY = 8192;

interface Entry<T> {
  readonly key: Buffer;
  readonly value: T;
  used: number;
}

export class ByContent<T> {
  readonly #sets: (Entry<T>[] | undefined)[] = new Array(SETS).fill(undefined);
  #clock = 0;

  /** The value kept for the bytes [start, end) of `buf`. */
  find(buf: Uint8Array, start: number, end: number): T | undefined {
    const entries = this.#sets[setOf(buf, start, end)];
    if (!entries) return undefined;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      // PERF: in native code, which pays from some dozen bytes on, and without a view of the range.
      if (entry.key.length !== end - start || entry.key.compare(buf, start, end) !== 0) continue;
      entry.used = ++this.#clock;
      return entry.value;
    }
    return undefined;
  }

  /** Keeps `value` for the bytes [start, end) of `buf`, which are copied. */
  keep(buf: Uint8Array, start: number, end: number, value: T): void {
    if (end - start > MAX_KEY) return;
    const set = setOf(buf, start, end);
    this.#sets[set] ??= [];
    const entries = this.#sets[set];
    const entry = { key: Buffer.from(buf.subarray(start, end)), value, used: ++this.#clock };
    if (entries.length < WAYS) {
      entries.push(entry);
      return;
    }
    let oldest = 0;
    for (let i = 1; i < WAYS; i++) if (entries[i]!.used < entries[oldest]!.used) oldest = i;
    entries[oldest] = entry;
  }
}

/** PERF: 32 bytes spread over the range tell keys apart well enough; comparing them is exact. */
function setOf(buf: Uint8Array, start: number, end: number): number {
  const step = Math.max(1, (end - start) >>> 5);
  let mixed = end - start;
  for (let i = start; i < end; i += step) mixed = (Math.imul(mixed, 31) + buf[i]!) | 0;
  return (mixed ^ (mixed >>> 8) ^ (mixed >>> 16)) & (SETS - 1);
}
