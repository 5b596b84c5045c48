/**
 * TLS over TCP (RFC 8446 5, RFC 5246 6): records of both directions until the handshake is over, then the session is done.
 * Bytes that were lost cost what was in them: the reading goes on at the next segment that begins like a record.
 */
import type { Cursor } from '../../base/cursor.js';
import type { Direction, Verdict } from '../analyzer.js';
import type { Side } from './handshake.js';
import { HandshakeSession } from './handshake-session.js';
import { isRecord, RECORD } from './records.js';

const HEADER = 5;
const MESSAGE_HEADER = 4;
/** LIMIT of a handshake message; more is not believed. */
const MAX_HANDSHAKE = 65_536;
/** RFC 8446 5.2, 4.4.4: an encrypted record with a Finished is at least this long: 4 + 32 + 1 and a tag of 8. */
const MIN_FINISHED = 45;
const EARLY_DATA = 42;

type Outcome = 'ok' | 'bad' | 'established' | 'failed' | 'midway';

export class TlsSession extends HandshakeSession {
  // By direction, a bit each: its records must be found again; something of it was lost.
  #unsynced = 0;
  #partial = 0;

  data(dir: Direction, bytes: Cursor): Verdict {
    if (this.isOver) return 'done';
    this.begin(bytes, 't');
    if (this.#unsynced & (1 << dir) && !this.#sync(dir, bytes)) return 'ok';
    const side = this.handshake!.sides[dir];
    for (;;) {
      if (side.recordLeft === 0 && !bytes.need(HEADER))
        return startsBadly(bytes) ? this.#refuse(bytes) : 'ok';
      const outcome = side.recordLeft > 0 ? this.#content(dir, side, bytes) : this.#record(dir, side, bytes);
      if (outcome === 'more') return 'ok';
      if (outcome !== 'ok') return this.#conclude(outcome, bytes);
    }
  }

  gap(dir: Direction): Verdict {
    if (this.isOver) return 'done';
    this.#unsynced |= 1 << dir;
    this.#partial |= 1 << dir;
    if (!this.handshake) return 'ok';
    this.handshake.hasGap = true;
    const side = this.handshake.sides[dir];
    side.pieces.clear();
    side.recordLeft = 0;
    return 'ok';
  }

  override end(): void {
    // Both sides changed ciphers, and the first encrypted record was not seen.
    const { handshake } = this;
    this.finish(handshake?.isModern === true && handshake.isAnswered && handshake.hasEnd);
  }

  #sync(dir: Direction, bytes: Cursor): boolean {
    const { buf, pos } = bytes;
    if (bytes.left >= HEADER && isRecord(buf, pos)) {
      this.#unsynced &= ~(1 << dir);
      return true;
    }
    bytes.skip(bytes.left);
    return false;
  }

  #conclude(outcome: Exclude<Outcome, 'ok'>, bytes: Cursor): Verdict {
    if (outcome === 'bad') return this.#refuse(bytes);
    if (outcome === 'midway') this.shop.counters.midway.value++;
    return this.conclude(outcome === 'established', bytes);
  }

  /** What comes is no record: the event tells what was seen before. */
  #refuse(bytes: Cursor): Verdict {
    const { counters } = this.shop;
    if (isSslv2(bytes)) counters.sslv2.value++;
    else counters.notTls.value++;
    this.finish(false);
    return 'drop';
  }

  /** One record: application data is not waited for, of a handshake record comes what there is. */
  #record(dir: Direction, side: Side, bytes: Cursor): Outcome | 'more' {
    const { buf, pos } = bytes;
    if (!isRecord(buf, pos)) return 'bad';
    const size = (buf[pos + 3]! << 8) | buf[pos + 4]!;
    const type = buf[pos]!;
    if (type === RECORD.handshake && (!side.changed || this.handshake!.isModern)) {
      side.recordLeft = size;
      bytes.skip(HEADER);
      return 'ok';
    }
    if (type === RECORD.changeCipherSpec || type === RECORD.alert) {
      if (!bytes.need(HEADER + size)) return 'more';
      const outcome = this.#signal(dir, side, type, size, bytes);
      bytes.skip(HEADER + size);
      return outcome;
    }
    const outcome = type === RECORD.applicationData ? this.#encrypted(dir, size) : 'ok';
    bytes.skip(HEADER + size);
    return outcome;
  }

  /** A ChangeCipherSpec or an alert. */
  #signal(dir: Direction, side: Side, type: number, size: number, bytes: Cursor): Outcome {
    const handshake = this.handshake!;
    if (type === RECORD.alert) {
      const at = bytes.pos + HEADER;
      // Longer ones are encrypted.
      return size === 2 && handshake.alert(dir, bytes.buf[at]!, bytes.buf[at + 1]!) ? 'failed' : 'ok';
    }
    side.changed = true;
    if (!handshake.sides[0].changed || !handshake.sides[1].changed) return 'ok';
    if (!handshake.isModern) return 'established';
    // RFC 8446 D.4: here it means nothing, but it comes with the Finished.
    if (handshake.isAnswered && dir === handshake.client) handshake.endAt(bytes.seconds, bytes.nanoseconds);
    return 'ok';
  }

  /** A record of application data, which in TLS 1.3 holds the rest of the handshake. */
  #encrypted(dir: Direction, size: number): Outcome {
    const handshake = this.handshake!;
    if (handshake.isSilent) return 'midway';
    const isClient = dir === handshake.client;
    if (!handshake.isModern) {
      // Also where the ChangeCipherSpec was lost. A client may begin before the server has finished (RFC 7918).
      const isProof = isClient ? this.#partial & (1 << (1 - dir)) : handshake.serverSide.hello.present;
      return isProof ? 'established' : 'ok';
    }
    if (!isClient || !handshake.isAnswered) return 'ok';
    if (size >= MIN_FINISHED) return 'established';
    // RFC 8446 4.2.10: or it is early data.
    if (handshake.clientSide.hello.find(EARLY_DATA) >= 0) return 'ok';
    this.shop.counters.encryptedAlerts.value++;
    return 'failed';
  }

  /** What there is of a handshake record: messages that are whole in place, others are put together first. */
  #content(dir: Direction, side: Side, bytes: Cursor): Outcome | 'more' {
    const { pieces } = side;
    const { buf, pos } = bytes;
    const here = Math.min(bytes.left, side.recordLeft);
    if (here === 0) return 'more';
    side.recordLeft -= here;
    let isRead: boolean;
    if (pieces.size === 0) {
      const at = this.#wholeMessages(dir, buf, pos, pos + here);
      isRead = at >= 0 && pieces.append(buf, at, pos + here);
    } else {
      isRead = pieces.append(buf, pos, pos + here);
      const at = isRead ? this.#wholeMessages(dir, pieces.buf, 0, pieces.size) : -1;
      if (at > 0) pieces.consume(at);
      isRead = at >= 0;
    }
    bytes.skip(here);
    return isRead ? 'ok' : 'bad';
  }

  /** Where the first message lies that is not whole; -1 when one is broken. */
  #wholeMessages(dir: Direction, buf: Uint8Array, start: number, end: number): number {
    let at = start;
    while (end - at >= MESSAGE_HEADER) {
      const size = (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!;
      if (size > MAX_HANDSHAKE) return -1;
      const next = at + MESSAGE_HEADER + size;
      if (next > end) break;
      if (!this.handshake!.message(dir, buf[at]!, buf, at + MESSAGE_HEADER, next)) return -1;
      at = next;
    }
    return at;
  }
}

/** Fewer bytes than a header, and none that can become one. */
function startsBadly({ buf, pos, left }: Cursor): boolean {
  if (left === 0) return false;
  const type = buf[pos]!;
  return type < RECORD.changeCipherSpec || type > RECORD.heartbeat || (left > 1 && buf[pos + 1] !== 3);
}

/** RFC 5246 E.2: a ClientHello in the form of SSL 2.0. */
function isSslv2({ buf, pos, left }: Cursor): boolean {
  return left > 3 && buf[pos]! >= 0x80 && buf[pos + 2] === 1 && (buf[pos + 3] === 3 || buf[pos + 3] === 0);
}
