/**
 * SIP over UDP and TCP: one event a message. A datagram holds a message, seldom several; a stream is cut into messages by
 * Content-Length, and a direction that lost its place finds it again at the next segment that begins like a message.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag, text } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { HeadFinder } from '../kit/lines.js';
import { fields } from './fields.js';
import { Message } from './message.js';
import { isToken, MAX_METHOD, type Outcome, parseHead, startsWithSip } from './parser.js';
import { Writer } from './writer.js';

const options = {
  send_request: flag(false, 'Accepted for old configurations; see keep_original.'),
  send_response: flag(false, 'Accepted for old configurations; see keep_original.'),
  transaction_timeout: duration(10, 'Accepted for old configurations; each message is an event.'),
  parse_authorization: flag(true, 'Report scheme, realm, URI and user of Authorization.'),
  parse_body: flag(true, 'Report session descriptions (SDP).'),
  keep_original: flag(true, 'Put the message into `event.original`.'),
  redact_authorization: flag(
    true,
    'Mask what tells a password or a key: proofs in Authorization, passwords in URIs, keys in SDP.',
  ),
  transport_protocol: text('udp', 'Accepted for old configurations; both are understood.', ['udp', 'tcp']),
};

const ERROR = constant('Error');
const CUT = constant('Body is shorter than Content-Length');
const IANA_UDP = constant('17');
const IANA_TCP = constant('6');
/** LIMIT: bytes without a message, since the last one, after which the connection is given up. */
export const MAX_JUNK = 262_144;
/** LIMIT: messages of one datagram. */
export const MAX_MESSAGES = 16;
const CR = 13;
const LF = 10;
const BLANK = 32;

/** What the sessions of one worker share. */
interface Shop {
  readonly emit: Emit;
  readonly message: Message;
  readonly writer: Writer;
  readonly malformed: Counter;
  readonly oversized: Counter;
  readonly cut: Counter;
  readonly lost: Counter;
  readonly keepalives: Counter;
  readonly trailing: Counter;
  readonly unsynced: Counter;
}

/** Writes the message that was read as an event of its sender. */
function publish(
  shop: Shop,
  flow: Flow,
  dir: Direction,
  seconds: number,
  nanoseconds: number,
  cut: boolean,
): void {
  const row = shop.emit.row(flow);
  if (dir === 1) row.swap();
  row.start(seconds, nanoseconds);
  row.end(seconds, nanoseconds);
  shop.writer.write(row, shop.message, flow.transport === 'tcp' ? IANA_TCP : IANA_UDP);
  if (cut) {
    row.status = ERROR;
    row.word(shared['error.message'], CUT);
  }
  shop.emit.send(row);
}

function countBad({ malformed, oversized }: Shop, outcome: Outcome): void {
  if (outcome === 'large') oversized.value++;
  else malformed.value++;
}

class DatagramSession implements Session {
  readonly idle = true;
  readonly #shop: Shop;
  readonly #flow: Flow;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const { message, keepalives, trailing } = this.#shop;
    const { buf, end } = bytes;
    let at = bytes.pos;
    for (let n = 0; n < MAX_MESSAGES; n++) {
      at = skipLineEnds(buf, at, end);
      if (at === end) {
        if (n === 0) keepalives.value++;
        return 'ok';
      }
      // RFC 3261 18.3: what lies behind the message is discarded; some senders put another one there.
      if (n > 0 && !mayBegin(buf, at, end)) break;
      const outcome = parseHead(message.head, buf, at, end);
      if (outcome !== 'head') {
        countBad(this.#shop, outcome);
        return 'ok';
      }
      at = this.#message(dir, bytes);
    }
    trailing.value++;
    return 'ok';
  }

  /** Publishes the message whose head is parsed; where it ends. */
  #message(dir: Direction, { buf, end, seconds, nanoseconds }: Cursor): number {
    const { message, cut } = this.#shop;
    const { head } = message;
    const here = end - head.end;
    // RFC 3261 18.3: without a length, the body goes on to the end of the datagram.
    const size = head.contentLength < 0 ? here : Math.min(head.contentLength, here);
    const isCut = head.contentLength > here;
    if (isCut) cut.value++;
    const stop = head.end + size;
    message.read(buf, head.end + message.wanted(buf, size));
    publish(this.#shop, this.#flow, dir, seconds, nanoseconds, isCut);
    return stop;
  }
}

/** One direction of a connection. */
class Side {
  readonly finder = new HeadFinder();
  /** What stands at the cursor begins a message; else it may. */
  synced = false;
  /** A message has begun and is not complete. */
  waiting = false;
}

class StreamSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  #junk = 0;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
  }

  data(dir: Direction, cursor: Cursor): Verdict {
    const side = this.#sides[dir];
    for (;;) {
      side.waiting = false;
      this.#skipPings(cursor);
      if (cursor.left === 0) return 'ok';
      const { buf, pos, end } = cursor;
      if (!side.synced && !mayBegin(buf, pos, end)) return this.#discard(cursor);
      side.waiting = true;
      if (side.finder.searching && !side.finder.find(buf, pos, end)) return 'ok';
      const { head } = this.#shop.message;
      const outcome = parseHead(head, buf, pos, end);
      if (outcome === 'more' && !side.finder.find(buf, pos, end)) return 'ok';
      // RFC 3261 18.3: a stream needs a length; without one there is no body.
      if (outcome !== 'head' || head.contentLength === -2) {
        countBad(this.#shop, outcome);
        return this.#loseSync(side, cursor);
      }
      if (!this.#message(dir, side, cursor)) return 'ok';
    }
  }

  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    // A gap within a body that was skipped anyway changes nothing.
    if (beyond > 0) this.#unsync(this.#sides[dir]);
    return 'ok';
  }

  end(): void {
    for (const side of this.#sides) if (side.waiting) this.#shop.lost.value++;
  }

  /** Publishes and consumes the message whose head is parsed; false when its body is not at hand yet. */
  #message(dir: Direction, side: Side, cursor: Cursor): boolean {
    const { message } = this.#shop;
    const { head } = message;
    const { buf, pos } = cursor;
    const size = Math.max(0, head.contentLength);
    const wanted = message.wanted(buf, size);
    const bytes = head.end - pos;
    if (!cursor.need(bytes + wanted)) return false;
    message.read(buf, pos + bytes + wanted);
    publish(this.#shop, this.#flow, dir, cursor.firstSeconds, cursor.firstNanoseconds, false);
    side.finder.reset();
    side.synced = true;
    side.waiting = false;
    this.#junk = 0;
    cursor.skip(bytes + size);
    return true;
  }

  /** RFC 5626 3.5.1: two line ends ask, one answers; before a message they mean nothing. */
  #skipPings(cursor: Cursor): void {
    const at = skipLineEnds(cursor.buf, cursor.pos, cursor.end);
    if (at === cursor.pos) return;
    if (at === cursor.end) this.#shop.keepalives.value++;
    cursor.pos = at;
    cursor.commit();
  }

  /** What stands at the cursor is no message: the rest of the segment is given up. */
  #loseSync(side: Side, cursor: Cursor): Verdict {
    side.waiting = false;
    this.#unsync(side);
    return this.#discard(cursor);
  }

  #unsync(side: Side): void {
    if (side.waiting) this.#shop.lost.value++;
    side.waiting = false;
    side.synced = false;
    side.finder.reset();
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

function skipLineEnds(buf: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (buf[i] === CR || buf[i] === LF)) i++;
  return i;
}

/** False when [start, end) cannot be how a message begins: a method and the beginning of a URI, or the version. */
function mayBegin(buf: Uint8Array, start: number, end: number): boolean {
  if (startsWithSip(buf, start, end)) return true;
  let i = start;
  while (i < end && isToken(buf[i]!)) i++;
  if (i - start > MAX_METHOD) return false;
  if (i === end || (i - start === 3 && buf[i] === 0x2f)) return true;
  if (i === start || buf[i] !== BLANK) return false;
  for (i++; i < end && buf[i] !== 0x3a; i++) if (!isToken(buf[i]!)) return false;
  return true;
}

/** As mayBegin(), for certain: the whole first line is there and it is SIP. */
function probe(buf: Uint8Array, pos: number, end: number): 'yes' | 'no' | 'more' {
  const start = skipLineEnds(buf, pos, end);
  if (start === end) return 'more';
  if (!mayBegin(buf, start, end)) return 'no';
  const lf = buf.subarray(start, end).indexOf(LF);
  if (lf < 0) return 'more';
  const message = new Message({ original: false, body: false, redact: false });
  return parseHead(message.head, buf, start, end) === 'bad' ? 'no' : 'yes';
}

export const sip = analyzer({
  name: 'sip',
  about: 'a request, or a response',
  transports: ['udp', 'tcp'],
  ports: [5060],
  options,
  fields,
  probe: ({ buf, pos, end }) => probe(buf, pos, end),

  create(settings, emit) {
    const { parse_authorization: parseAuthorization, keep_original: keepOriginal } = settings;
    const shop: Shop = {
      emit,
      message: new Message({
        original: keepOriginal,
        body: settings.parse_body,
        redact: settings.redact_authorization,
      }),
      writer: new Writer({ parseAuthorization, keepOriginal }),
      malformed: emit.counter('message.malformed'),
      oversized: emit.counter('message.oversized'),
      cut: emit.counter('message.cut'),
      lost: emit.counter('message.lost'),
      keepalives: emit.counter('connection.keepalives'),
      trailing: emit.counter('datagram.trailing'),
      unsynced: emit.counter('stream.unsynced_bytes'),
    };
    return (flow) =>
      flow.transport === 'tcp' ? new StreamSession(shop, flow) : new DatagramSession(shop, flow);
  },
});
