/** A shard seen from the main thread: its worker, the chunks it makes, its counters. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DIST } from './dist.js';
import type { FromWorker, ShardPlan, ShardStats, ToWorker } from './messages.js';
import type { Marks } from './ordered.js';

/** A piece of output: whole lines. done() gives the memory back to the worker. */
export interface ShardChunk {
  readonly bytes: Uint8Array;
  readonly events: number;
  readonly marks?: Marks | undefined;
  done(): void;
}

export interface ShardEvents {
  chunk(chunk: ShardChunk): void;
  progress?(seconds: number, nanoseconds: number): void;
  log(message: string): void;
}

const EMPTY: ShardStats = { counters: {}, tallies: {} };

export class Shard {
  /** Resolves when the source is open; rejects with the coded error when it is not. */
  readonly ready: Promise<void>;
  /** Resolves when all chunks are out; to the cause of an early end, or ''. */
  readonly ended: Promise<string>;
  stats: ShardStats = EMPTY;
  readonly #worker: Worker;
  #statsAsked: ((stats: ShardStats) => void)[] = [];

  constructor(plan: ShardPlan, events: ShardEvents) {
    // A plugin shares modules with its worker: constants, fields. So that one is not bundled.
    const program = plan.plugins.length > 0 ? 'app/worker.js' : '../bin/worker.js';
    // The caller's own Node options are none of the worker's: --input-type, loaders.
    this.#worker = new Worker(new URL(program, DIST), {
      workerData: plan,
      execArgv: [],
    });
    let opened!: () => void;
    let refused!: (error: Error) => void;
    let over!: (error: string) => void;
    this.ready = new Promise((resolve, reject) => {
      opened = resolve;
      refused = reject;
    });
    this.ended = new Promise((resolve) => {
      over = resolve;
    });
    this.ready.catch(() => {});
    this.#worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'ready':
          opened();
          break;
        case 'failed':
          refused(Object.assign(new Error(message.message), { code: message.code, hint: message.hint }));
          over(message.message);
          break;
        case 'chunk':
          events.chunk(this.#chunk(message));
          break;
        case 'progress':
          events.progress?.(message.seconds, message.nanoseconds);
          break;
        case 'stats':
          this.#answer(message.stats);
          break;
        case 'log':
          events.log(message.message);
          break;
        case 'end':
          this.#answer(message.stats);
          over(message.error);
          break;
      }
    });
    this.#worker.on('error', (error) => {
      refused(error);
      over(`worker failed: ${error.message}`);
    });
    // A worker that goes away unasked must not leave anyone waiting.
    this.#worker.on('exit', () => {
      over('the worker ended early');
      this.#answer(this.stats);
    });
  }

  /** Ends the source; what was captured still comes out. */
  stop(): void {
    this.#say({ type: 'stop' });
  }

  /** Counters as of now. */
  async refresh(): Promise<ShardStats> {
    const answer = new Promise<ShardStats>((resolve) => this.#statsAsked.push(resolve));
    this.#say({ type: 'stats' });
    return Promise.race([answer, this.ended.then(() => this.stats)]);
  }

  /** Waits until the thread is gone. */
  async gone(): Promise<void> {
    if (this.#worker.threadId !== -1) await once(this.#worker, 'exit');
  }

  unref(): void {
    this.#worker.unref();
  }

  #answer(stats: ShardStats): void {
    this.stats = stats;
    for (const resolve of this.#statsAsked) resolve(stats);
    this.#statsAsked = [];
  }

  #chunk({ buffer, bytes, events, marks }: Extract<FromWorker, { type: 'chunk' }>): ShardChunk {
    let given = false;
    return {
      bytes: new Uint8Array(buffer, 0, bytes),
      events,
      marks,
      done: () => {
        if (given) return;
        given = true;
        this.#say({ type: 'chunk', buffer });
      },
    };
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
