/** What sessions have in common, whatever carries the handshake: it begins with the first bytes and ends once. */
import type { Cursor } from '../../base/cursor.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { beginHandshake, endHandshake } from './event.js';
import type { Carrier } from './fingerprints.js';
import type { Handshake, Owner, Shop } from './handshake.js';

export abstract class HandshakeSession implements Session, Owner {
  protected readonly shop: Shop;
  protected readonly flow: Flow;
  protected handshake: Handshake | null = null;
  /** The event was sent, or there will be none. */
  protected isOver = false;

  constructor(shop: Shop, flow: Flow) {
    this.shop = shop;
    this.flow = flow;
  }

  abstract data(dir: Direction, bytes: Cursor): Verdict;

  end(): void {
    this.finish(false);
  }

  timedOut(): void {
    this.end();
  }

  /** Something came. */
  protected begin({ firstSeconds, firstNanoseconds }: Cursor, carrier: Carrier): void {
    if (this.handshake) this.handshake.touch();
    else this.handshake = beginHandshake(this.shop, this.flow, this, carrier, firstSeconds, firstNanoseconds);
  }

  /** The handshake is over, by what has just come. */
  protected conclude(isEstablished: boolean, { seconds, nanoseconds }: Cursor): Verdict {
    if (this.handshake && !this.handshake.hasEnd) this.handshake.endAt(seconds, nanoseconds);
    this.finish(isEstablished);
    return 'done';
  }

  protected finish(isEstablished: boolean): void {
    const { handshake } = this;
    this.handshake = null;
    this.isOver = true;
    if (handshake) endHandshake(handshake, isEstablished);
  }
}
