/** The statements and portals that a client has made, named and unnamed. */
import type { Counter } from '../../base/counters.js';
import { MAX_KEPT_SQL, Names, Portal, Statement } from './statements.js';

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

  /** The empty statement for a Parse of the name [start, end); keep() follows when it is filled. */
  make(buf: Uint8Array, start: number, end: number): Statement {
    if (end === start) {
      if (this.#statement.kept) this.#statement = new Statement();
      this.#statement.clear();
      return this.#statement;
    }
    const old = this.#statements.find(buf, start, end);
    if (old) this.#kept -= old.text.size;
    const statement = new Statement();
    this.#statements.set(buf, start, end, statement);
    return statement;
  }

  /** Counts a filled statement's text; the oldest are forgotten beyond the limit. */
  keep(statement: Statement): void {
    if (statement === this.#statement) return;
    this.#kept += statement.text.size;
    while (this.#kept > MAX_KEPT_SQL && this.#statements.size > 1) {
      this.#kept -= this.#statements.shift()!.text.size;
      this.#forgotten.value++;
    }
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
      this.#portal.formats.length = 0;
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
    this.#kept -= this.#statements.remove(buf, start, end)?.text.size ?? 0;
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
