/**
 * Datagram flows by how long they are silent. A flow a query is common: what the runtime keeps of each, until the flow
 * times out, would be most of the memory. So beyond MAX_IDLE of them the most silent one that waits for nothing is put to
 * rest: the engine tells its end, and announces it anew when it speaks again.
 */
import { COMMAND } from '../handoff/record.js';
import type { Host } from './host.js';
import type { Lane } from './lane.js';

/** LIMIT: lanes of datagram flows kept although nothing is pending. */
export const MAX_IDLE = 2048;

export class IdleLanes {
  readonly #host: Host;
  #oldest: Lane | null = null;
  #newest: Lane | null = null;
  #size = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** A datagram of `lane` was read. */
  spoke(lane: Lane): void {
    this.#touch(lane);
    if (this.#size > MAX_IDLE) this.#rest(this.#oldest!);
  }

  /** The lane ended. */
  forget(lane: Lane): void {
    if (!lane.isListed) return;
    lane.isListed = false;
    if (lane.older) lane.older.newer = lane.newer;
    else this.#oldest = lane.newer;
    if (lane.newer) lane.newer.older = lane.older;
    else this.#newest = lane.older;
    lane.older = lane.newer = null;
    this.#size--;
  }

  /**
   * Asks the engine to let the flow go. It does not where it has sent a datagram that is not seen here yet; that one
   * brings the lane back into the list. One that waits for something goes to the end of the list.
   */
  #rest(lane: Lane): void {
    if (!lane.session?.idle) {
      this.#touch(lane);
      return;
    }
    this.forget(lane);
    this.#host.command(COMMAND.rest, 0, lane.slot, lane.generation, lane.datagrams);
  }

  #touch(lane: Lane): void {
    if (this.#newest === lane) return;
    this.forget(lane);
    lane.isListed = true;
    lane.older = this.#newest;
    if (this.#newest) this.#newest.newer = lane;
    else this.#oldest = lane;
    this.#newest = lane;
    this.#size++;
  }
}
