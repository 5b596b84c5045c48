/**
 * A whole message, ready to be written: its head, its addresses and its session description, read from the bytes themselves
 * or, where lines are folded or secrets must be masked, from a copy.
 */
import { lineEnd, MAX_HEAD, named, Span, trimEnd } from '../kit/lines.js';
import { Text } from '../kit/text.js';
import { Address, Uri } from './address.js';
import { Head, parseHead } from './parser.js';
import { SessionDescription } from './sdp.js';
import { maskMessage } from './secrets.js';

/** LIMIT of a body that is read, bytes: what an event can hold. */
export const MAX_BODY = 65_536;

const TAB = 9;
const BLANK = 32;
const SEMICOLON = 0x3b;
const SDP = Buffer.from('application/sdp');

export interface Wants {
  readonly original: boolean;
  readonly body: boolean;
  readonly redact: boolean;
}

export class Message {
  readonly head = new Head();
  readonly request = new Uri();
  readonly associated = new Address();
  readonly from = new Address();
  readonly to = new Address();
  readonly contact = new Address();
  readonly session = new SessionDescription();
  /** Positions of the parts are in here. */
  buf: Uint8Array = new Uint8Array(0);
  readonly body = new Span();
  /** The body is a session description and wanted. */
  hasSession = false;
  /** What event.original is made of. */
  original: Uint8Array = this.buf;
  readonly whole = new Span();
  readonly #wants: Wants;
  readonly #masked = new Text(MAX_HEAD + MAX_BODY);
  readonly #unfolded = new Text(MAX_HEAD + MAX_BODY);

  constructor(wants: Wants) {
    this.#wants = wants;
  }

  /** Bytes of the body that must be at hand, of `size` that it has. The head is parsed. */
  wanted(buf: Uint8Array, size: number): number {
    const { original, body } = this.#wants;
    return original || (body && this.#isSession(buf)) ? Math.min(size, MAX_BODY) : 0;
  }

  /** Reads the message that the head begins, with its body up to `end`. */
  read(buf: Uint8Array, end: number): void {
    const { head } = this;
    this.#point(buf, head.start, end);
    this.#read(buf, end);
    if (!this.#wants.redact || !this.#hasSecret()) return;
    const masked = this.#masked;
    masked.clear();
    masked.bytes(this.original, this.whole.start, this.whole.end);
    // Parsed again where it is: the parts lie elsewhere now.
    parseHead(head, masked.buf, 0, masked.size);
    maskMessage(masked.buf, 0, head.end, masked.size);
    this.#point(masked.buf, 0, masked.size);
    this.#read(masked.buf, masked.size);
  }

  #point(buf: Uint8Array, start: number, end: number): void {
    this.original = buf;
    this.whole.set(start, end);
  }

  #read(buf: Uint8Array, end: number): void {
    const { head } = this;
    if (head.folded) {
      this.#unfold(buf, end);
      this.#parts(this.#unfolded.buf, this.#unfolded.size);
    } else {
      this.#parts(buf, end);
    }
  }

  #parts(buf: Uint8Array, end: number): void {
    const { head, associated, session } = this;
    this.buf = buf;
    this.body.set(head.end, end);
    if (head.isRequest) this.request.read(buf, head.uri.start, head.uri.end);
    else this.request.clear();
    readAddress(this.from, buf, head.from);
    readAddress(this.to, buf, head.to);
    readAddress(this.contact, buf, head.contact);
    readAddress(associated, buf, head.associatedUri);
    this.hasSession = this.#wants.body && end > head.end && this.#isSession(buf);
    if (end > head.end) session.read(buf, head.end, end);
    else session.clear();
  }

  #hasSecret(): boolean {
    return (
      this.head.secret ||
      this.session.secret ||
      this.request.hasPassword ||
      this.from.secret ||
      this.to.secret ||
      this.contact.secret ||
      this.associated.secret
    );
  }

  /** Joins folded lines by one blank each, and parses the head again. */
  #unfold(buf: Uint8Array, end: number): void {
    const { head } = this;
    const out = this.#unfolded;
    out.clear();
    for (let p = head.start; p < head.end; ) {
      const lf = lineEnd(buf, p, head.end);
      let from = p;
      while (from < lf && (buf[from] === BLANK || buf[from] === TAB)) from++;
      if (from > p) out.byte(BLANK);
      const next = buf[lf + 1];
      const goesOn = lf + 1 < head.end && (next === BLANK || next === TAB);
      out.bytes(buf, from, goesOn ? trimEnd(buf, from, lf) : lf + 1);
      p = lf + 1;
    }
    out.bytes(buf, head.end, end);
    parseHead(head, out.buf, 0, out.size);
  }

  #isSession(buf: Uint8Array): boolean {
    const { contentType, contentEncoding } = this.head;
    if (!contentType.isSet || (contentEncoding.isSet && contentEncoding.end > contentEncoding.start))
      return false;
    let end = contentType.start;
    while (end < contentType.end && buf[end] !== SEMICOLON) end++;
    end = trimEnd(buf, contentType.start, end);
    return end - contentType.start === SDP.length && named(buf, contentType.start, SDP);
  }
}

function readAddress(address: Address, buf: Uint8Array, { start, end }: Span): void {
  if (start < 0) address.clear();
  else address.read(buf, start, end);
}
