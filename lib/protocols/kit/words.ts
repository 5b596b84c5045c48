/**
 * Words from the wire that recur (commands, verbs): a bounded table from bytes to something made once a word, without
 * making a string each time. ASCII case does not count.
 */

/** LIMIT: further words get undefined; the caller writes them as text. */
export const MAX_WORDS = 512;
/** LIMIT of one word's length. */
export const MAX_WORD_BYTES = 32;
const BUCKETS = 1024;

interface Entry<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
  readonly next: Entry<T> | undefined;
}

export class Words<T> {
  readonly #buckets: (Entry<T> | undefined)[] = new Array(BUCKETS).fill(undefined);
  readonly #make: (upper: string) => T;
  #size = 0;

  /** `make` is given the word in upper case, once a word. */
  constructor(make: (upper: string) => T) {
    this.#make = make;
  }

  /** The value of the word in [start, end), or undefined past a limit. */
  find(buf: Uint8Array, start: number, end: number): T | undefined {
    let hash = end - start;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (buf[i]! & 0xdf)) | 0;
    const bucket = hash & (BUCKETS - 1);
    for (let entry = this.#buckets[bucket]; entry; entry = entry.next) {
      if (same(entry.bytes, buf, start, end)) return entry.value;
    }
    return this.#add(bucket, buf, start, end);
  }

  #add(bucket: number, buf: Uint8Array, start: number, end: number): T | undefined {
    if (this.#size >= MAX_WORDS || end - start > MAX_WORD_BYTES || end === start) return undefined;
    const bytes = buf.slice(start, end).map(upper);
    const value = this.#make(Buffer.from(bytes).toString('latin1'));
    this.#buckets[bucket] = { bytes, value, next: this.#buckets[bucket] };
    this.#size++;
    return value;
  }
}

function same(word: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let i = 0; i < word.length; i++) if (word[i] !== upper(buf[start + i]!)) return false;
  return true;
}

const upper = (c: number): number => (c >= 97 && c <= 122 ? c - 32 : c);
