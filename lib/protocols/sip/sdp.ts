/** A session description (RFC 4566): bytes to positions in one pass. */
import { lineEnd, Span, trimEnd } from '../kit/lines.js';
import { decimal } from './parser.js';
import { holdsKey } from './secrets.js';

/** LIMIT of media lines that are kept. */
export const MAX_MEDIA = 32;
const MAX_PORT = 65_535;
const BLANK = 32;
const TAB = 9;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const SLASH = 0x2f;
const DASH = 0x2d;

/** What read() found. Positions are in the buffer it was given; what is absent has start -1. */
export class SessionDescription {
  readonly version = new Span();
  /** Of the owner: `-` is absent. */
  readonly username = new Span();
  readonly sessionId = new Span();
  readonly sessionVersion = new Span();
  readonly ownerAddress = new Span();
  /** `-` is absent. */
  readonly name = new Span();
  /** Of the session, not of one medium. */
  readonly connection = new Span();
  readonly connectionAddress = new Span();
  /** A line holds a key. */
  secret = false;
  mediaCount = 0;
  readonly media: readonly Span[] = Array.from({ length: MAX_MEDIA }, () => new Span());
  /** Ports of the media; -1: none that makes sense. */
  readonly ports = new Int32Array(MAX_MEDIA);
  /** Where the formats of each medium begin; they end where it does. */
  readonly formats = new Uint32Array(MAX_MEDIA);
  readonly #all = [
    this.version,
    this.username,
    this.sessionId,
    this.sessionVersion,
    this.ownerAddress,
    this.name,
    this.connection,
    this.connectionAddress,
  ];
  readonly #part = new Span();

  clear(): void {
    for (const span of this.#all) span.start = -1;
    this.secret = false;
    this.mediaCount = 0;
  }

  read(buf: Uint8Array, start: number, end: number): void {
    this.clear();
    for (let p = start; p < end; ) {
      const lf = lineEnd(buf, p, end);
      const stop = lf < 0 ? end : lf;
      this.#line(buf, p, trimEnd(buf, p, stop));
      p = stop + 1;
    }
  }

  #line(buf: Uint8Array, p: number, end: number): void {
    if (buf[p + 1] !== EQUALS || p + 2 >= end) return;
    let at = p + 2;
    while (at < end && (buf[at] === BLANK || buf[at] === TAB)) at++;
    switch (buf[p]! | 0x20) {
      case 0x76: // v
        this.version.set(at, end);
        break;
      case 0x6f: // o
        this.#owner(buf, at, end);
        break;
      case 0x73: // s
        if (!isDash(buf, at, end)) this.name.set(at, end);
        break;
      case 0x63: // c
        if (this.mediaCount > 0) break;
        this.connection.set(at, end);
        this.connectionAddress.set(lastWord(buf, at, end), end);
        break;
      case 0x6d: // m
        this.#medium(buf, at, end);
        break;
      case 0x61: // a
      case 0x6b: // k
        if (!this.secret && holdsKey(buf, p, end)) this.secret = true;
        break;
    }
  }

  /** RFC 4566 5.2: username, session id, version, network type, address type, address. */
  #owner(buf: Uint8Array, start: number, end: number): void {
    let at = start;
    if (buf[at] === QUOTE) {
      let close = at + 1;
      while (close < end && buf[close] !== QUOTE) close++;
      this.username.set(at + 1, close);
      at = nextWord(buf, Math.min(close + 1, end), end);
    } else {
      at = this.#word(this.username, buf, at, end);
    }
    const id = at;
    at = this.#word(this.sessionId, buf, at, end);
    const version = at;
    at = this.#word(this.sessionVersion, buf, at, end);
    if (at === end || id === version) {
      this.username.start = -1;
      this.sessionId.start = -1;
      this.sessionVersion.start = -1;
      return;
    }
    if (isDash(buf, this.username.start, this.username.end)) this.username.start = -1;
    this.ownerAddress.set(lastWord(buf, at, end), end);
  }

  /** RFC 4566 5.14: medium, port or port/count, protocol, formats. */
  #medium(buf: Uint8Array, start: number, end: number): void {
    const n = this.mediaCount;
    if (n === MAX_MEDIA) return;
    this.mediaCount++;
    this.media[n]!.set(start, end);
    const part = this.#part;
    let at = this.#word(part, buf, start, end);
    at = this.#word(part, buf, at, end);
    let slash = part.start;
    while (slash < part.end && buf[slash] !== SLASH) slash++;
    this.ports[n] = decimal(buf, part.start, slash, MAX_PORT);
    this.formats[n] = this.#word(part, buf, at, end);
  }

  /** Sets `span` to the word at `at`; where the next one begins. */
  #word(span: Span, buf: Uint8Array, at: number, end: number): number {
    let stop = at;
    while (stop < end && buf[stop] !== BLANK) stop++;
    span.set(at, stop);
    return nextWord(buf, stop, end);
  }
}

export function nextWord(buf: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && buf[i] === BLANK) i++;
  return i;
}

/** Where the last word of [start, end) begins. */
function lastWord(buf: Uint8Array, start: number, end: number): number {
  let i = end;
  while (i > start && buf[i - 1] !== BLANK) i--;
  return i;
}

const isDash = (buf: Uint8Array, start: number, end: number): boolean =>
  end - start === 1 && buf[start] === DASH;
