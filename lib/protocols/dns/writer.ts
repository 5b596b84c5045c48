/**
 * From a message to the fields of an event. Names are expanded once: what comes again in the message, and the parts of
 * the question's name, are ranges of the text that lies in the row already.
 */
import type { Counter } from '../../base/counters.js';
import { shared } from '../../events/envelope.js';
import type { Field } from '../../events/fields.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { Addresses } from './addresses.js';
import { Blocks, prefixOf, writeQuestionKind, writeRecordKind } from './blocks.js';
import { TYPE } from './codes.js';
import { Domains } from './domains.js';
import { EdnsWriter, extendedRcode, wantsDnssec } from './edns.js';
import { fields } from './fields.js';
import { MAX_TEXT_BYTES, NAME_START, NameReader } from './names.js';
import { HEADER_BYTES, type Message } from './parser.js';
import { RecordWriter } from './records.js';
import { key, RowSink } from './sink.js';

/** LIMIT: records of one event that are written out; all are counted. */
export const MAX_WRITTEN = 500;
/** RFC 6762 10.2, 18.12: in mDNS the top bit of the class is a flag. */
const MDNS_CLASS = 0x7fff;

const NAME = key('name');
const NO_PREFIX = new Uint8Array(0);

export interface Counters {
  /** Records whose data was not what their type says. */
  readonly malformed: Counter;
  /** Records past MAX_WRITTEN. */
  readonly unlisted: Counter;
}

export class EventWriter {
  readonly names = new NameReader();
  readonly records = new RecordWriter(this.names);
  readonly addresses = new Addresses();
  readonly #counters: Counters;
  readonly #edns = new EdnsWriter();
  readonly #domains = new Domains();
  readonly #blocks = new Blocks();
  readonly #sink = new RowSink(this.records.data.text);
  /** Where the text of the question's name lies in the row. */
  #heapAt = 0;
  #heapSize = 0;
  /** The row begun last has it. */
  #hasQuestion = false;
  #written = 0;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** Starts the event of `row`. */
  begin(row: Row): void {
    this.resume(row, 0);
    this.addresses.clear();
  }

  /** Goes on with an event that has `written` records already. */
  resume(row: Row, written: number): void {
    this.#sink.begin(row);
    this.#hasQuestion = false;
    this.#written = written;
  }

  /** Records written since begin(). */
  get written(): number {
    return this.#written;
  }

  /** `query` and `resource`, from the query, or from the response where there is none. */
  request(row: Row, message: Message, isMdns: boolean): void {
    if (message.questions === 0) return;
    const { questionType: type } = message;
    const klass = isMdns ? message.questionClass & MDNS_CLASS : message.questionClass;
    const prefix = this.#blocks.kind(type, klass)?.prefix ?? prefixOf(type, klass);
    const size = this.#expandQuestion(row, message, prefix);
    row.composed(shared.query, this.#heapAt - prefix.length, prefix.length + size);
    row.same(shared.resource, this.#heapAt, size);
  }

  /** dns.question.*; `known`: request() wrote the same question. */
  question(row: Row, message: Message, known: boolean, isMdns: boolean): void {
    if (message.questions === 0) return;
    if (known) {
      row.same(fields['dns.question.name'], this.#heapAt, this.#heapSize);
    } else {
      const size = this.#expandQuestion(row, message, NO_PREFIX);
      row.composed(fields['dns.question.name'], this.#heapAt, size);
    }
    this.#hasQuestion = true;
    const klass = isMdns ? message.questionClass & MDNS_CLASS : message.questionClass;
    const kind = this.#blocks.kind(message.questionType, klass);
    if (kind) row.block(kind.question);
    else writeQuestionKind(row, message.questionType, klass);
    this.#domain(row);
  }

  /** Id, flags, codes and EDNS. */
  header(row: Row, message: Message): void {
    row.long(fields['dns.id'], message.id);
    this.#blocks.header(row, message.flags, extendedRcode(message), wantsDnssec(message));
    if (message.opt >= 0) this.#edns.write(row, message);
  }

  /** The answers of `message`, into a list that is open; their addresses into `addresses`. */
  answers(row: Row, message: Message, addresses: Addresses, isMdns: boolean): void {
    this.#sink.addresses = addresses;
    for (let i = 0; i < message.answers; i++) if (!this.#record(row, message, i, isMdns)) break;
    this.#sink.addresses = null;
  }

  /** The records [from, from + count) as the list `field`; OPT is no record here. */
  section(
    row: Row,
    field: Field<'object'>,
    message: Message,
    from: number,
    count: number,
    isMdns: boolean,
  ): void {
    let open = false;
    for (let i = from; i < from + count; i++) {
      if (message.type(i) === TYPE.OPT) continue;
      if (!open) row.list(field);
      open = true;
      if (!this.#record(row, message, i, isMdns)) break;
    }
    if (open) row.close();
  }

  counts(row: Row, answers: number, authorities: number, additionals: number): void {
    row.long(fields['dns.answers_count'], answers);
    row.long(fields['dns.authorities_count'], authorities);
    row.long(fields['dns.additionals_count'], additionals);
  }

  /** Addresses among the answers; `ends` are those of the flow. */
  resolved(row: Row, addresses: Addresses, ends: Uint8Array): void {
    if (addresses.count === 0) return;
    addresses.write(row, fields['dns.resolved_ip']);
    addresses.writeDistinct(row, shared['related.ip'], ends);
  }

  /** Puts `prefix` and the name of the first question into the row's heap; the size of the name. */
  #expandQuestion(row: Row, message: Message, prefix: Uint8Array): number {
    // Nothing but another question is in the heap before it: there is room.
    const at = row.compose(prefix.length + MAX_TEXT_BYTES);
    const { heap } = row;
    for (let i = 0; i < prefix.length; i++) heap[at + i] = prefix[i]!;
    const { names } = this;
    this.#heapAt = at + prefix.length;
    names.readInto(heap, this.#heapAt, message.wire, message.base, message.base + HEADER_BYTES, message.end);
    this.#heapSize = names.end - this.#heapAt;
    return this.#heapSize;
  }

  /** Parts of the question's name. */
  #domain(row: Row): void {
    const domains = this.#domains;
    domains.split(row.heap, this.#heapAt, this.#heapAt + this.#heapSize);
    const { registered, topLevel } = domains;
    if (registered < 0) return;
    const at = this.#heapAt;
    const size = this.#heapSize;
    row.same(fields['dns.question.registered_domain'], at + registered, size - registered);
    if (domains.isRegistrable)
      row.same(fields['dns.question.etld_plus_one'], at + registered, size - registered);
    if (topLevel > 0) row.same(fields['dns.question.top_level_domain'], at + topLevel, size - topLevel);
    if (registered > 1) row.same(fields['dns.question.subdomain'], at, registered - 1);
  }

  /** False past the limit. */
  #record(row: Row, message: Message, i: number, isMdns: boolean): boolean {
    if (++this.#written > MAX_WRITTEN) {
      this.#counters.unlisted.value++;
      return false;
    }
    const type = message.type(i);
    const klass = isMdns ? message.class(i) & MDNS_CLASS : message.class(i);
    const kind = this.#blocks.kind(type, klass);
    if (kind) row.block(kind.record);
    else writeRecordKind(row, type, klass);
    row.long(ITEM, message.ttl(i));
    row.key(NAME.id);
    this.#owner(row, message, i);
    if (!this.records.write(this.#sink, message, i)) this.#counters.malformed.value++;
    row.close();
    return true;
  }

  /** The record's name: mostly a pointer to one that the row has. */
  #owner(row: Row, message: Message, i: number): void {
    const { wire, base } = message;
    const at = message.nameAt(i);
    let target = at;
    if (wire[at]! >= 0xc0) target = base + (((wire[at]! & 0x3f) << 8) | wire[at + 1]!);
    const sink = this.#sink;
    if (this.#hasQuestion && target === base + HEADER_BYTES) {
      row.same(ITEM, this.#heapAt, this.#heapSize);
    } else if (target === sink.lastName) {
      row.same(ITEM, sink.lastHeapAt, sink.lastSize);
    } else {
      this.names.read(wire, base, at, message.end);
      row.text(ITEM, this.names.buf, NAME_START, this.names.end);
      sink.remember(target, this.names.end - NAME_START);
    }
  }
}
