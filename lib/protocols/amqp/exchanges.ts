/**
 * Methods of one connection to events. A reply answers the oldest method of its kind on its channel; a message is an event of
 * its own once its body has passed; a close with an error answers the method it blames.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import type { EndReason } from '../../handoff/record.js';
import type { Direction, Flow } from '../analyzer.js';
import { InOrder } from '../kit/pairing.js';
import { markOrphaned, markUnanswered } from '../kit/unpaired.js';
import type { ArgumentReader } from './arguments.js';
import { fields } from './fields.js';
import { type FrameReader, HEADER_BYTES } from './frames.js';
import { Messages } from './messages.js';
import { findMethod, type Method, methodNamed, REQUEST_OF } from './methods.js';
import type { Owner, PendingMethod } from './request.js';
import type { Shop } from './shop.js';

/** Class and method at the start of a method frame. */
const NUMBER_BYTES = 4;
/** Reply codes from here on are errors. */
const FIRST_ERROR = 300;

const OK = constant('OK');
const ERROR = constant('Error');
const NOTE = {
  close: constant('Close-ok method not received by sender'),
  table: constant('Failed to parse additional arguments'),
} as const;

const GET_OK = methodNamed('basic.get-ok');
const GET_EMPTY = methodNamed('basic.get-empty');
const REJECT = methodNamed('basic.reject');
const NACK = methodNamed('basic.nack');
const CONNECTION_CLOSE = methodNamed('connection.close');

export class Exchanges implements Owner {
  /** The direction of who opened the connection. */
  client: Direction = 0;
  readonly messages: Messages;
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #pending: InOrder<PendingMethod>;
  #hasRequests = false;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    this.messages = new Messages(shop);
    this.#pending = new InOrder(shop.pairing);
  }

  // ---- methods

  method(dir: Direction, frame: FrameReader): void {
    const { buf, start, end } = frame;
    const method =
      end - start < NUMBER_BYTES
        ? undefined
        : findMethod((buf[start]! << 8) | buf[start + 1]!, (buf[start + 2]! << 8) | buf[start + 3]!);
    if (!method) {
      this.#shop.unknown.value++;
      return;
    }
    this.messages.interrupt(dir, frame.channel);
    if (method.role === 'request') this.#request(dir, frame, method);
    else if (method.role === 'reply') this.#reply(dir, frame, method);
    else if (method === GET_OK) this.#getOk(dir, frame);
    else if (method.role === 'content')
      this.messages.open(dir, frame, method, this.#contentRow(dir, frame, method));
    else this.#alone(dir, frame, method);
  }

  #request(dir: Direction, frame: FrameReader, method: Method): void {
    const args = this.#shop.arguments;
    this.#hasRequests = true;
    const row = this.#isHidden(method, frame) ? null : this.#newRow(dir, frame, method);
    this.#readArguments(row, frame, method);
    const request = this.#shop.request();
    request.session = this;
    request.method = method;
    request.channel = frame.channel;
    request.sender = dir;
    request.row = row;
    request.hasFields = args.hasFields;
    request.isFailure = method.isClose && args.replyCode >= FIRST_ERROR;
    if (row) {
      row.requestBytes(frameBytes(frame));
      this.#writeRequestText(row, frame, method, args);
    }
    if (request.isFailure) this.#blame(dir, frame, args);
    if (method.isClose) this.#closeOthers(frame.channel, method);
    if (args.isNoWait) this.#finish(request, false);
    else this.#pending.push(request);
  }

  #reply(dir: Direction, frame: FrameReader, method: Method): void {
    const request =
      this.#take(dir, frame.channel, REQUEST_OF.get(method)!) ?? this.#orphan(dir, frame, method);
    if (!request) return;
    const { row } = request;
    if (!row) {
      this.#shop.recycle(request);
      return;
    }
    this.#readArguments(row, frame, method);
    if (this.#shop.arguments.hasFields) request.hasFields = true;
    row.end(frame.seconds, frame.nanoseconds);
    row.responseBytes(frameBytes(frame));
    if (method === GET_EMPTY) this.#name(row, method);
    this.#finish(request, true);
  }

  /** ack, nack, reject ...: nothing follows. */
  #alone(dir: Direction, frame: FrameReader, method: Method): void {
    if (this.#isHidden(method, frame)) return;
    const row = this.#newRow(dir, frame, method);
    this.#readArguments(row, frame, method);
    row.requestBytes(frameBytes(frame));
    this.#writeRequestText(row, frame, method, this.#shop.arguments);
    this.#writeResponseText(row, false);
    if (!this.#shop.arguments.hasFields) row.emptyObject(fields.amqp);
    // What the server refuses is lost to the publisher.
    row.status = method === REJECT || (method === NACK && dir !== this.client) ? ERROR : OK;
    this.#shop.emit.send(row);
  }

  /** The oldest method that the reply in `dir` answers. */
  #take(dir: Direction, channel: number, method: Method): PendingMethod | undefined {
    const pending = this.#pending;
    for (let i = 0; i < pending.size; i++) {
      const request = pending.at(i)!;
      if (request.method === method && request.channel === channel && request.sender !== dir)
        return pending.removeAt(i);
    }
    return undefined;
  }

  /** A reply to a method that was not seen; undefined when nobody wants to know. */
  #orphan(dir: Direction, frame: FrameReader, method: Method): PendingMethod | undefined {
    this.#shop.unmatchedResponses.value++;
    const asked = REQUEST_OF.get(method)!;
    const { hide_connection_information: hides } = this.#shop.settings;
    // Before the first request: it was sent before the capture began.
    if (!this.#hasRequests || (hides && (asked.isConnection || asked.isClose))) return undefined;
    const request = this.#shop.request();
    request.method = asked;
    request.hasFields = false;
    request.isFailure = true;
    request.row = this.#newRow((1 - dir) as Direction, frame, asked);
    markOrphaned(request.row, frame.seconds, frame.nanoseconds);
    return request;
  }

  #finish(request: PendingMethod, isAnswered: boolean): void {
    const { row } = request;
    if (row) {
      this.#writeResponseText(row, isAnswered);
      if (!request.hasFields) row.emptyObject(fields.amqp);
      row.status = request.isFailure ? ERROR : OK;
      this.#shop.emit.send(row);
    }
    this.#shop.recycle(request);
  }

  /** The method that a close blames: the close is its answer. */
  #blame(dir: Direction, frame: FrameReader, args: ArgumentReader): void {
    const method = findMethod(args.classId, args.methodId);
    const isConnection = frame.channel === 0;
    const pending = this.#pending;
    for (let i = 0; i < pending.size; i++) {
      const request = pending.at(i)!;
      if (request.method !== method || request.sender === dir) continue;
      if (!isConnection && request.channel !== frame.channel) continue;
      pending.removeAt(i);
      request.isFailure = true;
      if (request.row) this.#refuse(request.row, frame, args);
      request.hasFields = true;
      this.#finish(request, false);
      return;
    }
  }

  #refuse(
    row: Row,
    frame: FrameReader,
    { replyCode, stringStart, stringEnd, strings }: ArgumentReader,
  ): void {
    row.end(frame.seconds, frame.nanoseconds);
    row.responseBytes(frameBytes(frame));
    row.long(fields['amqp.reply-code'], replyCode);
    if (strings > 0) row.text(fields['amqp.reply-text'], frame.buf, stringStart[0]!, stringEnd[0]!);
  }

  /** No replies come any more on a channel, or a connection, that is closed. */
  #closeOthers(channel: number, method: Method): void {
    const pending = this.#pending;
    for (let i = 0; i < pending.size; ) {
      const request = pending.at(i)!;
      const isMeant = method === CONNECTION_CLOSE || request.channel === channel;
      if (!isMeant || request.method.isClose) i++;
      else {
        pending.removeAt(i);
        this.#shop.unmatchedRequests.value++;
        this.unanswered(request);
      }
    }
  }

  /** Timed out, pushed out, or left at the end. */
  unanswered(request: PendingMethod, isOpen = false): void {
    const { row } = request;
    if (row && isOpen) this.#shop.emit.discard(row);
    else if (row) {
      if (!request.hasFields) row.emptyObject(fields.amqp);
      this.#writeResponseText(row, false);
      markUnanswered(row);
      if (request.isFailure) row.word(shared['error.message'], NOTE.close);
      this.#shop.emit.send(row);
    }
    this.#shop.recycle(request);
  }

  // ---- messages

  #contentRow(dir: Direction, frame: FrameReader, method: Method): Row {
    // A message is the client's affair, whoever sends it.
    const row = this.#newRow(this.client, frame, method);
    this.#readArguments(row, frame, method);
    if (dir !== this.client) this.#writeRequest(row);
    return row;
  }

  #getOk(dir: Direction, frame: FrameReader): void {
    const request = this.#take(dir, frame.channel, REQUEST_OF.get(GET_OK)!);
    const row = request?.row ?? this.#newRow(this.client, frame, REQUEST_OF.get(GET_OK)!);
    this.#readArguments(row, frame, GET_OK);
    if (request) {
      row.end(frame.seconds, frame.nanoseconds);
      this.#shop.recycle(request);
    } else this.#writeRequest(row);
    this.messages.open(dir, frame, GET_OK, row);
  }

  // ---- both

  /** Bytes of one direction were lost: its messages are incomplete, and which replies with them is unknown. */
  lose(dir: Direction, reason?: EndReason): void {
    this.messages.lose(dir);
    this.#pending.flush(reason);
  }

  flush(reason: EndReason): void {
    this.lose(0, reason);
    this.lose(1, reason);
  }

  #newRow(sender: Direction, frame: FrameReader, method: Method): Row {
    const row = this.#shop.emit.row(this.#flow);
    if (sender === 1) row.swap();
    if (sender !== this.client) row.flags |= FLAG.swapRoles;
    row.start(frame.seconds, frame.nanoseconds);
    this.#name(row, method);
    return row;
  }

  #name(row: Row, method: Method): void {
    row.word(shared.method, method.id);
    row.word(shared['event.action'], method.action);
  }

  #readArguments(row: Row | null, { buf, start, end }: FrameReader, method: Method): void {
    const args = this.#shop.arguments;
    args.read(row, method, buf, start + NUMBER_BYTES, end);
    if (args.hasBadTable && row) row.word(shared['error.message'], NOTE.table);
  }

  /** Whether the configuration leaves it out. */
  #isHidden(method: Method, { buf, start, end }: FrameReader): boolean {
    if (!this.#shop.settings.hide_connection_information) return false;
    if (!method.isClose) return method.isConnection;
    const code = start + NUMBER_BYTES;
    return code + 2 > end || ((buf[code]! << 8) | buf[code + 1]!) < FIRST_ERROR;
  }

  #writeRequestText(row: Row, frame: FrameReader, method: Method, args: ArgumentReader): void {
    if (!this.#shop.settings.send_request) return;
    let text = method.name;
    const parts = method.text.map((n) => (n < 0 ? `${args.tag}` : stringOf(frame, args, n)));
    if (parts.some((part) => part !== '')) text += ` ${parts.join(' ')}`;
    row.string(shared.request, text);
  }

  #writeRequest(row: Row): void {
    if (this.#shop.settings.send_request) row.string(shared.request, '');
  }

  #writeResponseText(row: Row, isAnswered: boolean): void {
    if (!this.#shop.settings.send_response) return;
    if (isAnswered) row.word(shared.response, OK);
    else row.string(shared.response, '');
  }
}

/** Of the whole frame: header, payload and end. */
function frameBytes({ size }: FrameReader): number {
  return HEADER_BYTES + size + 1;
}

function stringOf(
  { buf }: FrameReader,
  { strings, stringStart, stringEnd }: ArgumentReader,
  n: number,
): string {
  return n < strings ? Buffer.from(buf.subarray(stringStart[n], stringEnd[n])).toString() : '';
}
