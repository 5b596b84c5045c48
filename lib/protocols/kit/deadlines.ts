/**
 * Time-outs in packet time: one list an analyzer, in order of arming, because all its exchanges wait equally long.
 * Arming, disarming and expiring are O(1) each.
 */
export abstract class Waiting {
  /** Links of the list; null when not armed. Only Deadlines touches them. */
  newer: Waiting | null = null;
  older: Waiting | null = null;
  armed = false;
  dueSeconds = 0;

  /** The time-out passed; the item is disarmed already. */
  abstract expire(): void;
}

export class Deadlines {
  /** Packet time, whole seconds. */
  now = 0;
  #oldest: Waiting | null = null;
  #newest: Waiting | null = null;
  size = 0;

  /** Arms `item` to expire `seconds` from now. An item is in one list at most. */
  arm(item: Waiting, seconds: number): void {
    item.dueSeconds = this.now + Math.max(1, Math.ceil(seconds));
    item.armed = true;
    item.older = this.#newest;
    item.newer = null;
    if (this.#newest) this.#newest.newer = item;
    else this.#oldest = item;
    this.#newest = item;
    this.size++;
  }

  disarm(item: Waiting): void {
    if (!item.armed) return;
    item.armed = false;
    if (item.older) item.older.newer = item.newer;
    else this.#oldest = item.newer;
    if (item.newer) item.newer.older = item.older;
    else this.#newest = item.older;
    item.older = null;
    item.newer = null;
    this.size--;
  }

  /** Packet time is `now`: expires what is due. Time that goes backwards changes nothing. */
  advance(now: number): void {
    if (now <= this.now) return;
    this.now = now;
    while (this.#oldest && this.#oldest.dueSeconds <= now) {
      const item = this.#oldest;
      this.disarm(item);
      item.expire();
    }
  }
}
