/** Flows over UDP: the first datagram tells whether they are QUIC or DTLS, or none of ours. */
import type { Cursor } from '../../base/cursor.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { DtlsSession, isDtls } from './dtls.js';
import type { Shop } from './handshake.js';
import type { HandshakeSession } from './handshake-session.js';
import { QuicSession } from './quic.js';
import { isLong } from './quic-packets.js';

export class DatagramSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  #session: HandshakeSession | null = null;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    if (bytes.left === 0) return 'ok';
    if (!this.#session) {
      const { buf, pos, end } = bytes;
      if (isDtls(buf, pos, end)) this.#session = new DtlsSession(this.#shop, this.#flow);
      else if (isLong(buf[pos]!)) this.#session = new QuicSession(this.#shop, this.#flow);
      else return this.#refuse();
    }
    return this.#session.data(dir, bytes);
  }

  end(): void {
    this.#session?.end();
  }

  #refuse(): Verdict {
    this.#shop.counters.notTls.value++;
    return 'drop';
  }
}
