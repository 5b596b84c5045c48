/**
 * The head of an HTTP/1 message (RFC 9112): first line and header lines, bytes to positions in one pass. parseHead() knows
 * nothing of earlier calls; HeadFinder sees to it that an unfinished head is not parsed again and again.
 *
 * Taken as well: bare LF, folded lines, blanks inside the request target. Refused: what leaves the end of the body in doubt.
 */
import { headerName, isDigit, lineEnd, MAX_HEAD, named, Span, trimEnd, value } from '../kit/lines.js';
import { findMethod, MAX_METHOD, type Method } from './codes.js';

/** LIMIT of header lines. */
export const MAX_HEADERS = 1024;
/** LIMIT of a Content-Length: beyond it the message is refused. */
const MAX_CONTENT_LENGTH = Number.MAX_SAFE_INTEGER;

const TAB = 9;
const LF = 10;
const CR = 13;
const BLANK = 32;
const PERCENT = 37;
const DOT = 46;
const SLASH = 47;
const ZERO = 48;
const COLON = 58;
const QUESTION = 63;

/** 'more': the head does not end here; 'bad': this is no HTTP/1; 'large': a limit is passed. */
export type Outcome = 'head' | 'more' | 'bad' | 'large';

/** What parseHead() found. Positions are in the buffer it was given. */
export class Head {
  start = 0;
  /** Behind the empty line. */
  end = 0;
  /** Where the header lines begin. */
  lines = 0;
  isRequest = false;
  /** HTTP/1.minor. */
  minor = 1;

  /** Of a request; undefined when it is none of the registry. It lies in [start, target.start - 1). */
  method: Method | undefined = undefined;
  readonly target = new Span();
  /** End of the target's part before `?`. */
  pathEnd = 0;
  /** Last `.` and `/` before pathEnd, or -1. */
  dot = -1;
  slash = -1;
  /** The path has %-escapes. */
  escaped = false;

  /** Of a response. */
  status = 0;
  readonly phrase = new Span();

  /** -1: absent. */
  contentLength = -1;
  hasTransferEncoding = false;
  chunked = false;
  /** Two lengths that contradict each other, or none that can be understood. */
  badFraming = false;
  /** A header goes on in the next line: values must be read from an unfolded copy. */
  folded = false;
  readonly host = new Span();
  readonly contentType = new Span();
  readonly contentEncoding = new Span();
  readonly transferEncoding = new Span();
  readonly referer = new Span();
  readonly userAgent = new Span();

  clear(start: number): void {
    this.start = start;
    this.method = undefined;
    this.dot = -1;
    this.slash = -1;
    this.escaped = false;
    this.contentLength = -1;
    this.hasTransferEncoding = false;
    this.chunked = false;
    this.badFraming = false;
    this.folded = false;
    this.host.start = -1;
    this.contentType.start = -1;
    this.contentEncoding.start = -1;
    this.transferEncoding.start = -1;
    this.referer.start = -1;
    this.userAgent.start = -1;
  }
}

const MORE = -1;
const BAD = -2;

/** Parses the head that begins at `start` into `head`. */
export function parseHead(head: Head, buf: Uint8Array, start: number, end: number): Outcome {
  head.clear(start);
  head.isRequest = !startsWithHttp(buf, start, end);
  const lines = head.isRequest ? requestLine(head, buf, start, end) : statusLine(head, buf, start, end);
  if (lines < 0) {
    if (lines === BAD) return 'bad';
    return end - start > MAX_HEAD ? 'large' : 'more';
  }
  head.lines = lines;
  const outcome = headerLines(head, buf, lines, end);
  if (outcome === 'more') return end - start > MAX_HEAD ? 'large' : 'more';
  return outcome === 'head' && head.end - start > MAX_HEAD ? 'large' : outcome;
}

/** `HTTP/`: a response; no method has a slash. */
export function startsWithHttp(buf: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 5 &&
    buf[start] === 0x48 &&
    buf[start + 1] === 0x54 &&
    buf[start + 2] === 0x54 &&
    buf[start + 3] === 0x50 &&
    buf[start + 4] === SLASH
  );
}

/** RFC 9112 3: method SP request-target SP HTTP-version. Returns where the next line begins, MORE or BAD. */
function requestLine(head: Head, buf: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && isToken(buf[i]!)) i++;
  if (i - start > MAX_METHOD) return BAD;
  if (i === end) return MORE;
  if (i === start || buf[i] !== BLANK) return BAD;
  head.method = findMethod(buf, start, i);
  const target = ++i;
  let query = -1;
  for (; i < end; i++) {
    const c = buf[i]!;
    if (c > QUESTION) continue;
    if (c === SLASH) {
      if (query < 0) head.slash = i;
    } else if (c === DOT) {
      if (query < 0) head.dot = i;
    } else if (c === BLANK) {
      if (end - i < 11) return partialVersion(buf, i + 1, end);
      if (isVersion(buf, i + 1)) {
        if (i === target) return BAD;
        head.target.set(target, i);
        head.pathEnd = query < 0 ? i : query;
        head.minor = buf[i + 8]! - ZERO;
        return buf[i + 9] === LF ? i + 10 : i + 11;
      }
    } else if (c === QUESTION) {
      if (query < 0) query = i;
    } else if (c === PERCENT) {
      if (query < 0) head.escaped = true;
    } else if (c === LF) {
      return BAD;
    }
  }
  return MORE;
}

/** The line may yet end in a version, unless it ends among the few bytes there are. */
function partialVersion(buf: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end - 1; i++) if (buf[i] === LF) return BAD;
  return MORE;
}

/** `HTTP/1.d` and the line's end. */
function isVersion(buf: Uint8Array, at: number): boolean {
  return (
    startsWithHttp(buf, at, at + 5) &&
    buf[at + 5] === 0x31 &&
    buf[at + 6] === DOT &&
    isDigit(buf[at + 7]!) &&
    (buf[at + 8] === LF || (buf[at + 8] === CR && buf[at + 9] === LF))
  );
}

/** RFC 9112 4: HTTP-version SP status-code SP [reason-phrase]; the last blank is often missing. */
function statusLine(head: Head, buf: Uint8Array, start: number, end: number): number {
  if (end - start < 13) return MORE;
  if (buf[start + 5] !== 0x31 || buf[start + 6] !== DOT || buf[start + 8] !== BLANK) return BAD;
  const a = buf[start + 9]! - ZERO;
  const b = buf[start + 10]! - ZERO;
  const c = buf[start + 11]! - ZERO;
  if (a < 1 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9) return BAD;
  head.minor = buf[start + 7]! - ZERO;
  if (head.minor < 0 || head.minor > 9) return BAD;
  head.status = a * 100 + b * 10 + c;
  let phrase = start + 12;
  const lf = lineEnd(buf, phrase, end);
  if (lf < 0) return MORE;
  if (buf[phrase] === BLANK) phrase++;
  else if (buf[phrase] !== CR && buf[phrase] !== LF) return BAD;
  head.phrase.set(phrase, Math.max(phrase, trimEnd(buf, phrase, lf)));
  return lf + 1;
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
    // RFC 9112 5.2: obs-fold.
    if (c === BLANK || c === TAB) head.folded = true;
    else header(head, buf, p, lf, c | 0x20);
    p = lf + 1;
  }
  return 'more';
}

/** Notes the header in the line [p, lf) when it is one we need. `first` is its first byte in lower case. */
function header(head: Head, buf: Uint8Array, p: number, lf: number, first: number): void {
  switch (first) {
    case 0x68: // h
      if (named(buf, p, HOST)) value(head.host, buf, p + 5, lf);
      break;
    case 0x63: // c
      if (buf[p + 7] === 0x2d) contentHeader(head, buf, p, lf);
      break;
    case 0x75: // u
      if (buf[p + 10] === COLON && named(buf, p, USER_AGENT)) value(head.userAgent, buf, p + 11, lf);
      break;
    case 0x72: // r
      if (buf[p + 7] === COLON && named(buf, p, REFERER)) value(head.referer, buf, p + 8, lf);
      break;
    case 0x74: // t
      if (buf[p + 17] === COLON && named(buf, p, TRANSFER_ENCODING)) transferEncoding(head, buf, p + 18, lf);
      break;
  }
}

function contentHeader(head: Head, buf: Uint8Array, p: number, lf: number): void {
  switch (buf[p + 8]! | 0x20) {
    case 0x74: // t
      if (named(buf, p, CONTENT_TYPE)) value(head.contentType, buf, p + 13, lf);
      break;
    case 0x6c: // l
      if (named(buf, p, CONTENT_LENGTH)) contentLength(head, buf, p + 15, lf);
      break;
    case 0x65: // e
      if (named(buf, p, CONTENT_ENCODING)) value(head.contentEncoding, buf, p + 17, lf);
      break;
  }
}

const HOST = headerName('host');
const USER_AGENT = headerName('user-agent');
const REFERER = headerName('referer');
const CONTENT_TYPE = headerName('content-type');
const CONTENT_LENGTH = headerName('content-length');
const CONTENT_ENCODING = headerName('content-encoding');
const TRANSFER_ENCODING = headerName('transfer-encoding');

/** RFC 9112 6.3: one number; repeated, also in a list, it must be the same. */
function contentLength(head: Head, buf: Uint8Array, start: number, lf: number): void {
  let number = -1;
  for (let i = start; i <= lf; i++) {
    const c = i === lf ? 0x2c : buf[i]!;
    if (isDigit(c)) {
      number = (number < 0 ? 0 : number * 10) + c - ZERO;
      if (number > MAX_CONTENT_LENGTH) head.badFraming = true;
    } else if (c === 0x2c) {
      if (number < 0 || (head.contentLength >= 0 && head.contentLength !== number)) head.badFraming = true;
      head.contentLength = number;
      number = -1;
    } else if (c !== BLANK && c !== TAB && c !== CR) {
      head.badFraming = true;
    } else if (number >= 0 && i + 1 < lf && isDigit(buf[i + 1]!)) {
      head.badFraming = true;
    }
  }
}

/** RFC 9112 6.1: the last coding decides. */
function transferEncoding(head: Head, buf: Uint8Array, start: number, lf: number): void {
  value(head.transferEncoding, buf, start, lf);
  const { end } = head.transferEncoding;
  head.hasTransferEncoding = true;
  head.chunked = end - head.transferEncoding.start >= 7 && named(buf, end - 7, CHUNKED);
}

const CHUNKED = Buffer.from('chunked');

/** RFC 9110 5.6.2, without the rare signs no method uses. */
function isToken(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 0x2d || c === 0x5f || isDigit(c);
}
