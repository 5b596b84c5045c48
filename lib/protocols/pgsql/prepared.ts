/** The statements and portals that a client has made, named and unnamed. */
import type { Counter } from '../../base/counters.js';
import type { Sql } from './known-sql.js';
import { empty, MAX_KEPT_SQL, Names, Portal, Statement } from './statements.js';

export class Prepared {
  readonly #statements = new Names<Statement>();
  readonly #portals = new Names<Portal>();
  readonly #forgotten: Counter;
  /** SQL bytes kept by named statements. */
  #kept = 0;
  #statement = new Statement();
  #portal = new Portal(this.#statement);

  constructor(forgotten: Counter) {
    this.#forgotten = forgotten;
  }

  /** The statement that a Parse of the name [start, end) makes; beyond the limit the oldest are forgotten. */
  parse(buf: Uint8Array, start: number, end: number, sql: Sql): Statement {
    if (end === start) {
      if (this.#statement.kept) this.#statement = new Statement();
      const statement = this.#statement;
      statement.sql = sql;
      statement.columns = null;
      empty(statement.types);
      return statement;
    }
    const statement = new Statement();
    statement.sql = sql;
    this.#kept += sql.text.length - sizeOf(this.#statements.find(buf, start, end));
    this.#statements.set(buf, start, end, statement);
    while (this.#kept > MAX_KEPT_SQL && this.#statements.size > 1) {
      this.#kept -= sizeOf(this.#statements.shift());
      this.#forgotten.value++;
    }
    return statement;
  }

  /** The statement of a name; an unknown one where its Parse was not seen. */
  statement(buf: Uint8Array, start: number, end: number): Statement {
    if (end === start) return this.#statement;
    const known = this.#statements.find(buf, start, end);
    if (known) return known;
    const statement = new Statement();
    this.#statements.set(buf, start, end, statement);
    return statement;
  }

  /** The portal that a Bind of the name [start, end) makes. */
  bind(buf: Uint8Array, start: number, end: number, statement: Statement): Portal {
    if (end === start) {
      this.#portal.statement = statement;
      empty(this.#portal.formats);
      this.#portal.columns = null;
      return this.#portal;
    }
    statement.kept = true;
    const portal = new Portal(statement);
    this.#portals.set(buf, start, end, portal);
    return portal;
  }

  portal(buf: Uint8Array, start: number, end: number): Portal | undefined {
    return end === start ? this.#portal : this.#portals.find(buf, start, end);
  }

  closeStatement(buf: Uint8Array, start: number, end: number): void {
    if (end <= start) return;
    this.#kept -= sizeOf(this.#statements.remove(buf, start, end));
  }

  closePortal(buf: Uint8Array, start: number, end: number): void {
    if (end > start) this.#portals.remove(buf, start, end);
  }

  /** Portals end with their transaction. */
  closePortals(): void {
    if (this.#portals.size > 0) this.#portals.clear();
  }

  /** What the unnamed ones are is not known any more. */
  forgetUnnamed(): void {
    this.#statement = new Statement();
    this.#portal = new Portal(this.#statement);
  }
}

function sizeOf(statement: Statement | undefined): number {
  return statement?.sql?.text.length ?? 0;
}
