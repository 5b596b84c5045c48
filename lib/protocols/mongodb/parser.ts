/**
 * Messages (MongoDB manual, "MongoDB Wire Protocol"): the header, compression, and what the body reader makes of the rest.
 * Small messages are awaited whole; large ones are read element by element and what nobody wants is skipped by its length.
 */
import { Cursor } from '../../base/cursor.js';
import { decompress, MAX_UNPACKED } from '../kit/decompress.js';
import { BodyReader, type ContentOptions, type Step } from './body.js';
import { COMPRESSORS, isOperation, OP } from './codes.js';
import { int32 } from './values.js';

/** LIMIT of a message, as in MongoDB itself (maxMessageSizeBytes). */
export const MAX_MESSAGE = 48_000_000;
export const HEADER = 16;
/** Messages up to this size are awaited whole. */
const MAX_WHOLE = 65_536;
/** LIMIT: a larger compressed message is not unpacked. */
const MAX_COMPRESSED = 1 << 20;
/** LIMIT of readers kept for later. */
const MAX_BODIES = 16;
/** Behind the header of OP_COMPRESSED: opcode, size, compressor. */
const COMPRESSED_HEADER = 9;

/** What is wrong with a message, which is reported all the same. */
export type Fault = 'none' | 'malformed' | 'packed' | 'lost';

/** Asked as soon as a header is read. */
export interface Owner {
  /** Readers of bodies that nobody uses. */
  readonly bodies: BodyReader[];
  isReply(reader: MessageReader): boolean;
  /** Credentials may be in the answer to this request. */
  isSecret(requestId: number): boolean;
}

/** Where compressed messages are read from; used within one call only. */
const inside = new Cursor();

/** One direction's reader. After read() says 'message' the public parts describe it, until the next read(). */
export class MessageReader {
  /** Bytes on the wire. */
  length = 0;
  requestId = 0;
  responseTo = 0;
  /** Of a compressed message: what it was before. */
  opcode: number = OP.message;
  isReply = false;
  fault: Fault = 'none';
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;
  readonly #owner: Owner;
  readonly #options: ContentOptions;
  #body: BodyReader | undefined;
  #part: 'header' | 'compressed' | 'body' = 'header';
  /** The header is known, though perhaps not consumed. */
  #begun = false;
  /** Bytes to leave out when the stream goes on: what a gap has left of the message. */
  #rest = 0;

  constructor(owner: Owner, options: ContentOptions) {
    this.#owner = owner;
    this.#options = options;
  }

  /** What the message says. */
  get body(): BodyReader {
    // PERF: shared between flows: most have no message in progress most of the time.
    this.#body ??= this.#owner.bodies.pop() ?? new BodyReader(this.#options);
    return this.#body;
  }

  /** The message is dealt with. */
  release(): void {
    if (!this.#body) return;
    if (this.#owner.bodies.length < MAX_BODIES) this.#owner.bodies.push(this.#body);
    this.#body = undefined;
  }

  /** Reads on, committing as it goes. 'lost': no message begins here. */
  read(cursor: Cursor): 'message' | 'more' | 'lost' {
    if (this.#rest > 0) {
      const { left } = cursor;
      cursor.skip(this.#rest);
      this.#rest = 0;
      if (left === 0) return 'more';
    }
    if (this.#part === 'header') {
      const step = this.#header(cursor);
      if (step !== 'done') return step === 'bad' ? 'lost' : 'more';
    }
    const step = this.#part === 'compressed' ? this.#compressed(cursor) : this.body.read(cursor);
    if (step === 'more') return 'more';
    if (step === 'bad') this.fault = 'malformed';
    if (this.body.at < this.length && this.#part === 'body') cursor.skip(this.length - this.body.at);
    this.reset();
    return 'message';
  }

  /** A message is in progress. */
  get inMessage(): boolean {
    return this.#begun;
  }

  /** Forgets where it is: the next byte begins a message. */
  reset(): void {
    this.#part = 'header';
    this.#begun = false;
  }

  /**
   * `missing` bytes were lost, and `tail` before them that were read but not consumed. 'message': the one in progress ends
   * with what is known of it; 'partial': so it does, but where the next one begins is unknown; 'lost': nor was there one.
   */
  gap(tail: number, missing: number): 'message' | 'partial' | 'lost' {
    if (!this.#begun) return 'lost';
    const left = this.length - this.body.at - tail - missing;
    this.fault = 'lost';
    this.reset();
    if (left < 0) return 'partial';
    this.#rest = left;
    return 'message';
  }

  #header(cursor: Cursor): Step {
    if (!cursor.need(HEADER)) return 'more';
    const { buf, pos } = cursor;
    if (!this.#begun) {
      if (!isHeader(buf, pos)) return 'bad';
      this.#begin(cursor, buf, pos);
    }
    if (this.length <= MAX_WHOLE && !cursor.need(this.length)) return 'more';
    this.#part = int32(buf, pos + 12) === OP.compressed ? 'compressed' : 'body';
    this.body.consume(cursor, HEADER);
    return 'done';
  }

  #begin(cursor: Cursor, buf: Uint8Array, pos: number): void {
    this.#begun = true;
    this.fault = 'none';
    this.length = int32(buf, pos);
    this.requestId = int32(buf, pos + 4);
    this.responseTo = int32(buf, pos + 8);
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    const opcode = int32(buf, pos + 12);
    this.#start(opcode === OP.compressed ? OP.message : opcode, 0, this.length);
  }

  #start(opcode: number, at: number, end: number): void {
    this.opcode = opcode;
    this.isReply = this.#owner.isReply(this);
    const isSecret = this.isReply && this.#options.send_response && this.#owner.isSecret(this.responseTo);
    this.body.start(opcode, this.isReply, isSecret, at, end);
  }

  /** OP_COMPRESSED: the message in it is read like any other. */
  #compressed(cursor: Cursor): Step {
    const packed = this.length - HEADER;
    if (packed < COMPRESSED_HEADER) return this.#unread(cursor, 'malformed');
    if (!cursor.need(COMPRESSED_HEADER)) return 'more';
    const { buf, pos } = cursor;
    const opcode = int32(buf, pos);
    const size = int32(buf, pos + 4);
    const compressor = buf[pos + 8]!;
    if (opcode === OP.compressed || !isOperation(opcode)) return this.#unread(cursor, 'malformed');
    this.#start(opcode, HEADER, this.length);
    if (compressor === 0) {
      this.body.consume(cursor, COMPRESSED_HEADER);
      this.#part = 'body';
      return this.body.read(cursor);
    }
    const kind = COMPRESSORS[compressor];
    if (!kind || size < 0 || size > MAX_UNPACKED || this.length > MAX_COMPRESSED) {
      return this.#unread(cursor, 'packed');
    }
    if (!cursor.need(packed)) return 'more';
    const bytes = decompress(kind, buf, pos + COMPRESSED_HEADER, pos + packed, size);
    cursor.skip(packed);
    if (!bytes) return 'bad';
    inside.reset(bytes, 0, bytes.length, cursor.seconds, cursor.nanoseconds);
    this.#start(opcode, 0, bytes.length);
    return this.body.read(inside) === 'done' ? 'done' : 'bad';
  }

  /** Leaves out what cannot be read of the message. */
  #unread(cursor: Cursor, fault: Fault): Step {
    this.fault = fault;
    cursor.skip(this.length - HEADER);
    return 'done';
  }
}

/** Whether a message can begin here: a length that is allowed and an operation that exists. */
export function isHeader(buf: Uint8Array, pos: number): boolean {
  const length = int32(buf, pos);
  return length >= HEADER && length <= MAX_MESSAGE && isOperation(int32(buf, pos + 12));
}
