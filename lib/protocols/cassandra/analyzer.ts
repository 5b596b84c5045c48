/**
 * Cassandra: one event a request and its response, paired by stream id, many in flight, and one for each event that the
 * server pushes. Statements of executions are known from their PREPARE, on whatever connection it came.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag, type OptionsOf, strings, text } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import type { EndReason } from '../../handoff/record.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { ByKey, Request } from '../kit/pairing.js';
import { markOrphaned, markUnanswered } from '../kit/unpaired.js';
import { KIND, OP, OP_NAMES, REQUESTS } from './codes.js';
import { fields } from './fields.js';
import { FrameReader, Link } from './parser.js';
import { probe } from './probe.js';
import { RequestBody, readStartup } from './requests.js';
import { ResponseBody } from './responses.js';
import { Statements, serverKey } from './statements.js';

const options = {
  send_request: flag(true, 'Put what is known of the request into `cassandra.request`.'),
  send_response: flag(true, 'Put what is known of the response into `cassandra.response`.'),
  send_request_header: flag(true, 'With send_request: put the header of its frame into it.'),
  send_response_header: flag(true, 'With send_response: put the header of its frame into it.'),
  compressor: text(
    '',
    'Algorithm of compressed frames where the start of the connection, which tells it, was not seen: snappy or lz4; ' +
      'empty: found out from the frames.',
    ['', 'snappy', 'lz4'],
  ),
  ignored_ops: strings(
    [],
    'Operations that give no event, as requests or as responses: QUERY, RESULT, EVENT ...',
    OP_NAMES,
  ),
  transaction_timeout: duration(10, 'How long a request waits for its response.'),
};

/** LIMIT: requests a connection may have pending; drivers go up to 2,048. */
export const MAX_IN_FLIGHT = 4096;
/** LIMIT of their bytes together, as far as rows keep them; the oldest is sent as unanswered. */
export const MAX_PENDING_BYTES = 8 << 20;
/** LIMIT of what a row keeps of one request. */
const MAX_KEPT = 65_536;

const OK = constant('OK');
const ERROR = constant('Error');
// RFC 8446 5.1: a handshake record.
const TLS_HANDSHAKE = 22;

class PendingFrame extends Request {
  /** Undefined: the operation is ignored. */
  row: Row | undefined;
  kept = 0;
  secret = false;
  /** PREPARE: a copy of the statement. */
  statement: Uint8Array | undefined;
}

/** What the sessions of one worker share. */
interface Shop {
  readonly options: OptionsOf<typeof options>;
  readonly emit: Emit;
  /** Bit mask over opcodes. */
  readonly ignored: number;
  readonly pushes: Counter;
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly undecoded: Counter;
  readonly requestBody: RequestBody;
  readonly responseBody: ResponseBody;
  readonly statements: Statements;
  readonly pool: PendingFrame[];
}

class CassandraSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #link: Link;
  readonly #readers: readonly [FrameReader, FrameReader];
  readonly #pending: ByKey<PendingFrame>;
  #client: Direction | undefined;
  #server: Uint8Array | undefined;
  #pendingBytes = 0;
  #begun = false;
  #hasRequests = false;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    const { compressor } = shop.options;
    this.#link = new Link(compressor === '' ? undefined : (compressor as 'snappy' | 'lz4'), shop.undecoded);
    this.#readers = [new FrameReader(this.#link), new FrameReader(this.#link)];
    this.#pending = new ByKey({
      deadlines: shop.emit.deadlines,
      timeoutSeconds: shop.options.transaction_timeout,
      unanswered: (request, isOpen) => this.#unanswered(request, isOpen),
      counter: shop.unmatchedRequests,
      max: MAX_IN_FLIGHT,
    });
    if (flow.client !== undefined) this.#setClient(flow.client);
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    if (!this.#begun) {
      const { buf, pos } = bytes;
      if (buf[pos] === TLS_HANDSHAKE && !bytes.need(2)) return 'ok';
      this.#begun = true;
      // The same port serves TLS, from the first byte on.
      if (buf[pos] === TLS_HANDSHAKE && buf[pos + 1] === 3) return 'tls';
    }
    const reader = this.#readers[dir];
    for (;;) {
      const outcome = reader.read(bytes);
      if (outcome === 'bad') return 'drop';
      if (outcome === 'more') return 'ok';
      if (this.#client === undefined) this.#setClient(isRequest(reader) ? dir : ((1 - dir) as Direction));
      const isDone = reader.sends === 'requests' ? this.#request(reader) : this.#response(reader);
      if (isDone) reader.finish(bytes);
    }
  }

  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    // Nothing is lost but what was to be skipped; requests whose responses are lost time out.
    if (beyond > 0) this.#readers[dir].reset();
    return 'ok';
  }

  end(reason: EndReason): void {
    this.#pending.flush(reason);
  }

  #setClient(client: Direction): void {
    this.#client = client;
    this.#readers[client].sends = 'requests';
    this.#readers[(1 - client) as Direction].sends = 'responses';
  }

  /** False: read() must show more of the body first. */
  #request(reader: FrameReader): boolean {
    this.#hasRequests = true;
    const { ignored, requestBody: body } = this.#shop;
    const isIgnored = (ignored & (1 << reader.op)) !== 0;
    if (reader.op === OP.startup) readStartup(reader, this.#link);
    if (!isIgnored && !body.read(reader) && reader.enlarge()) return false;
    const request = this.#shop.pool.pop() ?? new PendingFrame();
    request.row = undefined;
    request.kept = 0;
    request.secret = false;
    request.statement = undefined;
    if (!isIgnored) this.#open(request, reader);
    this.#queue(request, reader.stream);
    return true;
  }

  #open(request: PendingFrame, reader: FrameReader): void {
    const { options, requestBody: body } = this.#shop;
    const row = this.#row(reader);
    row.requestBytes(reader.size);
    request.row = row;
    request.kept = Math.min(reader.size, MAX_KEPT);
    if (options.send_request) this.#tell(request, reader);
    request.secret = body.secret;
  }

  #tell(request: PendingFrame, reader: FrameReader): void {
    const { options, requestBody: body } = this.#shop;
    if (reader.op === OP.prepare || reader.op === OP.execute || reader.op === OP.batch)
      this.#server ??= this.#serverKey();
    body.write(request.row!, reader, options.send_request_header, this.#server);
    if (reader.op !== OP.prepare || !body.text) return;
    const { start, end } = body.span;
    request.statement = body.text.slice(start, Math.min(end, start + MAX_KEPT));
  }

  #queue(request: PendingFrame, stream: number): void {
    this.#pendingBytes += request.kept;
    this.#pending.put(stream, request);
    while (this.#pendingBytes > MAX_PENDING_BYTES && this.#pending.size > 1) this.#pending.evict();
  }

  #response(reader: FrameReader): boolean {
    const { options, responseBody: body, ignored } = this.#shop;
    const isIgnored = (ignored & (1 << reader.op)) !== 0;
    // Ids of statements are needed whether responses are told or not.
    const isRead = !isIgnored && (options.send_response || reader.op === OP.result);
    if (isRead && !body.read(reader) && reader.enlarge()) return false;
    if (reader.op === OP.event) this.#push(reader, isIgnored);
    else this.#answer(reader, isIgnored);
    return true;
  }

  /** What the server sends unasked. */
  #push(reader: FrameReader, isIgnored: boolean): void {
    this.#shop.pushes.value++;
    if (isIgnored) return;
    const row = this.#row(reader);
    // The server is the source here, and the client still who opened the connection.
    row.flags = (row.flags ^ FLAG.swapped) | FLAG.swapRoles | FLAG.noStart;
    row.end(reader.seconds, reader.nanoseconds);
    row.requestBytes(reader.size);
    row.status = OK;
    row.boolean(fields['cassandra.no_request'], true);
    this.#send(row, reader, false);
  }

  #answer(reader: FrameReader, isIgnored: boolean): void {
    const { responseBody: body, emit } = this.#shop;
    const request = this.#pending.take(reader.stream);
    if (!request) {
      this.#orphan(reader, isIgnored);
      return;
    }
    const { row } = request;
    if (request.statement && body.kind === KIND.prepared && reader.op === OP.result)
      this.#prepared(request, reader);
    if (row && isIgnored) {
      emit.discard(row);
    } else if (row) {
      row.end(reader.seconds, reader.nanoseconds);
      row.responseBytes(reader.size);
      row.status = reader.op === OP.error ? ERROR : OK;
      this.#send(row, reader, request.secret);
    }
    this.#recycle(request);
  }

  #orphan(reader: FrameReader, isIgnored: boolean): void {
    this.#shop.unmatchedResponses.value++;
    // Before the first request: it was sent before the capture began.
    if (isIgnored || !this.#hasRequests) return;
    const row = this.#row(reader);
    markOrphaned(row, reader.seconds, reader.nanoseconds);
    row.responseBytes(reader.size);
    // What it answers is not known: it may repeat a password.
    this.#send(row, reader, true);
  }

  #send(row: Row, reader: FrameReader, secret: boolean): void {
    const { options, responseBody: body, emit } = this.#shop;
    if (options.send_response) body.write(row, reader, options.send_response_header, secret);
    emit.send(row);
  }

  #prepared(request: PendingFrame, { body }: FrameReader): void {
    const { id } = this.#shop.responseBody;
    this.#shop.statements.put(this.#server!, body.buf, id.start, id.end, request.statement!);
  }

  #row(reader: FrameReader): Row {
    const row = this.#shop.emit.row(this.#flow);
    if (this.#client === 1) row.swap();
    row.start(reader.seconds, reader.nanoseconds);
    return row;
  }

  #serverKey(): Uint8Array {
    const { addresses, sourcePort, destinationPort } = this.#flow;
    return this.#client === 1
      ? serverKey(addresses, 0, sourcePort)
      : serverKey(addresses, 1, destinationPort);
  }

  #unanswered(request: PendingFrame, isOpen: boolean): void {
    const { row } = request;
    if (row && isOpen) this.#shop.emit.discard(row);
    else if (row) {
      markUnanswered(row);
      this.#shop.emit.send(row);
    }
    this.#recycle(request);
  }

  #recycle(request: PendingFrame): void {
    this.#pendingBytes -= request.kept;
    request.row = undefined;
    request.statement = undefined;
    if (this.#shop.pool.length < 1024) this.#shop.pool.push(request);
  }
}

const isRequest = ({ op }: FrameReader): boolean => (REQUESTS & (1 << op)) !== 0;

export const cassandra = analyzer({
  name: 'cassandra',
  about: 'a request and its response, or an event the server pushes',
  transports: ['tcp'],
  ports: [9042],
  options,
  fields,
  probe,

  create(options, emit) {
    const statements = new Statements();
    const shop: Shop = {
      options,
      emit,
      ignored: options.ignored_ops.reduce((mask, name) => mask | opBit(name), 0),
      pushes: emit.counter('push.unasked'),
      unmatchedRequests: emit.counter('unmatched_requests'),
      unmatchedResponses: emit.counter('unmatched_responses'),
      undecoded: emit.counter('frames.undecoded'),
      requestBody: new RequestBody(statements),
      responseBody: new ResponseBody(),
      statements,
      pool: [],
    };
    return (flow) => new CassandraSession(shop, flow);
  },
});

function opBit(name: string): number {
  const op = OP_NAMES.indexOf(name.trim().toUpperCase());
  return op < 0 ? 0 : 1 << op;
}
