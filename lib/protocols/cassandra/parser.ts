/**
 * One direction of the native protocol: bytes to frames (the specification of version 5 calls them envelopes), plain, in
 * segments, and compressed. Only the beginning of a body is waited for; the rest is skipped unseen.
 *
 *   plain     [ frame ][ frame ] ...
 *   segments  { frame frame crc }{ part of a large frame crc }{ its rest crc } ...
 *
 * What starts where is told by the bytes themselves, so that a stream may be joined in the middle and found again after a gap.
 */
import type { Counter } from '../../base/counters.js';
import { Cursor } from '../../base/cursor.js';
import { decompress } from '../kit/decompress.js';
import { FLAG, isVersion, OP, REQUESTS, RESPONSES } from './codes.js';
import * as segments from './segments.js';
import { MAX_BEGINNING, snappySize, unpackBeginning } from './unpack.js';

/** LIMIT of a body (spec 2.4.1.5); what claims more is not a frame. */
export const MAX_BODY = 256 << 20;
/** LIMIT of what is shown of a body, bytes. */
export const MAX_SHOWN = MAX_BEGINNING;
/** LIMIT of what is searched for the next frame after bytes that make no sense. */
export const MAX_SEARCHED = 1 << 20;
/** Bytes of a body that are enough for most results and executions. */
const FIRST_SHOWN = 1024;
/** Enough to tell any header. */
const ANY_HEADER = 9;

type Framing = 'unknown' | 'plain' | 'segments' | 'lz4';
type Outcome = 'frame' | 'more' | 'bad';
/** 'again': something was consumed. 'lost': no frame starts here. */
type Step = Outcome | 'again' | 'lost';

// PERF: one of each for all readers, instead of four a connection: a frame is done with before the next is read.
const shown = new Cursor();
const inner = new Cursor();

/** What both directions of a connection know of each other. */
export class Link {
  /** Algorithm of compressed frames; undefined until told or seen. */
  compression: 'lz4' | 'snappy' | undefined;
  /** Counts frames whose compressed body could not be read. */
  readonly undecoded: Counter;

  constructor(compression: 'lz4' | 'snappy' | undefined, undecoded: Counter) {
    this.compression = compression;
    this.undecoded = undecoded;
  }
}

/** After read() says 'frame' the public parts describe it, until finish(). */
export class FrameReader {
  version = 0;
  flags = 0;
  stream = 0;
  op = 0;
  /** Bytes of the body, as the header says. */
  length = 0;
  /** Bytes of header and body on the wire; of segments only what is inside. */
  size = 0;
  /** What is shown of the body, unpacked. */
  readonly body = shown;
  /** The body is shown to its end. */
  whole = true;
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;
  /** What is sent in this direction; undefined until it is known. */
  sends: 'requests' | 'responses' | undefined;

  readonly #link: Link;
  #framing: Framing = 'unknown';
  /** Bytes of the body to wait for; 0: as many as the operation needs. */
  #wanted = 0;
  /** Bytes left of the segment, trailer apart; of lz4 unpacked ones. */
  #segment = 0;
  /** Bytes of a large frame that further segments hold. */
  #rest = 0;
  /** The unpacked segment, where to read on in it, and its bytes on the wire. */
  #unpacked: Uint8Array | null = null;
  #at = 0;
  #packed = 0;
  /** Bytes searched since the last frame; -1 when nothing is searched. */
  #searched = -1;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Reads on. 'bad': nothing was found for MAX_SEARCHED bytes. */
  read(cursor: Cursor): Outcome {
    for (;;) {
      if (this.#searched >= 0 && !this.#search(cursor)) {
        return this.#searched > MAX_SEARCHED ? 'bad' : 'more';
      }
      const step = this.#step(cursor);
      if (step === 'lost') this.#lose(cursor);
      else if (step !== 'again') return step;
    }
  }

  /** The frame is done with: what is left of it is skipped. */
  finish(cursor: Cursor): void {
    this.#wanted = 0;
    if (this.#framing === 'plain') {
      cursor.skip(this.size);
      // Spec 2.3.1: what follows STARTUP and its answer is in segments from version 5 on, betas of it apart.
      if (
        this.version >= 5 &&
        (this.op === OP.startup || this.op === OP.ready || this.op === OP.authenticate)
      )
        this.#framing = 'unknown';
      return;
    }
    const here = Math.min(this.size, this.#segment);
    this.#rest = this.size - here;
    this.#segment -= here;
    if (this.#unpacked) this.#at += here;
    else cursor.skip(here);
    if (this.#segment === 0) this.#endSegment(cursor);
  }

  /** More of the body is needed than is shown: true when read() will show more. */
  enlarge(): boolean {
    if (this.whole || this.#wanted === MAX_SHOWN) return false;
    this.#wanted = MAX_SHOWN;
    return true;
  }

  /** Bytes were lost: looks for the next frame. */
  reset(): void {
    this.#searched = Math.max(0, this.#searched);
    this.#wanted = 0;
    this.#segment = 0;
    this.#rest = 0;
    this.#unpacked = null;
  }

  #step(cursor: Cursor): Step {
    switch (this.#framing) {
      case 'plain':
        return this.#frame(cursor, Number.MAX_SAFE_INTEGER);
      case 'segments':
        return this.#inSegment(cursor);
      case 'lz4':
        return this.#unpacked ? this.#inUnpacked(cursor) : this.#unpack(cursor);
      default:
        return this.#detect(cursor);
    }
  }

  #detect(cursor: Cursor): Step {
    if (!cursor.need(segments.LZ4_HEADER)) return 'more';
    const { buf, pos } = cursor;
    if (segments.isPlainHeader(buf, pos)) this.#framing = 'segments';
    else if (segments.isLz4Header(buf, pos)) this.#framing = 'lz4';
    else if (this.#isFrame(buf, pos)) this.#framing = 'plain';
    else return 'lost';
    return 'again';
  }

  /** A frame at the cursor, of which `room` bytes can be in this segment. */
  #frame(cursor: Cursor, room: number): Step {
    const head = this.#head(cursor, room);
    if (head <= 0) return head === 0 ? 'more' : 'lost';
    const wanted = Math.min(this.length, room - head, this.#toWaitFor());
    if (!cursor.need(head + wanted)) return 'more';
    const start = cursor.pos + head;
    const end = Math.min(cursor.end, start + Math.min(this.length, room - head));
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    this.#show(cursor.buf, start, end, end - start === this.length);
    return 'frame';
  }

  /** Reads the header: its size, 0 when it is not all there, -1 when it is none. Nothing is consumed. */
  #head(cursor: Cursor, room: number): number {
    if (!cursor.need(Math.min(8, room))) return 0;
    const { buf, pos } = cursor;
    const head = (buf[pos]! & 0x7f) < 3 ? 8 : 9;
    if (room < head) return -1;
    if (!cursor.need(head)) return 0;
    if (!this.#isFrame(buf, pos)) return -1;
    this.version = buf[pos]! & 0x7f;
    this.flags = buf[pos + 1]!;
    // Spec 2.4.1.3: a byte in versions 1 and 2; negative ones are the server's own.
    const stream = head === 8 ? buf[pos + 2]! << 24 : (buf[pos + 2]! << 24) | (buf[pos + 3]! << 16);
    this.stream = head === 8 ? stream >> 24 : stream >> 16;
    this.op = buf[pos + head - 5]!;
    this.length = u32(buf, pos + head - 4);
    this.size = head + this.length;
    return head;
  }

  /** Whether a frame of this direction may start at `at`; where its header is cut, as far as can be seen. */
  #isFrame(buf: Uint8Array, at: number): boolean {
    const first = buf[at]!;
    const version = first & 0x7f;
    const isResponse = first > 0x7f;
    if (!isVersion(version) || buf[at + 1]! > 0x1f) return false;
    if (this.sends !== undefined && isResponse !== (this.sends === 'responses')) return false;
    const op = buf[at + (version < 3 ? 3 : 4)]!;
    if (op > OP.authSuccess || !((isResponse ? RESPONSES : REQUESTS) & (1 << op))) return false;
    // The highest byte of the length.
    return buf[at + (version < 3 ? 4 : 5)]! < MAX_BODY >> 24;
  }

  /** How much of a body is waited for; of a compressed one it is not known what the beginning unpacks to. */
  #toWaitFor(): number {
    return this.flags & FLAG.compress ? MAX_SHOWN : this.#toShow();
  }

  #toShow(): number {
    if (this.#wanted > 0) return this.#wanted;
    return this.op === OP.result || this.op === OP.execute ? FIRST_SHOWN : MAX_SHOWN;
  }

  #show(buf: Uint8Array, start: number, end: number, whole: boolean): void {
    this.whole = whole;
    // Spec 2.4.1.2: segments are compressed instead of frames from version 5 on.
    if (this.flags & FLAG.compress && this.#framing === 'plain' && end > start) {
      this.#showUnpacked(buf, start, end, whole);
      return;
    }
    this.body.reset(buf, start, end, 0, 0);
  }

  /** Spec of version 4, 5: lz4 has the size in front, snappy in itself. */
  #showUnpacked(buf: Uint8Array, start: number, end: number, whole: boolean): void {
    const link = this.#link;
    // The size that lz4 has in front starts with a zero below 16 MiB, that of snappy only in an empty body.
    link.compression ??= buf[start] === 0 && end - start > 1 ? 'lz4' : 'snappy';
    const kind = link.compression;
    const from = kind === 'lz4' ? start + 4 : start;
    const size = kind === 'lz4' ? (from <= end ? u32(buf, start) : -1) : snappySize(buf, start, end);
    const bytes = size > 0 && size <= MAX_BODY ? this.#unpackBody(kind, buf, from, end, whole, size) : null;
    if (!bytes && size !== 0) link.undecoded.value++;
    this.body.reset(bytes ?? buf, bytes ? 0 : start, bytes ? bytes.length : start, 0, 0);
    this.whole = !bytes || bytes.length >= size;
  }

  #unpackBody(
    kind: 'lz4' | 'snappy',
    buf: Uint8Array,
    from: number,
    end: number,
    whole: boolean,
    size: number,
  ): Uint8Array | null {
    if (whole && size <= MAX_SHOWN) return decompress(kind, buf, from, end, size) ?? null;
    const bytes = unpackBeginning(kind, buf, from, end, Math.min(size, this.#toShow()));
    return bytes.length > 0 ? bytes : null;
  }

  #inSegment(cursor: Cursor): Step {
    if (this.#segment === 0) {
      if (!cursor.need(segments.PLAIN_HEADER)) return 'more';
      if (!segments.isPlainHeader(cursor.buf, cursor.pos)) return 'lost';
      this.#segment = segments.payloadSize(cursor.buf, cursor.pos);
      cursor.skip(segments.PLAIN_HEADER);
    }
    if (this.#rest > 0) {
      const here = Math.min(this.#rest, this.#segment);
      this.#rest -= here;
      this.#segment -= here;
      cursor.skip(here);
    } else if (this.#segment > 0) {
      const step = this.#frame(cursor, this.#segment);
      if (step !== 'lost') return step;
      cursor.skip(this.#segment);
      this.#segment = 0;
    }
    if (this.#segment === 0) this.#endSegment(cursor);
    return 'again';
  }

  /** A segment is unpacked whole; what only goes on with a large frame is skipped unseen. */
  #unpack(cursor: Cursor): Step {
    if (!cursor.need(segments.LZ4_HEADER)) return 'more';
    const { buf, pos } = cursor;
    if (!segments.isLz4Header(buf, pos)) return 'lost';
    const sent = segments.payloadSize(buf, pos);
    const size = segments.unpackedSize(buf, pos);
    this.#packed = segments.LZ4_HEADER + sent + segments.TRAILER;
    this.#segment = size || sent;
    if (this.#rest < this.#segment || this.#segment === 0) {
      if (!cursor.need(this.#packed)) return 'more';
      const from = pos + segments.LZ4_HEADER;
      this.#unpacked = buf;
      this.#at = from;
      if (size > 0) this.#unpackSegment(buf, from, from + sent, size, segments.isLz4SelfContained(buf, pos));
      this.#at += this.#rest;
    }
    const here = Math.min(this.#rest, this.#segment);
    this.#rest -= here;
    this.#segment -= here;
    if (this.#segment === 0) this.#endSegment(cursor);
    return 'again';
  }

  #unpackSegment(buf: Uint8Array, from: number, end: number, size: number, selfContained: boolean): void {
    this.#at = 0;
    const bytes =
      selfContained || this.#rest > 0
        ? decompress('lz4', buf, from, end, size)
        : unpackBeginning('lz4', buf, from, end, size);
    this.#unpacked = bytes ?? buf;
    if (bytes) return;
    this.#link.undecoded.value++;
    this.#segment = 0;
    this.#rest = 0;
  }

  #inUnpacked(cursor: Cursor): Step {
    const end = Math.min(this.#unpacked!.length, this.#at + this.#segment);
    inner.reset(this.#unpacked!, this.#at, end, cursor.firstSeconds, cursor.firstNanoseconds);
    const step = this.#frame(inner, end - this.#at);
    if (step === 'frame') return step;
    // No frame, or a cut one: segments hold whole ones.
    this.#segment = 0;
    this.#endSegment(cursor);
    return 'again';
  }

  #endSegment(cursor: Cursor): void {
    cursor.skip(this.#framing === 'lz4' ? this.#packed : segments.TRAILER);
    this.#unpacked = null;
  }

  /** No frame at the cursor: search from the next byte on. */
  #lose(cursor: Cursor): void {
    this.reset();
    if (this.#framing === 'plain' && this.version >= 5) this.#framing = 'unknown';
    if (cursor.left > 0) {
      cursor.skip(1);
      this.#searched++;
    }
  }

  /** Moves to where a frame or segment starts; false when there is none in what is there. */
  #search(cursor: Cursor): boolean {
    const { buf, end } = cursor;
    const last = end - ANY_HEADER;
    for (let at = cursor.pos; at <= last; at++) {
      if (!this.#startsHere(buf, at, end)) continue;
      this.#searched = -1;
      cursor.pos = at;
      cursor.commit();
      return true;
    }
    const passed = Math.max(0, last + 1 - cursor.pos);
    this.#searched += passed;
    cursor.skip(passed);
    cursor.need(ANY_HEADER);
    return false;
  }

  #startsHere(buf: Uint8Array, at: number, end: number): boolean {
    if (this.#framing !== 'plain') {
      if (segments.isPlainHeader(buf, at) || segments.isLz4Header(buf, at)) {
        this.#framing = 'unknown';
        return true;
      }
      if (this.#framing !== 'unknown') return false;
    }
    return this.#isFrame(buf, at) && this.#isLikely(buf, at, end);
  }

  /** A stricter look, for the search: a plausible stream and length, and a frame behind it where that can be seen. */
  #isLikely(buf: Uint8Array, at: number, end: number): boolean {
    const isOld = (buf[at]! & 0x7f) < 3;
    const head = isOld ? 8 : 9;
    const isEvent = buf[at + head - 5] === OP.event;
    if (buf[at + 2]! > 0x7f !== isEvent || buf[at + head - 4]! > 0) return false;
    const next = at + head + u32(buf, at + head - 4);
    return next + ANY_HEADER > end || this.#isFrame(buf, next);
  }
}

function u32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}
