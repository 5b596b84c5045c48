/**
 * Prepared statements by id, so that executions can be told with their text. Drivers prepare on one connection and execute
 * on others, hence one table for all connections of a worker; servers are kept apart. A cache of fixed size: sets of a
 * few entries, the oldest of a set gives way.
 */
import { randomInt } from 'node:crypto';
import { MAX_FIELD_BYTES } from '../../events/row.js';

/** LIMIT: sets, and statements in each. */
const SETS = 1024;
const WAYS = 8;
/** LIMIT of an id: servers use 16 bytes (MD5). */
const MAX_ID = 32;
/** Bytes of an address and a port. */
const SERVER = 18;
/** LIMIT of all texts together; then all are forgotten. */
export const MAX_TEXT_BYTES = 32 << 20;

interface Statement {
  /** Address and port of the server, and the id. */
  readonly key: Uint8Array;
  readonly text: Uint8Array;
}

/** Keyed, because ids are the wire's to choose. */
const SEED = randomInt(0x7fffffff);

/** A server, as the first part of keys. */
export function serverKey(addresses: Uint8Array, side: 0 | 1, port: number): Uint8Array {
  const key = new Uint8Array(SERVER);
  key.set(addresses.subarray(side * 16, side * 16 + 16));
  key[16] = port >> 8;
  key[17] = port;
  return key;
}

export class Statements {
  readonly #sets: (Statement[] | undefined)[] = new Array(SETS).fill(undefined);
  #bytes = 0;

  /** Remembers `text` by the id in [start, end) of `buf`; it is copied up to MAX_FIELD_BYTES. */
  put(server: Uint8Array, buf: Uint8Array, start: number, end: number, text: Uint8Array): void {
    if (end - start > MAX_ID || end === start) return;
    if (this.#bytes > MAX_TEXT_BYTES) this.#clear();
    const index = hash(buf, start, end);
    const set = this.#sets[index] ?? [];
    this.#sets[index] = set;
    const at = find(set, server, buf, start, end);
    const key = new Uint8Array(SERVER + end - start);
    key.set(server);
    key.set(buf.subarray(start, end), SERVER);
    const statement = { key, text: text.slice(0, MAX_FIELD_BYTES) };
    this.#bytes += statement.text.length;
    const gone = at >= 0 ? set.splice(at, 1)[0] : set.length >= WAYS ? set.shift() : undefined;
    this.#bytes -= gone?.text.length ?? 0;
    set.push(statement);
  }

  get(server: Uint8Array, buf: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const set = this.#sets[hash(buf, start, end)];
    if (!set) return undefined;
    return set[find(set, server, buf, start, end)]?.text;
  }

  #clear(): void {
    this.#sets.fill(undefined);
    this.#bytes = 0;
  }
}

function hash(buf: Uint8Array, start: number, end: number): number {
  let hash = SEED;
  const limit = Math.min(end, start + MAX_ID);
  for (let i = start; i < limit; i++) hash = Math.imul(hash ^ buf[i]!, 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % SETS;
}

function find(
  set: readonly Statement[],
  server: Uint8Array,
  buf: Uint8Array,
  start: number,
  end: number,
): number {
  for (let i = set.length - 1; i >= 0; i--) if (isKey(set[i]!.key, server, buf, start, end)) return i;
  return -1;
}

function isKey(key: Uint8Array, server: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (key.length !== SERVER + end - start) return false;
  for (let i = start; i < end; i++) if (key[SERVER + i - start] !== buf[i]) return false;
  for (let i = 0; i < SERVER; i++) if (key[i] !== server[i]) return false;
  return true;
}
