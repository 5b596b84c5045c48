/** Calls waiting for their replies, by xid, and xids whose replies are nobody's. */
import { ByKey, type Request } from '../kit/pairing.js';

/** LIMIT: xids remembered whose replies are not reported: of other programs, of calls sent twice. */
export const MAX_IGNORED = 256;

export class Calls<T extends Request> extends ByKey<T> {
  readonly #ignored: number[] = [];

  /** A reply with this xid will come that is not to be reported. */
  ignore(xid: number): void {
    if (this.#ignored.length >= MAX_IGNORED) this.#ignored.shift();
    this.#ignored.push(xid);
  }

  /** Whether it is such a reply; it is asked once. */
  ignores(xid: number): boolean {
    const at = this.#ignored.lastIndexOf(xid);
    if (at >= 0) this.#ignored.splice(at, 1);
    return at >= 0;
  }
}
