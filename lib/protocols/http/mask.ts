/**
 * Copies of heads and bodies in which secrets are masked and folded lines are joined. Only made where an option or the
 * message asks for it.
 */

import { lineEnd, type Span, trimEnd } from '../kit/lines.js';
import type { Text } from '../kit/text.js';
import type { Head } from './parser.js';
import type { Settings } from './settings.js';

const LF = 10;
const CR = 13;
const BLANK = 32;
const COLON = 58;
const EQUALS = 61;
const QUESTION = 63;
const AMPERSAND = 38;
const HASH = 35;
/** LIMIT: longer parameter names are compared by their first bytes. */
const MAX_KEY = 128;
/** Headers that hold URLs. */
const URL_HEADERS = new Set(['referer', 'location', 'content-location']);

/** Form parameters [start, end) with the values of `keywords` as xxxxx. */
export function maskParameters(
  out: Text,
  buf: Uint8Array,
  start: number,
  end: number,
  keywords: ReadonlySet<string>,
): void {
  for (let i = start; i <= end; ) {
    let to = i;
    let equals = -1;
    for (; to < end && buf[to] !== AMPERSAND; to++) if (buf[to] === EQUALS && equals < 0) equals = to;
    if (equals >= 0 && keywords.has(parameterName(buf, i, equals))) {
      out.bytes(buf, i, equals + 1);
      out.ascii('xxxxx');
    } else {
      out.bytes(buf, i, to);
    }
    if (to < end) out.byte(AMPERSAND);
    i = to + 1;
  }
}

/** Lower case, %-escapes decoded. */
function parameterName(buf: Uint8Array, start: number, end: number): string {
  const raw = Buffer.from(buf.subarray(start, Math.min(end, start + MAX_KEY))).toString('latin1');
  let name = '';
  for (let i = 0; i < raw.length; i++) {
    const code = raw[i] === '%' ? Number.parseInt(raw.slice(i + 1, i + 3), 16) : Number.NaN;
    if (code >= 0) {
      name += String.fromCharCode(code);
      i += 2;
    } else {
      name += raw[i] === '+' ? ' ' : raw[i];
    }
  }
  return Buffer.from(name, 'latin1').toString('utf8').trim().toLowerCase();
}

/** A URL with the parameters of its query masked. */
function maskUrl(
  out: Text,
  buf: Uint8Array,
  start: number,
  end: number,
  keywords: ReadonlySet<string>,
): void {
  let query = start;
  while (query < end && buf[query] !== QUESTION) query++;
  let fragment = query;
  while (fragment < end && buf[fragment] !== HASH) fragment++;
  out.bytes(buf, start, query);
  if (query < end) {
    out.byte(QUESTION);
    maskParameters(out, buf, query + 1, fragment, keywords);
  }
  out.bytes(buf, fragment, end);
}

/** True when the plain head cannot be published from: a line is folded, or a URL may hold parameters to mask. */
export function needsCopy(head: Head, buf: Uint8Array, settings: Settings): boolean {
  if (head.folded) return true;
  if (settings.keywords === null) return false;
  for (let i = head.start; i < head.end; i++) if (buf[i] === QUESTION) return true;
  return false;
}

/** The head with folded lines joined and the parameters of its URLs masked. */
export function copyHead(out: Text, head: Head, buf: Uint8Array, keywords: ReadonlySet<string> | null): void {
  out.clear();
  if (head.isRequest && keywords) {
    out.bytes(buf, head.start, head.target.start);
    maskUrl(out, buf, head.target.start, head.target.end, keywords);
    out.bytes(buf, head.target.end, head.lines);
  } else {
    out.bytes(buf, head.start, head.lines);
  }
  for (let p = head.lines; p < head.end; ) {
    const lf = lineEnd(buf, p, head.end);
    const next = buf[lf + 1];
    const goesOn = lf + 1 < head.end && (next === BLANK || next === 9) && lf > p + 1;
    const end = goesOn ? trimEnd(buf, p, lf) : lf + 1;
    if (keywords && isUrlHeader(buf, p, end)) maskUrl(out, buf, p, end, keywords);
    else out.bytes(buf, p, end);
    p = lf + 1;
  }
}

function isUrlHeader(buf: Uint8Array, p: number, end: number): boolean {
  const first = buf[p]! | 0x20;
  return (first === 0x72 || first === 0x6c || first === 0x63) && URL_HEADERS.has(headerName(buf, p, end));
}

/** Name of the header in the line [p, end), lower case; '' when the line is none. */
function headerName(buf: Uint8Array, p: number, end: number): string {
  let colon = p;
  while (colon < end && buf[colon] !== COLON) colon++;
  if (colon === end || colon - p > MAX_KEY) return '';
  return Buffer.from(buf.subarray(p, colon)).toString('latin1').toLowerCase();
}

/** The head in [start, end) with redacted headers masked, for `request` and `response`. */
export function redactHead(
  out: Text,
  span: Span,
  buf: Uint8Array,
  isRequest: boolean,
  settings: Settings,
): void {
  out.clear();
  let inside = false;
  for (let p = span.start; p < span.end; ) {
    const lf = lineEnd(buf, p, span.end);
    if (!(inside && (buf[p] === BLANK || buf[p] === 9))) {
      inside = redactLine(out, buf, p, lf, isRequest, settings);
    }
    p = lf + 1;
  }
}

/** True when the line was masked: lines folded into it are left out. */
function redactLine(
  out: Text,
  buf: Uint8Array,
  p: number,
  lf: number,
  isRequest: boolean,
  settings: Settings,
): boolean {
  const name = headerName(buf, p, lf);
  const end = buf[lf - 1] === CR && lf > p ? lf - 1 : lf;
  const value = p + name.length + 1;
  const isAuthorization = name === 'authorization' || name === 'proxy-authorization';
  if (name && settings.redacted.has(name)) {
    out.bytes(buf, p, value);
    out.ascii(' REDACTED');
  } else if (isAuthorization && isRequest && settings.redactAuthorization) {
    out.bytes(buf, p, value);
    for (let i = value; i < end; i++) out.byte(42);
  } else {
    out.bytes(buf, p, lf + 1);
    return false;
  }
  out.bytes(buf, end, lf);
  out.byte(LF);
  return true;
}
