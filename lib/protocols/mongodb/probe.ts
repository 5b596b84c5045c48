/** Whether the first bytes of a stream are MongoDB's: sure only of a request, its flags and its first length included. */
import type { Cursor } from '../../base/cursor.js';
import { MESSAGE_FLAG, OP } from './codes.js';
import { HEADER, isHeader, MAX_MESSAGE } from './parser.js';
import { int32 } from './values.js';

const { checksumPresent, moreToCome, exhaustAllowed } = MESSAGE_FLAG;
const UNKNOWN_FLAGS = ~(checksumPresent | moreToCome | exhaustAllowed);
/** Highest byte of the longest length. */
const MAX_TOP = MAX_MESSAGE >>> 24;

export function probe({ buf, pos, end }: Cursor): 'yes' | 'no' | 'more' {
  const size = end - pos;
  if (size < HEADER + 9) return size > 3 && buf[pos + 3]! > MAX_TOP ? 'no' : isShort(buf, pos, size);
  if (!isHeader(buf, pos)) return 'no';
  const length = int32(buf, pos);
  const responseTo = int32(buf, pos + 8);
  const flags = int32(buf, pos + HEADER);
  switch (int32(buf, pos + 12)) {
    case OP.reply:
      return responseTo === 0 ? 'no' : 'more';
    case OP.message: {
      if ((flags & UNKNOWN_FLAGS) !== 0 || buf[pos + 20]! > 1) return 'no';
      const inner = int32(buf, pos + 21);
      if (inner < 5 || inner > length - 21) return 'no';
      return responseTo === 0 ? 'yes' : 'more';
    }
    case OP.query:
      // The name of a collection follows.
      return responseTo === 0 && flags >>> 8 === 0 && isName(buf[pos + 20]!) ? 'yes' : 'no';
    case OP.compressed:
      return responseTo === 0 && flags === OP.message && buf[pos + 24]! < 4 ? 'yes' : 'no';
    default:
      return 'no';
  }
}

/** Too few bytes to be sure: whether those that are there may be a header. */
function isShort(buf: Uint8Array, pos: number, size: number): 'no' | 'more' {
  return size >= HEADER && !isHeader(buf, pos) ? 'no' : 'more';
}

function isName(c: number): boolean {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || c === 0x5f || (c >= 0x30 && c <= 0x39);
}
