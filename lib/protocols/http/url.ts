/**
 * The URL of a request (url.*), destination.domain, `query` and related names and addresses, from request target and Host
 * (RFC 9110 7.1, RFC 9112 3.2). Text is lent from the head where it lies there in one piece.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Flow } from '../analyzer.js';
import { Authority, addressBytes, isSameAddress, parseAddress } from '../kit/address.js';
import type { Span } from '../kit/lines.js';
import { fields } from './fields.js';
import type { Head } from './parser.js';

const DOMAIN = fields['url.domain'];
const EXTENSION = fields['url.extension'];
const FULL = fields['url.full'];
const PATH = fields['url.path'];
const PORT = fields['url.port'];
const QUERY = fields['url.query'];
const SCHEME = fields['url.scheme'];
const DESTINATION_DOMAIN = shared['destination.domain'];
const REQUEST_LINE = shared.query;
const RELATED_HOSTS = shared['related.hosts'];
const RELATED_IP = shared['related.ip'];
const FORWARDED = fields['network.forwarded_ip'];

const HTTP = constant('http');
const PREFIX = Buffer.from('http://');
const DEFAULT_PORT = 80;
const BLANK = 32;
const STAR = 42;
const SLASH = 47;
const COLON = 58;
const QUESTION = 63;
const HASH = 35;
const AT = 64;
const OPEN = 91;
const CLOSE = 93;
const PERCENT = 37;

type Text = Field<'keyword' | 'text' | 'wildcard'>;

/** Writes text from bytes put together here: the row's heap is the buffer. */
class Composer {
  #row!: Row;
  #at = 0;
  #size = 0;

  /** False when the row has no room for `size` bytes more. */
  begin(row: Row, size: number): boolean {
    this.#row = row;
    this.#size = 0;
    this.#at = row.compose(size);
    return this.#at >= 0;
  }

  byte(c: number): void {
    this.#row.heap[this.#at + this.#size++] = c;
  }

  bytes(buf: Uint8Array, start: number, end: number): void {
    const { heap } = this.#row;
    const to = this.#at + this.#size - start;
    for (let i = start; i < end; i++) heap[to + i] = buf[i]!;
    this.#size += end - start;
  }

  decimal(n: number): void {
    let unit = 1;
    while (n / unit >= 10) unit *= 10;
    for (; unit >= 1; unit = Math.floor(unit / 10)) this.byte(48 + (Math.floor(n / unit) % 10));
  }

  end(field: Text): void {
    this.#row.composed(field, this.#at, this.#size);
  }
}

const composer = new Composer();
const hostHeader = new Authority();
const absolute = new Authority();
const forwarded: { size: 0 | 4 | 16; bytes: Uint8Array } = { size: 0, bytes: new Uint8Array(16) };
const hostAddress = new Uint8Array(16);

/**
 * Writes what the target and the headers say about the URL. `port`: the server's. True when the Host header names another
 * port.
 */
export function writeUrl(
  row: Row,
  flow: Flow,
  head: Head,
  buf: Uint8Array,
  port: number,
  realIp: Span | null,
): boolean {
  const { host, target } = head;
  hostHeader.split(buf, host.isSet ? host.start : 0, host.isSet ? host.end : 0);
  if (hostHeader.address > 0) hostAddress.set(addressBytes);
  const named = hostHeader.end > hostHeader.start;
  if (named && hostHeader.address === 0) row.text(DESTINATION_DOMAIN, buf, hostHeader.start, hostHeader.end);
  row.word(SCHEME, HTTP);
  if (buf[target.start] === SLASH) writeOrigin(row, head, buf, hostHeader.port || port);
  else writeOther(row, head, buf, port);
  writeRelated(row, flow, head, buf, realIp);
  return hostHeader.port > 0 && hostHeader.port !== port;
}

/** RFC 9112 3.2.1: the usual target, `/path?query`. */
function writeOrigin(row: Row, head: Head, buf: Uint8Array, port: number): void {
  const { target, pathEnd } = head;
  writeAuthority(row, hostHeader, buf, port);
  writePath(row, head, buf, target.start);
  if (head.escaped) writeDecodedLine(row, head, buf, target.start);
  else row.text(REQUEST_LINE, buf, head.start, pathEnd);
  writeQuery(row, head, buf);
  writeFull(row, hostHeader, buf, port, target.start, target.end);
}

/** RFC 9112 3.2.2 to 3.2.4: `http://host/path`, `host:port` of CONNECT, `*`. */
function writeOther(row: Row, head: Head, buf: Uint8Array, port: number): void {
  const { target } = head;
  const authority = authorityStart(head, buf);
  if (authority < 0) {
    const isStar = buf[target.start] === STAR && target.end === target.start + 1;
    const own = hostHeader.port || port;
    writeAuthority(row, hostHeader, buf, own);
    writePath(row, head, buf, target.start);
    writeDecodedLine(row, head, buf, target.start);
    writeQuery(row, head, buf);
    // RFC 9112 3.3: the asterisk stands for no path at all.
    writeFull(row, hostHeader, buf, own, isStar ? target.end : target.start, target.end);
    return;
  }
  let path = authority;
  while (path < head.pathEnd && buf[path] !== SLASH) path++;
  absolute.split(buf, behindUser(buf, authority, path), path);
  const own = absolute.port || DEFAULT_PORT;
  writeAuthority(row, absolute, buf, own);
  writePath(row, head, buf, path);
  if (head.method?.isConnect) row.text(REQUEST_LINE, buf, head.start, target.end);
  else writeDecodedLine(row, head, buf, path);
  writeQuery(row, head, buf);
  if (authority > target.start) row.text(FULL, buf, target.start, target.end);
  else writeFull(row, absolute, buf, own, path, target.end);
}

/** Where the authority begins in the target; -1 when it has none. */
function authorityStart(head: Head, buf: Uint8Array): number {
  const { target } = head;
  if (head.method?.isConnect) return target.start;
  for (let i = target.start; i + 2 < target.end && i < target.start + 16; i++) {
    if (buf[i] === COLON) return buf[i + 1] === SLASH && buf[i + 2] === SLASH ? i + 3 : -1;
  }
  return -1;
}

/** RFC 3986 3.2.1: user information before an @ is no host. */
function behindUser(buf: Uint8Array, start: number, end: number): number {
  for (let i = end - 1; i >= start; i--) if (buf[i] === AT) return i + 1;
  return start;
}

function writeAuthority(row: Row, authority: Authority, buf: Uint8Array, port: number): void {
  if (authority.end > authority.start) row.text(DOMAIN, buf, authority.start, authority.end);
  if (port !== DEFAULT_PORT) row.long(PORT, port);
}

/** Path and extension; the path begins at `start`. */
function writePath(row: Row, head: Head, buf: Uint8Array, start: number): void {
  const { pathEnd, dot, slash } = head;
  if (start >= pathEnd) return;
  if (dot > slash && dot >= start && dot + 1 < pathEnd) row.text(EXTENSION, buf, dot + 1, pathEnd);
  if (!head.escaped) row.text(PATH, buf, start, pathEnd);
  else if (composer.begin(row, pathEnd - start)) {
    decodeEscapes(buf, start, pathEnd);
    composer.end(PATH);
  }
}

function writeQuery(row: Row, { pathEnd, target }: Head, buf: Uint8Array): void {
  if (pathEnd + 1 < target.end) row.text(QUERY, buf, pathEnd + 1, target.end);
}

/** `query`: method and decoded path, where they do not lie in the head as they are wanted. */
function writeDecodedLine(row: Row, head: Head, buf: Uint8Array, path: number): void {
  if (!composer.begin(row, head.pathEnd - head.start + 1)) return;
  composer.bytes(buf, head.start, head.target.start - 1);
  composer.byte(BLANK);
  decodeEscapes(buf, path, head.pathEnd);
  composer.end(REQUEST_LINE);
}

/** RFC 3986 2.1; what is no escape stays as it is. */
function decodeEscapes(buf: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const code = buf[i] === PERCENT && i + 2 < end ? hex(buf[i + 1]!) * 16 + hex(buf[i + 2]!) : -1;
    if (code >= 0) {
      composer.byte(code);
      i += 2;
    } else {
      composer.byte(buf[i]!);
    }
  }
}

/** A digit's value; else so low that no sum with it is a byte. */
function hex(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const letter = c | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1000;
}

/** `http://` authority and [start, end); nothing when the host is unknown. */
function writeFull(
  row: Row,
  authority: Authority,
  buf: Uint8Array,
  port: number,
  start: number,
  end: number,
): void {
  if (authority.end === authority.start) return;
  if (!composer.begin(row, authority.end - authority.start + end - start + 16)) return;
  composer.bytes(PREFIX, 0, 7);
  if (authority.address === 16) composer.byte(OPEN);
  composer.bytes(buf, authority.start, authority.end);
  if (authority.address === 16) composer.byte(CLOSE);
  if (port !== DEFAULT_PORT) {
    composer.byte(COLON);
    composer.decimal(port);
  }
  if (start < end && buf[start] !== SLASH) composer.byte(SLASH);
  composer.bytes(buf, start, end);
  composer.end(FULL);
}

/** related.hosts: Host and the Referer's host. related.ip: those of Host and forwarding that are not the flow's ends. */
function writeRelated(row: Row, flow: Flow, head: Head, buf: Uint8Array, realIp: Span | null): void {
  const named = hostHeader.end > hostHeader.start && hostHeader.address === 0;
  const referred = head.referer.isSet && splitReferer(head.referer, buf);
  if (named || referred) {
    row.list(RELATED_HOSTS);
    if (named) row.text(ITEM, buf, hostHeader.start, hostHeader.end);
    if (referred && !(named && isSame(buf, hostHeader, absolute)))
      row.text(ITEM, buf, absolute.start, absolute.end);
    row.close();
  }
  forwarded.size = realIp ? parseAddress(buf, realIp.start, realIp.end) : 0;
  if (forwarded.size > 0) {
    forwarded.bytes.set(addressBytes);
    row.ip(FORWARDED, forwarded.bytes, 0, forwarded.size as 4 | 16);
  }
  if (hostHeader.address > 0 || forwarded.size > 0) writeAddresses(row, flow);
}

function writeAddresses(row: Row, flow: Flow): void {
  const host = hostHeader.address > 0 && isForeign(hostHeader.address as 4 | 16, hostAddress, flow);
  const other = forwarded.size > 0 && isForeign(forwarded.size as 4 | 16, forwarded.bytes, flow);
  if (!host && !other) return;
  row.list(RELATED_IP);
  if (host) row.ip(ITEM, hostAddress, 0, hostHeader.address as 4 | 16);
  if (other) row.ip(ITEM, forwarded.bytes, 0, forwarded.size as 4 | 16);
  row.close();
}

/** True when the address is none of the flow's ends, which the envelope lists. */
function isForeign(size: 4 | 16, address: Uint8Array, flow: Flow): boolean {
  addressBytes.set(address);
  return !isSameAddress(size, flow.addresses, 0) && !isSameAddress(size, flow.addresses, 16);
}

/** Host of an absolute Referer, into `absolute`. */
function splitReferer(referer: Span, buf: Uint8Array): boolean {
  let i = referer.start;
  while (i < referer.end && buf[i] !== COLON) i++;
  if (i + 3 >= referer.end || buf[i + 1] !== SLASH || buf[i + 2] !== SLASH) return false;
  const start = i + 3;
  let end = start;
  // RFC 3986 3.2: the authority ends at a slash, question mark or hash.
  while (end < referer.end && buf[end] !== SLASH && buf[end] !== QUESTION && buf[end] !== HASH) end++;
  absolute.split(buf, behindUser(buf, start, end), end);
  return absolute.end > absolute.start;
}

function isSame(buf: Uint8Array, a: Authority, b: Authority): boolean {
  if (a.end - a.start !== b.end - b.start) return false;
  for (let i = 0; i < a.end - a.start; i++) if (buf[a.start + i] !== buf[b.start + i]) return false;
  return true;
}
