/**
 * ONC RPC over TCP (RFC 5531 11): records of one or more fragments. Only the beginning of a record is looked at, what
 * follows is skipped by its length; records in several fragments have their beginning put together.
 */
import type { Cursor } from '../../base/cursor.js';
import { Text } from '../kit/text.js';
import { NFS_PROGRAM } from './codes.js';
import type { RpcMessage } from './message.js';

/** LIMIT of one fragment, bytes; a longer one shows that the place in the stream is lost. */
export const MAX_FRAGMENT = 1 << 26;
/** LIMIT of what is looked at of a record, bytes. */
export const MAX_HEAD = 16_384;
/** PERF: enough for nearly all, so that long records are not kept until more of them is there. */
const USUAL_HEAD = 1024;
const MARK = 4;
const LAST = 0x80000000;
/** Mark, xid, type, RPC version, program, version; or mark, xid, type, status, verifier. */
const RECOGNISABLE = 24;

/** 'broken': a record that cannot be read was skipped. 'bad': no record, the next one is looked for. */
export type Outcome = 'message' | 'more' | 'broken' | 'bad';

export class RecordReader {
  /** After 'message', until another reader reads. */
  readonly message: RpcMessage;
  /** Bytes of the record without its marks. */
  size = 0;
  /** Time of the packet with the first byte. */
  seconds = 0;
  nanoseconds = 0;
  /** Bytes looked through in vain since the last record. */
  searched = 0;

  /** Whether a call with this xid waits. */
  readonly #waits: (xid: number) => boolean;
  /** The beginning of a record in several fragments. */
  #head: Text | null = null;
  /** The record has several fragments; bytes to come of the one at hand, and whether it is the last. */
  #collecting = false;
  #left = 0;
  #isLast = false;
  #lost = false;

  /** `message`: one may serve all readers. */
  constructor(message: RpcMessage, waits: (xid: number) => boolean) {
    this.message = message;
    this.#waits = waits;
  }

  /** Bytes were lost: the next record is looked for. */
  lose(): void {
    this.#collecting = false;
    this.#lost = true;
  }

  /** Reads one record. What is left of it is skipped by its length, so the message refers to bytes already consumed. */
  read(cursor: Cursor): Outcome {
    if (this.#lost && !this.#search(cursor)) return 'more';
    if (this.#collecting) return this.#collect(cursor);
    if (!cursor.need(MARK + 8)) return 'more';
    this.seconds = cursor.firstSeconds;
    this.nanoseconds = cursor.firstNanoseconds;
    const mark = word(cursor.buf, cursor.pos);
    const length = mark & ~LAST;
    if (length > MAX_FRAGMENT || length === 0) return this.#refuse(cursor);
    if (mark >= LAST) return this.#whole(cursor, length);
    this.#collecting = true;
    this.#head ??= new Text(MAX_HEAD);
    this.#head.clear();
    this.size = 0;
    this.#open(cursor);
    return this.#collect(cursor);
  }

  /** A record of one fragment: nearly all are. */
  #whole(cursor: Cursor, length: number): Outcome {
    const { message } = this;
    const start = cursor.pos + MARK;
    let head = Math.min(length, USUAL_HEAD);
    if (!cursor.need(MARK + head)) return 'more';
    let read = message.read(cursor.buf, start, start + head);
    if (read === 'short' && head < length) {
      head = Math.min(length, MAX_HEAD);
      if (!cursor.need(MARK + head)) return 'more';
      read = message.read(cursor.buf, start, start + head);
    }
    if (read === 'bad') return this.#refuse(cursor);
    this.size = length;
    cursor.skip(MARK + length);
    this.searched = 0;
    return read === 'ok' ? 'message' : 'broken';
  }

  #open(cursor: Cursor): boolean {
    const mark = word(cursor.buf, cursor.pos);
    this.#left = mark & ~LAST;
    this.#isLast = mark >= LAST;
    this.size += this.#left;
    cursor.pos += MARK;
    cursor.commit();
    return this.#left <= MAX_FRAGMENT;
  }

  /** Takes what there is of the fragments; what the head has no room for is skipped unseen. */
  #collect(cursor: Cursor): Outcome {
    const head = this.#head!;
    for (;;) {
      const here = Math.min(cursor.left, this.#left);
      head.bytes(cursor.buf, cursor.pos, cursor.pos + here);
      const taken = head.cut ? this.#left : here;
      this.#left -= taken;
      cursor.skip(taken);
      if (this.#left > 0) return 'more';
      if (this.#isLast) return this.#collected(head);
      if (!cursor.need(MARK)) return 'more';
      if (!this.#open(cursor) || this.size > MAX_FRAGMENT) return this.#refuse(cursor);
    }
  }

  #collected({ buf, size }: Text): Outcome {
    this.#collecting = false;
    const read = this.message.read(buf, 0, size);
    if (read === 'bad') {
      this.lose();
      return 'bad';
    }
    this.searched = 0;
    return read === 'ok' ? 'message' : 'broken';
  }

  #refuse(cursor: Cursor): Outcome {
    cursor.pos = Math.min(cursor.mark + 1, cursor.end);
    cursor.short = 0;
    cursor.commit();
    this.lose();
    return 'bad';
  }

  /** Looks for the mark of a call of NFS, or of the reply to a call that waits. */
  #search(cursor: Cursor): boolean {
    const from = cursor.pos;
    const { buf } = cursor;
    while (cursor.left >= RECOGNISABLE && !this.#isRecord(buf, cursor.pos)) cursor.pos++;
    this.searched += cursor.pos - from;
    cursor.commit();
    if (cursor.left < RECOGNISABLE) {
      cursor.short = RECOGNISABLE;
      return false;
    }
    this.#lost = false;
    return true;
  }

  #isRecord(buf: Uint8Array, at: number): boolean {
    const mark = word(buf, at);
    if (mark < LAST || (mark & ~LAST) > MAX_FRAGMENT || (mark & 3) !== 0) return false;
    const type = word(buf, at + 8);
    const next = word(buf, at + 12);
    if (type === 0) return next === 2 && word(buf, at + 16) === NFS_PROGRAM;
    return type === 1 && next <= 1 && this.#waits(word(buf, at + 4));
  }
}

function word(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}

/** Whether a call of NFS starts at the cursor, in a record or in a datagram; 'more' too where a reply may. */
export function startsCall({ buf, pos, end }: Cursor): 'yes' | 'no' | 'more' {
  const inRecord = starts(buf, pos, end, pos + MARK);
  if (buf[pos]! >= 0x80 && inRecord !== 'no') return inRecord;
  return starts(buf, pos, end, pos);
}

function starts(buf: Uint8Array, pos: number, end: number, at: number): 'yes' | 'no' | 'more' {
  if (end - pos < 8) return 'more';
  if (end - at < 8) return 'more';
  const type = word(buf, at + 4);
  if (type === 1) return 'more';
  if (type !== 0) return 'no';
  if (end - at < 20) return 'more';
  const version = word(buf, at + 16);
  return word(buf, at + 8) === 2 && word(buf, at + 12) === NFS_PROGRAM && version >= 2 && version <= 4
    ? 'yes'
    : 'no';
}
