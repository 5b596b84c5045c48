/** AMQP 0-9-1 over TCP. */
import type { Cursor } from '../../base/cursor.js';
import type { EndReason } from '../../handoff/record.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { Exchanges } from './exchanges.js';
import { FrameReader, startsFrame } from './frames.js';
import type { Shop } from './shop.js';

/** LIMIT: pieces of a direction that are looked at for the start of a frame. */
const MAX_SEEN = 64;
/** LIMIT: times a connection may turn out not to be where it was thought to be. */
const MAX_BAD = 8;
/** Its first letter begins the protocol header, which clients send. */
const PROTOCOL = 0x41;

export class AmqpSession implements Session {
  readonly #shop: Shop;
  readonly #exchanges: Exchanges;
  readonly #readers = [new FrameReader(), new FrameReader()] as const;
  /** The start of a frame is being looked for, by direction. */
  readonly #seeks: [boolean, boolean] = [true, true];
  #isClientKnown: boolean;
  #seen = 0;
  #bad = 0;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#exchanges = new Exchanges(shop, flow);
    this.#isClientKnown = flow.client !== undefined;
    this.#exchanges.client = flow.client ?? 0;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    if (!this.#isClientKnown) {
      this.#isClientKnown = true;
      this.#exchanges.client = bytes.buf[bytes.pos] === PROTOCOL ? dir : ((1 - dir) as Direction);
    }
    if (this.#seeks[dir]) {
      const isFrame = startsFrame(bytes);
      if (isFrame === undefined) return 'ok';
      if (!isFrame) return this.#passOver(bytes);
      this.#seeks[dir] = false;
    }
    return this.#read(dir, this.#readers[dir], bytes);
  }

  /** Inside a body nothing is lost but the body; anywhere else the next frame must be found. */
  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    if (!this.#readers[dir].lose(beyond)) this.#lose(dir);
    return 'ok';
  }

  end(reason: EndReason): void {
    this.#exchanges.flush(reason);
  }

  #read(dir: Direction, reader: FrameReader, bytes: Cursor): Verdict {
    const exchanges = this.#exchanges;
    for (;;) {
      switch (reader.read(bytes)) {
        case 'method':
          exchanges.method(dir, reader);
          break;
        case 'header':
          exchanges.messages.header(dir, reader);
          break;
        case 'body':
          exchanges.messages.body(dir, reader);
          break;
        case 'end':
          exchanges.messages.bodyEnd(dir, reader);
          break;
        case 'heartbeat':
          this.#shop.heartbeats.value++;
          break;
        case 'protocol':
          break;
        case 'foreign':
          this.#shop.foreign.value++;
          return 'drop';
        case 'more':
          return 'ok';
        case 'bad':
          return this.#broken(dir, bytes);
      }
    }
  }

  #lose(dir: Direction): void {
    this.#exchanges.lose(dir);
    this.#shop.resyncs.value++;
    this.#readers[dir].reset();
    this.#seeks[dir] = true;
    this.#seen = 0;
  }

  #passOver(bytes: Cursor): Verdict {
    bytes.skip(bytes.left);
    return ++this.#seen > MAX_SEEN ? 'drop' : 'ok';
  }

  #broken(dir: Direction, bytes: Cursor): Verdict {
    bytes.skip(bytes.left);
    if (++this.#bad > MAX_BAD) return 'drop';
    this.#lose(dir);
    return 'ok';
  }
}
