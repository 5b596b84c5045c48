/**
 * HTTP/1.0 and 1.1: one event a request and its response, paired in order (pipelining). Bodies are counted and, unless they
 * are published, skipped. A direction that lost its place (packet loss, garbage, capture begun amidst) finds it again at the
 * next segment that begins like a message. A tunnel (CONNECT, Upgrade) ends the session.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import { FLAG } from '../../events/layout.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { HeadFinder } from '../kit/lines.js';
import { InOrder } from '../kit/pairing.js';
import { Body, type Framing } from './body.js';
import { findMethod, MAX_METHOD } from './codes.js';
import { Exchange, NOTE, type Wanted, Writer, writeNotes, writeSizes } from './exchange.js';
import { fields } from './fields.js';
import { Head, parseHead, startsWithHttp } from './parser.js';
import { options, Settings } from './settings.js';

/** LIMIT: bytes without a message, since the last one, after which the connection is given up. */
export const MAX_JUNK = 262_144;
/** LIMIT of exchanges kept for use again. */
const MAX_POOLED = 1024;

const OK = constant('OK');
const ERROR = constant('Error');
const LF = 10;
const CR = 13;
const BLANK = 32;

/** What the sessions of one worker share. */
interface Shop {
  readonly settings: Settings;
  readonly emit: Emit;
  readonly writer: Writer;
  readonly head: Head;
  readonly pool: Exchange[];
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly interim: Counter;
  readonly tunnels: Counter;
  readonly malformed: Counter;
  readonly oversized: Counter;
  readonly unsynced: Counter;
}

/** One direction of a connection. */
class Side {
  readonly finder = new HeadFinder();
  readonly body = new Body();
  inBody = false;
  isRequest = false;
  /** What stands at the cursor begins a message; else it may. */
  synced = false;
  /** The message whose body is read; null when it was given up. */
  exchange: Exchange | null = null;
  headBytes = 0;
  wanted: Wanted | null = null;
}

class HttpSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  readonly #pending: InOrder<Exchange>;
  /** Where requests come from; known with the first message. */
  #client: Direction | undefined = undefined;
  #junk = 0;
  /** Responses were lost: said of the requests they belonged to. */
  #responsesLost = false;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    this.#pending = new InOrder({
      deadlines: shop.emit.deadlines,
      timeoutSeconds: shop.settings.timeoutSeconds,
      unanswered: (exchange) => this.#unanswered(exchange),
      counter: shop.unmatchedRequests,
    });
  }

  data(dir: Direction, cursor: Cursor): Verdict {
    const side = this.#sides[dir];
    for (;;) {
      if (side.inBody) {
        const outcome = side.body.read(cursor);
        if (outcome === 'more') return 'ok';
        if (outcome === 'bad') {
          if (side.exchange) side.exchange.notes |= side.isRequest ? NOTE.requestBody : NOTE.responseBody;
          this.#complete(side);
          this.#shop.malformed.value++;
          return this.#loseSync(dir, cursor);
        }
        this.#complete(side);
      }
      if (!skipLineEnds(cursor)) return 'ok';
      const verdict = this.#readHead(dir, side, cursor);
      if (verdict !== 'message') return verdict;
    }
  }

  gap(dir: Direction, missing: number, beyond: number): Verdict {
    const side = this.#sides[dir];
    if (side.inBody) {
      if (side.exchange) side.exchange.notes |= side.isRequest ? NOTE.requestLoss : NOTE.responseLoss;
      const outcome = side.body.gap(missing, beyond);
      if (outcome === 'more') return 'ok';
      this.#complete(side);
      if (outcome === 'complete') return 'ok';
    }
    this.#unsync(dir, side);
    return 'ok';
  }

  end(): void {
    // Responses first: they end exchanges whose requests are complete.
    const first = this.#client === 0 ? 1 : 0;
    for (const side of [this.#sides[first], this.#sides[1 - first]!]) {
      if (!side.inBody) continue;
      side.body.cutShort();
      this.#complete(side);
    }
    this.#pending.flush();
  }

  #readHead(dir: Direction, side: Side, cursor: Cursor): 'message' | Verdict {
    const { buf, pos, end } = cursor;
    const { head } = this.#shop;
    if (!side.synced && !mayBegin(buf, pos, end)) return this.#discard(cursor);
    const { finder } = side;
    if (finder.searching && !finder.find(buf, pos, end)) return 'ok';
    const outcome = parseHead(head, buf, pos, end);
    if (outcome === 'more' && !finder.find(buf, pos, end)) return 'ok';
    if (outcome !== 'head' || !this.#begin(dir, side, cursor)) {
      if (outcome === 'large') this.#shop.oversized.value++;
      else this.#shop.malformed.value++;
      return this.#loseSync(dir, cursor);
    }
    finder.reset();
    side.synced = true;
    this.#junk = 0;
    if (side.inBody) return 'message';
    return this.#complete(side) ? 'drop' : 'message';
  }

  /** A head was read: commits it, writes it down, prepares for the body. False when it makes no sense. */
  #begin(dir: Direction, side: Side, cursor: Cursor): boolean {
    const { head, writer } = this.#shop;
    if (!writer.prepare(head, cursor.buf) || writer.head.badFraming) return false;
    const sender = head.isRequest ? dir : ((1 - dir) as Direction);
    this.#client ??= sender;
    if (sender !== this.#client) return false;
    side.isRequest = head.isRequest;
    side.headBytes = head.end - head.start;
    return head.isRequest ? this.#request(side, cursor) : this.#response(side, cursor);
  }

  #request(side: Side, cursor: Cursor): boolean {
    const { writer, settings, emit } = this.#shop;
    const { head } = writer;
    // RFC 9112 6.3: a request whose last coding is not chunked has no end.
    if (head.hasTransferEncoding && !head.chunked) return false;
    const framing = head.chunked ? 'chunked' : head.contentLength > 0 ? 'length' : 'none';
    const exchange = this.#newExchange(cursor);
    exchange.deadlines = emit.deadlines;
    exchange.timeoutSeconds = settings.timeoutSeconds;
    const serverPort = this.#client === 0 ? this.#flow.destinationPort : this.#flow.sourcePort;
    writer.request(exchange, this.#flow, serverPort);
    this.#beginBody(side, exchange, framing, cursor);
    this.#pending.push(exchange);
    return true;
  }

  #response(side: Side, cursor: Cursor): boolean {
    const { writer, interim } = this.#shop;
    const { head } = writer;
    if (head.status < 200 && head.status !== 101) {
      // RFC 9110 15.2: interim, the final response follows.
      interim.value++;
      side.exchange = null;
      this.#take(cursor);
      return true;
    }
    const request = this.#pending.takeOwed() ? undefined : this.#pending.shift();
    const exchange = request ?? this.#orphan(cursor);
    exchange.row.end(cursor.firstSeconds, cursor.firstNanoseconds);
    writer.response(exchange);
    this.#beginBody(side, exchange, responseFraming(head, exchange), cursor);
    return true;
  }

  #newExchange(cursor: Cursor): Exchange {
    const { emit, pool } = this.#shop;
    const exchange = pool.pop() ?? new Exchange();
    const row = emit.row(this.#flow);
    exchange.row = row;
    if (this.#client === 1) row.swap();
    row.start(cursor.firstSeconds, cursor.firstNanoseconds);
    return exchange;
  }

  /** Stands in for the request of a response that came without one: its event has an end, no start. */
  #orphan(cursor: Cursor): Exchange {
    this.#shop.unmatchedResponses.value++;
    const exchange = this.#newExchange(cursor);
    exchange.row.flags |= FLAG.noStart;
    exchange.notes = NOTE.unmatchedResponse;
    exchange.requestComplete = true;
    exchange.isHead = false;
    exchange.isConnect = false;
    return exchange;
  }

  #beginBody(side: Side, exchange: Exchange, framing: Framing, cursor: Cursor): void {
    const { writer } = this.#shop;
    side.exchange = exchange;
    side.wanted = writer.body(exchange.row, framing !== 'none');
    side.inBody = framing !== 'none';
    side.body.begin(framing, Math.max(0, writer.head.contentLength), side.wanted?.keep ?? 0);
    this.#take(cursor);
  }

  #take(cursor: Cursor): void {
    cursor.pos = this.#shop.head.end;
    cursor.commit();
  }

  /** The side's message is complete, or as complete as it will be. True when a tunnel begins. */
  #complete(side: Side): boolean {
    const { exchange, body, wanted, isRequest } = side;
    const wasLong = side.inBody;
    side.inBody = false;
    side.exchange = null;
    if (!exchange) return false;
    writeSizes(exchange.row, isRequest, side.headBytes + body.wire, body.size);
    if (wanted) this.#writeContent(exchange, side, wanted);
    if (isRequest) {
      exchange.requestComplete = true;
      if (exchange.responseComplete) this.#send(exchange);
      else if (wasLong) this.#rearm(exchange);
      return false;
    }
    exchange.responseComplete = true;
    const { status } = exchange;
    const tunnel = status === 101 || (exchange.isConnect && status < 300);
    if (exchange.requestComplete) this.#send(exchange);
    if (tunnel) this.#shop.tunnels.value++;
    return tunnel;
  }

  #writeContent(exchange: Exchange, side: Side, wanted: Wanted): void {
    const note = this.#shop.writer.content(exchange.row, side.isRequest, side.body, wanted);
    if (side.isRequest) exchange.requestDecoding = note;
    else exchange.responseDecoding = note;
    side.wanted = null;
    side.body.content = null;
  }

  /** The time-out begins with the end of the request. */
  #rearm(exchange: Exchange): void {
    const { deadlines } = this.#shop.emit;
    if (!exchange.armed) return;
    deadlines.disarm(exchange);
    deadlines.arm(exchange, exchange.timeoutSeconds);
  }

  #unanswered(exchange: Exchange): void {
    const side = this.#sides[this.#client!];
    if (side.exchange === exchange) {
      // It goes on, but nobody waits for its end.
      writeSizes(exchange.row, true, side.headBytes + side.body.wire, side.body.size);
      side.exchange = null;
    }
    exchange.notes |= NOTE.unmatchedRequest | (this.#responsesLost ? NOTE.responseLoss : 0);
    this.#send(exchange);
  }

  #send(exchange: Exchange): void {
    const { emit, pool } = this.#shop;
    const failed =
      exchange.status >= 400 || exchange.notes & (NOTE.unmatchedRequest | NOTE.unmatchedResponse);
    exchange.row.status = failed ? ERROR : OK;
    writeNotes(exchange);
    emit.send(exchange.row);
    exchange.clear();
    if (pool.length < MAX_POOLED) pool.push(exchange);
  }

  /** What stands at the cursor is no message: the rest of the segment is given up. */
  #loseSync(dir: Direction, cursor: Cursor): Verdict {
    this.#unsync(dir, this.#sides[dir]);
    return this.#discard(cursor);
  }

  /** The next message's place is unknown, and which response belongs to which request. */
  #unsync(dir: Direction, side: Side): void {
    side.synced = false;
    side.finder.reset();
    if (dir === this.#client || this.#client === undefined) return;
    this.#responsesLost = true;
    this.#pending.flush();
    this.#responsesLost = false;
  }

  #discard(cursor: Cursor): Verdict {
    const size = cursor.left;
    this.#shop.unsynced.value += size;
    this.#junk += size;
    cursor.skip(size);
    cursor.short = 0;
    return this.#junk > MAX_JUNK ? 'drop' : 'ok';
  }
}

/** RFC 9112 6.3. */
function responseFraming(head: Head, { isHead, isConnect }: Exchange): Framing {
  const { status, contentLength } = head;
  if (isHead || status < 200 || status === 204 || status === 304 || (isConnect && status < 300))
    return 'none';
  if (head.chunked) return 'chunked';
  if (head.hasTransferEncoding || contentLength < 0) return 'close';
  return contentLength > 0 ? 'length' : 'none';
}

/** RFC 9112 2.2: line ends before a message mean nothing. False when nothing else is there. */
function skipLineEnds(cursor: Cursor): boolean {
  const { buf, end } = cursor;
  const c = buf[cursor.pos];
  if (cursor.pos < end && c !== CR && c !== LF) return true;
  while (cursor.pos < end && (buf[cursor.pos] === CR || buf[cursor.pos] === LF)) cursor.pos++;
  cursor.commit();
  return cursor.pos < end;
}

/** False when [start, end) cannot be how a message begins. */
function mayBegin(buf: Uint8Array, start: number, end: number): boolean {
  if (startsWithHttp(buf, start, end)) return true;
  let i = start;
  while (i < end && i - start <= MAX_METHOD && isMethodByte(buf[i]!)) i++;
  if (i === end) return true;
  if (i - start < 2 || buf[i] !== BLANK) return false;
  if (++i === end) return true;
  const isConnect = findMethod(buf, start, i - 1)?.isConnect ?? false;
  return isConnect || buf[i] === 0x2f || buf[i] === 0x2a || (buf[i]! | 0x20) === 0x68;
}

const isMethodByte = (c: number): boolean => (c >= 65 && c <= 90) || c === 0x2d;

/** As mayBegin(), for certain: the whole first line is there and it is HTTP. */
function probe(buf: Uint8Array, start: number, end: number): 'yes' | 'no' | 'more' {
  if (!mayBegin(buf, start, end)) return 'no';
  const head = new Head();
  const outcome = parseHead(head, buf, start, end);
  if (outcome === 'bad' || outcome === 'large') return 'no';
  if (outcome === 'more' && head.lines === 0) return 'more';
  return head.isRequest && !head.method ? 'no' : 'yes';
}

export const http = analyzer({
  name: 'http',
  about: 'a request and its response (1.0, 1.1)',
  transports: ['tcp'],
  ports: [80, 8080, 8000, 5000, 8002],
  options,
  fields,
  probe: ({ buf, pos, end }) => probe(buf, pos, end),

  create(values, emit) {
    const settings = new Settings(values);
    const shop: Shop = {
      settings,
      emit,
      writer: new Writer(settings),
      head: new Head(),
      pool: [],
      unmatchedRequests: emit.counter('unmatched_requests'),
      unmatchedResponses: emit.counter('unmatched_responses'),
      interim: emit.counter('response.interim'),
      tunnels: emit.counter('connection.tunnelled'),
      malformed: emit.counter('message.malformed'),
      oversized: emit.counter('message.oversized'),
      unsynced: emit.counter('stream.unsynced_bytes'),
    };
    return (flow) => new HttpSession(shop, flow);
  },
});
