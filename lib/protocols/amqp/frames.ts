/**
 * Bytes of one direction to frames (AMQP 0-9-1 4.2.3). Method and content header frames are given whole; the payload of a body
 * frame is copied as far as somebody wants it, the rest is skipped unseen.
 *
 *   type | channel | size    | payload | end
 *   1    | 2       | 4 bytes | size    | 0xce
 */
import type { Cursor } from '../../base/cursor.js';
import type { Text } from '../kit/text.js';
import { findMethod } from './methods.js';
import { u32 } from './tables.js';

export const FRAME = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;
export const HEADER_BYTES = 7;
const END = 0xce;
/** LIMIT of a method or content header; the usual frame-max is 128 KiB. */
export const MAX_FRAME = 1 << 19;
/** LIMIT of a body frame. */
const MAX_BODY_FRAME = 1 << 30;
/** `AMQP` and the version. */
export const PROTOCOL_BYTES = 8;
const NAME = [0x41, 0x4d, 0x51, 0x50];

/**
 * 'method', 'header', 'heartbeat': a whole frame; 'body': the payload of a body frame begins: set `into`; 'end': it has passed;
 * 'protocol': the protocol header; 'foreign': that of another version; 'bad': not AMQP.
 */
export type Step =
  | 'method'
  | 'header'
  | 'heartbeat'
  | 'body'
  | 'end'
  | 'protocol'
  | 'foreign'
  | 'more'
  | 'bad';

export class FrameReader {
  buf: Uint8Array = new Uint8Array(0);
  channel = 0;
  /** Payload of a whole frame, in `buf`. */
  start = 0;
  end = 0;
  /** Bytes of payload. */
  size = 0;
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;
  /** Where the payload of a body frame is copied to; null: nowhere. Until its 'end'. */
  into: Text | null = null;
  /** Bytes of the body were lost. */
  hasLost = false;

  /** Bytes of a body frame still to come, with its end octet; -1 outside one. */
  #left = -1;

  read(cursor: Cursor): Step {
    if (this.#left >= 0) return this.#readBody(cursor);
    if (cursor.left === 0) return 'more';
    if (cursor.buf[cursor.pos] === NAME[0]) return this.#readProtocol(cursor);
    if (!cursor.need(HEADER_BYTES)) return 'more';
    const { buf, pos } = cursor;
    this.channel = (buf[pos + 1]! << 8) | buf[pos + 2]!;
    this.size = u32(buf, pos + 3);
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    switch (buf[pos]) {
      case FRAME.method:
        return this.#readWhole(cursor, 'method');
      case FRAME.header:
        return this.#readWhole(cursor, 'header');
      case FRAME.heartbeat:
        return this.#readWhole(cursor, 'heartbeat');
      case FRAME.body:
        return this.#openBody(cursor);
      default:
        return 'bad';
    }
  }

  /** Forgets the frame in progress. */
  reset(): void {
    this.#left = -1;
    this.into = null;
  }

  /** `beyond` bytes not yet skipped were lost. False: more than the body frame, the next one must be found. */
  lose(beyond: number): boolean {
    if (this.#left < 0 || beyond > this.#left) return false;
    this.#left -= beyond;
    this.hasLost = true;
    return true;
  }

  #readProtocol(cursor: Cursor): Step {
    if (!cursor.need(PROTOCOL_BYTES)) return 'more';
    const { buf, pos } = cursor;
    if (!startsProtocol(buf, pos, cursor.end)) return 'bad';
    cursor.skip(PROTOCOL_BYTES);
    // 0-9-1 says 0 0 9 1; 0-8 and 0-9 said 1 1 and their number; 1.0 says 0 1 0 0.
    return buf[pos + 4] === 0 && buf[pos + 5] === 0 && buf[pos + 6] === 9 ? 'protocol' : 'foreign';
  }

  #readWhole(cursor: Cursor, step: Step): Step {
    const { size } = this;
    if (size > MAX_FRAME) return 'bad';
    if (!cursor.need(HEADER_BYTES + size + 1)) return 'more';
    const { buf, pos } = cursor;
    this.buf = buf;
    this.start = pos + HEADER_BYTES;
    this.end = this.start + size;
    if (buf[this.end] !== END) return 'bad';
    cursor.pos = this.end + 1;
    cursor.commit();
    return step;
  }

  #openBody(cursor: Cursor): Step {
    if (this.size > MAX_BODY_FRAME) return 'bad';
    cursor.skip(HEADER_BYTES);
    this.#left = this.size + 1;
    this.into = null;
    this.hasLost = false;
    return 'body';
  }

  #readBody(cursor: Cursor): Step {
    const left = this.#left;
    const here = Math.min(cursor.left, left);
    const { into } = this;
    const isEnd = here === left && here > 0;
    if (into && !into.cut) into.bytes(cursor.buf, cursor.pos, cursor.pos + (isEnd ? here - 1 : here));
    if (isEnd && cursor.buf[cursor.pos + here - 1] !== END) return 'bad';
    // The end octet is waited for: it says that the frame was one.
    const taken = into && !into.cut ? here : Math.max(here, left - 1);
    cursor.skip(taken);
    this.#left = left - taken;
    if (this.#left > 0) return 'more';
    this.#left = -1;
    return 'end';
  }
}

function startsProtocol(buf: Uint8Array, pos: number, end: number): boolean {
  for (let i = 0; i < NAME.length && pos + i < end; i++) if (buf[pos + i] !== NAME[i]) return false;
  return true;
}

/** Whether the first bytes of `cursor` are those of a frame or protocol header; undefined: too few to say. */
export function startsFrame(cursor: Cursor): boolean | undefined {
  const { buf, pos, end } = cursor;
  if (buf[pos] === NAME[0]) return startsProtocol(buf, pos, end);
  if (!cursor.need(HEADER_BYTES)) return undefined;
  const type = buf[pos]!;
  const size = u32(buf, pos + 3);
  const last = pos + HEADER_BYTES + size;
  if (last < end && buf[last] !== END) return false;
  if (type === FRAME.heartbeat) return size === 0;
  if (type === FRAME.body) return last < end;
  if (size > MAX_FRAME || (type !== FRAME.method && type !== FRAME.header)) return false;
  if (last < end) return true;
  if (!cursor.need(HEADER_BYTES + 4)) return undefined;
  const classId = (buf[pos + 7]! << 8) | buf[pos + 8]!;
  const number = (buf[pos + 9]! << 8) | buf[pos + 10]!;
  // A content header has the weight, 0, where a method has its number.
  return type === FRAME.header ? number === 0 : findMethod(classId, number) !== undefined;
}
