/** Recognises handshakes on unknown ports: only a hello is sure enough. */
import type { Cursor } from '../../base/cursor.js';
import { isDtls } from './dtls.js';
import { MESSAGE } from './handshake.js';
import { isLong, LongHeader } from './quic-packets.js';
import { isRecord, RECORD } from './records.js';

type Answer = 'yes' | 'no' | 'more';

/** Record header, message header and the version of the hello. */
const ENOUGH = 11;
/** RFC 9000 14.1, 7.2: the client's first datagram is at least this large, its destination this long. */
const MIN_INITIAL_DATAGRAM = 1200;
const MIN_DESTINATION = 8;
/** The type of the message in a record of DTLS. */
const DTLS_MESSAGE = 13;

export function probe({ buf, pos, end }: Cursor): Answer {
  if (isLong(buf[pos]!)) return isFirstInitial(buf, pos, end) ? 'yes' : 'no';
  if (buf[pos] !== RECORD.handshake) return 'no';
  if (isDtls(buf, pos, end)) return buf[pos + DTLS_MESSAGE] === MESSAGE.clientHello ? 'yes' : 'no';
  const size = end - pos;
  if (size < ENOUGH) return size < 2 || buf[pos + 1] === 3 ? 'more' : 'no';
  const type = buf[pos + 5];
  const isHello = type === MESSAGE.clientHello || type === MESSAGE.serverHello;
  return isRecord(buf, pos) && buf[pos + 2]! <= 4 && isHello && buf[pos + 6] === 0 && buf[pos + 9] === 3
    ? 'yes'
    : 'no';
}

function isFirstInitial(buf: Uint8Array, pos: number, end: number): boolean {
  const header = new LongHeader();
  return (
    end - pos >= MIN_INITIAL_DATAGRAM &&
    header.read(buf, pos, end) &&
    header.version !== undefined &&
    header.type === 'initial' &&
    header.destinationEnd - header.destinationAt >= MIN_DESTINATION
  );
}
