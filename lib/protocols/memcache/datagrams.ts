/**
 * memcache over UDP: each datagram begins with a frame header (memcached protocol.txt, "UDP protocol"), a response may span
 * several. Exchanges are told apart by the header's request id.
 *
 *   0 request id | 2 sequence number | 4 number of datagrams | 6 reserved, 0
 */
import { Cursor } from '../../base/cursor.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { Exchanges } from './exchanges.js';
import { Reader } from './parser.js';
import { startsRequest } from './request.js';
import type { Shop } from './shop.js';

export const FRAME_BYTES = 8;
/** LIMIT: messages of one flow being put together. */
const MAX_ASSEMBLIES = 8;
/** LIMIT: datagrams of one message; memcached sends 1400 bytes in each, and values have 1 MiB. */
const MAX_DATAGRAMS = 1024;
/** LIMIT: bytes of one message in several datagrams. */
const MAX_ASSEMBLED = 1 << 20;

/** A message of which some datagrams are there. */
interface Assembly {
  readonly dir: Direction;
  readonly id: number;
  readonly parts: (Uint8Array | undefined)[];
  missing: number;
  size: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class DatagramSession implements Session {
  readonly #shop: Shop;
  readonly #exchanges: Exchanges;
  #client: Direction | undefined;
  #assemblies: Assembly[] | null = null;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#exchanges = new Exchanges(shop, flow, shop.datagrams);
    this.#client = flow.client;
    this.#exchanges.client = flow.client ?? 0;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const { buf, pos } = bytes;
    if (bytes.left <= FRAME_BYTES) {
      this.#shop.datagramsBad.value++;
      return 'ok';
    }
    const id = (buf[pos]! << 8) | buf[pos + 1]!;
    const sequence = (buf[pos + 2]! << 8) | buf[pos + 3]!;
    const count = (buf[pos + 4]! << 8) | buf[pos + 5]!;
    bytes.skip(FRAME_BYTES);
    if (count === 1 && sequence === 0) this.#message(dir, id, bytes);
    else if (sequence < count && count <= MAX_DATAGRAMS) this.#part(dir, id, sequence, count, bytes);
    else this.#shop.datagramsBad.value++;
    return 'ok';
  }

  end(): void {
    this.#shop.datagramsLost.value += this.#assemblies?.length ?? 0;
    this.#assemblies = null;
    this.#exchanges.flush();
  }

  #message(dir: Direction, id: number, bytes: Cursor): void {
    if (this.#client === undefined) {
      this.#client = startsRequest(bytes.buf[bytes.pos]!) ? dir : ((1 - dir) as Direction);
      this.#exchanges.client = this.#client;
    }
    const isRequest = dir === this.#client;
    const reader = isRequest ? requests : responses;
    reader.reset();
    for (;;) {
      switch (reader.read(bytes)) {
        case 'head':
          if (isRequest) this.#exchanges.request(reader, id);
          else if (!this.#exchanges.response(reader, id)) {
            this.#undecodable();
            return;
          }
          break;
        case 'value':
          if (isRequest) this.#exchanges.requestValue(reader);
          else this.#exchanges.responseValue(reader);
          break;
        case 'more':
          // memcached sends each value of several in a datagram of its own, all numbered as the only one.
          if (bytes.left > 0 || bytes.skipped > 0) this.#undecodable();
          return;
        case 'bad':
          this.#undecodable();
          return;
      }
    }
  }

  #undecodable(): void {
    this.#shop.datagramsBad.value++;
    this.#exchanges.close();
  }

  #part(dir: Direction, id: number, sequence: number, count: number, bytes: Cursor): void {
    const assembly = this.#assembly(dir, id, count, bytes);
    if (assembly.parts[sequence]) return;
    assembly.size += bytes.left;
    if (assembly.size > MAX_ASSEMBLED) {
      this.#forget(assembly);
      this.#shop.datagramsLost.value++;
      return;
    }
    assembly.parts[sequence] = bytes.buf.slice(bytes.pos, bytes.end);
    if (--assembly.missing > 0) return;
    this.#forget(assembly);
    const whole = Buffer.concat(assembly.parts as Uint8Array[]);
    const cursor = new Cursor();
    cursor.reset(whole, 0, whole.length, bytes.seconds, bytes.nanoseconds);
    cursor.firstSeconds = assembly.seconds;
    cursor.firstNanoseconds = assembly.nanoseconds;
    this.#message(dir, id, cursor);
  }

  #assembly(dir: Direction, id: number, count: number, bytes: Cursor): Assembly {
    this.#assemblies ??= [];
    const all = this.#assemblies;
    const known = all.find((a) => a.dir === dir && a.id === id && a.parts.length === count);
    if (known) return known;
    if (all.length >= MAX_ASSEMBLIES) {
      all.shift();
      this.#shop.datagramsLost.value++;
    }
    const made: Assembly = {
      dir,
      id,
      parts: new Array(count).fill(undefined),
      missing: count,
      size: 0,
      seconds: bytes.seconds,
      nanoseconds: bytes.nanoseconds,
    };
    all.push(made);
    return made;
  }

  #forget(assembly: Assembly): void {
    const all = this.#assemblies!;
    all.splice(all.indexOf(assembly), 1);
  }
}

/** A datagram is read in one call: all flows share these. */
const requests = new Reader(true);
const responses = new Reader(false);
