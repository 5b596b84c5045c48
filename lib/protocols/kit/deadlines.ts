/**
 * Time-outs in packet time: one list for each time-out an analyzer has, in order of arming, because its items wait equally
 * long. Arming, disarming and expiring are O(1) each.
 */
export abstract class Waiting {
  /** Links of the list; null when not armed. Only Deadlines touches them. */
  newer: Waiting | null = null;
  older: Waiting | null = null;
  queue: Queue | null = null;
  armed = false;
  dueSeconds = 0;

  /** The time-out passed; the item is disarmed already. */
  abstract expire(): void;
}

/** Items that wait equally long, in order of arming. */
class Queue {
  readonly seconds: number;
  oldest: Waiting | null = null;
  newest: Waiting | null = null;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  add(item: Waiting): void {
    item.queue = this;
    item.older = this.newest;
    item.newer = null;
    if (this.newest) this.newest.newer = item;
    else this.oldest = item;
    this.newest = item;
  }

  remove(item: Waiting): void {
    if (item.older) item.older.newer = item.newer;
    else this.oldest = item.newer;
    if (item.newer) item.newer.older = item.older;
    else this.newest = item.older;
    item.older = null;
    item.newer = null;
    item.queue = null;
  }
}

export class Deadlines {
  /** Packet time, whole seconds. */
  now = 0;
  size = 0;
  /** One for each time-out of the analyzer: few, and the first is the usual one. */
  readonly #queues: Queue[] = [];

  /** Arms `item` to expire `seconds` from now, at most a second later. An item is in one list at most. */
  arm(item: Waiting, seconds: number): void {
    const whole = Math.max(1, Math.ceil(seconds));
    // One more: the second that `now` is in has begun already, and nothing may expire early.
    item.dueSeconds = this.now + whole + 1;
    item.armed = true;
    this.#queue(whole).add(item);
    this.size++;
  }

  disarm(item: Waiting): void {
    if (!item.armed) return;
    item.armed = false;
    item.queue!.remove(item);
    this.size--;
  }

  /** Packet time is `now`: expires what is due. Time that goes backwards changes nothing. */
  advance(now: number): void {
    if (now <= this.now) return;
    this.now = now;
    for (const queue of this.#queues) {
      while (queue.oldest && queue.oldest.dueSeconds <= now) {
        const item = queue.oldest;
        this.disarm(item);
        item.expire();
      }
    }
  }

  #queue(seconds: number): Queue {
    for (const queue of this.#queues) if (queue.seconds === seconds) return queue;
    const queue = new Queue(seconds);
    this.#queues.push(queue);
    return queue;
  }
}
