/**
 * The head of a SIP message (RFC 3261 7): first line and header lines, bytes to positions in one pass. parseHead() knows
 * nothing of earlier calls. Taken as well: bare LF, lines without a colon. Of an address that stands twice the first counts, of
 * another header that may stand once the last.
 */
import { isDigit, lineEnd, MAX_HEAD, named, Span, trimEnd, value } from '../kit/lines.js';
import { type Method, methods } from './codes.js';
import { hasPassword } from './secrets.js';

/** LIMIT of header lines. */
export const MAX_HEADERS = 1024;
/** LIMIT of lines with the same name that are kept: Max-Forwards (70) bounds those of Via. */
export const MAX_LINES = 128;
/** LIMIT of a method's name. */
export const MAX_METHOD = 32;
/** LIMIT of a Content-Length that is believed, bytes. */
export const MAX_CONTENT_LENGTH = 16_777_216;

const TAB = 9;
const LF = 10;
const CR = 13;
const BLANK = 32;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const VERSION_BYTES = 7;

/** 'more': the head does not end here; 'bad': this is no SIP; 'large': a limit is passed. */
export type Outcome = 'head' | 'more' | 'bad' | 'large';

/** Where the values of several lines lie. */
export class Spans {
  count = 0;
  readonly starts = new Uint32Array(MAX_LINES);
  readonly ends = new Uint32Array(MAX_LINES);

  add(start: number, end: number): void {
    if (this.count === MAX_LINES) return;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}

/** What parseHead() found. Positions are in the buffer it was given. */
export class Head {
  start = 0;
  /** Behind the empty line. */
  end = 0;
  isRequest = false;
  /** Where `2.0` lies. */
  version = 0;

  /** Of a request; undefined when too many are known already: then the span tells. */
  method: Method | undefined = undefined;
  readonly methodName = new Span();
  readonly uri = new Span();

  /** Of a response. */
  status = 0;
  readonly phrase = new Span();

  /** -1: absent; -2: none that can be understood, or two that contradict each other. */
  contentLength = -1;
  /** A header goes on in the next line: values must be read from an unfolded copy. */
  folded = false;
  /** Credentials are in it, or a URI with a password that no span covers. */
  secret = false;
  readonly callId = new Span();
  readonly contentType = new Span();
  readonly contentEncoding = new Span();
  readonly cseq = new Span();
  readonly from = new Span();
  readonly to = new Span();
  readonly userAgent = new Span();
  readonly maxForwards = new Span();
  /** The first of each. */
  readonly accept = new Span();
  readonly contact = new Span();
  readonly authorization = new Span();
  readonly proxyAuthorization = new Span();
  readonly associatedUri = new Span();
  readonly via = new Spans();
  readonly allow = new Spans();
  readonly supported = new Spans();
  readonly #once = [
    this.callId,
    this.contentType,
    this.contentEncoding,
    this.cseq,
    this.from,
    this.to,
    this.userAgent,
    this.maxForwards,
    this.accept,
    this.contact,
    this.authorization,
    this.proxyAuthorization,
    this.associatedUri,
  ];

  clear(start: number): void {
    this.start = start;
    this.method = undefined;
    this.contentLength = -1;
    this.folded = false;
    this.secret = false;
    for (const span of this.#once) span.start = -1;
    this.via.count = 0;
    this.allow.count = 0;
    this.supported.count = 0;
  }
}

/** Parses the head that begins at `start` into `head`. */
export function parseHead(head: Head, buf: Uint8Array, start: number, end: number): Outcome {
  head.clear(start);
  const lf = lineEnd(buf, start, end);
  if (lf < 0) return end - start > MAX_HEAD ? 'large' : 'more';
  const last = trimEnd(buf, start, lf);
  head.isRequest = !startsWithSip(buf, start, last);
  if (!(head.isRequest ? requestLine(head, buf, start, last) : statusLine(head, buf, start, last)))
    return 'bad';
  const outcome = headerLines(head, buf, lf + 1, end);
  if (outcome === 'more') return end - start > MAX_HEAD ? 'large' : 'more';
  return outcome === 'head' && head.end - start > MAX_HEAD ? 'large' : outcome;
}

/** `SIP/`: a response, or the version of a request; no method has a slash. */
export function startsWithSip(buf: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 4 &&
    buf[start] === 0x53 &&
    buf[start + 1] === 0x49 &&
    buf[start + 2] === 0x50 &&
    buf[start + 3] === 0x2f
  );
}

function isVersion(buf: Uint8Array, at: number, end: number): boolean {
  return (
    at + VERSION_BYTES <= end &&
    startsWithSip(buf, at, end) &&
    isDigit(buf[at + 4]!) &&
    buf[at + 5] === DOT &&
    isDigit(buf[at + 6]!)
  );
}

/** RFC 3261 7.1: Method SP Request-URI SP SIP-Version. */
function requestLine(head: Head, buf: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end && isToken(buf[i]!)) i++;
  if (i === start || i - start > MAX_METHOD || buf[i] !== BLANK) return false;
  const version = end - VERSION_BYTES;
  if (version <= i + 1 || buf[version - 1] !== BLANK || !isVersion(buf, version, end)) return false;
  head.methodName.set(start, i);
  head.method = methods.find(buf, start, i);
  while (buf[i] === BLANK) i++;
  head.uri.set(i, trimEnd(buf, i, version));
  head.version = version + 4;
  return head.uri.end > i;
}

/** RFC 3261 7.2: SIP-Version SP Status-Code SP Reason-Phrase; the last blank is often missing. */
function statusLine(head: Head, buf: Uint8Array, start: number, end: number): boolean {
  const code = start + VERSION_BYTES + 1;
  const phrase = code + 3;
  if (phrase > end || !isVersion(buf, start, end) || buf[code - 1] !== BLANK) return false;
  if (!isDigit(buf[code]!) || !isDigit(buf[code + 1]!) || !isDigit(buf[code + 2]!)) return false;
  if (phrase < end && buf[phrase] !== BLANK) return false;
  head.version = start + 4;
  head.status = (buf[code]! - ZERO) * 100 + (buf[code + 1]! - ZERO) * 10 + buf[code + 2]! - ZERO;
  head.phrase.set(Math.min(phrase + 1, end), end);
  return true;
}

/** Reads header lines from `p` on up to the empty one. */
function headerLines(head: Head, buf: Uint8Array, start: number, end: number): 'head' | 'more' | 'large' {
  let p = start;
  for (let n = 0; p < end; n++) {
    const c = buf[p]!;
    if (c === LF || (c === CR && p + 1 < end && buf[p + 1] === LF)) {
      head.end = c === LF ? p + 1 : p + 2;
      return 'head';
    }
    if (n === MAX_HEADERS) return 'large';
    const lf = lineEnd(buf, p + 1, end);
    if (lf < 0) return 'more';
    // RFC 3261 7.3.1: a line that begins with a blank goes on with the one before.
    if (c === BLANK || c === TAB) head.folded = true;
    else header(head, buf, p, lf);
    p = lf + 1;
  }
  return 'more';
}

const word = (text: string): Uint8Array => Buffer.from(text);
const ACCEPT = word('accept');
const ALLOW = word('allow');
const AUTHORIZATION = word('authorization');
const AUTHENTICATION_INFO = word('authentication-info');
const CALL_ID = word('call-id');
const CONTACT = word('contact');
const CONTENT_ENCODING = word('content-encoding');
const CONTENT_LENGTH = word('content-length');
const CONTENT_TYPE = word('content-type');
const CSEQ = word('cseq');
const FROM = word('from');
const MAX_FORWARDS = word('max-forwards');
const P_ASSOCIATED_URI = word('p-associated-uri');
const PROXY_AUTHENTICATION_INFO = word('proxy-authentication-info');
const PROXY_AUTHORIZATION = word('proxy-authorization');
const SUPPORTED = word('supported');
const TO = word('to');
const USER_AGENT = word('user-agent');
const VIA = word('via');

/** Notes the header in the line [p, lf) when it is one we need, and looks for passwords where URIs may be. */
function header(head: Head, buf: Uint8Array, p: number, lf: number): void {
  let colon = p;
  while (colon < lf && buf[colon] !== COLON) colon++;
  if (colon === lf) return;
  const size = trimEnd(buf, p, colon) - p;
  const at = colon + 1;
  const harmless = size === 1 ? compact(head, buf, p, at, lf) : full(head, buf, p, size, at, lf);
  if (!harmless && !head.secret && hasPassword(buf, at, lf)) head.secret = true;
}

/** A header by its full name, told apart by the length of it first. True when no URI can be in it. */
function full(head: Head, buf: Uint8Array, p: number, size: number, at: number, lf: number): boolean {
  switch (size) {
    case 2:
      return named(buf, p, TO) && addresses(head.to, buf, at, lf);
    case 3:
      return named(buf, p, VIA) && each(head.via, buf, at, lf);
    case 4:
      if (named(buf, p, FROM)) return addresses(head.from, buf, at, lf);
      return named(buf, p, CSEQ) && last(head.cseq, buf, at, lf);
    case 5:
      return named(buf, p, ALLOW) && each(head.allow, buf, at, lf);
    case 6:
      return named(buf, p, ACCEPT) && first(head.accept, buf, at, lf);
    case 7:
      if (named(buf, p, CALL_ID)) return last(head.callId, buf, at, lf);
      return named(buf, p, CONTACT) && addresses(head.contact, buf, at, lf);
    case 9:
      return named(buf, p, SUPPORTED) && each(head.supported, buf, at, lf);
    case 10:
      return named(buf, p, USER_AGENT) && last(head.userAgent, buf, at, lf);
    case 12:
      if (named(buf, p, CONTENT_TYPE)) return last(head.contentType, buf, at, lf);
      return named(buf, p, MAX_FORWARDS) && last(head.maxForwards, buf, at, lf);
    case 14:
      return named(buf, p, CONTENT_LENGTH) && contentLength(head, buf, at, lf);
    default:
      return long(head, buf, p, size, at, lf);
  }
}

/** Names that are rare. */
function long(head: Head, buf: Uint8Array, p: number, size: number, at: number, lf: number): boolean {
  switch (size) {
    case 13:
      if (!named(buf, p, AUTHORIZATION)) return false;
      head.secret = true;
      return first(head.authorization, buf, at, lf);
    case 16:
      if (named(buf, p, CONTENT_ENCODING)) return last(head.contentEncoding, buf, at, lf);
      return named(buf, p, P_ASSOCIATED_URI) && addresses(head.associatedUri, buf, at, lf);
    case 19:
      if (named(buf, p, PROXY_AUTHORIZATION)) {
        head.secret = true;
        return first(head.proxyAuthorization, buf, at, lf);
      }
      if (named(buf, p, AUTHENTICATION_INFO)) head.secret = true;
      return false;
    case 25:
      if (named(buf, p, PROXY_AUTHENTICATION_INFO)) head.secret = true;
      return false;
    default:
      return false;
  }
}

/** A header by its compact name, RFC 3261 7.3.3. */
function compact(head: Head, buf: Uint8Array, p: number, at: number, lf: number): boolean {
  switch (buf[p]! | 0x20) {
    case 0x63: // c
      return last(head.contentType, buf, at, lf);
    case 0x65: // e
      return last(head.contentEncoding, buf, at, lf);
    case 0x66: // f
      return addresses(head.from, buf, at, lf);
    case 0x69: // i
      return last(head.callId, buf, at, lf);
    case 0x6b: // k
      return each(head.supported, buf, at, lf);
    case 0x6c: // l
      return contentLength(head, buf, at, lf);
    case 0x6d: // m
      return addresses(head.contact, buf, at, lf);
    case 0x74: // t
      return addresses(head.to, buf, at, lf);
    case 0x76: // v
      return each(head.via, buf, at, lf);
    default:
      return false;
  }
}

/** Of several lines the first; who reads it knows of its passwords. */
function addresses(span: Span, buf: Uint8Array, at: number, lf: number): boolean {
  return span.isSet ? false : last(span, buf, at, lf);
}

function last(span: Span, buf: Uint8Array, at: number, lf: number): boolean {
  value(span, buf, at, lf);
  return true;
}

function first(span: Span, buf: Uint8Array, at: number, lf: number): boolean {
  if (!span.isSet) value(span, buf, at, lf);
  return true;
}

function each(spans: Spans, buf: Uint8Array, at: number, lf: number): boolean {
  let from = at;
  while (from < lf && (buf[from] === BLANK || buf[from] === TAB)) from++;
  spans.add(from, trimEnd(buf, from, lf));
  return true;
}

/** RFC 3261 20.14: one number; repeated, it must be the same. */
function contentLength(head: Head, buf: Uint8Array, at: number, lf: number): boolean {
  let from = at;
  while (from < lf && (buf[from] === BLANK || buf[from] === TAB)) from++;
  const size = decimal(buf, from, trimEnd(buf, from, lf), MAX_CONTENT_LENGTH);
  head.contentLength = size < 0 || (head.contentLength !== -1 && head.contentLength !== size) ? -2 : size;
  return true;
}

/** The number in [start, end), or -1 when it is none or above `max`. */
export function decimal(buf: Uint8Array, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let number = 0;
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    if (!isDigit(c)) return -1;
    number = number * 10 + c - ZERO;
    if (number > max) return -1;
  }
  return number;
}

/** RFC 3261 25.1, without the rare signs no method uses. */
export function isToken(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 0x2d || c === 0x5f || c === DOT || isDigit(c);
}
