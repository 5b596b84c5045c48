/** What a session remembers of prepared statements and portals, by the names the client gave them; bounded. */
import { Text } from '../kit/text.js';
import type { Sql } from './known-sql.js';

/** LIMIT: names one session remembers; beyond, the oldest is forgotten. */
export const MAX_NAMES = 1024;
/** LIMIT: SQL one session remembers, bytes; beyond, the oldest statement is forgotten. */
export const MAX_KEPT_SQL = 1 << 20;
/** LIMIT: columns of a result that are written out; PostgreSQL allows 1,664. */
export const MAX_COLUMNS = 1664;

/** PERF: asking first is ten times as fast as setting the length of an empty array. */
export function empty(list: number[]): void {
  if (list.length > 0) list.length = 0;
}

/** The columns of a result, as far as its rows are written out. */
export class Columns {
  /** How many there are; `types` may be fewer. */
  count = 0;
  readonly types: number[] = [];
  /** Format codes: 0 text, 1 binary. */
  readonly formats: number[] = [];
  /** Their names as a line of CSV. */
  readonly names = new Text();

  copy(): Columns {
    const copy = new Columns();
    copy.count = this.count;
    copy.types.push(...this.types);
    copy.formats.push(...this.formats);
    copy.names.bytes(this.names.buf, 0, this.names.size);
    return copy;
  }

  clear(): void {
    this.count = 0;
    empty(this.types);
    empty(this.formats);
    this.names.clear();
  }
}

export class Statement {
  /** Null: its Parse was not seen. */
  sql: Sql | null = null;
  /** Types of the parameters; 0: not known. */
  readonly types: number[] = [];
  /** Told by the server when it was asked to describe the statement. */
  columns: Columns | null = null;
  /** A named portal needs it: it must not be used again for other SQL. */
  kept = false;
}

export class Portal {
  statement: Statement;
  /** Format codes of the result's columns: none: text; one: of all. */
  readonly formats: number[] = [];
  /** Columns of its result, kept where the client fetches it in parts. */
  columns: Columns | null = null;
  /** They were read: the Bind was not cut. */
  formatsKnown = false;

  constructor(statement: Statement) {
    this.statement = statement;
  }
}

interface Entry<T> {
  readonly name: Uint8Array;
  readonly hash: number;
  value: T;
  next: Entry<T> | null;
}

const BUCKETS = 64;

/** Names from the wire. PERF: bytes are compared; no string is made a message. */
export class Names<T> {
  readonly #buckets: (Entry<T> | null)[] = new Array(BUCKETS).fill(null);
  /** In the order of arrival. */
  readonly #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  find(buf: Uint8Array, start: number, end: number): T | undefined {
    return this.#find(hashOf(buf, start, end), buf, start, end)?.value;
  }

  set(buf: Uint8Array, start: number, end: number, value: T): void {
    const hash = hashOf(buf, start, end);
    const known = this.#find(hash, buf, start, end);
    if (known) {
      known.value = value;
      return;
    }
    if (this.#entries.length >= MAX_NAMES) this.shift();
    const bucket = hash & (BUCKETS - 1);
    const entry: Entry<T> = { name: buf.slice(start, end), hash, value, next: this.#buckets[bucket] ?? null };
    this.#buckets[bucket] = entry;
    this.#entries.push(entry);
  }

  remove(buf: Uint8Array, start: number, end: number): T | undefined {
    const entry = this.#find(hashOf(buf, start, end), buf, start, end);
    if (!entry) return undefined;
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#unlink(entry);
    return entry.value;
  }

  /** Forgets the oldest. */
  shift(): T | undefined {
    const entry = this.#entries.shift();
    if (entry) this.#unlink(entry);
    return entry?.value;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#buckets.fill(null);
  }

  #find(hash: number, buf: Uint8Array, start: number, end: number): Entry<T> | null {
    let entry = this.#buckets[hash & (BUCKETS - 1)] ?? null;
    while (entry && (entry.hash !== hash || !same(entry.name, buf, start, end))) entry = entry.next;
    return entry;
  }

  #unlink(entry: Entry<T>): void {
    const bucket = entry.hash & (BUCKETS - 1);
    let at = this.#buckets[bucket] ?? null;
    if (at === entry) {
      this.#buckets[bucket] = entry.next;
      return;
    }
    while (at?.next && at.next !== entry) at = at.next;
    if (at) at.next = entry.next;
  }
}

function hashOf(buf: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + buf[i]!) | 0;
  return hash;
}

function same(name: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== buf[start + i]) return false;
  return true;
}
