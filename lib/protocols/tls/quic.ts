/**
 * The handshake in QUIC (RFC 9001): the hellos are in the CRYPTO frames of Initial packets, in any order and any pieces. What
 * follows them is encrypted for good; that the client sends packets with a short header tells that it has finished.
 */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import type { Direction, Verdict } from '../analyzer.js';
import { HandshakeSession } from './handshake-session.js';
import { initialKeys, isLong, isQuic, type Keys, LongHeader, openInitial, Varints } from './quic-packets.js';

/** Types of frames that Initial packets may have (RFC 9000 12.4). */
const FRAME = { padding: 0, ping: 1, ack: 2, ackEcn: 3, crypto: 6, close: 0x1c } as const;
/** RFC 9001 4.8: an alert is this error and its number. */
const CRYPTO_ERROR = 0x100;
const MESSAGE_HEADER = 4;
const FATAL = 2;
/** LIMIT of Initial packets that cannot be opened before the session gives up. */
const MAX_UNOPENED = 8;
/** LIMIT of ranges in an ACK frame: more do not fit into a packet. */
const MAX_ACK_RANGES = 1000;

type Outcome = 'ok' | 'established' | 'failed' | 'unknown';

const header = new LongHeader();

export class QuicSession extends HandshakeSession {
  /** Keys of both directions, by what they were made from. */
  #keys: readonly [Keys, Keys] | null = null;
  #keysOf = Buffer.alloc(0);
  #keysVersion = 0;
  #unopened = 0;

  data(dir: Direction, bytes: Cursor): Verdict {
    if (this.isOver) return 'done';
    this.begin(bytes, 'q');
    this.handshake!.client ??= dir;
    const { buf, end } = bytes;
    for (let at = bytes.pos; at < end; ) {
      const outcome = this.#packet(dir, buf, at, end);
      if (outcome === 'unknown') return this.#refuse();
      if (outcome !== 'ok') return this.conclude(outcome === 'established', bytes);
      at = header.end;
    }
    return 'ok';
  }

  /** Padding and garbage behind packets are passed over; a flow without a hello is not QUIC as we know it. */
  #refuse(): Verdict {
    if (this.handshake?.isSilent === false) return 'ok';
    this.shop.counters.unknownVersion.value++;
    this.finish(false);
    return 'drop';
  }

  /** One packet; `header.end` is where the next begins. */
  #packet(dir: Direction, buf: Uint8Array, at: number, end: number): Outcome {
    const handshake = this.handshake!;
    header.end = end;
    if (!isLong(buf[at]!)) {
      if (!isQuic(buf[at]!)) return 'unknown';
      return dir === handshake.client && !handshake.clientSide.isSilent && !handshake.serverSide.isSilent
        ? 'established'
        : 'ok';
    }
    if (!header.read(buf, at, end)) return 'unknown';
    // RFC 9000 17.2.1: the server offers other versions; the client tries again.
    if (!header.version) return header.code === 0 && dir !== handshake.client ? 'ok' : 'unknown';
    if (header.type === 'retry') this.#keys = null;
    if (header.type !== 'initial') return 'ok';
    const content = this.#open(dir, buf);
    if (!content) {
      this.shop.counters.undecryptable.value++;
      return ++this.#unopened > MAX_UNOPENED ? 'unknown' : 'ok';
    }
    handshake.quicVersion = constant(header.version.name);
    return this.#frames(dir, content);
  }

  /**
   * The content of an Initial packet. Keys come from the client's first; after a Retry, or where the first was not seen,
   * from the one at hand.
   */
  #open(dir: Direction, buf: Uint8Array): Buffer | undefined {
    const isClient = dir === this.handshake!.client;
    const destination = buf.subarray(header.destinationAt, header.destinationEnd);
    if (!this.#keys && isClient) this.#derive(destination);
    else if (this.#keysOf.length > 0 && this.#keysVersion !== header.code) this.#derive(this.#keysOf);
    if (!this.#keys) return undefined;
    const content = openInitial(this.#keys[isClient ? 0 : 1], buf, header);
    if (content || !isClient || this.#keysOf.equals(destination)) return content;
    this.#derive(destination);
    return openInitial(this.#keys[0], buf, header);
  }

  #derive(destination: Uint8Array): void {
    const version = header.version!;
    this.#keysOf = Buffer.from(destination);
    this.#keysVersion = version.code;
    this.#keys = [initialKeys(version, destination, 'client'), initialKeys(version, destination, 'server')];
  }

  #frames(dir: Direction, content: Buffer): Outcome {
    const reader = new Varints(content, 0, content.length);
    while (reader.at < reader.end && !reader.isShort) {
      switch (reader.next()) {
        case FRAME.padding:
        case FRAME.ping:
          break;
        case FRAME.ack:
          skipAck(reader, 0);
          break;
        case FRAME.ackEcn:
          skipAck(reader, 3);
          break;
        case FRAME.crypto:
          this.#crypto(dir, reader);
          break;
        case FRAME.close:
          return this.#closed(dir, reader.next());
        default:
          return 'ok';
      }
    }
    return 'ok';
  }

  #crypto(dir: Direction, reader: Varints): void {
    const offset = reader.next();
    const size = reader.next();
    const start = reader.at;
    reader.skip(size);
    if (reader.isShort) return;
    const side = this.handshake!.sides[dir];
    const { pieces } = side;
    if (side.hello.present || !pieces.add(offset, reader.buf, start, start + size)) return;
    const { buf } = pieces;
    if (pieces.size < MESSAGE_HEADER) return;
    const end = MESSAGE_HEADER + ((buf[1]! << 16) | (buf[2]! << 8) | buf[3]!);
    if (pieces.size >= end) this.handshake!.message(dir, buf[0]!, buf, MESSAGE_HEADER, end);
  }

  #closed(dir: Direction, error: number): Outcome {
    if (error >> 8 === CRYPTO_ERROR >> 8) this.handshake!.alert(dir, FATAL, error & 255);
    return 'failed';
  }
}

/** RFC 9000 19.3. */
function skipAck(reader: Varints, counts: number): void {
  reader.next();
  reader.next();
  const ranges = reader.next();
  if (ranges > MAX_ACK_RANGES) reader.isShort = true;
  for (let i = 0; i < 1 + ranges * 2 + counts && !reader.isShort; i++) reader.next();
}
