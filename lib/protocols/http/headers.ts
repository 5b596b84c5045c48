/**
 * Header objects of events (http.request.headers, http.response.headers): by default the two about the content; with
 * send_headers or send_all_headers those asked for, repeated ones joined, cookies split, secrets masked.
 */
import { constant } from '../../events/constants.js';
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { lineEnd, Span, trimEnd } from '../kit/lines.js';
import { Words } from '../kit/words.js';
import { type Head, MAX_HEADERS } from './parser.js';
import type { Settings } from './settings.js';

const CONTENT_LENGTH = constant('content-length');
const CONTENT_TYPE = constant('content-type');
const REDACTED = constant('REDACTED');
const STAR = constant('*');
const COLON = 58;

/** What is known of a header by its name. */
class Name {
  readonly text: string;
  /** Interned; 0 when it is not. */
  readonly key: number;
  readonly sent: boolean;
  readonly redacted: boolean;
  /** content-length and content-type: written apart. */
  readonly apart: boolean;
  readonly isAuthorization: boolean;
  readonly isCookie: boolean;
  /** Lines with it in head number `head`. */
  count = 0;
  head = 0;

  constructor(text: string, key: number, settings: Settings) {
    this.text = text;
    this.key = key;
    this.sent = settings.allHeaders || settings.headers.has(text);
    this.redacted = settings.redacted.has(text);
    this.apart = text === 'content-length' || text === 'content-type';
    this.isAuthorization = text === 'authorization' || text === 'proxy-authorization';
    this.isCookie = settings.splitCookie && (text === 'cookie' || text === 'set-cookie');
  }
}

export class HeaderWriter {
  /** Value of the Authorization header of the head written last; not set when it is not reported. */
  readonly authorization = new Span();
  readonly #settings: Settings;
  readonly #all: boolean;
  readonly #words: Words<Name>;
  /** The lines of a head: names, and where their values lie. */
  readonly #names: Name[] = [];
  readonly #starts = new Int32Array(MAX_HEADERS);
  readonly #ends = new Int32Array(MAX_HEADERS);
  #heads = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#all = settings.sendsHeaders;
    this.#words = new Words((upper) => {
      const text = upper.toLowerCase();
      return new Name(text, constant(text), settings);
    });
  }

  /** Writes the header object of `head` into `field`. */
  write(row: Row, field: Field<'flattened'>, head: Head, buf: Uint8Array): void {
    this.authorization.start = -1;
    if (!this.#all && head.contentLength < 0 && !head.contentType.isSet) return;
    row.object(field);
    if (head.contentLength >= 0) {
      row.key(CONTENT_LENGTH);
      row.long(ITEM, head.contentLength);
    }
    if (head.contentType.isSet) {
      row.key(CONTENT_TYPE);
      row.text(ITEM, buf, head.contentType.start, head.contentType.end);
    }
    if (this.#all) this.#writeAll(row, head, buf);
    row.close();
  }

  #writeAll(row: Row, head: Head, buf: Uint8Array): void {
    this.#read(head, buf);
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (!name.sent || name.apart || name.count === 0) continue;
      if (name.text === 'authorization') this.authorization.set(this.#starts[i]!, this.#ends[i]!);
      if (name.key > 0) row.key(name.key);
      else row.keyString(name.text);
      this.#value(row, name, i, head.isRequest, buf);
      name.count = 0;
    }
  }

  /** Lists the lines of the head and counts how often each name comes. */
  #read(head: Head, buf: Uint8Array): void {
    this.#heads++;
    this.#names.length = 0;
    const rare = new Map<string, Name>();
    for (let p = head.lines; p < head.end; ) {
      const lf = lineEnd(buf, p, head.end);
      let colon = p;
      while (colon < lf && buf[colon] !== COLON) colon++;
      if (colon < lf && colon > p) this.#line(this.#name(buf, p, colon, rare), buf, colon + 1, lf);
      p = lf + 1;
    }
  }

  #name(buf: Uint8Array, start: number, end: number, rare: Map<string, Name>): Name {
    const known = this.#words.find(buf, start, end);
    if (known) return known;
    // Too long, or the table is full: remembered for this head only.
    const text = Buffer.from(buf.subarray(start, end)).toString('latin1').toLowerCase();
    let name = rare.get(text);
    if (!name) {
      name = new Name(text, 0, this.#settings);
      rare.set(text, name);
    }
    return name;
  }

  #line(name: Name, buf: Uint8Array, start: number, lf: number): void {
    const at = this.#names.length;
    if (at === MAX_HEADERS) return;
    if (name.head !== this.#heads) {
      name.head = this.#heads;
      name.count = 0;
    }
    name.count++;
    let from = start;
    while (from < lf && (buf[from] === 32 || buf[from] === 9)) from++;
    this.#names.push(name);
    this.#starts[at] = from;
    this.#ends[at] = trimEnd(buf, from, lf);
  }

  #value(row: Row, name: Name, at: number, isRequest: boolean, buf: Uint8Array): void {
    const start = this.#starts[at]!;
    const end = this.#ends[at]!;
    if (name.redacted && name.isCookie) {
      row.object(ITEM); // a field is an object or a text in an index, never both
      row.close();
    } else if (name.redacted) row.word(ITEM, REDACTED);
    else if (name.isAuthorization && isRequest && this.#settings.redactAuthorization && end > start)
      row.word(ITEM, STAR);
    else if (name.isCookie) writeCookies(row, this.#joined(name, at, buf).toString('utf8'));
    else if (name.count === 1) row.text(ITEM, buf, start, end);
    else {
      const text = this.#joined(name, at, buf);
      row.text(ITEM, text, 0, text.length);
    }
  }

  /** All values of a name from line `at` on, as one (RFC 9110 5.3). */
  #joined(name: Name, at: number, buf: Uint8Array): Buffer {
    const parts: Uint8Array[] = [];
    for (let i = at; i < this.#names.length; i++) {
      if (this.#names[i] !== name) continue;
      if (parts.length > 0) parts.push(COMMA);
      parts.push(buf.subarray(this.#starts[i]!, this.#ends[i]!));
    }
    return Buffer.concat(parts);
  }
}

const COMMA = Buffer.from(', ');

/** `a=1; b="2"` as an object; of a repeated name the last value. Pairs without `=` (Secure, HttpOnly) are left out. */
function writeCookies(row: Row, text: string): void {
  const cookies = new Map<string, string>();
  for (const pair of text.split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const raw = pair.slice(equals + 1).trim();
    const quoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"');
    cookies.set(pair.slice(0, equals).trim().toLowerCase(), quoted ? raw.slice(1, -1) : raw);
  }
  row.object(ITEM);
  for (const [name, value] of cookies) {
    row.keyString(name);
    row.string(ITEM, value);
  }
  row.close();
}

/** User name of a Basic authorization (RFC 7617 2), as bytes; null when it is none. */
export function basicUser(buf: Uint8Array, { start, end }: Span): Uint8Array | null {
  if (end - start < 7 || end - start > 1024) return null;
  const value = Buffer.from(buf.subarray(start, end)).toString('latin1');
  if (value.slice(0, 6).toLowerCase() !== 'basic ') return null;
  const pair = Buffer.from(value.slice(6).trim(), 'base64');
  const colon = pair.indexOf(COLON);
  return colon > 0 ? pair.subarray(0, colon) : null;
}

/** The first element of the list in the header `wanted` (lower case, with its colon), found in the head. */
export function firstOf(span: Span, head: Head, buf: Uint8Array, wanted: Uint8Array): boolean {
  for (let p = head.lines; p < head.end; ) {
    const lf = lineEnd(buf, p, head.end);
    if (lf - p >= wanted.length && isNamed(buf, p, wanted)) {
      let from = p + wanted.length;
      while (from < lf && (buf[from] === 32 || buf[from] === 9)) from++;
      let to = from;
      while (to < lf && buf[to] !== 0x2c) to++;
      span.set(from, trimEnd(buf, from, to));
      return true;
    }
    p = lf + 1;
  }
  return false;
}

function isNamed(buf: Uint8Array, p: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) {
    const c = buf[p + i]!;
    if ((c >= 65 && c <= 90 ? c + 32 : c) !== wanted[i]) return false;
  }
  return true;
}
