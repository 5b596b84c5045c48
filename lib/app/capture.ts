/**
 * The library's face: a running capture as async iteration of events, of batches, or as NDJSON. Capture, decoding and
 * parsing run on other threads; events are parsed from their lines when they are looked at.
 */
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { planShards, type RunRequest } from './plan.js';
import type { ShardChunk } from './shard.js';
import { Shards } from './shards.js';
import { quantile } from './tally.js';

export type Overflow = 'wait' | 'drop-newest' | 'drop-oldest';

export interface CaptureOptions {
  readonly signal?: AbortSignal;
  /** What happens when events are not taken in time: files wait; live captures drop the newest unless told otherwise. */
  readonly overflow?: Overflow;
  /** Events that may wait to be taken. */
  readonly queue?: number;
}

export interface Stats {
  /** Every counter by name: what was received, and each kind of loss. */
  readonly counters: Readonly<Record<string, number>>;
  readonly protocols: Readonly<Record<string, ProtocolStats>>;
}

export interface ProtocolStats {
  readonly events: number;
  readonly errors: number;
  /** Milliseconds; undefined while no event had a response. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

const MAX_QUEUE = 65_536;
const LF = 10;

/** Events: 'drop' (number of events), 'log' (text), 'close'. */
export class Capture<E> extends EventEmitter implements AsyncIterable<E> {
  readonly #shards: Shards;
  readonly #queue: ShardChunk[] = [];
  readonly #max: number;
  readonly #overflow: Overflow;
  #queued = 0;
  #dropped = 0;
  #over = false;
  #closing = false;
  #error = '';
  #wake: (() => void) | undefined;

  private constructor(request: RunRequest, options: CaptureOptions) {
    super();
    this.#max = options.queue ?? MAX_QUEUE;
    this.#overflow = options.overflow ?? (request.source.device === undefined ? 'wait' : 'drop-newest');
    this.#shards = new Shards(planShards(request), {
      chunk: (chunk) => this.#take(chunk),
      log: (message) => this.emit('log', message),
    });
    this.#shards.ended.then((error) => {
      this.#over = true;
      this.#error = error;
      this.#wake?.();
      this.emit('close');
    });
  }

  /** Resolves when the source is open; rejects with a coded error. */
  static async start<E>(request: RunRequest, options: CaptureOptions): Promise<Capture<E>> {
    options.signal?.throwIfAborted();
    const capture = new Capture<E>(request, options);
    await capture.#shards.ready;
    options.signal?.addEventListener('abort', () => void capture.close(), { once: true });
    if (options.signal?.aborted) void capture.close();
    return capture;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<E> {
    for await (const batch of this.batches()) yield* batch;
  }

  /** Events in the groups they arrived in. */
  async *batches(): AsyncGenerator<E[]> {
    for await (const lines of this.#chunks()) yield parseLines<E>(lines);
  }

  /** The events as they are, one JSON document a line. */
  ndjson(): Readable {
    return Readable.from(this.#copies(), { objectMode: false });
  }

  async stats(): Promise<Stats> {
    const { counters, tallies } = await this.#shards.refresh();
    const protocols = Object.entries(tallies).map(([name, { events, errors, buckets }]) => {
      const ms = (share: number) => {
        const micros = quantile(buckets, share);
        return micros === undefined ? undefined : micros / 1000;
      };
      return [name, { events, errors, p50: ms(0.5), p95: ms(0.95), p99: ms(0.99) }] as const;
    });
    return {
      counters: { ...counters, 'library.events.dropped': this.#dropped },
      protocols: Object.fromEntries(protocols),
    };
  }

  /** Ends the capture; iteration ends after the events that are there. */
  async close(): Promise<void> {
    this.#shards.stop();
    // A file engine may be waiting for room: nobody will take these any more.
    if (this.#overflow === 'wait') this.#drain();
    await this.#shards.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Keeps the process from staying alive for this capture alone. */
  unref(): void {
    this.#shards.unref();
  }

  #drain(): void {
    this.#closing = true;
    for (const chunk of this.#queue.splice(0)) this.#drop(chunk);
    this.#queued = 0;
  }

  #take(chunk: ShardChunk): void {
    if (this.#closing) {
      this.#drop(chunk);
      return;
    }
    if (this.#overflow !== 'wait' && this.#queued + chunk.events > this.#max) {
      if (this.#overflow === 'drop-newest' || this.#queue.length === 0) {
        this.#drop(chunk);
        return;
      }
      const oldest = this.#queue.shift()!;
      this.#queued -= oldest.events;
      this.#drop(oldest);
    }
    this.#queue.push(chunk);
    this.#queued += chunk.events;
    this.#wake?.();
  }

  #drop(chunk: ShardChunk): void {
    this.#dropped += chunk.events;
    chunk.done();
    this.emit('drop', chunk.events);
  }

  /** Whoever stops iterating ends the capture. */
  async *#chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#queue.shift();
        if (chunk) {
          this.#queued -= chunk.events;
          yield* this.#lend(chunk);
        } else if (this.#over) {
          if (this.#error) throw Object.assign(new Error(this.#error), { code: 'ERR_PBFAST_CAPTURE' });
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      if (!this.#over) void this.close();
    }
  }

  *#lend(chunk: ShardChunk): Generator<Uint8Array> {
    try {
      yield chunk.bytes;
    } finally {
      chunk.done();
    }
  }

  async *#copies(): AsyncGenerator<Buffer> {
    for await (const lines of this.#chunks()) yield Buffer.from(lines);
  }
}

/** Lines to objects. */
export function parseLines<E>(bytes: Uint8Array): E[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: E[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(LF, at);
    events.push(JSON.parse(text.toString('utf8', at, end)) as E);
    at = end + 1;
  }
  return events;
}
