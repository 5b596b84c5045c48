/**
 * DTLS 1.0, 1.2 (RFC 6347) and 1.3 (RFC 9147): records in datagrams. Messages come in fragments and more than once; what was
 * read already does no harm.
 */
import type { Cursor } from '../../base/cursor.js';
import type { Direction, Verdict } from '../analyzer.js';
import { HandshakeSession } from './handshake-session.js';
import { RECORD } from './records.js';

const HEADER = 13;
const MESSAGE_HEADER = 12;
const MAJOR = 0xfe;
/** RFC 9147 4: the first byte of an encrypted record of 1.3 is 001xxxxx; its lowest bits are those of the epoch. */
const UNIFIED = 0x20;
const UNIFIED_MASK = 0xe0;
const EPOCH_MASK = 3;
/** Epochs of 1.3: the handshake's, then that of application data. */
const HANDSHAKE_EPOCH = 2;
/** RFC 9147 4, 5.2: an encrypted record with a Finished: message of 12 + 32 bytes, type, tag of 8. */
const MIN_FINISHED = 53;

type Outcome = 'ok' | 'bad' | 'established' | 'failed';

/** The header of a record of DTLS at `at`, with the bytes it tells of. */
export function isDtls(buf: Uint8Array, at: number, end: number): boolean {
  const type = buf[at]!;
  if (end - at < HEADER || type < RECORD.changeCipherSpec || type > RECORD.heartbeat) return false;
  // RFC 6347 4.1: 254.255 is 1.0, 254.253 is 1.2, and 1.3 says 1.2.
  return buf[at + 1] === MAJOR && buf[at + 2]! >= 0xfc && at + HEADER + u16(buf, at + 11) <= end;
}

export class DtlsSession extends HandshakeSession {
  /** By direction: number of the message whose fragments are being put together. */
  readonly #fragmented: [number, number] = [-1, -1];

  data(dir: Direction, bytes: Cursor): Verdict {
    if (this.isOver) return 'done';
    this.begin(bytes, 'd');
    const { buf, end } = bytes;
    for (let at = bytes.pos; at < end; ) {
      const isUnified = (buf[at]! & UNIFIED_MASK) === UNIFIED;
      if (!isUnified && !isDtls(buf, at, end)) return this.#refuse();
      // A record with a unified header may leave its length out: it is the last, then.
      const next = isUnified ? end : at + HEADER + u16(buf, at + 11);
      const outcome = isUnified
        ? this.#unified(dir, buf[at]! & EPOCH_MASK, next - at)
        : this.#record(dir, buf, at, next);
      if (outcome === 'bad') return this.#refuse();
      if (outcome !== 'ok') return this.conclude(outcome === 'established', bytes);
      at = next;
    }
    return 'ok';
  }

  /** A datagram that is none of DTLS: passed over, once there is a handshake. */
  #refuse(): Verdict {
    this.shop.counters.notTls.value++;
    if (this.handshake?.isSilent === false) return 'ok';
    this.finish(false);
    return 'drop';
  }

  #record(dir: Direction, buf: Uint8Array, at: number, end: number): Outcome {
    const handshake = this.handshake!;
    const side = handshake.sides[dir];
    const start = at + HEADER;
    const isEncrypted = u16(buf, at + 3) > 0;
    switch (buf[at]) {
      case RECORD.changeCipherSpec:
        side.changed = true;
        return handshake.sides[0].changed && handshake.sides[1].changed ? 'established' : 'ok';
      case RECORD.alert:
        if (isEncrypted || end - start !== 2) return 'ok';
        return handshake.alert(dir, buf[start]!, buf[start + 1]!) ? 'failed' : 'ok';
      case RECORD.handshake:
        return isEncrypted || this.#messages(dir, buf, start, end) ? 'ok' : 'bad';
      case RECORD.applicationData:
        // A ChangeCipherSpec was lost, or the capture begins here.
        return isEncrypted && handshake.serverSide.hello.present && dir !== handshake.client
          ? 'established'
          : 'ok';
      default:
        return 'ok';
    }
  }

  /** An encrypted record of 1.3, or several. */
  #unified(dir: Direction, epoch: number, size: number): Outcome {
    const handshake = this.handshake!;
    if (!handshake.isAnswered || dir !== handshake.client) return 'ok';
    if (epoch === HANDSHAKE_EPOCH && size < MIN_FINISHED) return 'ok';
    return 'established';
  }

  /** RFC 6347 4.2.2: the messages of a record, each whole or a fragment. */
  #messages(dir: Direction, buf: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; ) {
      if (end - at < MESSAGE_HEADER) return false;
      const size = u24(buf, at + 1);
      const offset = u24(buf, at + 6);
      const body = at + MESSAGE_HEADER;
      const next = body + u24(buf, at + 9);
      if (next > end || offset + next - body > size) return false;
      const isRead =
        next - body === size
          ? this.handshake!.message(dir, buf[at]!, buf, body, next)
          : this.#fragment(dir, buf[at]!, u16(buf, at + 4), size, offset, buf, body, next);
      if (!isRead) return false;
      at = next;
    }
    return true;
  }

  #fragment(
    dir: Direction,
    type: number,
    number: number,
    size: number,
    offset: number,
    buf: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const { pieces } = this.handshake!.sides[dir];
    if (this.#fragmented[dir] !== number) pieces.clear();
    this.#fragmented[dir] = number;
    if (!pieces.add(offset, buf, start, end)) return false;
    if (pieces.size < size || size === 0) return true;
    const isRead = this.handshake!.message(dir, type, pieces.buf, 0, size);
    pieces.clear();
    return isRead;
  }
}

const u16 = (buf: Uint8Array, at: number): number => (buf[at]! << 8) | buf[at + 1]!;
const u24 = (buf: Uint8Array, at: number): number => (buf[at]! << 16) | (buf[at + 1]! << 8) | buf[at + 2]!;
