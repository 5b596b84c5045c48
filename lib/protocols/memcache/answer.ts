/**
 * The response in progress: its lines (text: VALUE and STAT until END; binary: Stat until an empty key) go into the row of
 * the command it answers.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { CONTINUE, LAST_CLIENT_STATUS, OPCODE, OPCODES, SUCCESS } from './binary-codes.js';
import { writeU64 } from './binary-fields.js';
import { fields } from './fields.js';
import { type Reader, u32 } from './parser.js';
import type { PendingCommand } from './request.js';
import type { Shop } from './shop.js';
import {
  DUMPED,
  END,
  KIND,
  META_ARITHMETIC,
  META_MISS,
  META_VALUE,
  NUMBER,
  type Severity,
  STAT,
  type TextResponse,
  VALUE,
  VERSION,
} from './text-codes.js';
import { MAX_KEYS, writeDecimal, writeUnsigned } from './text-fields.js';

/** LIMIT: statistics of one response in its event. */
export const MAX_STATS = 1000;
/** LIMIT: bytes kept of the value of one statistic, or of a version (binary). */
const MAX_TEXT = 1024;
/** LIMIT: base64 characters of all values of one response: what a row holds, less its other fields. */
const MAX_KEPT = 900_000;
const U64_BYTES = 8;

const NAME = constant('name');
const WORTH = constant('value');
const PACKET_LOSS = constant('Packet loss while capturing the response');
const STATUS: Readonly<Record<Severity, number>> = {
  OK: constant('OK'),
  Error: constant('Error'),
  'Client Error': constant('Client Error'),
  'Server Error': constant('Server Error'),
};

/** What is done with a value when it has passed. */
const VALUE_OF = { nothing: 0, data: 1, counter: 2, version: 3, stat: 4, number: 5 } as const;

export class Answer {
  /** The command answered; null between responses. */
  request: PendingCommand | null = null;
  readonly #shop: Shop;
  #size = 0;
  #bytes = 0;
  #values = 0;
  #items = 0;
  #lines = 0;
  #isOpen = false;
  #hasValues = false;
  #severity: Severity = 'OK';
  #hasLost = false;
  #use: number = VALUE_OF.nothing;
  #kept: string[] = [];
  #keptSize = 0;

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** The first head of a response to `request`. True: nothing more follows, not even a value. */
  begin(request: PendingCommand, head: Reader): boolean {
    this.request = request;
    this.#size = 0;
    this.#bytes = 0;
    this.#values = 0;
    this.#items = 0;
    this.#lines = 0;
    this.#isOpen = false;
    this.#hasValues = false;
    this.#severity = 'OK';
    this.#hasLost = false;
    this.#use = VALUE_OF.nothing;
    if (!request.isOrphan) request.row?.end(head.seconds, head.nanoseconds);
    return this.next(head);
  }

  /** A further head. True: the response is complete with it. */
  next(head: Reader): boolean {
    this.#size += head.size;
    this.#lines++;
    const { row } = this.request!;
    if (head.isBinary) return this.#nextBinary(row, head);
    const { response } = head;
    if (row) this.#line(row, head, response);
    return !this.#continues(head, response);
  }

  /** The value of the last head has passed. True: the response is complete with it. */
  valued(head: Reader): boolean {
    const { row, isBinary } = this.request!;
    if (head.hasLost) this.#hasLost = true;
    else if (row) this.#value(row, head);
    if (row) this.#closeStat(row);
    if (isBinary) return head.opcode !== OPCODE.stat || head.status !== SUCCESS;
    return head.response === META_VALUE;
  }

  /** Bytes of the response were lost, none that matter. */
  lost(): void {
    this.#hasLost = true;
  }

  /** Writes what is known only at the end; the row is then complete. */
  finish(row: Row): void {
    this.#closeStat(row);
    if (this.#isOpen) row.close();
    if (this.#hasValues) {
      row.long(fields['memcache.response.count_values'], this.#values);
      row.long(fields['memcache.response.bytes'], this.#bytes);
    }
    if (this.#kept.length > 0) this.#writeKept(row);
    if (this.#hasLost) row.word(shared['error.message'], PACKET_LOSS);
    row.responseBytes(this.#size);
    row.status = STATUS[this.#severity];
  }

  // ---- text

  /** More lines of the same response follow the line of `response`. */
  #continues(head: Reader, { kind }: TextResponse): boolean {
    if (kind === KIND.value || kind === KIND.stat || kind === KIND.listing) return true;
    return head.valueSize >= 0;
  }

  #line(row: Row, head: Reader, response: TextResponse): void {
    if (this.#lines === 1) this.#firstLine(row, head, response);
    else if (response.kind === KIND.error) this.#failure(row, head, response);
    if (response === VALUE) this.#valueLine(row, head);
    else if (response === STAT) this.#statLine(row, head);
    else if (response === META_VALUE) this.#metaLine(row, head, 2);
    else if (response.kind === KIND.meta) this.#metaLine(row, head, 1);
  }

  #firstLine(row: Row, head: Reader, response: TextResponse): void {
    row.block(this.#shop.blocks.responses[response.id]!);
    if (response.hasMessage) this.#failure(row, head, response);
    this.#severity = response.severity;
    if (response === NUMBER) writeUnsigned(row, fields['memcache.response.value'], head, 0);
    else if (response === VERSION && head.words > 1)
      row.text(fields['memcache.response.version'], head.buf, head.wordStart[1]!, head.end);
    else if (response === VALUE) {
      writeUnsigned(row, fields['memcache.response.flags'], head, 2);
      writeUnsigned(row, fields['memcache.response.cas_unique'], head, 4);
    }
  }

  #failure(row: Row, head: Reader, response: TextResponse): void {
    this.#close(row);
    this.#severity = response.severity;
    if (head.words > 1)
      row.text(fields['memcache.response.error_msg'], head.buf, head.wordStart[1]!, head.end);
  }

  #valueLine(row: Row, head: Reader): void {
    if (!this.#isOpen && this.#items === 0) {
      this.#isOpen = true;
      row.list(fields['memcache.response.keys']);
    }
    if (this.#items++ < MAX_KEYS && this.#isOpen)
      row.text(ITEM, head.buf, head.wordStart[1]!, head.wordEnd[1]!);
    this.#data(head);
  }

  #statLine(row: Row, head: Reader): void {
    if (head.words < 2) return;
    this.#openStats(row);
    if (this.#items++ >= MAX_STATS || !this.#isOpen) return;
    const value = head.words > 2 ? head.wordStart[2]! : head.end;
    writeStat(row, head.buf, head.wordStart[1]!, head.wordEnd[1]!, head.buf, value, head.end);
  }

  /** Flags from word `first` on. */
  #metaLine(row: Row, head: Reader, first: number): void {
    const { buf, words, wordStart, wordEnd } = head;
    for (let i = first; i < words; i++) {
      const flag = buf[wordStart[i]!]!;
      if (flag === 0x66) writeUnsigned(row, fields['memcache.response.flags'], head, i, 1);
      else if (flag === 0x63) writeUnsigned(row, fields['memcache.response.cas_unique'], head, i, 1);
      else if (flag === 0x6b) {
        row.list(fields['memcache.response.keys']);
        row.text(ITEM, buf, wordStart[i]! + 1, wordEnd[i]!);
        row.close();
      }
    }
    if (head.valueSize < 0) return;
    if (this.request!.command === META_ARITHMETIC) {
      this.#use = VALUE_OF.number;
      head.want(MAX_TEXT);
    } else this.#data(head);
  }

  /** A value of the cache: counted, and kept as far as wanted. */
  #data(head: Reader): void {
    this.#hasValues = true;
    this.#values++;
    this.#bytes += head.valueSize;
    this.#use = VALUE_OF.nothing;
    if (this.#kept.length >= this.#shop.maxValues || this.#keptSize > MAX_KEPT || !this.request!.row) return;
    this.#use = VALUE_OF.data;
    head.want(this.#shop.maxBytesPerValue);
  }

  // ---- binary

  #nextBinary(row: Row | null, head: Reader): boolean {
    const hasValue = head.valueSize > 0;
    const isStat = head.opcode === OPCODE.stat && head.status === SUCCESS;
    if (row) {
      if (this.#lines === 1) this.#firstHead(row, head);
      if (isStat && head.keyEnd > head.key) this.#beginStat(row, head);
      else if (hasValue) this.#useBinary(head);
      if (!hasValue) this.#closeStat(row);
    } else this.#use = VALUE_OF.nothing;
    if (hasValue) return false;
    // The end of statistics is one without a name.
    return !isStat || head.keyEnd === head.key;
  }

  #firstHead(row: Row, head: Reader): void {
    const { blocks } = this.#shop;
    row.block(blocks.responseOpcode(head.opcode));
    blocks.status(row, head.status);
    row.long(fields['memcache.response.opaque'], head.opaque);
    if ((head.casHigh | head.casLow) !== 0)
      writeU64(row, fields['memcache.response.cas_unique'], head.casHigh, head.casLow);
    if (head.keyEnd > head.key) {
      row.list(fields['memcache.response.keys']);
      row.text(ITEM, head.buf, head.key, head.keyEnd);
      row.close();
    }
    const { status } = head;
    this.#severity =
      status === SUCCESS || status === CONTINUE
        ? 'OK'
        : status > LAST_CLIENT_STATUS
          ? 'Server Error'
          : 'Error';
    if (OPCODES[head.opcode]?.type === 'Load') {
      const flags = head.key - head.extras >= 4 ? u32(head.buf, head.extras) : 0;
      row.long(fields['memcache.response.flags'], flags);
    }
  }

  #useBinary(head: Reader): void {
    const type = OPCODES[head.opcode]?.type;
    if (type === 'Counter' && head.valueSize === U64_BYTES && head.status === SUCCESS)
      this.#take(head, VALUE_OF.counter);
    else if (head.opcode === OPCODE.version) this.#take(head, VALUE_OF.version);
    else {
      this.#data(head);
      // A challenge is part of a login.
      if (type === 'Auth') this.#take(head, VALUE_OF.nothing, 0);
    }
  }

  #take(head: Reader, use: number, bytes = MAX_TEXT): void {
    this.#use = use;
    head.want(bytes);
  }

  #beginStat(row: Row, head: Reader): void {
    this.#openStats(row);
    this.#use = VALUE_OF.nothing;
    if (this.#items++ >= MAX_STATS || !this.#isOpen) return;
    row.object(ITEM);
    row.key(NAME);
    row.text(ITEM, head.buf, head.key, head.keyEnd);
    row.key(WORTH);
    this.#take(head, VALUE_OF.stat);
  }

  // ---- both

  #value(row: Row, head: Reader): void {
    const { value } = head;
    const { buf, size } = value;
    switch (this.#use) {
      case VALUE_OF.data:
        this.#keep(base64(buf, size));
        break;
      case VALUE_OF.counter:
        writeU64(row, fields['memcache.response.value'], u32(buf, 0), u32(buf, 4));
        break;
      case VALUE_OF.number:
        writeDecimal(row, fields['memcache.response.value'], buf, 0, size);
        break;
      case VALUE_OF.version:
        row.text(fields['memcache.response.version'], buf, 0, size);
        break;
      case VALUE_OF.stat:
        this.#use = VALUE_OF.nothing;
        row.text(ITEM, buf, 0, size);
        row.close();
        break;
    }
  }

  #keep(text: string): void {
    this.#kept.push(text);
    this.#keptSize += text.length;
  }

  /** A statistic whose value did not come. */
  #closeStat(row: Row): void {
    if (this.#use !== VALUE_OF.stat) return;
    this.#use = VALUE_OF.nothing;
    row.string(ITEM, '');
    row.close();
  }

  #openStats(row: Row): void {
    if (this.#items > 0 || this.#isOpen) return;
    this.#isOpen = true;
    row.list(fields['memcache.response.stats']);
  }

  #close(row: Row): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    row.close();
  }

  #writeKept(row: Row): void {
    row.list(fields['memcache.response.values']);
    for (const text of this.#kept) row.string(ITEM, text);
    row.close();
    this.#kept = [];
    this.#keptSize = 0;
  }
}

/** Whether the line belongs to a response that began with others: VALUE ... END. */
export function belongs(request: PendingCommand, { isBinary, response, opcode, opaque }: Reader): boolean {
  if (isBinary !== request.isBinary) return false;
  if (isBinary) return opcode === request.opcode && opaque === request.opaque;
  const { kind } = response;
  if (response === END || response === META_MISS || kind === KIND.error) return true;
  return response === VALUE || response === STAT || response === DUMPED || kind === KIND.listing;
}

export function base64(buf: Uint8Array, size: number): string {
  return Buffer.from(buf.buffer, buf.byteOffset, size).toString('base64');
}

function writeStat(
  row: Row,
  name: Uint8Array,
  nameStart: number,
  nameEnd: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): void {
  row.object(ITEM);
  row.key(NAME);
  row.text(ITEM, name, nameStart, nameEnd);
  row.key(WORTH);
  row.text(ITEM, value, valueStart, valueEnd);
  row.close();
}
