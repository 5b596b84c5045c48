/** The server's messages: each takes the next step of the client; results, rows and errors are written into its exchange. */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import { markOrphaned } from '../kit/unpaired.js';
import { SERVER } from './codes.js';
import { type Conversation, type Exchange, ownerOf, STEP, type Step } from './conversation.js';
import { writeError } from './errors.js';
import { readBackslashes, readTypes } from './parameters.js';
import { HEAD, MAX_LENGTH, MessageReader, SERVER_TYPES, u32 } from './parser.js';
import { Result } from './result.js';
import { Columns, empty } from './statements.js';
import { describeRow } from './table.js';

/** LIMIT: bytes of an error, a description of parameters, a description of columns that are looked at. */
const MAX_ERROR = 16 << 10;
const MAX_TYPES = 2 + 4 * 1024;
const MAX_DESCRIPTION = 256 << 10;
/** The one setting that is read fits. */
const MAX_STATUS = 32;

const OK = constant('OK');
const ERROR = constant('Error');
const LOST = constant('Packet loss while capturing the response');
const INCOMPLETE = constant('Response incomplete');
const IDLE = 0x49;

/** What the answer that is being received answers. */
const MODE = { none: 0, exchange: 1, late: 2, orphan: 3 } as const;

export class Answers {
  readonly reader = new MessageReader(SERVER_TYPES);
  /** Bytes were lost: results are not looked at before the next ReadyForQuery or the next request. */
  quiet = false;
  /** The server said that backslashes escape in all strings. */
  backslashes = false;
  /** ReadyForQuery outside a transaction was read: portals are gone. */
  idle = false;
  readonly #talk: Conversation;
  #mode: number = MODE.none;
  #exchange: Exchange | null = null;
  #turn = 0;
  readonly #result: Result;
  /** Of the message being read. */
  #now = 0;
  #nowNanoseconds = 0;

  constructor(talk: Conversation) {
    this.#talk = talk;
    this.#result = new Result(talk.shop);
    const { wanted } = this.reader;
    wanted[SERVER.error] = MAX_ERROR;
    wanted[SERVER.rowDescription] = talk.shop.sendResponse ? MAX_DESCRIPTION : 2;
    wanted[SERVER.parameterDescription] = MAX_TYPES;
    wanted[SERVER.parameterStatus] = MAX_STATUS;
    wanted[SERVER.ready] = 1;
    this.#leave();
  }

  /** Takes the message that the reader stands on. */
  message(cursor: Cursor): void {
    const { type, size } = this.reader;
    const { buf } = cursor;
    this.#now = cursor.firstSeconds;
    this.#nowNanoseconds = cursor.firstNanoseconds;
    if (this.quiet && type !== SERVER.ready) return;
    switch (type) {
      case SERVER.dataRow:
        this.#row(buf);
        break;
      case SERVER.copyData:
      case SERVER.copyDone:
      case SERVER.copyIn:
      case SERVER.copyOut:
        this.#add(size);
        break;
      case SERVER.portalSuspended:
        this.#result.keepColumns(this.#live);
        this.#add(size);
        this.#complete();
        break;
      case SERVER.commandComplete:
      case SERVER.emptyQuery:
      case SERVER.functionResponse:
        this.#add(size);
        this.#complete();
        break;
      case SERVER.copyBoth:
        this.#add(size);
        this.#replicates();
        break;
      case SERVER.error:
        this.#error(buf);
        break;
      case SERVER.rowDescription:
        this.#description(buf);
        break;
      case SERVER.ready:
        this.ready();
        this.idle = buf[this.reader.start] === IDLE;
        break;
      default:
        this.#other(type, buf);
    }
  }

  /** Of the rows to come nothing is wanted. */
  get countsOnly(): boolean {
    return this.#mode !== MODE.none && !this.quiet && this.reader.wanted[SERVER.dataRow] === 0;
  }

  /** Skips the rows that are only counted. PERF: a large result is nothing else; message() would take four times as long. */
  skipRows(cursor: Cursor): void {
    const { buf, pos, end } = cursor;
    let at = pos;
    let rows = 0;
    for (; at + HEAD <= end && buf[at] === SERVER.dataRow; rows++) {
      const length = u32(buf, at + 1);
      if (length < 4 || length > MAX_LENGTH) break;
      at += 1 + length;
    }
    this.#result.rows += rows;
    this.#result.size += at - pos;
    cursor.skip(at - pos);
  }

  /** Bytes were lost: what has come of an answer is an event. */
  gap(): void {
    this.#partial(LOST, OK);
    this.#leave();
    this.quiet = true;
  }

  /** The connection is over. */
  end(): void {
    this.#partial(INCOMPLETE, ERROR);
    this.#leave();
  }

  /** All answers until here are complete, though not all were read. */
  ready(): void {
    this.quiet = false;
    this.#leave();
    this.#talk.roundDone();
  }

  #other(type: number, buf: Uint8Array): void {
    const { counters } = this.#talk.shop;
    switch (type) {
      case SERVER.parseComplete:
        this.#confirmed(STEP.parse);
        break;
      case SERVER.bindComplete:
        this.#confirmed(STEP.bind);
        break;
      case SERVER.closeComplete:
        this.#confirmed(STEP.close);
        break;
      case SERVER.noData:
        this.#confirmed(STEP.describe);
        break;
      case SERVER.parameterDescription:
        this.#parameters(buf);
        break;
      case SERVER.notice:
        counters.notices.value++;
        break;
      case SERVER.notification:
        counters.notifications.value++;
        break;
      case SERVER.parameterStatus:
        this.backslashes = readBackslashes(this.backslashes, buf, this.reader.start, this.reader.end);
        break;
    }
  }

  // ---- steps

  /** The answer is over; of the next one no description may come. */
  #leave(): void {
    this.#mode = MODE.none;
    this.#result.columns(null);
    this.reader.wanted[SERVER.dataRow] = this.#result.wanted;
  }

  /** Enters the answer to `exchange`, or to nothing that is known. */
  #enter(mode: number, exchange: Exchange | null): void {
    this.#mode = mode;
    this.#exchange = exchange;
    this.#turn = exchange ? exchange.turn : 0;
    if (exchange) this.#talk.begin(exchange);
    this.#result.begin(this.#now, this.#nowNanoseconds, exchange?.columns ?? null);
    this.reader.wanted[SERVER.dataRow] = this.#result.wanted;
  }

  /** The exchange being answered, unless it is over. */
  get #live(): Exchange | null {
    const exchange = this.#exchange;
    return this.#mode === MODE.exchange && exchange && exchange.turn === this.#turn ? exchange : null;
  }

  /** `size` bytes of a result: of the next step that has one. */
  #add(size: number): void {
    if (this.#mode === MODE.none) {
      const step = this.#runStep();
      const exchange = ownerOf(step);
      this.#enter(exchange ? MODE.exchange : step ? MODE.late : MODE.orphan, exchange);
    }
    this.#result.size += size;
  }

  /** The next step that has a result; those before it were answered unseen. None of another round. */
  #runStep(): Step | null {
    const talk = this.#talk;
    while (talk.head && talk.head.code !== STEP.run) {
      if (talk.head.code === STEP.sync) return null;
      talk.pop();
    }
    return talk.head;
  }

  /** A step without a result is done. What the server says of an exchange before its result counts where no description follows. */
  #confirmed(code: number): void {
    const talk = this.#talk;
    const step = talk.head;
    if (!step || (step.code !== code && !(code === STEP.describe && step.code === STEP.describeStatement)))
      return;
    const exchange = ownerOf(step);
    talk.pop();
    if (!exchange) return;
    if (code === STEP.parse && !exchange.bound) {
      talk.shop.counters.prepared.value++;
      talk.discard(exchange);
      return;
    }
    this.#joined(exchange);
  }

  #joined(exchange: Exchange): void {
    if (this.#live !== exchange) this.#enter(MODE.exchange, exchange);
    this.#result.size += this.reader.size;
  }

  // ---- results

  #row(buf: Uint8Array): void {
    this.#add(this.reader.size);
    const { start, end, wanted } = this.reader;
    this.#result.row(this.#live, buf, start, end);
    wanted[SERVER.dataRow] = this.#result.wanted;
  }

  #description(buf: Uint8Array): void {
    const step = this.#talk.head;
    const { start, end, size, wanted } = this.reader;
    if (step?.code === STEP.describeStatement) {
      const columns = new Columns();
      describeRow(columns, buf, start, end);
      const exchange = ownerOf(step);
      if (step.statement) step.statement.columns = columns;
      this.#talk.pop();
      if (!exchange) return;
      exchange.columns = columns;
      this.#joined(exchange);
      this.#result.columns(columns);
      this.#result.size = size;
      wanted[SERVER.dataRow] = this.#result.wanted;
      return;
    }
    if (step?.code === STEP.describe) {
      const exchange = ownerOf(step);
      this.#talk.pop();
      if (!exchange) return;
      this.#joined(exchange);
    } else {
      this.#add(0);
    }
    // Packetbeat counts from here on.
    this.#result.size = size;
    this.#result.description(buf, start, end);
    wanted[SERVER.dataRow] = this.#result.wanted;
  }

  #parameters(buf: Uint8Array): void {
    const step = this.#talk.head;
    const { start, end, size } = this.reader;
    if (step?.code !== STEP.describeStatement) return;
    const exchange = ownerOf(step);
    if (exchange?.bound && this.#live === exchange) this.#result.size += size;
    if (!step.statement || end - start < 2) return;
    empty(step.statement.types);
    readTypes(step.statement.types, buf, start, end);
  }

  #complete(): void {
    const talk = this.#talk;
    const exchange = this.#live;
    const step = this.#runStep();
    // Replication is an event already; its end has several messages, ReadyForQuery is the last.
    const sent = step !== null && step.exchange === null;
    if (step && !sent) talk.pop();
    if (exchange) {
      this.#result.write(exchange.row, OK);
      talk.send(exchange);
    } else if (!sent) {
      talk.shop.counters.unmatchedResponses.value++;
      if (this.#mode === MODE.orphan) this.#orphan(OK);
    }
    this.#leave();
  }

  /** Replication begins, which has no end: the event is sent now. */
  #replicates(): void {
    const exchange = this.#live;
    const step = this.#runStep();
    if (!exchange || !step) return;
    this.#result.write(exchange.row, OK);
    this.#talk.send(exchange);
    step.exchange = null;
    this.#leave();
  }

  /** A result that nothing asked for. */
  #orphan(status: number, write: (row: Row) => void = () => {}): void {
    if (!this.#talk.hasRequests) return;
    const { seconds, nanoseconds } = this.#result;
    const row = this.#talk.row(seconds, nanoseconds);
    this.#result.write(row, status);
    write(row);
    markOrphaned(row, seconds, nanoseconds);
    this.#talk.shop.emit.send(row);
  }

  /** What has come of an answer that will not be complete. */
  #partial(note: number, status: number): void {
    const exchange = this.#live;
    if (exchange?.executed) {
      this.#result.write(exchange.row, status);
      exchange.row.word(shared['error.message'], note);
      this.#talk.send(exchange);
    } else if (this.#mode === MODE.orphan) {
      this.#talk.shop.counters.unmatchedResponses.value++;
      this.#orphan(status);
    }
  }

  // ---- errors

  #error(buf: Uint8Array): void {
    const talk = this.#talk;
    const answered = this.#mode === MODE.none ? null : this.#live;
    const step = talk.head;
    const exchange = answered ?? this.#failing();
    if (exchange) {
      if (answered !== exchange) this.#enter(MODE.exchange, exchange);
      this.#result.size += this.reader.size;
      this.#result.write(exchange.row, ERROR);
      writeError(exchange.row, buf, this.reader.start, this.reader.end);
      talk.send(exchange);
    } else {
      this.#unasked(buf, step);
    }
    this.#leave();
    if (!step) return;
    while (talk.head && talk.head.code !== STEP.sync) {
      const skipped = ownerOf(talk.head);
      if (skipped) talk.notExecuted(skipped);
      talk.pop();
    }
    // Manual 55.2.3: the server discards messages until a Sync.
    if (!talk.head) talk.ignoring = true;
  }

  /** The first exchange of this round that has not been answered. */
  #failing(): Exchange | null {
    for (let step = this.#talk.head; step && step.code !== STEP.sync; step = step.next) {
      const exchange = ownerOf(step);
      if (exchange) return exchange;
    }
    return null;
  }

  /** An error that answers nothing pending: an answer too late, a commit that failed, the end of the server. */
  #unasked(buf: Uint8Array, step: Step | null): void {
    this.#talk.shop.counters.unmatchedResponses.value++;
    if (step?.code === STEP.run) return;
    if (this.#mode !== MODE.orphan) this.#enter(MODE.orphan, null);
    this.#result.size += this.reader.size;
    const { start, end } = this.reader;
    this.#orphan(ERROR, (row) => writeError(row, buf, start, end));
  }
}
