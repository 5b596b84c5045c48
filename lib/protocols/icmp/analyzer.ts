/**
 * ICMP and ICMPv6: one event a request and its response (echo, timestamp, information, address mask), one event for
 * each message of another type. Request and response share the flow, because paired types are keyed by identifier.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag, type OptionsOf } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Field } from '../../events/fields.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { ByKey, type PairingOptions, Request } from '../kit/pairing.js';
import { ICMP, ICMP6, spell, type Version } from './codes.js';
import { fields } from './fields.js';
import { Message } from './parser.js';

const options = {
  send_request: flag(false, 'Accepted for old configurations; ICMP has no text form.'),
  send_response: flag(false, 'Accepted for old configurations; ICMP has no text form.'),
  transaction_timeout: duration(10, 'How long a request waits for its response.'),
};

const OK = constant('OK');
const ERROR = constant('Error');
const DUPLICATE = constant(
  'Another request with the same Id and Seq was received so this request was closed without receiving a response.',
);
const UNANSWERED = constant('Request was received without an associated response.');
const ORPHANED = constant('Response was received without an associated request.');

/** LIMIT: a frame that comes again within this time was captured twice; later, it was sent twice. */
const MAX_COPY_NANOSECONDS = 50_000_000;
/** LIMIT: pending requests kept for use again. */
const MAX_POOLED = 4096;

class PendingRequest extends Request {
  session!: IcmpSession;
  readonly message = new Message();
  dir: Direction = 0;
  seconds = 0;
  nanoseconds = 0;
}

/** What the sessions of one worker share. */
class Shop {
  readonly emit: Emit;
  readonly pairing: PairingOptions<PendingRequest>;
  readonly unmatchedResponses: Counter;
  readonly duplicates: Counter;
  readonly copies: Counter;
  readonly short: Counter;
  readonly message = new Message();
  readonly pool: PendingRequest[] = [];

  constructor(settings: OptionsOf<typeof options>, emit: Emit) {
    this.emit = emit;
    this.unmatchedResponses = emit.counter('unmatched_responses');
    this.duplicates = emit.counter('duplicate_requests');
    this.copies = emit.counter('frame.copied');
    this.short = emit.counter('message.short');
    this.pairing = {
      deadlines: emit.deadlines,
      timeoutSeconds: settings.transaction_timeout,
      unanswered: (request) => request.session.giveUp(request, UNANSWERED),
      counter: emit.counter('unmatched_requests'),
    };
  }
}

class IcmpSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #version: Version;
  #pending: ByKey<PendingRequest> | null = null;
  /** The last response that answered something, to know its copy by. */
  #answered: Message | null = null;
  #answeredSeconds = 0;
  #answeredNanoseconds = 0;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    this.#version = flow.ipVersion === 6 ? ICMP6 : ICMP;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const { message, short } = this.#shop;
    if (!message.read(bytes)) {
      short.value++;
      return 'ok';
    }
    const { asks, answers } = this.#version;
    if (asks[message.type] === 1) this.#request(dir, message, bytes);
    else if (answers[message.type]! >= 0) this.#response(dir, message, bytes);
    else this.#single(dir, message, bytes);
    return 'ok';
  }

  end(): void {
    this.#pending?.flush();
  }

  /** Publishes a request that gets no answer. */
  giveUp(request: PendingRequest, note: number): void {
    const row = this.#row(request.dir, request.seconds, request.nanoseconds);
    this.#describeRequest(row, request.message);
    row.word(shared['error.message'], note);
    row.status = ERROR;
    this.#shop.emit.send(row);
    this.#recycle(request);
  }

  #request(dir: Direction, message: Message, { seconds, nanoseconds }: Cursor): void {
    const { pool, pairing, duplicates, copies } = this.#shop;
    this.#pending ??= new ByKey(pairing);
    const key = keyOf(message.type, message.key);
    const earlier = this.#pending.size > 0 ? this.#pending.take(key) : undefined;
    if (
      earlier &&
      earlier.dir === dir &&
      isCopy(earlier.message, message, sinceNs(earlier, seconds, nanoseconds))
    ) {
      copies.value++;
      this.#pending.put(key, earlier);
      return;
    }
    if (earlier) {
      duplicates.value++;
      this.giveUp(earlier, DUPLICATE);
    }
    const request = pool.pop() ?? new PendingRequest();
    request.session = this;
    request.dir = dir;
    request.seconds = seconds;
    request.nanoseconds = nanoseconds;
    copy(message, request.message);
    this.#pending.put(key, request);
  }

  #response(dir: Direction, message: Message, { seconds, nanoseconds }: Cursor): void {
    const key = keyOf(this.#version.answers[message.type]!, message.key);
    // Not compared: a host that pings itself answers in the direction of the request.
    const request = this.#pending?.take(key);
    if (!request) {
      this.#orphan(dir, message, seconds, nanoseconds);
      return;
    }
    const row = this.#row(request.dir, request.seconds, request.nanoseconds);
    this.#describeRequest(row, request.message);
    this.#describeResponse(row, message, seconds, nanoseconds);
    row.status = OK;
    this.#shop.emit.send(row);
    this.#recycle(request);
    this.#answered ??= new Message();
    copy(message, this.#answered);
    this.#answeredSeconds = seconds;
    this.#answeredNanoseconds = nanoseconds;
  }

  #orphan(dir: Direction, message: Message, seconds: number, nanoseconds: number): void {
    const { emit, copies, unmatchedResponses } = this.#shop;
    const age = (seconds - this.#answeredSeconds) * 1e9 + nanoseconds - this.#answeredNanoseconds;
    if (this.#answered && isCopy(this.#answered, message, age)) {
      copies.value++;
      return;
    }
    unmatchedResponses.value++;
    const row = this.#row((1 - dir) as Direction, seconds, nanoseconds);
    row.flags |= FLAG.noStart;
    this.#describeResponse(row, message, seconds, nanoseconds);
    row.word(shared['error.message'], ORPHANED);
    row.status = ERROR;
    emit.send(row);
  }

  /** A message that is no request and no response: published at once. */
  #single(dir: Direction, message: Message, { seconds, nanoseconds }: Cursor): void {
    const row = this.#row(dir, seconds, nanoseconds);
    this.#describeRequest(row, message);
    row.status = this.#version.errors[message.type] === 1 ? ERROR : OK;
    this.#shop.emit.send(row);
  }

  /** A row whose source is the sender of direction `dir`. */
  #row(dir: Direction, seconds: number, nanoseconds: number): Row {
    const flow = this.#flow;
    const row = this.#shop.emit.row(flow);
    row.start(seconds, nanoseconds);
    row.flags |= FLAG.noNetworkProtocol | FLAG.typeConnectionOnly;
    if (dir === 1) row.swap();
    const destination = dir === 1 ? 0 : 16;
    if (flow.ipVersion === 6) row.ip(shared.path, flow.addresses, destination, 16);
    else row.ip(shared.path, flow.addresses, destination + 12, 4);
    row.long(fields['icmp.version'], this.#version.number);
    return row;
  }

  #describeRequest(row: Row, message: Message): void {
    row.requestBytes(message.size);
    row.icmp(message.type, message.code, false);
    row.long(fields['icmp.request.type'], message.type);
    row.long(fields['icmp.request.code'], message.code);
    this.#name(row, fields['icmp.request.message'], message);
  }

  #describeResponse(row: Row, message: Message, seconds: number, nanoseconds: number): void {
    row.end(seconds, nanoseconds);
    row.responseBytes(message.size);
    row.icmp(message.type, message.code, true);
    row.long(fields['icmp.response.type'], message.type);
    row.long(fields['icmp.response.code'], message.code);
    this.#name(row, fields['icmp.response.message'], message);
  }

  #name(row: Row, field: Field<'keyword'>, { type, code }: Message): void {
    const known = this.#version.names[type * 256 + code]!;
    if (known > 0) row.word(field, known);
    else row.string(field, spell(this.#version, type, code));
  }

  #recycle(request: PendingRequest): void {
    const { pool } = this.#shop;
    if (pool.length < MAX_POOLED) pool.push(request);
  }
}

/** One number for the request's type, identifier and sequence number. */
function keyOf(requestType: number, key: number): number {
  return requestType * 4294967296 + (key >>> 0);
}

function copy(from: Message, to: Message): void {
  to.type = from.type;
  to.code = from.code;
  to.checksum = from.checksum;
  to.key = from.key;
  to.size = from.size;
}

/** Whether `b`, seen `age` nanoseconds after `a`, is the same frame captured again: the checksum covers all its bytes. */
function isCopy(a: Message, b: Message, age: number): boolean {
  if (age < 0 || age > MAX_COPY_NANOSECONDS) return false;
  return (
    a.checksum === b.checksum &&
    a.key === b.key &&
    a.size === b.size &&
    a.type === b.type &&
    a.code === b.code
  );
}

function sinceNs(request: PendingRequest, seconds: number, nanoseconds: number): number {
  return (seconds - request.seconds) * 1e9 + nanoseconds - request.nanoseconds;
}

export const icmp = analyzer({
  name: 'icmp',
  about: 'a request and its reply, or one message',
  transports: ['icmp'],
  ports: [],
  options,
  fields,

  create(settings, emit) {
    const shop = new Shop(settings, emit);
    return (flow) => new IcmpSession(shop, flow);
  },
});
