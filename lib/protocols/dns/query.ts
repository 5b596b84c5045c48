/** A query that waits for its response, with a copy of its bytes; and the zone transfer that may answer it. */

import type { Cursor } from '../../base/cursor.js';
import type { Row } from '../../events/row.js';
import type { Direction } from '../analyzer.js';
import { Request } from '../kit/pairing.js';
import { Text } from '../kit/text.js';
import { Addresses } from './addresses.js';
import { TYPE } from './codes.js';
import { HEADER_BYTES, type Message } from './parser.js';

/** LIMIT: a frame that comes again within this time was captured twice; later, it was sent twice. */
const MAX_COPY_NANOSECONDS = 50_000_000;
/** LIMIT: larger buffers are not kept for the next query. */
const MAX_KEPT_BYTES = 4096;
/** Mbox, rname: at least the root; then five numbers. */
const MIN_SOA_BYTES = 22;

/** What a query's session does when no response comes. */
export interface Owner {
  unanswered(query: PendingQuery): void;
}

export class PendingQuery extends Request {
  session!: Owner;
  /** The message, without framing. */
  wire = new Uint8Array(128);
  size = 0;
  /** Bytes it took on the wire, with framing. */
  bytes = 0;
  seconds = 0;
  nanoseconds = 0;
  dir: Direction = 0;
  flags = 0;
  hasQuestion = false;
  questionType = 0;
  questionEnd = 0;
  hasOpt = false;
  transfer: Transfer | null = null;

  fill(message: Message, dir: Direction, bytes: number, { firstSeconds, firstNanoseconds }: Cursor): void {
    const { wire, base, end } = message;
    const size = end - base;
    if (size > this.wire.length || this.wire.length > MAX_KEPT_BYTES)
      this.wire = new Uint8Array(Math.max(size, 128));
    // PERF: queries are short: a loop beats the call into native set().
    if (size < 96) for (let i = 0; i < size; i++) this.wire[i] = wire[base + i]!;
    else this.wire.set(wire.subarray(base, end));
    this.size = size;
    this.bytes = bytes;
    this.seconds = firstSeconds;
    this.nanoseconds = firstNanoseconds;
    this.dir = dir;
    this.flags = message.flags;
    this.hasQuestion = message.questions > 0;
    this.questionType = this.hasQuestion ? message.questionType : 0;
    this.questionEnd = message.questionEnd - base;
    this.hasOpt = message.opt >= 0;
    this.transfer = null;
  }

  /** Whether the response repeats the question byte by byte. */
  asks(message: Message): boolean {
    if (!this.hasQuestion || message.questions === 0) return false;
    const { wire, base } = message;
    const stop = this.questionEnd;
    if (message.questionEnd - base !== stop || ((message.flags ^ this.flags) & 0x7800) !== 0) return false;
    for (let i = HEADER_BYTES; i < stop; i++) if (this.wire[i] !== wire[base + i]) return false;
    return true;
  }

  /** Whether `message`, sent in direction `dir`, is this query captured again. */
  isCopy(message: Message, dir: Direction, { firstSeconds, firstNanoseconds }: Cursor): boolean {
    const { wire, base, end } = message;
    if (dir !== this.dir || end - base !== this.size) return false;
    if (!isSoon(this.seconds, this.nanoseconds, firstSeconds, firstNanoseconds)) return false;
    for (let i = 0; i < this.size; i++) if (this.wire[i] !== wire[base + i]) return false;
    return true;
  }

  /** RFC 5936 2.2, RFC 1995 4: queries that several messages may answer. */
  get asksForZone(): boolean {
    return this.questionType === TYPE.AXFR || this.questionType === TYPE.IXFR;
  }
}

/** Whether the second time is so close behind the first that a frame was captured twice. */
export function isSoon(s1: number, ns1: number, s2: number, ns2: number): boolean {
  const age = (s2 - s1) * 1e9 + ns2 - ns1;
  return age >= 0 && age <= MAX_COPY_NANOSECONDS;
}

/** The messages of one zone transfer, seen as one answer: it ends with the SOA record it began with. */
export class Transfer {
  row: Row | null = null;
  answers = 0;
  authorities = 0;
  additionals = 0;
  bytes = 0;
  /** Records written into the row. */
  written = 0;
  readonly addresses = new Addresses();
  readonly text = new Text();
  readonly #type: number;
  #serial = 0;
  #isIncremental = false;
  #repeats = 0;

  constructor(type: number) {
    this.#type = type;
  }

  /** Takes the records of the next message into account; true when it is the last one. */
  follow(message: Message): boolean {
    let isDone = message.answers === 0;
    for (let i = 0; i < message.answers && !isDone; i++) isDone = this.#record(message, i, this.answers + i);
    if (this.#type === TYPE.IXFR && this.answers === 0 && message.answers === 1) isDone = true;
    this.answers += message.answers;
    this.authorities += message.authorities;
    this.additionals += message.additionals - (message.opt >= 0 ? 1 : 0);
    return isDone;
  }

  #record(message: Message, i: number, position: number): boolean {
    const isSoa = message.type(i) === TYPE.SOA && message.dataEnd(i) - message.dataAt(i) >= MIN_SOA_BYTES;
    if (position === 0) {
      if (isSoa) this.#serial = serialOf(message, i);
      return !isSoa;
    }
    if (!isSoa) return false;
    // RFC 1995 4: an incremental transfer goes on with the old SOA; the new one comes before the last additions, too.
    if (position === 1 && this.#type === TYPE.IXFR)
      this.#isIncremental = serialOf(message, i) !== this.#serial;
    if (this.#isIncremental && serialOf(message, i) !== this.#serial) return false;
    this.#repeats++;
    return this.#repeats === (this.#isIncremental ? 2 : 1);
  }
}

function serialOf(message: Message, i: number): number {
  const at = message.dataEnd(i) - 20;
  const { wire } = message;
  return ((wire[at]! << 24) | (wire[at + 1]! << 16) | (wire[at + 2]! << 8) | wire[at + 3]!) >>> 0;
}
