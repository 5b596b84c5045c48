/**
 * MongoDB: one event a request and its answer, paired by request id, in either order. OP_MSG and OP_COMPRESSED, and the
 * operations before them. Requests that ask for no answer are events at once; further answers of a stream are counted.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag, integer, type OptionsOf } from '../../base/options.js';
import type { EndReason } from '../../handoff/record.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { ByKey } from '../kit/pairing.js';
import { markOrphaned, markUnanswered } from '../kit/unpaired.js';
import type { BodyReader } from './body.js';
import { MESSAGE_FLAG, OP } from './codes.js';
import { Exchange, OK, writeCursor, writeFaults, writeReply, writeRequest } from './exchange.js';
import { fields } from './fields.js';
import { HEADER, isHeader, MessageReader, type Owner } from './parser.js';
import { probe } from './probe.js';

/** LIMIT: bytes in which no message begins; then the session is dropped. */
const MAX_UNSYNCED = 4 << 20;
/** LIMIT: answers that wait for their requests. */
const MAX_EARLY = 64;
const MAX_POOL = 1024;
/** Requests without an answer whose ids are remembered: some servers answer all the same. */
const REMEMBERED = 8;

const options = {
  max_docs: integer(10, 'Documents of an answer that `response` holds; 0: all.', { min: 0 }),
  max_doc_length: integer(5000, 'Bytes of each document that `response` holds; 0: all.', { min: 0 }),
  send_request: flag(false, 'Put the request with its documents into `request`.'),
  send_response: flag(false, 'Put the documents of the answer into `response`, one a line.'),
  send_error_code: flag(
    false,
    'Put number and name of the error that a command failed with into `error.code` and `error.type`.',
  ),
  transaction_timeout: duration(10, 'How long a request waits for its answer.'),
};

/** What the sessions of one worker share. */
interface Shop {
  readonly options: OptionsOf<typeof options>;
  readonly emit: Emit;
  readonly streamed: Counter;
  readonly unasked: Counter;
  readonly malformed: Counter;
  readonly packed: Counter;
  readonly unsynced: Counter;
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly pool: Exchange[];
  readonly bodies: BodyReader[];
}

/** One direction. */
interface Side {
  readonly reader: MessageReader;
  /** The next byte begins or continues a message. */
  synced: boolean;
  /** Nothing was read yet. */
  fresh: boolean;
  /** Bytes passed over since a message was last found. */
  lost: number;
  /** Bytes read but not consumed. */
  tail: number;
}

class MongodbSession implements Session, Owner {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #sides: [Side, Side];
  readonly #pending: ByKey<Exchange>;
  /** Answers whose requests were not seen yet; made when there is one. */
  #early: ByKey<Exchange> | undefined;
  #client: Direction | undefined;
  #dir: Direction = 0;
  #hasRequests = false;
  /** A stream of answers (exhaustAllowed): the request's id and the last answer's. */
  #isStream = false;
  #streamOrigin = 0;
  #streamLast = 0;
  /** Ids of the newest requests that want no answer, in a ring. */
  #oneWay: Int32Array | undefined;
  #oneWays = 0;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    this.#client = flow.client;
    this.#sides = [this.#side(), this.#side()];
    this.#pending = new ByKey({
      deadlines: shop.emit.deadlines,
      timeoutSeconds: shop.options.transaction_timeout,
      unanswered: (exchange, isOpen) => this.#unanswered(exchange, isOpen),
      counter: shop.unmatchedRequests,
    });
  }

  get bodies(): BodyReader[] {
    return this.#shop.bodies;
  }

  #side(): Side {
    return {
      reader: new MessageReader(this, this.#shop.options),
      synced: false,
      fresh: true,
      lost: 0,
      tail: 0,
    };
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const side = this.#sides[dir];
    this.#dir = dir;
    if (side.fresh) {
      const isTls = looksLikeTls(bytes);
      if (isTls === 'more') return 'ok';
      if (isTls === 'yes') return 'tls';
      side.fresh = false;
    }
    const verdict = this.#read(side, bytes);
    side.tail = bytes.end - bytes.mark;
    return verdict;
  }

  #read(side: Side, bytes: Cursor): Verdict {
    while (bytes.left > 0) {
      if (!side.synced && !this.#sync(side, bytes)) return side.lost > MAX_UNSYNCED ? 'drop' : 'ok';
      const outcome = side.reader.read(bytes);
      if (outcome === 'more') return 'ok';
      if (outcome === 'lost') side.synced = false;
      else this.#message(side.reader);
    }
    return 'ok';
  }

  /** Looks for a message at the beginning of what came; else all of it is passed over. */
  #sync(side: Side, bytes: Cursor): boolean {
    if (!bytes.need(HEADER)) return false;
    if (isHeader(bytes.buf, bytes.pos)) {
      side.synced = true;
      side.lost = 0;
      return true;
    }
    this.#shop.unsynced.value += bytes.left;
    side.lost += bytes.left;
    bytes.skip(bytes.left);
    return false;
  }

  /** Where the message in progress ends is known: reading goes on behind it, else at the next one that begins a packet. */
  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    if (beyond === 0) return 'ok';
    const side = this.#sides[dir];
    this.#dir = dir;
    side.fresh = false;
    const outcome = side.synced ? side.reader.gap(side.tail, beyond) : 'lost';
    side.tail = 0;
    if (outcome !== 'lost') this.#message(side.reader);
    if (outcome !== 'message') side.synced = false;
    return 'ok';
  }

  end(reason: EndReason): void {
    for (const { reader } of this.#sides) {
      // The rest of the answer did not come.
      if (reason !== 'shutdown' && reader.inMessage && reader.isReply && reader.gap(0, 0) !== 'lost')
        this.#message(reader);
      reader.release();
    }
    this.#pending.flush(reason);
    this.#early?.flush(reason);
  }

  isReply({ opcode, responseTo }: MessageReader): boolean {
    const dir = this.#dir;
    const isReply =
      opcode === OP.message
        ? this.#client === undefined
          ? responseTo !== 0
          : dir !== this.#client
        : opcode === OP.reply;
    this.#client ??= isReply ? ((1 - dir) as Direction) : dir;
    return isReply;
  }

  isSecret(requestId: number): boolean {
    return this.#pending.find(requestId)?.isSecret ?? true;
  }

  #message(reader: MessageReader): void {
    if (reader.fault === 'malformed') this.#shop.malformed.value++;
    else if (reader.fault === 'packed') this.#shop.packed.value++;
    if (reader.isReply) this.#reply(reader);
    else this.#request(reader);
    reader.release();
  }

  #request(reader: MessageReader): void {
    this.#hasRequests = true;
    const early = this.#early?.take(reader.requestId);
    const exchange = early ?? this.#exchange();
    const { row, hasCursor, fault } = exchange;
    writeRequest(row, reader, exchange);
    if (early) {
      if (!hasCursor && exchange.hasCursor) writeCursor(row, exchange.cursorId);
      writeFaults(row, reader.fault, fault);
      this.#send(exchange);
    } else if (expectsReply(reader)) {
      this.#await(exchange, reader);
    } else {
      this.#remember(reader.requestId);
      row.status = OK;
      if (exchange.hasCursor) writeCursor(row, exchange.cursorId);
      writeFaults(row, reader.fault, 'none');
      this.#send(exchange);
    }
  }

  #remember(requestId: number): void {
    this.#oneWay ??= new Int32Array(REMEMBERED);
    this.#oneWay[this.#oneWays++ % REMEMBERED] = requestId;
  }

  /** Whether a request asked for no answer. */
  #wantedNone(requestId: number): boolean {
    if (!this.#oneWay) return false;
    const at = this.#oneWay.indexOf(requestId);
    return at >= 0 && at < this.#oneWays;
  }

  #await(exchange: Exchange, reader: MessageReader): void {
    const { awaits } = reader.body.request;
    const { transaction_timeout: timeout } = this.#shop.options;
    if (awaits > 0) exchange.patience = Math.ceil(awaits / Math.max(1, timeout));
    this.#pending.put(reader.requestId, exchange);
  }

  #reply(reader: MessageReader): void {
    if (this.#continues(reader)) {
      this.#shop.streamed.value++;
      return;
    }
    const request = this.#pending.take(reader.responseTo);
    if (!request && this.#wantedNone(reader.responseTo)) {
      this.#shop.unasked.value++;
      return;
    }
    const exchange = request ?? this.#exchange();
    const { row } = exchange;
    const isCommand = request ? request.isCommand : reader.opcode === OP.message;
    writeReply(row, reader, isCommand, this.#shop.options.send_error_code);
    const { reply } = reader.body;
    if (reply.hasCursor) writeCursor(row, reply.cursorId);
    else if (exchange.hasCursor) writeCursor(row, exchange.cursorId);
    if (!request) {
      this.#tooEarly(exchange, reader);
      return;
    }
    writeFaults(row, exchange.fault, reader.fault);
    this.#send(exchange);
  }

  /** Whether it is a further answer to a request that has one (OP_MSG, moreToCome). */
  #continues({ body, opcode, requestId, responseTo }: MessageReader): boolean {
    const more = opcode === OP.message && (body.flags & MESSAGE_FLAG.moreToCome) !== 0;
    const continues =
      this.#isStream && (responseTo === this.#streamLast || responseTo === this.#streamOrigin);
    if (continues) this.#isStream = more;
    else if (more) this.#streamOrigin = responseTo;
    if (more) {
      this.#isStream = true;
      this.#streamLast = requestId;
    }
    return continues;
  }

  /** The request may still come: the capture need not have the two directions in order. */
  #tooEarly(exchange: Exchange, reader: MessageReader): void {
    exchange.hasCursor = reader.body.reply.hasCursor;
    exchange.fault = reader.fault;
    exchange.seconds = reader.seconds;
    exchange.nanoseconds = reader.nanoseconds;
    exchange.isOrphan = this.#hasRequests;
    this.#early ??= new ByKey({
      deadlines: this.#shop.emit.deadlines,
      timeoutSeconds: this.#shop.options.transaction_timeout,
      unanswered: (early) => this.#orphaned(early),
      counter: this.#shop.unmatchedResponses,
      max: MAX_EARLY,
    });
    this.#early.put(reader.responseTo, exchange);
  }

  #exchange(): Exchange {
    const { pool, emit, options } = this.#shop;
    const exchange = pool.pop() ?? new Exchange();
    exchange.row = emit.row(this.#flow);
    if (this.#client === 1) exchange.row.swap();
    exchange.hasCursor = false;
    exchange.isSecret = false;
    exchange.patience = 0;
    exchange.rearm ??= (item) => emit.deadlines.arm(item, options.transaction_timeout);
    return exchange;
  }

  #unanswered(exchange: Exchange, isOpen: boolean): void {
    if (isOpen) {
      this.#discard(exchange);
      return;
    }
    if (exchange.hasCursor) writeCursor(exchange.row, exchange.cursorId);
    markUnanswered(exchange.row);
    this.#send(exchange);
  }

  /** Answers to requests from before the capture began are only counted. */
  #orphaned(exchange: Exchange): void {
    if (exchange.isOrphan) {
      markOrphaned(exchange.row, exchange.seconds, exchange.nanoseconds);
      this.#send(exchange);
    } else this.#discard(exchange);
  }

  #discard(exchange: Exchange): void {
    this.#shop.emit.discard(exchange.row);
    this.#recycle(exchange);
  }

  #send(exchange: Exchange): void {
    this.#shop.emit.send(exchange.row);
    this.#recycle(exchange);
  }

  #recycle(exchange: Exchange): void {
    if (this.#shop.pool.length < MAX_POOL) this.#shop.pool.push(exchange);
  }
}

function expectsReply({ opcode, body }: MessageReader): boolean {
  if (opcode === OP.message) return (body.flags & MESSAGE_FLAG.moreToCome) === 0;
  return opcode === OP.query || opcode === OP.getMore;
}

/** RFC 8446 5.1, 4: a record with ClientHello or ServerHello. */
function looksLikeTls(bytes: Cursor): 'yes' | 'no' | 'more' {
  const { buf, pos } = bytes;
  if (buf[pos] !== 22) return 'no';
  if (!bytes.need(6)) return 'more';
  return buf[pos + 1] === 3 && (buf[pos + 5] === 1 || buf[pos + 5] === 2) ? 'yes' : 'no';
}

export const mongodb = analyzer({
  name: 'mongodb',
  about: 'a request and its answer (OP_MSG and the operations before it)',
  transports: ['tcp'],
  ports: [27017],
  options,
  fields,
  probe,

  create(options, emit) {
    const shop: Shop = {
      options,
      emit,
      streamed: emit.counter('response.streamed'),
      unasked: emit.counter('response.unasked'),
      malformed: emit.counter('message.malformed'),
      packed: emit.counter('message.not_unpacked'),
      unsynced: emit.counter('stream.unsynced'),
      unmatchedRequests: emit.counter('unmatched_requests'),
      unmatchedResponses: emit.counter('unmatched_responses'),
      pool: [],
      bodies: [],
    };
    return (flow) => new MongodbSession(shop, flow);
  },
});
