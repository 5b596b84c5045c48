/** Events of DNS: a query with its response, a query or a response alone, a zone transfer. */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import type { Direction, Emit, Flow } from '../analyzer.js';
import { extendedRcode } from './edns.js';
import { fields } from './fields.js';
import { Message } from './parser.js';
import { type PendingQuery, Transfer } from './query.js';
import { Renderer } from './render.js';
import { EventWriter } from './writer.js';

const OK = constant('OK');
const ERROR = constant('Error');

export const NOTE = {
  duplicate: constant(
    'Another query with the same DNS ID from this client was received so this query was closed without receiving a response',
  ),
  noResponse: constant('No response to this query was received'),
  orphaned: constant('Response: received without an associated Query'),
  largeQuery: constant('Non-EDNS packet has size greater than 512'),
  largeResponse: constant('Response: Non-EDNS packet has size greater than 512'),
  noEdns: constant('Responder does not support EDNS'),
  unexpectedEdns: constant('Unexpected EDNS answer'),
  zeroLength: constant("Response: Message's length was set to zero"),
  incomplete: constant("Response: Message's data is incomplete"),
  undecodable: constant("Response: Message's data could not be decoded as DNS"),
} as const;

/** Notes of one event: one about the query, two about the response. */
const MAX_NOTES = 4;
/** RFC 1035 2.3.4: without EDNS. */
const MAX_PLAIN_BYTES = 512;

export interface Settings {
  readonly include_authorities: boolean;
  readonly include_additionals: boolean;
  readonly send_request: boolean;
  readonly send_response: boolean;
}

/** What the publisher must know of a session. */
export interface Place {
  readonly flow: Flow;
  /** Sizes are limited and EDNS matters. */
  readonly isUdp: boolean;
  /** RFC 6762: the top bit of a class is a flag, datagrams may be large. */
  readonly isMdns: boolean;
}

export class Publisher {
  readonly #emit: Emit;
  readonly #settings: Settings;
  readonly #writer: EventWriter;
  readonly #renderer: Renderer;
  /** For queries that are read again. */
  readonly #query = new Message();
  readonly #notes = new Uint32Array(MAX_NOTES);
  #noted = 0;

  constructor(settings: Settings, emit: Emit) {
    this.#settings = settings;
    this.#emit = emit;
    this.#writer = new EventWriter({
      malformed: emit.counter('record.malformed'),
      unlisted: emit.counter('record.unlisted'),
    });
    this.#renderer = new Renderer(this.#writer.records);
  }

  /** A query and the response to it. */
  answered(place: Place, query: PendingQuery, response: Message, bytes: number, time: Cursor): void {
    const row = this.#open(place, query, response, time);
    row.responseBytes(bytes);
    this.#records(row, place, response);
    this.#noteQuery(place, query);
    this.#noteResponse(place, query, response, bytes);
    row.status = extendedRcode(response) === 0 ? OK : ERROR;
    if (this.#settings.send_response) this.#render(row, 'response', response);
    this.#finish(row, query);
  }

  /** A query that got no response. */
  unanswered(place: Place, query: PendingQuery, note: number): void {
    const message = this.#query;
    message.parse(query.wire, 0, query.size);
    const row = this.#row(place, query.dir, query.seconds, query.nanoseconds);
    row.requestBytes(query.bytes);
    this.#describe(row, place, message);
    this.#records(row, place, message);
    this.#noteQuery(place, query);
    this.#note(note);
    row.status = ERROR;
    this.#finish(row, query);
  }

  /** A response to a query that was not seen. Its receiver is the event's source. */
  orphaned(place: Place, dir: Direction, response: Message, bytes: number, time: Cursor): void {
    const row = this.#row(place, (1 - dir) as Direction, time.firstSeconds, time.firstNanoseconds);
    row.flags |= FLAG.noStart;
    row.end(time.firstSeconds, time.firstNanoseconds);
    row.responseBytes(bytes);
    this.#describe(row, place, response);
    this.#records(row, place, response);
    this.#note(NOTE.orphaned);
    if (isTooLarge(place, response, bytes)) this.#note(NOTE.largeResponse);
    row.status = ERROR;
    if (this.#settings.send_response) this.#render(row, 'response', response);
    this.#finish(row, null);
  }

  /** A message that stands alone by nature: multicast. Its sender is the event's source. */
  single(place: Place, dir: Direction, message: Message, bytes: number, time: Cursor): void {
    const row = this.#row(place, dir, time.firstSeconds, time.firstNanoseconds);
    row.requestBytes(bytes);
    if (message.isResponse) row.flags |= FLAG.swapRoles;
    this.#describe(row, place, message);
    this.#records(row, place, message);
    row.status = extendedRcode(message) === 0 ? OK : ERROR;
    if (message.isResponse && this.#settings.send_response) this.#render(row, 'response', message);
    if (!message.isResponse && this.#settings.send_request) this.#render(row, 'request', message);
    this.#finish(row, null);
  }

  /** Takes the next message of a zone transfer; true when it was the last one and the event is out. */
  transferred(place: Place, query: PendingQuery, response: Message, bytes: number, time: Cursor): boolean {
    const transfer = query.transfer ?? new Transfer(query.questionType);
    const isDone = transfer.follow(response) || extendedRcode(response) !== 0;
    if (!query.transfer && isDone) {
      this.answered(place, query, response, bytes, time);
      return true;
    }
    query.transfer = transfer;
    transfer.bytes += bytes;
    if (transfer.row) this.#writer.resume(transfer.row, transfer.written);
    else this.#beginTransfer(place, query, transfer, response, time);
    this.#writer.answers(transfer.row!, response, transfer.addresses, place.isMdns);
    transfer.written = this.#writer.written;
    if (this.#settings.send_response) this.#renderMore(transfer, response);
    if (isDone) this.closeTransfer(place, query, 0);
    return isDone;
  }

  /** The transfer is over; `note` says why, when it is not complete. */
  closeTransfer(place: Place, query: PendingQuery, note: number): void {
    const transfer = query.transfer!;
    const row = transfer.row!;
    query.transfer = null;
    row.close();
    row.responseBytes(transfer.bytes);
    this.#writer.counts(row, transfer.answers, transfer.authorities, transfer.additionals);
    this.#writer.resolved(row, transfer.addresses, place.flow.addresses);
    if (note > 0) this.#note(note);
    row.status = note > 0 ? ERROR : OK;
    if (this.#settings.send_response) row.text(shared.response, transfer.text.buf, 0, transfer.text.size);
    this.#finish(row, query);
  }

  #beginTransfer(
    place: Place,
    query: PendingQuery,
    transfer: Transfer,
    response: Message,
    time: Cursor,
  ): void {
    const row = this.#open(place, query, response, time);
    row.list(fields['dns.answers']);
    transfer.row = row;
  }

  #renderMore({ text }: Transfer, response: Message): void {
    const renderer = this.#renderer;
    if (text.size === 0) {
      renderer.render(response);
    } else {
      renderer.text.clear();
      renderer.text.ascii('; ');
      renderer.records(response, 0, response.answers);
    }
    text.bytes(renderer.text.buf, 0, renderer.text.size);
  }

  /** The row of an exchange, with everything but records. */
  #open(place: Place, query: PendingQuery, response: Message, time: Cursor): Row {
    const row = this.#row(place, query.dir, query.seconds, query.nanoseconds);
    row.end(time.firstSeconds, time.firstNanoseconds);
    row.requestBytes(query.bytes);
    const writer = this.#writer;
    writer.begin(row);
    const isSame = query.asks(response);
    if (isSame) {
      writer.request(row, response, place.isMdns);
    } else {
      this.#query.parse(query.wire, 0, query.size);
      writer.request(row, this.#query, place.isMdns);
    }
    writer.question(row, response, isSame, place.isMdns);
    writer.header(row, response);
    return row;
  }

  /** Everything but records, from one message. */
  #describe(row: Row, place: Place, message: Message): void {
    const writer = this.#writer;
    writer.begin(row);
    writer.request(row, message, place.isMdns);
    writer.question(row, message, true, place.isMdns);
    writer.header(row, message);
  }

  #row({ flow }: Place, dir: Direction, seconds: number, nanoseconds: number): Row {
    const row = this.#emit.row(flow);
    row.start(seconds, nanoseconds);
    if (dir === 1) row.swap();
    return row;
  }

  #records(row: Row, { flow, isMdns }: Place, message: Message): void {
    const writer = this.#writer;
    const { answers, authorities, additionals } = message;
    if (answers > 0) {
      row.list(fields['dns.answers']);
      writer.answers(row, message, writer.addresses, isMdns);
      row.close();
    }
    const { include_authorities, include_additionals } = this.#settings;
    if (include_authorities && authorities > 0) {
      writer.section(row, fields['dns.authorities'], message, answers, authorities, isMdns);
    }
    if (include_additionals && additionals > 0) {
      writer.section(row, fields['dns.additionals'], message, answers + authorities, additionals, isMdns);
    }
    writer.counts(row, answers, authorities, additionals - (message.opt >= 0 ? 1 : 0));
    writer.resolved(row, writer.addresses, flow.addresses);
  }

  #noteQuery({ isUdp, isMdns }: Place, query: PendingQuery): void {
    if (isUdp && !isMdns && !query.hasOpt && query.bytes > MAX_PLAIN_BYTES) this.#note(NOTE.largeQuery);
  }

  #noteResponse(place: Place, query: PendingQuery, response: Message, bytes: number): void {
    if (!place.isUdp || place.isMdns) return;
    if (isTooLarge(place, response, bytes)) this.#note(NOTE.largeResponse);
    if (query.hasOpt && response.opt < 0) this.#note(NOTE.noEdns);
    else if (!query.hasOpt && response.opt >= 0) this.#note(NOTE.unexpectedEdns);
  }

  #render(row: Row, field: 'request' | 'response', message: Message): void {
    this.#renderer.render(message);
    const { text } = this.#renderer;
    row.text(shared[field], text.buf, 0, text.size);
  }

  #note(note: number): void {
    this.#notes[this.#noted++] = note;
  }

  /** One as it is, several as a list. */
  #writeNotes(row: Row): void {
    const notes = this.#notes;
    if (this.#noted === 1) {
      row.word(shared['error.message'], notes[0]!);
    } else {
      row.list(shared['error.message']);
      for (let i = 0; i < this.#noted; i++) row.word(ITEM, notes[i]!);
      row.close();
    }
    this.#noted = 0;
  }

  /** Notes and the query's text; then the row is sent. */
  #finish(row: Row, query: PendingQuery | null): void {
    if (this.#noted > 0) this.#writeNotes(row);
    if (query && this.#settings.send_request && this.#query.parse(query.wire, 0, query.size)) {
      this.#render(row, 'request', this.#query);
    }
    this.#emit.send(row);
  }
}

function isTooLarge({ isUdp, isMdns }: Place, response: Message, bytes: number): boolean {
  return isUdp && !isMdns && response.opt < 0 && bytes > MAX_PLAIN_BYTES;
}
