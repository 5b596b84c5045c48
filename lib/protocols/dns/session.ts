/**
 * One flow of DNS. Datagrams are messages; a stream has a length before each (RFC 1035 4.2.2). Queries and responses are
 * paired by id. Multicast (mDNS, LLMNR) is answered in other flows, so its messages are events of their own.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import type { Direction, Emit, Flow, Session, Verdict } from '../analyzer.js';
import { ByKey, type PairingOptions } from '../kit/pairing.js';
import { Message } from './parser.js';
import { looksLikeHeader } from './probe.js';
import { NOTE, type Place, Publisher, type Settings } from './publisher.js';
import { isSoon, PendingQuery } from './query.js';

export const MDNS_PORT = 5353;
export const LLMNR_PORT = 5355;

/** LIMIT: bytes of queries one flow may have pending. */
const MAX_PENDING_BYTES = 256 << 10;
/** LIMIT: messages in a row that a stream may have which are none. */
const MAX_BAD_MESSAGES = 3;
/** LIMIT: objects kept for use again. */
const MAX_POOLED = 4096;
const LENGTH_BYTES = 2;

/** What the sessions of one worker share. */
export class Shop {
  readonly publisher: Publisher;
  readonly message = new Message();
  readonly unmatchedResponses: Counter;
  readonly undecodable: Counter;
  readonly copies: Counter;
  readonly queries: PendingQuery[] = [];
  readonly tables: ByKey<PendingQuery>[] = [];
  readonly #pairing: PairingOptions<PendingQuery>;

  constructor(settings: Settings & { readonly transaction_timeout: number }, emit: Emit) {
    this.publisher = new Publisher(settings, emit);
    this.unmatchedResponses = emit.counter('unmatched_responses');
    this.undecodable = emit.counter('message.undecodable');
    this.copies = emit.counter('frame.copied');
    this.#pairing = {
      deadlines: emit.deadlines,
      timeoutSeconds: settings.transaction_timeout,
      unanswered: (query) => query.session.unanswered(query),
      counter: emit.counter('unmatched_requests'),
    };
  }

  table(): ByKey<PendingQuery> {
    return this.tables.pop() ?? new ByKey(this.#pairing);
  }
}

/** What datagrams and streams have in common. */
abstract class DnsSession implements Session, Place {
  readonly flow: Flow;
  readonly isMdns: boolean;
  abstract readonly isUdp: boolean;
  protected readonly shop: Shop;
  protected pending: ByKey<PendingQuery> | null = null;
  /** The note of queries that are given up. */
  protected why: number = NOTE.noResponse;
  /** Where the queries come from. */
  protected client: Direction;
  readonly #isMulticast: boolean;
  /** Responses may come without a query in this flow. */
  readonly #isLinkLocal: boolean;
  #pendingBytes = 0;
  /** The response that answered last, to know its copy by. */
  #lastKey = -1;
  #lastBytes = 0;
  #lastSeconds = 0;
  #lastNanoseconds = 0;

  constructor(shop: Shop, flow: Flow) {
    this.shop = shop;
    this.flow = flow;
    this.client = flow.client ?? 0;
    this.isMdns = flow.sourcePort === MDNS_PORT || flow.destinationPort === MDNS_PORT;
    this.#isLinkLocal = this.isMdns || flow.sourcePort === LLMNR_PORT || flow.destinationPort === LLMNR_PORT;
    this.#isMulticast = this.#isLinkLocal && isMulticast(flow);
  }

  abstract data(dir: Direction, bytes: Cursor): Verdict;

  end(): void {
    this.pending?.flush();
    this.#giveTableBack();
  }

  /** PERF: a flow a query is common: none keeps a table that it may never need again. */
  #giveTableBack(): void {
    const { pending, shop } = this;
    if (!pending) return;
    this.pending = null;
    if (shop.tables.length < MAX_POOLED) shop.tables.push(pending);
  }

  unanswered(query: PendingQuery): void {
    const { publisher } = this.shop;
    if (query.transfer) publisher.closeTransfer(this, query, NOTE.incomplete);
    else publisher.unanswered(this, query, this.why);
    this.#recycle(query);
  }

  /** A message that took `bytes` on the wire. */
  protected read(dir: Direction, message: Message, bytes: number, time: Cursor): void {
    if (message.isResponse) this.#response(dir, message, bytes, time);
    else if (this.#isMulticast) this.shop.publisher.single(this, dir, message, bytes, time);
    else this.#query(dir, message, bytes, time);
  }

  #query(dir: Direction, message: Message, bytes: number, time: Cursor): void {
    const { queries, copies } = this.shop;
    this.pending ??= this.shop.table();
    this.client = dir;
    const key = keyOf(message, dir);
    const earlier = this.pending.size > 0 ? this.pending.take(key) : undefined;
    if (earlier) {
      if (earlier.isCopy(message, dir, time)) {
        copies.value++;
        this.pending.put(key, earlier);
        return;
      }
      this.#giveUp(earlier, NOTE.duplicate);
    }
    const query = queries.pop() ?? new PendingQuery();
    query.session = this;
    query.fill(message, dir, bytes, time);
    this.pending.put(key, query);
    this.#pendingBytes += query.size;
    while (this.#pendingBytes > MAX_PENDING_BYTES && this.pending.size > 1) this.pending.evict();
  }

  #response(dir: Direction, message: Message, bytes: number, time: Cursor): void {
    const { publisher } = this.shop;
    const key = keyOf(message, (1 - dir) as Direction);
    const query = this.pending?.take(key);
    if (!query) {
      this.#unasked(dir, key, message, bytes, time);
      return;
    }
    if (!this.isUdp && query.asksForZone) {
      if (!publisher.transferred(this, query, message, bytes, time)) {
        this.pending!.put(key, query);
        return;
      }
    } else {
      publisher.answered(this, query, message, bytes, time);
    }
    this.#recycle(query);
    if (this.pending!.size === 0) this.#giveTableBack();
    this.#lastKey = key;
    this.#lastBytes = bytes;
    this.#lastSeconds = time.firstSeconds;
    this.#lastNanoseconds = time.firstNanoseconds;
  }

  #unasked(dir: Direction, key: number, message: Message, bytes: number, time: Cursor): void {
    const { publisher, copies, unmatchedResponses } = this.shop;
    const { firstSeconds, firstNanoseconds } = time;
    if (
      key === this.#lastKey &&
      bytes === this.#lastBytes &&
      isSoon(this.#lastSeconds, this.#lastNanoseconds, firstSeconds, firstNanoseconds)
    ) {
      copies.value++;
    } else if (this.#isLinkLocal) {
      publisher.single(this, dir, message, bytes, time);
    } else {
      unmatchedResponses.value++;
      publisher.orphaned(this, dir, message, bytes, time);
    }
  }

  #giveUp(query: PendingQuery, note: number): void {
    this.why = note;
    this.unanswered(query);
    this.why = NOTE.noResponse;
  }

  /** The response to query `id`, or to the oldest, cannot be read. */
  protected fail(dir: Direction, id: number, note: number): void {
    const { pending } = this;
    if (!pending || pending.size === 0) return;
    const query = id < 0 ? undefined : pending.take(id | ((1 - dir) << 16));
    this.why = note;
    if (query) this.unanswered(query);
    else if (id < 0) pending.evict();
    this.why = NOTE.noResponse;
  }

  #recycle(query: PendingQuery): void {
    const { queries } = this.shop;
    this.#pendingBytes -= query.size;
    if (queries.length < MAX_POOLED) queries.push(query);
  }
}

export class DatagramSession extends DnsSession {
  readonly isUdp = true;

  get idle(): boolean {
    return this.pending === null || this.pending.size === 0;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const { message, undecodable } = this.shop;
    const { buf, pos, end } = bytes;
    if (message.parse(buf, pos, end)) this.read(dir, message, end - pos + bytes.cut, bytes);
    else undecodable.value++;
    return 'ok';
  }
}

export class StreamSession extends DnsSession {
  readonly isUdp = false;
  /** By direction: the next byte is the first one of a length. */
  readonly #isInStep = [true, true];
  /** By direction: part of a message is there. */
  readonly #isPartial = [false, false];
  #bad = 0;

  data(dir: Direction, bytes: Cursor): Verdict {
    if (!this.#isInStep[dir] && !this.#resume(dir, bytes)) return 'ok';
    for (;;) {
      this.#isPartial[dir] = bytes.left > 0;
      if (bytes.left === 0 || !bytes.need(LENGTH_BYTES)) return 'ok';
      const { buf, pos } = bytes;
      const size = (buf[pos]! << 8) | buf[pos + 1]!;
      if (!bytes.need(LENGTH_BYTES + size)) return 'ok';
      const isGood = this.#message(dir, bytes, pos + LENGTH_BYTES, pos + LENGTH_BYTES + size);
      bytes.pos = pos + LENGTH_BYTES + size;
      bytes.commit();
      this.#bad = isGood ? 0 : this.#bad + 1;
      if (this.#bad >= MAX_BAD_MESSAGES) return 'drop';
    }
  }

  /** The messages that were lost in part are not answers any more; reading goes on with the next one that begins a segment. */
  gap(dir: Direction): Verdict {
    this.#isInStep[dir] = false;
    this.#isPartial[dir] = false;
    this.why = NOTE.incomplete;
    if (dir !== this.client) this.pending?.flush();
    this.why = NOTE.noResponse;
    return 'ok';
  }

  override end(): void {
    for (const dir of [0, 1] as const) {
      if (this.#isPartial[dir] && dir !== this.client) this.fail(dir, -1, NOTE.incomplete);
    }
    super.end();
  }

  /** After lost bytes: whether a message begins here. */
  #resume(dir: Direction, bytes: Cursor): boolean {
    const { buf, pos, end } = bytes;
    if (!looksLikeHeader(buf, pos + LENGTH_BYTES, end)) {
      bytes.skip(bytes.left);
      return false;
    }
    this.#isInStep[dir] = true;
    return true;
  }

  /** False: [start, end) holds no message. */
  #message(dir: Direction, bytes: Cursor, start: number, end: number): boolean {
    const { message, undecodable } = this.shop;
    const { buf } = bytes;
    if (message.parse(buf, start, end)) {
      this.read(dir, message, end - start + LENGTH_BYTES, bytes);
      return true;
    }
    undecodable.value++;
    if (dir === this.client) return false;
    if (end === start) this.fail(dir, -1, NOTE.zeroLength);
    else this.fail(dir, end - start < 2 ? -1 : (buf[start]! << 8) | buf[start + 1]!, NOTE.undecodable);
    return false;
  }
}

/** Id and direction of the query. */
function keyOf(message: Message, dir: Direction): number {
  return message.id | (dir << 16);
}

/** Whether the flow's destination is a group: 224.0.0.0/4, ff00::/8. */
function isMulticast({ addresses, ipVersion }: Flow): boolean {
  return ipVersion === 6 ? addresses[16] === 0xff : (addresses[28]! & 0xf0) === 0xe0;
}
