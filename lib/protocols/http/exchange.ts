/**
 * A request and its response, and how they become fields of a row. Heads are written when they are read, while their bytes
 * are at hand; sizes and bodies when the message is complete.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { type Field, ITEM } from '../../events/fields.js';
import { MAX_FIELD_BYTES, type Row } from '../../events/row.js';
import type { Flow } from '../analyzer.js';
import type { Deadlines } from '../kit/deadlines.js';
import { MAX_HEAD, Span } from '../kit/lines.js';
import { Request } from '../kit/pairing.js';
import { Text } from '../kit/text.js';
import type { Body } from './body.js';
import { phraseConstant } from './codes.js';
import { codingsOf, decodeBody, MAX_ENCODED } from './decode.js';
import { fields } from './fields.js';
import { basicUser, firstOf, HeaderWriter } from './headers.js';
import { copyHead, maskParameters, needsCopy, redactHead } from './mask.js';
import { Head, parseHead } from './parser.js';
import type { Settings } from './settings.js';
import { writeUrl } from './url.js';

/** Remarks, as bits in the order in which they are published. */
export const NOTE = {
  requestLoss: 1,
  unmatchedRequest: 2,
  portMismatch: 4,
  requestBody: 8,
  responseLoss: 16,
  responseBody: 32,
  unmatchedResponse: 64,
} as const;
const NOTE_TEXTS = [
  'Packet loss while capturing the request',
  'Unmatched request',
  'Host header port number mismatch',
  'Malformed request body',
  'Packet loss while capturing the response',
  'Malformed response body',
  'Unmatched response',
].map(constant);

const VERSIONS = Array.from({ length: 10 }, (_, minor) => constant(`1.${minor}`));
const ERROR_MESSAGE = shared['error.message'];
const VERSION = fields['http.version'];
const METHOD = shared.method;
const REQUEST_METHOD = fields['http.request.method'];
const REQUEST_HEADERS = fields['http.request.headers'];
const REFERRER = fields['http.request.referrer'];
const USER_AGENT = fields['user_agent.original'];
const RESPONSE_HEADERS = fields['http.response.headers'];
const STATUS_CODE = fields['http.response.status_code'];
const STATUS_PHRASE = fields['http.response.status_phrase'];

/** LIMIT of a masked copy of a head: masks may make it longer. */
const MAX_COPY = 4 * MAX_HEAD;

export class Exchange extends Request {
  row!: Row;
  isHead = false;
  isConnect = false;
  requestComplete = false;
  responseComplete = false;
  /** Bits of NOTE. */
  notes = 0;
  /** Interned remarks about decoding, 0: none. */
  requestDecoding = 0;
  responseDecoding = 0;
  status = 0;
  deadlines!: Deadlines;
  timeoutSeconds = 0;

  /** While the request is still on its way its time has not begun. */
  override expire(): void {
    if (this.requestComplete) super.expire();
    else this.deadlines.arm(this, this.timeoutSeconds);
  }

  clear(): void {
    this.requestComplete = false;
    this.responseComplete = false;
    this.notes = 0;
    this.requestDecoding = 0;
    this.responseDecoding = 0;
    this.status = 0;
  }
}

/** What a side keeps of a message whose body is published. */
export interface Wanted {
  /** Bytes of content to keep. */
  readonly keep: number;
  readonly codings: readonly string[];
  /** Mask the parameters of a form. */
  readonly isForm: boolean;
  /** The head, for `request` or `response`; null when that is not asked for. */
  readonly raw: Text | null;
}

export class Writer {
  /** The head to publish from, and the bytes it lies in: the message's own, or a copy. */
  head: Head;
  buf: Uint8Array = new Uint8Array(0);
  readonly #settings: Settings;
  readonly #headers: HeaderWriter;
  readonly #copied = new Head();
  readonly #copy = new Text(MAX_COPY);
  readonly #raw = new Text(MAX_COPY);
  readonly #span = new Span();
  readonly #realIp = new Span();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#headers = new HeaderWriter(settings);
    this.head = this.#copied;
  }

  /** Chooses what to publish from: `head` itself or an unfolded and masked copy. False when that is no HTTP any more. */
  prepare(head: Head, buf: Uint8Array): boolean {
    this.head = head;
    this.buf = buf;
    if (!needsCopy(head, buf, this.#settings)) return true;
    const copy = this.#copy;
    copyHead(copy, head, buf, this.#settings.keywords);
    this.head = this.#copied;
    this.buf = copy.buf;
    return !copy.cut && parseHead(this.#copied, copy.buf, 0, copy.size) === 'head';
  }

  request(exchange: Exchange, flow: Flow, serverPort: number): void {
    const { head, buf } = this;
    const { row } = exchange;
    const { method } = head;
    exchange.isHead = method?.isHead ?? false;
    exchange.isConnect = method?.isConnect ?? false;
    if (method) {
      row.word(METHOD, method.constant);
      row.word(REQUEST_METHOD, method.constant);
    } else {
      row.text(METHOD, buf, head.start, head.target.start - 1);
      row.text(REQUEST_METHOD, buf, head.start, head.target.start - 1);
    }
    row.word(VERSION, VERSIONS[head.minor]!);
    this.#headers.write(row, REQUEST_HEADERS, head, buf);
    if (head.referer.isSet) row.text(REFERRER, buf, head.referer.start, head.referer.end);
    if (head.userAgent.isSet) row.text(USER_AGENT, buf, head.userAgent.start, head.userAgent.end);
    const { realIpHeader } = this.#settings;
    const realIp = realIpHeader && firstOf(this.#realIp, head, buf, realIpHeader) ? this.#realIp : null;
    if (writeUrl(row, flow, head, buf, serverPort, realIp)) exchange.notes |= NOTE.portMismatch;
    if (this.#headers.authorization.isSet) this.#user(row);
  }

  response(exchange: Exchange): void {
    const { head, buf } = this;
    const { row } = exchange;
    exchange.status = head.status;
    row.long(STATUS_CODE, head.status);
    writePhrase(row, head, buf);
    this.#headers.write(row, RESPONSE_HEADERS, head, buf);
  }

  /**
   * Whether and how the body is published; null when not. Writes `request` or `response` at once unless the body belongs
   * to it.
   */
  body(row: Row, hasBody: boolean): Wanted | null {
    const { head, buf } = this;
    const settings = this.#settings;
    const wanted =
      hasBody && this.#wantsContent(head.isRequest ? settings.requestBodies : settings.responseBodies);
    const raw = (head.isRequest ? settings.raw.request : settings.raw.response) ? this.#rawHead() : null;
    if (raw && !wanted)
      row.text(rawField(head.isRequest), raw === this.#raw ? raw.buf : buf, this.#span.start, this.#span.end);
    return wanted ? this.#wanted(raw) : null;
  }

  /** Fields of a complete body; `wanted` is what body() said. Returns an interned remark, 0: none. */
  content(row: Row, isRequest: boolean, body: Body, wanted: Wanted): number {
    let note = 0;
    let bytes: Uint8Array | null = body.content ? body.content.buf.subarray(0, body.content.size) : null;
    if (bytes && wanted.codings.length > 0) ({ bytes, note } = decodeBody(bytes, wanted.codings));
    if (bytes && wanted.isForm) bytes = this.#maskForm(bytes);
    if (bytes && bytes.length > 0)
      row.text(isRequest ? REQUEST_CONTENT : RESPONSE_CONTENT, bytes, 0, bytes.length);
    if (wanted.raw) {
      if (bytes) wanted.raw.bytes(bytes, 0, bytes.length);
      row.text(rawField(isRequest), wanted.raw.buf, 0, wanted.raw.size);
    }
    return note;
  }

  /** The head for `request` and `response`, masked where asked for: in #span of #raw or of buf. */
  #rawHead(): Text | true {
    const { head, buf } = this;
    this.#span.set(head.start, head.end);
    if (!this.#settings.redacts) return true;
    redactHead(this.#raw, this.#span, buf, head.isRequest, this.#settings);
    this.#span.set(0, this.#raw.size);
    return this.#raw;
  }

  #wanted(raw: Text | true | null): Wanted {
    const { head, buf } = this;
    const { contentType, contentEncoding, transferEncoding } = head;
    const { decodeBody: decodes, maxMessageSize, keywords } = this.#settings;
    const codings = decodes
      ? [...codingsOf(latin1(buf, contentEncoding)), ...codingsOf(latin1(buf, transferEncoding))]
      : [];
    let text: Text | null = null;
    if (raw) {
      text = new Text();
      text.bytes(raw === true ? buf : raw.buf, this.#span.start, this.#span.end);
    }
    return {
      keep: Math.min(maxMessageSize, codings.length > 0 ? MAX_ENCODED : MAX_FIELD_BYTES),
      codings,
      isForm:
        head.isRequest && keywords !== null && latin1(buf, contentType).toLowerCase().includes('urlencoded'),
      raw: text,
    };
  }

  #wantsContent(types: readonly string[]): boolean {
    if (types.length === 0 || !this.head.contentType.isSet) return false;
    const type = latin1(this.buf, this.head.contentType).toLowerCase();
    return types.some((wanted) => type.includes(wanted));
  }

  #maskForm(bytes: Uint8Array): Uint8Array {
    const masked = new Text();
    maskParameters(masked, bytes, 0, bytes.length, this.#settings.keywords!);
    return masked.buf.subarray(0, masked.size);
  }

  #user(row: Row): void {
    if (this.#settings.redactAuthorization) return;
    const user = basicUser(this.buf, this.#headers.authorization);
    if (!user) return;
    row.text(shared['user.name'], user, 0, user.length);
    row.list(shared['related.user']);
    row.text(ITEM, user, 0, user.length);
    row.close();
  }
}

const REQUEST_CONTENT = fields['http.request.body.content'];
const RESPONSE_CONTENT = fields['http.response.body.content'];
const rawField = (isRequest: boolean): Field<'text'> => (isRequest ? shared.request : shared.response);

function latin1(buf: Uint8Array, span: Span): string {
  return span.isSet ? Buffer.from(buf.subarray(span.start, span.end)).toString('latin1') : '';
}

/** Reason phrase in lower case. */
function writePhrase(row: Row, { status, phrase }: Head, buf: Uint8Array): void {
  if (phrase.end === phrase.start) return;
  const known = phraseConstant(status, buf, phrase.start, phrase.end);
  if (known > 0) {
    row.word(STATUS_PHRASE, known);
    return;
  }
  const size = phrase.end - phrase.start;
  const at = row.compose(size);
  if (at < 0) return;
  for (let i = 0; i < size; i++) {
    const c = buf[phrase.start + i]!;
    row.heap[at + i] = c >= 65 && c <= 90 ? c + 32 : c;
  }
  row.composed(STATUS_PHRASE, at, size);
}

/** Sizes of a complete message; the row's own byte counts too. */
export function writeSizes(row: Row, isRequest: boolean, wire: number, body: number): void {
  if (isRequest) {
    row.requestBytes(wire);
    row.long(REQUEST_BYTES, wire);
    if (body > 0) row.long(REQUEST_BODY_BYTES, body);
  } else {
    row.responseBytes(wire);
    row.long(RESPONSE_BYTES, wire);
    if (body > 0) row.long(RESPONSE_BODY_BYTES, body);
  }
}

const REQUEST_BYTES = fields['http.request.bytes'];
const REQUEST_BODY_BYTES = fields['http.request.body.bytes'];
const RESPONSE_BYTES = fields['http.response.bytes'];
const RESPONSE_BODY_BYTES = fields['http.response.body.bytes'];

/** error.message: one remark as text, several as a list. */
export function writeNotes(exchange: Exchange): void {
  const { row, notes, requestDecoding, responseDecoding } = exchange;
  if (notes === 0 && requestDecoding === 0 && responseDecoding === 0) return;
  const all: number[] = [];
  for (let i = 0; i < NOTE_TEXTS.length; i++) if (notes & (1 << i)) all.push(NOTE_TEXTS[i]!);
  if (requestDecoding > 0) all.push(requestDecoding);
  if (responseDecoding > 0) all.push(responseDecoding);
  if (all.length === 1) {
    row.word(ERROR_MESSAGE, all[0]!);
    return;
  }
  row.list(ERROR_MESSAGE);
  for (const note of all) row.word(ITEM, note);
  row.close();
}
