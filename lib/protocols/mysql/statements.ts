/**
 * Prepared statements of one connection, by the server's id: a table of fixed places, four of them for each id's last
 * bits, so that ids of anybody's choosing cost no more than four comparisons.
 */
import type { Counter } from '../../base/counters.js';

const SETS = 256;
const WAYS = 4;
/** LIMIT: statements a connection may have; older ones are forgotten (`mysql.statements.forgotten`). */
export const MAX_STATEMENTS = SETS * WAYS;
/** LIMIT: bytes of their texts together. */
export const MAX_STATEMENT_BYTES = 1 << 20;
/** LIMIT: parameters sent by COM_STMT_SEND_LONG_DATA that are kept, and bytes of each. */
const MAX_LONG_PARAMS = 16;
const MAX_LONG_BYTES = 4096;

interface LongData {
  readonly param: number;
  readonly bytes: Uint8Array;
  size: number;
}

export class Statement {
  /** Type and flags of each parameter, as the last execute told them. */
  types: Uint8Array | undefined;
  usedSeconds = 0;
  #long: LongData[] = [];

  readonly id: number;
  /** As it is shown: secrets masked, without the blanks around it. */
  readonly query: Uint8Array;
  readonly method: number;
  readonly params: number;
  /** Its parameters may be passwords. */
  readonly isSecret: boolean;

  constructor(id: number, query: Uint8Array, method: number, params: number, isSecret: boolean) {
    this.id = id;
    this.query = query;
    this.method = method;
    this.params = params;
    this.isSecret = isSecret;
  }

  /** COM_STMT_SEND_LONG_DATA: a piece of a parameter. */
  append(param: number, buf: Uint8Array, start: number, end: number): void {
    let long = this.long(param);
    if (!long) {
      if (this.#long.length === MAX_LONG_PARAMS) return;
      long = { param, bytes: new Uint8Array(MAX_LONG_BYTES), size: 0 };
      this.#long.push(long);
    }
    const room = Math.min(end - start, MAX_LONG_BYTES - long.size);
    long.bytes.set(buf.subarray(start, start + room), long.size);
    long.size += room;
  }

  long(param: number): LongData | undefined {
    return this.#long.find((long) => long.param === param);
  }

  /** It was executed or reset. */
  clearLong(): void {
    if (this.#long.length > 0) this.#long = [];
  }
}

export class Statements {
  readonly #timeoutSeconds: number;
  readonly #forgotten: Counter;
  #places: (Statement | undefined)[] = [];
  #bytes = 0;
  /** Where the search for something to forget goes on. */
  #hand = 0;

  constructor(timeoutSeconds: number, forgotten: Counter) {
    this.#timeoutSeconds = timeoutSeconds;
    this.#forgotten = forgotten;
  }

  /** The statement; undefined when it is unknown, or was not used for `statement_timeout`. */
  find(id: number, now: number): Statement | undefined {
    const at = this.#find(id);
    const statement = at < 0 ? undefined : this.#places[at];
    if (!statement) return undefined;
    if (now - statement.usedSeconds > this.#timeoutSeconds) {
      this.#forget(at);
      return undefined;
    }
    statement.usedSeconds = now;
    return statement;
  }

  add(statement: Statement, now: number): void {
    this.remove(statement.id);
    while (this.#bytes + statement.query.length > MAX_STATEMENT_BYTES && this.#bytes > 0) {
      this.#forget(this.#hand);
      this.#hand = (this.#hand + 1) % MAX_STATEMENTS;
    }
    const first = (statement.id % SETS) * WAYS;
    let at = first;
    for (let i = first; i < first + WAYS; i++) {
      const other = this.#places[i];
      if (!other) {
        at = i;
        break;
      }
      if (other.usedSeconds < this.#places[at]!.usedSeconds) at = i;
    }
    this.#forget(at);
    statement.usedSeconds = now;
    this.#places[at] = statement;
    this.#bytes += statement.query.length;
  }

  remove(id: number): void {
    const at = this.#find(id);
    if (at < 0) return;
    this.#bytes -= this.#places[at]!.query.length;
    this.#places[at] = undefined;
  }

  clear(): void {
    if (this.#bytes === 0) return;
    this.#places = [];
    this.#bytes = 0;
  }

  #find(id: number): number {
    const first = (id % SETS) * WAYS;
    for (let i = first; i < first + WAYS; i++) if (this.#places[i]?.id === id) return i;
    return -1;
  }

  #forget(at: number): void {
    const statement = this.#places[at];
    if (!statement) return;
    this.#forgotten.value++;
    this.#bytes -= statement.query.length;
    this.#places[at] = undefined;
  }
}
