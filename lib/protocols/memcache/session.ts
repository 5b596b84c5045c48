/** memcache over TCP. */
import type { Cursor } from '../../base/cursor.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { MAGIC_RESPONSE } from './binary-codes.js';
import { Exchanges } from './exchanges.js';
import { isDigit, isLetter, Reader } from './parser.js';
import { startsRequest } from './request.js';
import type { Shop } from './shop.js';

/** LIMIT: pieces of a direction that are looked at for the start of a message. */
const MAX_SEEN = 64;
/** LIMIT: times a connection may turn out not to be where it was thought to be. */
const MAX_BAD = 8;

export class StreamSession implements Session {
  readonly #shop: Shop;
  readonly #exchanges: Exchanges;
  readonly #commands = new Reader(true);
  readonly #responses = new Reader(false);
  #client: Direction | undefined;
  /** Whether the start of a message is being looked for, by reader. */
  #seeksCommand = true;
  #seeksResponse = true;
  /** Responses are not to be believed before a command is seen. */
  #awaitsCommand = false;
  #seen = 0;
  #bad = 0;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#exchanges = new Exchanges(shop, flow, shop.streams);
    this.#client = flow.client;
    this.#exchanges.client = flow.client ?? 0;
  }

  get #server(): Direction {
    return (1 - this.#client!) as Direction;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    if (this.#client === undefined) {
      this.#client = startsRequest(bytes.buf[bytes.pos]!) ? dir : ((1 - dir) as Direction);
      this.#exchanges.client = this.#client;
    }
    return dir === this.#client ? this.#readCommands(bytes) : this.#readResponses(bytes);
  }

  /** Inside a value nothing is lost but the value; anywhere else the next message must be found. */
  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    if (dir === this.#client && this.#commands.lose(beyond)) return 'ok';
    if (dir !== this.#client && this.#responses.lose(beyond)) {
      this.#exchanges.lostResponse();
      return 'ok';
    }
    this.#lose(dir);
    return 'ok';
  }

  end(): void {
    this.#exchanges.flush();
  }

  #lose(dir: Direction): void {
    this.#exchanges.flush();
    this.#shop.resyncs.value++;
    this.#seen = 0;
    if (dir === this.#client) {
      this.#seeksCommand = true;
      this.#commands.reset();
    } else {
      this.#seeksResponse = true;
      this.#awaitsCommand = true;
      this.#responses.reset();
    }
  }

  #readCommands(bytes: Cursor): Verdict {
    if (this.#seeksCommand) {
      if (!startsRequest(bytes.buf[bytes.pos]!)) return this.#passOver(bytes);
      this.#seeksCommand = false;
    }
    this.#awaitsCommand = false;
    for (;;) {
      switch (this.#commands.read(bytes)) {
        case 'head':
          this.#exchanges.request(this.#commands, 0);
          break;
        case 'value':
          this.#exchanges.requestValue(this.#commands);
          break;
        case 'more':
          return 'ok';
        case 'bad':
          return this.#broken(bytes, this.#client!);
      }
    }
  }

  #readResponses(bytes: Cursor): Verdict {
    if (this.#seeksResponse) {
      if (this.#awaitsCommand || !startsResponse(bytes.buf[bytes.pos]!)) return this.#passOver(bytes);
      this.#seeksResponse = false;
    }
    for (;;) {
      switch (this.#responses.read(bytes)) {
        case 'head':
          if (!this.#exchanges.response(this.#responses, 0)) return this.#broken(bytes, this.#server);
          if (this.#exchanges.isWatching) return 'drop';
          break;
        case 'value':
          this.#exchanges.responseValue(this.#responses);
          break;
        case 'more':
          return 'ok';
        case 'bad':
          return this.#broken(bytes, this.#server);
      }
    }
  }

  #passOver(bytes: Cursor): Verdict {
    bytes.skip(bytes.left);
    return ++this.#seen > MAX_SEEN ? 'drop' : 'ok';
  }

  #broken(bytes: Cursor, dir: Direction): Verdict {
    bytes.skip(bytes.left);
    if (++this.#bad > MAX_BAD) return 'drop';
    this.#lose(dir);
    return 'ok';
  }
}

function startsResponse(first: number): boolean {
  return first === MAGIC_RESPONSE || isDigit(first) || isLetter(first);
}
