/** The client's messages: statements and executions become exchanges, every message that is answered becomes a step. */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { CLIENT } from './codes.js';
import { type Conversation, type Exchange, STEP } from './conversation.js';
import { readFormats, readParameters, readTypes } from './parameters.js';
import { CLIENT_TYPES, HEAD, MessageReader, u32, zero } from './parser.js';
import { Prepared } from './prepared.js';
import { SqlText } from './sql-text.js';
import { empty, type Portal, Statement } from './statements.js';

/** LIMIT: bytes of one SQL text that are looked at; what comes behind is skipped. */
export const MAX_SQL = 512 << 10;
/** LIMIT: bytes of a Bind that are looked at. */
export const MAX_BIND = 64 << 10;
/** LIMIT: statements of one simple query that become events; PostgreSQL has none. */
export const MAX_STATEMENTS = 1024;
/** Bytes of messages that hold little but a name. */
const SMALL = 4096;
const STATEMENT = 0x53;

const UNKNOWN = constant('Statement parsed before the capture began');
const LOST = constant('Packet loss while capturing the request');
const FUNCTION = constant('FUNCTION');
export class Requests {
  readonly reader = new MessageReader(CLIENT_TYPES);
  readonly #sql: SqlText;
  readonly #talk: Conversation;
  readonly #prepared: Prepared;
  /** The exchange that a Parse or Bind began and no Execute has ended; valid while its turn is the same. */
  #building: Exchange | null = null;
  #buildingTurn = 0;
  /** The newest execution before the next Sync, likewise. */
  #newest: Exchange | null = null;
  #newestTurn = 0;
  /** Of the message being read. */
  #seconds = 0;
  #nanoseconds = 0;

  constructor(talk: Conversation) {
    const { scratch, sendRequest, counters } = talk.shop;
    this.#talk = talk;
    this.#sql = new SqlText(scratch, sendRequest);
    this.#prepared = new Prepared(counters.forgotten);
    const { wanted } = this.reader;
    wanted[CLIENT.query] = wanted[CLIENT.parse] = MAX_SQL;
    wanted[CLIENT.bind] = MAX_BIND;
    wanted[CLIENT.describe] = wanted[CLIENT.execute] = wanted[CLIENT.close] = SMALL;
    wanted[CLIENT.functionCall] = 4;
  }

  /** Takes the message that the reader stands on. */
  message(cursor: Cursor): void {
    const { buf } = cursor;
    const { type, start, end, size } = this.reader;
    this.#seconds = cursor.firstSeconds;
    this.#nanoseconds = cursor.firstNanoseconds;
    switch (type) {
      case CLIENT.query:
        this.#query(buf, start, end, size);
        break;
      case CLIENT.parse:
        this.#parse(buf, start, end, size);
        break;
      case CLIENT.bind:
        this.#bind(buf, start, end, size);
        break;
      case CLIENT.describe:
        this.#describe(buf, start, end, size);
        break;
      case CLIENT.execute:
        this.#execute(buf, start, end, size);
        break;
      case CLIENT.close:
        this.#close(buf, start, end);
        break;
      case CLIENT.sync:
        this.#sync(size);
        break;
      case CLIENT.functionCall:
        this.#call(buf, start, end, size);
        break;
      case CLIENT.copyData:
      case CLIENT.copyDone:
      case CLIENT.copyFail:
        this.#copy(size);
        break;
    }
  }

  /** Portals end with their transaction. */
  transactionEnded(): void {
    this.#prepared.closePortals();
  }

  /** The server says whether backslashes escape in all strings. */
  set backslashes(on: boolean) {
    this.#sql.scanner.backslashes = on;
  }

  /** Messages were lost, and with them perhaps the Parse that a Bind refers to. */
  gap(): void {
    for (const exchange of [
      this.#live(this.#building, this.#buildingTurn),
      this.#live(this.#newest, this.#newestTurn),
    ])
      exchange?.row.word(shared['error.message'], LOST);
    this.#building = this.#newest = null;
    this.#prepared.forgetUnnamed();
  }

  #open(size: number): Exchange {
    return this.#talk.open(this.#seconds, this.#nanoseconds, size);
  }

  // ---- simple query

  #query(buf: Uint8Array, start: number, end: number, size: number): void {
    const talk = this.#talk;
    const sql = this.#sql;
    const cut = size > end - start + HEAD;
    const sqlEnd = cut ? end : zero(buf, end > start ? end - 1 : end, end);
    talk.ignoring = false;
    sql.open(buf, start, sqlEnd);
    let count = 0;
    while (count < MAX_STATEMENTS && sql.next(buf)) {
      count++;
      sql.write(this.#run(size).row, buf);
    }
    // Nothing but comments and blanks; the server answers EmptyQueryResponse.
    if (count === 0) sql.text(this.#run(size).row, buf, start, sqlEnd);
    if (cut || (count === MAX_STATEMENTS && sql.next(buf))) talk.shop.counters.beyond.value++;
    talk.push(STEP.sync, null, null);
  }

  /** An exchange that needs no further message. */
  #run(size: number): Exchange {
    const exchange = this.#open(size);
    exchange.executed = true;
    this.#talk.push(STEP.run, exchange, null);
    return exchange;
  }

  // ---- extended query. Manual 55.2.3.

  #parse(buf: Uint8Array, start: number, end: number, size: number): void {
    const nameEnd = zero(buf, start, end);
    const sqlStart = Math.min(nameEnd + 1, end);
    const sqlEnd = textEnd(buf, sqlStart, end, size > end - start + HEAD);
    const exchange = this.#open(size);
    const sql = this.#talk.shop.knownSql.find(this.#sql, buf, sqlStart, sqlEnd);
    this.#sql.writeAgain(exchange.row, sql, buf, sqlStart);
    const statement = this.#prepared.parse(buf, start, nameEnd, sql);
    readTypes(statement.types, buf, sqlEnd + 1, end);
    exchange.statement = statement;
    this.#building = exchange;
    this.#buildingTurn = exchange.turn;
    this.#talk.push(STEP.parse, exchange, statement);
  }

  #bind(buf: Uint8Array, start: number, end: number, size: number): void {
    const portalEnd = zero(buf, start, end);
    const nameStart = Math.min(portalEnd + 1, end);
    const nameEnd = zero(buf, nameStart, end);
    const statement = this.#prepared.statement(buf, nameStart, nameEnd);
    const portal = this.#prepared.bind(buf, start, portalEnd, statement);
    const exchange = this.#join(statement, size);
    exchange.bound = true;
    const { scratch, sendParams, sendResponse } = this.#talk.shop;
    const row = sendParams ? exchange.row : null;
    const formats = readParameters(row, statement, scratch, buf, nameEnd + 1, end);
    portal.formatsKnown = formats > 0;
    if (formats > 0 && sendResponse) readFormats(portal.formats, buf, formats, end);
    exchange.portal = portal;
    takeFormats(exchange, portal);
    this.#talk.push(STEP.bind, exchange, statement);
  }

  /** The exchange of the Parse before, where it was for this statement; else a new one. */
  #join(statement: Statement, size: number): Exchange {
    const building = this.#live(this.#building, this.#buildingTurn);
    if (building && building.statement === statement && !building.bound) {
      building.size += size;
      return building;
    }
    const exchange = this.#again(statement, size);
    this.#building = exchange;
    this.#buildingTurn = exchange.turn;
    return exchange;
  }

  /** A new exchange with SQL that came before. */
  #again(statement: Statement, size: number): Exchange {
    const exchange = this.#open(size);
    exchange.statement = statement;
    exchange.columns = statement.columns;
    if (statement.sql) {
      this.#sql.writeKnown(exchange.row, statement.sql);
      return exchange;
    }
    this.#talk.shop.counters.unknown.value++;
    exchange.row.word(shared['error.message'], UNKNOWN);
    return exchange;
  }

  #describe(buf: Uint8Array, start: number, end: number, size: number): void {
    const talk = this.#talk;
    const building = this.#live(this.#building, this.#buildingTurn);
    if (building) building.size += size;
    if (buf[start] !== STATEMENT || start === end) {
      talk.push(STEP.describe, building, null);
      return;
    }
    const statement = this.#prepared.statement(buf, start + 1, zero(buf, start + 1, end));
    talk.push(STEP.describeStatement, building, statement);
  }

  #execute(buf: Uint8Array, start: number, end: number, size: number): void {
    const talk = this.#talk;
    const portalEnd = zero(buf, start, end);
    const exchange = this.#executed(buf, start, portalEnd, size);
    this.#building = null;
    this.#newest = exchange;
    this.#newestTurn = exchange.turn;
    exchange.executed = true;
    if (talk.ignoring) talk.notExecuted(exchange);
    else talk.push(STEP.run, exchange, null);
  }

  /** The exchange that its Bind began, or a new one: rows beyond the first Execute's, or after an error. */
  #executed(buf: Uint8Array, start: number, end: number, size: number): Exchange {
    const building = this.#live(this.#building, this.#buildingTurn);
    if (building?.bound) {
      building.size += size;
      return building;
    }
    const portal = this.#prepared.portal(buf, start, end);
    const exchange = this.#again(portal?.statement ?? new Statement(), size);
    if (!portal) return exchange;
    exchange.portal = portal;
    exchange.columns = portal.columns ?? exchange.columns;
    takeFormats(exchange, portal);
    return exchange;
  }

  #close(buf: Uint8Array, start: number, end: number): void {
    const nameEnd = zero(buf, Math.min(start + 1, end), end);
    if (buf[start] === STATEMENT) this.#prepared.closeStatement(buf, start + 1, nameEnd);
    else this.#prepared.closePortal(buf, start + 1, nameEnd);
    this.#talk.push(STEP.close, null, null);
  }

  #sync(size: number): void {
    const talk = this.#talk;
    const building = this.#live(this.#building, this.#buildingTurn);
    const newest = this.#live(this.#newest, this.#newestTurn) ?? building;
    if (newest) newest.size += size;
    this.#building = this.#newest = null;
    talk.ignoring = false;
    // What was begun and not executed is no event; it ends here.
    talk.push(STEP.sync, building, null);
  }

  #live(exchange: Exchange | null, turn: number): Exchange | null {
    return exchange && exchange.turn === turn ? exchange : null;
  }

  // ---- others

  #call(buf: Uint8Array, start: number, end: number, size: number): void {
    const { row } = this.#run(size);
    row.word(shared.method, FUNCTION);
    if (end - start === 4) row.string(shared.query, `FUNCTION ${u32(buf, start)}`);
    this.#talk.push(STEP.sync, null, null);
  }

  #copy(size: number): void {
    const exchange = this.#talk.last();
    if (exchange?.executed) exchange.size += size;
  }
}

/**
 * The end of a Parse's SQL. PERF: where no types follow it, it ends three bytes before the message; three zeros there are
 * nothing else when another byte stands before them.
 */
function textEnd(buf: Uint8Array, start: number, end: number, cut: boolean): number {
  const at = end - 3;
  const isLast =
    !cut && at > start && buf[at] === 0 && buf[at + 1] === 0 && buf[at + 2] === 0 && buf[at - 1] !== 0;
  return isLast ? at : zero(buf, start, end);
}

/** A copy: the unnamed portal is bound again before the answer comes. */
function takeFormats(exchange: Exchange, portal: Portal): void {
  exchange.formatsKnown = portal.formatsKnown;
  empty(exchange.formats);
  for (let i = 0; i < portal.formats.length; i++) exchange.formats.push(portal.formats[i]!);
}
