/** A message as the fields of a row. Values are ranges of the message; what Packetbeat has in lower case is composed. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { type Field, ITEM } from '../../events/fields.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import { parseAddress } from '../kit/address.js';
import { Span } from '../kit/lines.js';
import { type Address, findParameter, Uri } from './address.js';
import { type Method, methods } from './codes.js';
import { fields } from './fields.js';
import type { Message } from './message.js';
import { decimal, isToken, type Spans } from './parser.js';
import { Related, same } from './related.js';
import { nextWord } from './sdp.js';
import { writeSession } from './session-fields.js';
import { Tags } from './tags.js';
import { fraction, lower, text } from './values.js';

type Keyword = Field<'keyword'>;

const OK = constant('OK');
const ERROR = constant('Error');
const SUCCESS = constant('success');
const FAILURE = constant('failure');
const REQUEST = constant('request');
const RESPONSE = constant('response');
const SIP = constant('sip');
const VERSION_2_0 = constant('2.0');
const TAB = 9;
const BLANK = 32;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const DASH = 0x2d;
const DOT = 0x2e;
const MAX_NUMBER = 0xffffffff;

const word = (name: string): Uint8Array => Buffer.from(name);
const TAG = word('tag');
const EXPIRES = word('expires');
const Q = word('q');
const TRANSPORT = word('transport');
const LINE = word('line');
const REALM = word('realm');
const USERNAME = word('username');
const URI = word('uri');

interface UriFields {
  readonly original: Keyword;
  readonly scheme: Keyword;
  readonly username?: Keyword;
  readonly host: Keyword;
  readonly port: Keyword;
}

type Place = 'sip' | 'sip.private' | 'sip.from' | 'sip.to' | 'sip.contact';

const uriFields = (place: Place): UriFields => ({
  original: fields[`${place}.uri.original`],
  scheme: fields[`${place}.uri.scheme`],
  username: fields[`${place}.uri.username`],
  host: fields[`${place}.uri.host`],
  port: fields[`${place}.uri.port`],
});

const REQUEST_URI = uriFields('sip');
const PRIVATE_URI = uriFields('sip.private');
const FROM_URI = uriFields('sip.from');
const TO_URI = uriFields('sip.to');
const CONTACT_URI = uriFields('sip.contact');
const AUTH_URI: UriFields = {
  original: fields['sip.auth.uri.original'],
  scheme: fields['sip.auth.uri.scheme'],
  host: fields['sip.auth.uri.host'],
  port: fields['sip.auth.uri.port'],
};

export interface WriterOptions {
  readonly parseAuthorization: boolean;
  readonly keepOriginal: boolean;
}

/** One a worker. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #users = new Related();
  readonly #hosts = new Related();
  readonly #allow = new Tags(fields['sip.allow']);
  readonly #supported = new Tags(fields['sip.supported']);
  readonly #span = new Span();
  readonly #uri = new Uri();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  write(row: Row, message: Message, iana: number): void {
    const { head, buf } = message;
    this.#users.clear();
    this.#hosts.clear();
    row.flags |= FLAG.typeInfo;
    row.word(fields['network.application'], SIP);
    row.word(fields['network.iana_number'], iana);
    this.#version(row, buf, head.version);
    if (head.isRequest) this.#request(row, message);
    else this.#response(row, message);
    this.#headers(row, message);
    this.#addresses(row, message);
    this.#credentials(row, message);
    if (message.hasSession) {
      text(row, fields['sip.sdp.body.original'], buf, message.body);
      writeSession(row, message.session, buf);
      this.#users.add(buf, message.session.username);
      this.#hosts.add(buf, message.session.connectionAddress);
    }
    this.#users.write(row, shared['related.user'], buf);
    this.#hosts.write(row, shared['related.hosts'], buf);
    if (this.#options.keepOriginal) text(row, fields['event.original'], message.original, message.whole);
  }

  #version(row: Row, buf: Uint8Array, at: number): void {
    // `2.0`, as nearly always.
    if (buf[at] === 0x32 && buf[at + 1] === DOT && buf[at + 2] === 0x30)
      row.word(fields['sip.version'], VERSION_2_0);
    else row.text(fields['sip.version'], buf, at, at + 3);
  }

  #request(row: Row, { head, buf, request }: Message): void {
    row.word(fields['sip.type'], REQUEST);
    row.status = OK;
    const { start, end } = head.methodName;
    this.#method(row, fields['sip.method'], head.method, buf, start, end);
    this.#action(row, head.method, buf, start, end);
    this.#writeUri(row, REQUEST_URI, request, buf);
    this.#sequence(row, buf, head.cseq, false);
  }

  #response(row: Row, { head, buf }: Message): void {
    row.word(fields['sip.type'], RESPONSE);
    row.status = head.status >= 400 ? ERROR : OK;
    row.long(fields['sip.code'], head.status);
    text(row, fields['sip.status'], buf, head.phrase);
    text(row, fields['event.reason'], buf, head.phrase);
    if (head.status >= 200) row.word(shared['event.outcome'], head.status < 300 ? SUCCESS : FAILURE);
    this.#sequence(row, buf, head.cseq, true);
  }

  /** RFC 3261 20.16: a number and a method, which of a response is the request's. */
  #sequence(row: Row, buf: Uint8Array, { start, end }: Span, acts: boolean): void {
    if (start < 0) return;
    let i = start;
    while (i < end && buf[i] !== BLANK && buf[i] !== TAB) i++;
    const number = decimal(buf, start, i, MAX_NUMBER);
    if (number > 0) {
      row.long(fields['sip.cseq.code'], number);
      row.long(fields['event.sequence'], number);
    }
    const name = nextWord(buf, i, end);
    let stop = name;
    while (stop < end && isToken(buf[stop]!)) stop++;
    if (number < 0 || stop === name) return;
    const method = methods.find(buf, name, stop);
    this.#method(row, fields['sip.cseq.method'], method, buf, name, stop);
    if (acts) this.#action(row, method, buf, name, stop);
  }

  #method(
    row: Row,
    field: Keyword,
    method: Method | undefined,
    buf: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (method) row.word(field, method.name);
    else row.text(field, buf, start, end);
  }

  #action(row: Row, method: Method | undefined, buf: Uint8Array, start: number, end: number): void {
    if (method) row.word(shared['event.action'], method.action);
    else
      row.string(
        shared['event.action'],
        `sip-${Buffer.from(buf.subarray(start, end)).toString('latin1').toLowerCase()}`,
      );
  }

  #headers(row: Row, { head, buf }: Message): void {
    text(row, fields['sip.call_id'], buf, head.callId);
    text(row, fields['sip.user_agent.original'], buf, head.userAgent);
    if (head.contentLength > 0) row.long(fields['sip.content_length'], head.contentLength);
    if (head.contentType.isSet) {
      lower(row, fields['sip.content_type'], buf, head.contentType.start, head.contentType.end);
    }
    if (head.accept.isSet) lower(row, fields['sip.accept'], buf, head.accept.start, head.accept.end);
    const { start, end } = head.maxForwards;
    const hops = start < 0 ? 0 : decimal(buf, start, end, MAX_NUMBER);
    if (hops > 0) row.long(fields['sip.max_forwards'], hops);
    writeVia(row, head.via, buf);
    this.#allow.write(row, head.allow, buf);
    this.#supported.write(row, head.supported, buf);
  }

  #addresses(row: Row, message: Message): void {
    const { head, buf, associated, from, to, contact } = message;
    if (head.associatedUri.isSet) this.#writeUri(row, PRIVATE_URI, associated.uri, buf);
    this.#writeUri(row, FROM_URI, from.uri, buf);
    text(row, fields['sip.from.display_info'], buf, from.display);
    this.#parameter(row, fields['sip.from.tag'], from, buf, TAG);
    this.#writeUri(row, TO_URI, to.uri, buf);
    text(row, fields['sip.to.display_info'], buf, to.display);
    this.#parameter(row, fields['sip.to.tag'], to, buf, TAG);
    if (head.contact.isSet) this.#contact(row, contact, buf);
  }

  #contact(row: Row, contact: Address, buf: Uint8Array): void {
    const span = this.#span;
    const { parameters } = contact.uri;
    text(row, fields['sip.contact.display_info'], buf, contact.display);
    this.#writeUri(row, CONTACT_URI, contact.uri, buf);
    if (find(span, contact.parameters, buf, EXPIRES)) {
      const seconds = decimal(buf, span.start, span.end, MAX_NUMBER);
      if (seconds > 0) row.long(fields['sip.contact.expires'], seconds);
    }
    if (find(span, contact.parameters, buf, Q)) {
      const q = fraction(buf, span.start, span.end);
      if (q > 0) row.double(fields['sip.contact.q'], q);
    }
    // Without brackets the parameters of the URI are the header's.
    const own = parameters.isSet ? parameters : contact.parameters;
    if (find(span, own, buf, LINE)) text(row, fields['sip.contact.line'], buf, span);
    if (find(span, own, buf, TRANSPORT))
      lower(row, fields['sip.contact.transport'], buf, span.start, span.end);
  }

  #parameter(row: Row, field: Keyword, { parameters }: Address, buf: Uint8Array, name: Uint8Array): void {
    if (find(this.#span, parameters, buf, name)) text(row, field, buf, this.#span);
  }

  #writeUri(row: Row, names: UriFields, uri: Uri, buf: Uint8Array): void {
    text(row, names.original, buf, uri.original);
    text(row, names.scheme, buf, uri.scheme);
    const { start, end } = uri.username;
    // As Packetbeat: `-` stands for nobody.
    if (names.username && start >= 0 && !(end - start === 1 && buf[start] === DASH)) {
      text(row, names.username, buf, uri.username);
      this.#users.add(buf, uri.username);
    }
    text(row, names.host, buf, uri.host);
    if (uri.port > 0) row.long(names.port, uri.port);
    // An address in Contact is no host name, and Packetbeat's list has nothing of that header.
    if (names.username && !(names === CONTACT_URI && isAddress(buf, uri.host)))
      this.#hosts.add(buf, uri.host);
  }

  /** RFC 3261 20.7, RFC 7616 3.4. */
  #credentials(row: Row, { head, buf }: Message): void {
    const { start, end } = head.authorization.isSet ? head.authorization : head.proxyAuthorization;
    if (start < 0) return;
    row.flags |= FLAG.authentication;
    if (!this.#options.parseAuthorization) return;
    let i = start;
    while (i < end && buf[i] !== BLANK && buf[i] !== TAB) i++;
    if (i === end) return;
    row.text(fields['sip.auth.scheme'], buf, start, i);
    const span = this.#span;
    if (findParameter(span, buf, i, end, REALM, COMMA)) text(row, fields['sip.auth.realm'], buf, span);
    if (findParameter(span, buf, i, end, URI, COMMA)) {
      this.#uri.read(buf, span.start, span.end);
      this.#writeUri(row, AUTH_URI, this.#uri, buf);
    }
    if (!findParameter(span, buf, i, end, USERNAME, COMMA)) return;
    if (span.end - span.start === 1 && buf[span.start] === DASH) return;
    text(row, shared['user.name'], buf, span);
    this.#users.add(buf, span);
  }
}

function find(span: Span, { start, end }: Span, buf: Uint8Array, name: Uint8Array): boolean {
  return start >= 0 && findParameter(span, buf, start, end, name);
}

/** Each Via header once. */
function writeVia(row: Row, { count, starts, ends }: Spans, buf: Uint8Array): void {
  if (count === 0) return;
  row.list(fields['sip.via.original']);
  for (let i = 0; i < count; i++) {
    let known = ends[i] === starts[i];
    for (let j = 0; j < i && !known; j++) known = same(buf, starts[i]!, ends[i]!, starts[j]!, ends[j]!);
    if (!known) row.text(ITEM, buf, starts[i]!, ends[i]!);
  }
  row.close();
}

const isAddress = (buf: Uint8Array, { start, end }: Span): boolean =>
  buf[start] === BRACKET || parseAddress(buf, start, end) > 0;
