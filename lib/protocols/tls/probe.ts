/** Recognises handshakes on unknown ports: only a hello is sure enough. */
import type { Cursor } from '../../base/cursor.js';
import { MESSAGE } from './handshake.js';
import { isRecord, RECORD } from './session.js';

type Answer = 'yes' | 'no' | 'more';

/** Record header, message header and the version of the hello. */
const ENOUGH = 11;

export function probe({ buf, pos, end }: Cursor): Answer {
  const size = end - pos;
  if (buf[pos] !== RECORD.handshake) return 'no';
  if (size < ENOUGH) return size < 2 || buf[pos + 1] === 3 ? 'more' : 'no';
  const type = buf[pos + 5];
  const isHello = type === MESSAGE.clientHello || type === MESSAGE.serverHello;
  return isRecord(buf, pos) && buf[pos + 2]! <= 4 && isHello && buf[pos + 6] === 0 && buf[pos + 9] === 3
    ? 'yes'
    : 'no';
}
