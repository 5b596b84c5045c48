/**
 * SQL that was looked at before: applications prepare the same few texts again and again, on many connections. One table a
 * worker, direct-mapped: a text takes the place of another with the same low bits of its hash, so it never grows.
 */
import { MAX_FIELD_BYTES } from '../../events/row.js';
import type { SqlText } from './sql-text.js';

/** LIMIT: texts that are remembered, and bytes of each. */
const SLOTS = 1024;
const MAX_KNOWN_BYTES = 2048;

/** The first statement of a text. Never changes. */
export interface Sql {
  /** The text as it came. */
  readonly raw: Uint8Array;
  readonly hash: number;
  /** Where the statement lies in it. */
  readonly start: number;
  readonly end: number;
  /** The statement without passwords. */
  readonly text: Uint8Array;
  /** The method's constant; 0: it is in the text, from `verbStart` on. */
  readonly method: number;
  readonly verbStart: number;
  readonly verbEnd: number;
  /** It names a password: its parameters are not shown, nor itself as it came. */
  readonly secret: boolean;
}

export class KnownSql {
  readonly #slots: (Sql | undefined)[] = new Array(SLOTS).fill(undefined);

  /** What is known of the text [start, end), which `sql` looks at where it is new. */
  find(sql: SqlText, buf: Uint8Array, start: number, end: number): Sql {
    // Then texts mean other things.
    if (end - start > MAX_KNOWN_BYTES || sql.scanner.backslashes) return look(sql, 0, buf, start, end);
    const hash = hashOf(buf, start, end);
    const known = this.#slots[hash & (SLOTS - 1)];
    if (known && known.hash === hash && same(known.raw, buf, start, end)) return known;
    const found = look(sql, hash, buf, start, end);
    this.#slots[hash & (SLOTS - 1)] = found;
    return found;
  }
}

function look(sql: SqlText, hash: number, buf: Uint8Array, start: number, end: number): Sql {
  sql.open(buf, start, end);
  const filled = sql.next(buf);
  const { scanner, secret } = sql;
  // Only comments: they are the text.
  const [from, to] = filled ? [scanner.start, scanner.end] : [start, end];
  return {
    raw: buf.slice(start, Math.min(end, start + MAX_KNOWN_BYTES)),
    hash,
    start: from - start,
    end: to - start,
    text: filled && secret ? sql.masked(buf).slice() : buf.slice(from, Math.min(to, from + MAX_FIELD_BYTES)),
    method: filled ? sql.method(buf) : 0,
    verbStart: filled ? Math.min(scanner.verbStart - from, MAX_FIELD_BYTES) : 0,
    verbEnd: filled ? Math.min(scanner.verbEnd - from, MAX_FIELD_BYTES) : 0,
    secret: filled && secret,
  };
}

/** PERF: of 32 bytes and the last eight; all are compared afterwards. Hashing them all would cost as much as looking at them. */
function hashOf(buf: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  const step = Math.max(1, hash >> 5);
  for (let i = start; i < end; i += step) hash = (Math.imul(hash, 31) + buf[i]!) | 0;
  for (let i = Math.max(start, end - 8); i < end; i++) hash = (Math.imul(hash, 31) + buf[i]!) | 0;
  return hash ^ (hash >>> 10);
}

function same(raw: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (raw.length !== end - start) return false;
  for (let i = 0; i < raw.length; i++) if (raw[i] !== buf[start + i]) return false;
  return true;
}
