/**
 * What both directions of a session share: the exchanges that wait for their answers, and the steps the client took, in
 * order: each is answered in turn. An exchange is one statement or one execution; several steps (Parse, Bind, Execute) may
 * belong to it.
 */
import type { Counter } from '../../base/counters.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import type { EndReason } from '../../handoff/record.js';
import type { Emit, Flow } from '../analyzer.js';
import { InOrder, Request } from '../kit/pairing.js';
import type { Text } from '../kit/text.js';
import { markUnanswered } from '../kit/unpaired.js';
import type { KnownSql } from './known-sql.js';
import type { Columns, Portal, Statement } from './statements.js';

/** LIMIT: exchanges one connection may have pending; PostgreSQL clients pipeline thousands. */
export const MAX_EXCHANGES = 4096;
/** LIMIT: steps one connection may have pending; beyond, the oldest is forgotten. */
export const MAX_STEPS = 16_384;
const MAX_POOLED = 1024;

const ERROR = constant('Error');
const NOT_EXECUTED = constant('Not executed: an earlier statement failed');

/** Options and what the sessions of one worker have in common. */
export interface Shop {
  readonly emit: Emit;
  readonly sendParams: boolean;
  readonly sendRequest: boolean;
  readonly sendResponse: boolean;
  readonly maxRows: number;
  readonly maxRowLength: number;
  readonly timeoutSeconds: number;
  readonly counters: Readonly<Record<CounterName, Counter>>;
  readonly exchanges: Exchange[];
  readonly steps: Step[];
  readonly knownSql: KnownSql;
  /** For text that is put together and copied at once. */
  readonly scratch: Text;
}

export const COUNTERS = {
  unmatchedRequests: 'unmatched_requests',
  unmatchedResponses: 'unmatched_responses',
  notices: 'notices.unasked',
  notifications: 'notifications.unasked',
  cancels: 'cancel.requests',
  prepared: 'statements.prepared',
  unknown: 'statements.unknown',
  forgotten: 'statements.forgotten',
  skipped: 'statements.skipped',
  beyond: 'statements.beyond_limit',
  gssapi: 'sessions.gssapi',
  joined: 'streams.joined',
  unread: 'streams.unread',
} as const;
export type CounterName = keyof typeof COUNTERS;

export class Exchange extends Request {
  row!: Row;
  /** Goes up when it is used again: who remembers it knows by that whether it still is his. */
  turn = 0;
  /** Bytes of the request. */
  size = 0;
  /** Is an event whatever comes; else (Parse without Execute, the start of a session) only when it fails. */
  executed = false;
  bound = false;
  /** Answers have begun to come. */
  begun = false;
  statement: Statement | null = null;
  portal: Portal | null = null;
  /** Columns of the result where the statement was described before. */
  columns: Columns | null = null;
  /** Format codes the client asked for; where they are not known the description says. */
  readonly formats: number[] = [];
  formatsKnown = false;
}

export const STEP = {
  /** A statement of a simple query, an Execute, a function call: it has an answer of its own. */
  run: 0,
  parse: 1,
  bind: 2,
  describe: 3,
  describeStatement: 4,
  close: 5,
  /** The server answers ReadyForQuery. */
  sync: 6,
} as const;

export interface Step {
  code: number;
  exchange: Exchange | null;
  turn: number;
  statement: Statement | null;
  next: Step | null;
}

export class Conversation {
  readonly shop: Shop;
  readonly flow: Flow;
  /** The client is the flow's destination. */
  swapped = false;
  /** Answers before were asked for before the capture began. */
  hasRequests = false;
  /** An error made the server ignore what comes before the next Sync. */
  ignoring = false;
  readonly #pending: InOrder<Exchange>;
  #head: Step | null = null;
  #tail: Step | null = null;
  #steps = 0;
  #syncs = 0;

  constructor(shop: Shop, flow: Flow) {
    this.shop = shop;
    this.flow = flow;
    this.#pending = new InOrder({
      deadlines: shop.emit.deadlines,
      timeoutSeconds: shop.timeoutSeconds,
      unanswered: (exchange, isOpen) => this.#unanswered(exchange, isOpen),
      counter: shop.counters.unmatchedRequests,
      max: MAX_EXCHANGES,
    });
  }

  /** A row with the time of the request. */
  row(seconds: number, nanoseconds: number): Row {
    const row = this.shop.emit.row(this.flow);
    if (this.swapped) row.swap();
    row.start(seconds, nanoseconds);
    return row;
  }

  /** A new exchange of `size` request bytes so far. */
  open(seconds: number, nanoseconds: number, size: number): Exchange {
    this.hasRequests = true;
    const exchange = this.shop.exchanges.pop() ?? new Exchange();
    exchange.row = this.row(seconds, nanoseconds);
    exchange.size = size;
    exchange.executed = exchange.bound = exchange.begun = false;
    exchange.statement = null;
    exchange.portal = null;
    exchange.columns = null;
    exchange.formatsKnown = false;
    this.#pending.push(exchange);
    return exchange;
  }

  /** The newest exchange. */
  last(): Exchange | undefined {
    return this.#pending.last();
  }

  /** The oldest exchange, of which an answer has begun. */
  begun(): Exchange | undefined {
    const exchange = this.#pending.peek();
    return exchange?.begun ? exchange : undefined;
  }

  /** An answer begins: it may take as long as it likes. */
  begin(exchange: Exchange): void {
    exchange.begun = true;
    this.shop.emit.deadlines.disarm(exchange);
  }

  /** The exchange is an event. */
  send(exchange: Exchange): void {
    this.#take(exchange);
    exchange.row.requestBytes(exchange.size);
    this.shop.emit.send(exchange.row);
    this.#recycle(exchange);
  }

  /** It is none. */
  discard(exchange: Exchange): void {
    this.#take(exchange);
    this.shop.emit.discard(exchange.row);
    this.#recycle(exchange);
  }

  /** The server did not run it, because of an error before. */
  notExecuted(exchange: Exchange): void {
    if (!exchange.executed) {
      this.discard(exchange);
      return;
    }
    this.shop.counters.skipped.value++;
    exchange.row.status = ERROR;
    exchange.row.word(shared['error.message'], NOT_EXECUTED);
    this.send(exchange);
  }

  /** ReadyForQuery: all steps until the next Sync are answered, or will not be. */
  roundDone(): void {
    // A stream joined in its middle: the request was not seen.
    if (this.#syncs === 0) return;
    for (let done = false; !done; this.pop()) {
      const exchange = ownerOf(this.#head);
      if (exchange) this.#notAnswered(exchange);
      done = this.#head === null || this.#head.code === STEP.sync;
    }
  }

  /** No answers will come any more. */
  flush(reason?: EndReason): void {
    this.#pending.flush(reason);
    while (this.#head) this.pop();
    this.ignoring = false;
  }

  // ---- steps

  push(code: number, exchange: Exchange | null, statement: Statement | null): void {
    if (this.ignoring) return;
    if (code === STEP.sync) this.#syncs++;
    if (this.#steps >= MAX_STEPS) this.pop();
    const step = this.shop.steps.pop() ?? { code, exchange, turn: 0, statement, next: null };
    step.code = code;
    step.exchange = exchange;
    step.turn = exchange ? exchange.turn : 0;
    step.statement = statement;
    step.next = null;
    if (this.#tail) this.#tail.next = step;
    else this.#head = step;
    this.#tail = step;
    this.#steps++;
  }

  get head(): Step | null {
    return this.#head;
  }

  pop(): void {
    const step = this.#head;
    if (!step) return;
    this.#head = step.next;
    if (!this.#head) this.#tail = null;
    this.#steps--;
    if (step.code === STEP.sync) this.#syncs--;
    step.exchange = null;
    step.statement = null;
    step.next = null;
    if (this.shop.steps.length < MAX_POOLED) this.shop.steps.push(step);
  }

  #take(exchange: Exchange): void {
    this.#reach(exchange);
    this.#pending.shift();
  }

  /** Those before it were answered unseen. */
  #reach(exchange: Exchange): void {
    while (this.#pending.size > 0 && this.#pending.peek() !== exchange) this.#pending.evict();
  }

  #notAnswered(exchange: Exchange): void {
    if (!exchange.executed) {
      this.discard(exchange);
      return;
    }
    this.#reach(exchange);
    this.#pending.evict();
  }

  #unanswered(exchange: Exchange, isOpen: boolean): void {
    if (exchange.executed && !isOpen) {
      exchange.row.requestBytes(exchange.size);
      markUnanswered(exchange.row);
      this.shop.emit.send(exchange.row);
    } else {
      this.shop.emit.discard(exchange.row);
    }
    this.#recycle(exchange);
  }

  #recycle(exchange: Exchange): void {
    exchange.turn++;
    if (this.shop.exchanges.length < MAX_POOLED) this.shop.exchanges.push(exchange);
  }
}

/** The exchange a step belongs to, unless it is over. */
export function ownerOf(step: Step | null): Exchange | null {
  const exchange = step?.exchange;
  return exchange && exchange.turn === step.turn ? exchange : null;
}
