/** Knows DNS by its first message, as a datagram or behind the length of a stream. */
import type { Cursor } from '../../base/cursor.js';
import { CLASSES, OPCODES, TYPES } from './codes.js';
import { HEADER_BYTES, Message } from './parser.js';

/** LIMIT: what a message on an unknown port may claim and still be believed. */
const MAX_CLAIMED = 64;
const MIN_MESSAGE_BYTES = HEADER_BYTES + 5;
const RESERVED = 0x0040;
const LENGTH_BYTES = 2;

const message = new Message();

/** Whether a header that makes sense lies at `at`. */
export function looksLikeHeader(wire: Uint8Array, at: number, end: number): boolean {
  if (at + HEADER_BYTES > end) return false;
  const flags = u16(wire, at + 2);
  if (!OPCODES.has((flags >>> 11) & 15) || (flags & RESERVED) !== 0) return false;
  const isResponse = flags >= 0x8000;
  if (!isResponse && (flags & 15) !== 0) return false;
  if (u16(wire, at + 4) !== 1) return false;
  return (
    u16(wire, at + 6) <= MAX_CLAIMED && u16(wire, at + 8) <= MAX_CLAIMED && u16(wire, at + 10) <= MAX_CLAIMED
  );
}

/** Sure only of a whole message with one question of a known type and class, and nothing behind it. */
export function probe({ buf, pos, end }: Cursor): 'yes' | 'no' | 'more' {
  if (isMessage(buf, pos, end)) return 'yes';
  if (end - pos < LENGTH_BYTES) return 'more';
  const size = u16(buf, pos);
  const start = pos + LENGTH_BYTES;
  if (size < MIN_MESSAGE_BYTES) return 'no';
  if (end < start + HEADER_BYTES) return 'more';
  if (!looksLikeHeader(buf, start, end)) return 'no';
  if (end < start + size) return 'more';
  return isMessage(buf, start, start + size) ? 'yes' : 'no';
}

function isMessage(wire: Uint8Array, start: number, end: number): boolean {
  if (end - start < MIN_MESSAGE_BYTES || !looksLikeHeader(wire, start, end)) return false;
  if (!message.parse(wire, start, end) || message.stop !== end) return false;
  return TYPES.has(message.questionType) && CLASSES.has(message.questionClass);
}

const u16 = (wire: Uint8Array, at: number): number => (wire[at]! << 8) | wire[at + 1]!;
