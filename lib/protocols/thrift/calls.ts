/**
 * Calls waiting for their replies, by sequence id and method. Clients that give every call the same id are served in order,
 * so the oldest of equals is meant; what is older than an answered call of the same id will not be answered any more.
 */
import type { Row } from '../../events/row.js';
import { ByKey, type PairingOptions, Request } from '../kit/pairing.js';
import type { Method } from './methods.js';

export class Call extends Request {
  row!: Row;
  sequence = 0;
  method: Method | undefined;
  /** Bytes of the replies were lost since: its reply may have been among them. */
  doubtful = false;
}

interface CallOptions extends PairingOptions<Call> {
  /** No reply came where one would have: the call is a one-way one that did not say so. */
  readonly oneway: (call: Call) => void;
}

export class Calls extends ByKey<Call> {
  readonly #oneway: (call: Call) => void;
  #doubts = false;

  constructor(options: CallOptions) {
    super(options);
    this.#oneway = options.oneway;
  }

  push(key: number, call: Call): void {
    if (this.#doubts) this.#settle(key);
    call.doubtful = false;
    this.put(key, call);
  }

  /** The call that a reply answers. */
  override take(key: number): Call | undefined {
    let at = 0;
    while (at < this.pending.length && this.pending[at]!.key !== key) at++;
    if (at === this.pending.length) return undefined;
    const call = this.remove(at);
    for (let i = at - 1; i >= 0; i--) {
      if (this.pending[i]!.sequence === call.sequence) this.#unreplied(this.remove(i));
    }
    return call;
  }

  /** Bytes of replies were lost. */
  doubt(): void {
    this.#doubts = this.pending.length > 0;
    for (const call of this.pending) call.doubtful = true;
  }

  /** The connection was closed in order: nobody waits any more. */
  close(): void {
    while (this.pending.length > 0) this.#unreplied(this.remove(0));
  }

  /** The client uses the id again: the reply it waited for was among the lost bytes. */
  #settle(key: number): void {
    for (let i = this.pending.length - 1; i >= 0; i--) {
      const call = this.pending[i]!;
      if (call.doubtful && call.key === key) this.giveUp(this.pending.splice(i, 1)[0]!);
    }
    this.#doubts = this.pending.some((call) => call.doubtful);
  }

  #unreplied(call: Call): void {
    if (call.doubtful || call.method?.answered) this.giveUp(call);
    else this.#oneway(call);
  }
}
