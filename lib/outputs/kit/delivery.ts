/**
 * Takes chunks to an output, one after the other: retries with back-off, gives up after max_retries, counts. Chunks wait in
 * their own memory; giving it back is what makes room (see app/chunks.ts).
 */
import type { Chunk, Output, Result } from '../output.js';

export interface DeliveryOptions {
  /** How often a chunk is sent again; below 0: for ever. */
  readonly maxRetries: number;
  /** Seconds. */
  readonly backoffInit: number;
  readonly backoffMax: number;
}

export interface LentChunk extends Chunk {
  /** The memory may be used again. */
  done(): void;
}

export class Delivery {
  acked = 0;
  retried = 0;
  dropped = 0;
  readonly #output: Output;
  readonly #options: DeliveryOptions;
  readonly #warn: (message: string) => void;
  readonly #queue: LentChunk[] = [];
  #running: Promise<void> | null = null;
  #stopping = false;
  #wakeSleep: (() => void) | undefined;

  constructor(output: Output, options: DeliveryOptions, warn: (message: string) => void) {
    this.#output = output;
    this.#options = options;
    this.#warn = warn;
  }

  push(chunk: LentChunk): void {
    this.#queue.push(chunk);
    this.#running ??= this.#run();
  }

  /** Waits until all is delivered or given up. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Retries end: what cannot be delivered at once is given up. */
  stop(): void {
    this.#stopping = true;
    this.#wakeSleep?.();
  }

  counters(): Record<string, number> {
    return {
      ...this.#output.counters(),
      'output.events.acked': this.acked,
      'output.events.retried': this.retried,
      'output.events.dropped': this.dropped,
    };
  }

  async #run(): Promise<void> {
    for (let chunk = this.#queue.shift(); chunk; chunk = this.#queue.shift()) {
      await this.#deliver(chunk);
      chunk.done();
    }
    this.#running = null;
  }

  async #deliver(chunk: Chunk): Promise<void> {
    let left: Chunk | undefined = chunk;
    for (let attempt = 0; left; attempt++) {
      const sent: Chunk = left;
      const { retry, dropped = 0, reason } = await this.#attempt(sent);
      if (reason) this.#warn(reason);
      this.dropped += dropped;
      this.acked += sent.events - dropped - (retry?.events ?? 0);
      left = retry;
      if (!left) return;
      if (this.#exhausted(attempt)) {
        this.dropped += left.events;
        this.#warn(`${left.events} events are given up after ${attempt + 1} attempts`);
        return;
      }
      this.retried += left.events;
      await this.#pause(attempt);
    }
  }

  #exhausted(attempt: number): boolean {
    const { maxRetries } = this.#options;
    return this.#stopping || (maxRetries >= 0 && attempt >= maxRetries);
  }

  async #attempt(chunk: Chunk): Promise<Result> {
    try {
      return await this.#output.write(chunk);
    } catch (error) {
      this.#warn(error instanceof Error ? error.message : String(error));
      return { retry: chunk };
    }
  }

  /** Exponential, with jitter, so that many agents do not come back at once. */
  async #pause(attempt: number): Promise<void> {
    const { backoffInit, backoffMax } = this.#options;
    const seconds = Math.min(backoffMax, backoffInit * 2 ** attempt) * (0.5 + Math.random() / 2);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.#wakeSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeSleep = undefined;
  }
}
