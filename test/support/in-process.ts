/** Reads a capture in this thread: the whole path from file to events, without workers. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { parseLines } from '../../lib/app/capture.js';
import { Chunks } from '../../lib/app/chunks.js';
import type { ShardPlan, ShardStats } from '../../lib/app/messages.js';
import { Pipeline } from '../../lib/app/pipeline.js';
import { planShards, type RunRequest } from '../../lib/app/plan.js';
import { loadAddon, type NativeShard } from '../../lib/handoff/addon.js';
import { Batches } from '../../lib/handoff/batches.js';
import { analyzers } from '../../lib/protocols/registry.js';
import type { TestEvent } from './decode-rows.js';

export interface Read {
  readonly events: TestEvent[];
  readonly stats: ShardStats;
  readonly error: string;
  readonly logs: string[];
}

export function request(over: Partial<RunRequest> = {}): RunRequest {
  return {
    source: { files: [] },
    protocols: analyzers.map((analyzer) => ({ analyzer })),
    flows: null,
    detect: false,
    precision: 9,
    internalNetworks: [],
    name: 'test',
    linePrefix: '',
    chunkBytes: 1 << 16,
    ...over,
  };
}

/** Events of a capture file, or of a capture image. */
export function readInProcess(capture: string | Uint8Array, over: Partial<RunRequest> = {}): Read {
  return readShards(capture, over)[0]!;
}

/** The same by shard, as many as `over` says. */
export function readShards(capture: string | Uint8Array, over: Partial<RunRequest> = {}): Read[] {
  const isPath = typeof capture === 'string';
  const path = isPath ? capture : join(tmpdir(), `pbfast-${process.pid}-${counter++}.pcap`);
  if (!isPath) writeFileSync(path, capture);
  try {
    const wanted = request(over);
    const plans = planShards({ ...wanted, source: { ...wanted.source, files: [path] } });
    const shards = plans.map((plan) => new InProcess(plan));
    while (shards.some((shard) => !shard.ended)) {
      for (const shard of shards) shard.step(shards.length > 1 ? 1 : 1000);
    }
    return shards.map((shard) => shard.close());
  } finally {
    if (!isPath) rmSync(path);
  }
}

let counter = 0;

/**
 * Native memory is given back when the event loop turns, which tests that never wait do not let it: megabytes a read. For
 * tests that read many captures; it comes after each test anyway.
 */
export const giveBack = () => setImmediate();
afterEach(giveBack);

/** A shard that is driven by hand. */
class InProcess {
  readonly #events: TestEvent[] = [];
  readonly #logs: string[] = [];
  readonly #shard: NativeShard;
  readonly #chunks: Chunks;
  readonly #batches: Batches;
  readonly #pipeline: Pipeline;

  constructor(plan: ShardPlan) {
    const addon = loadAddon();
    const position = new Uint32Array(1);
    this.#shard = new addon.Shard(plan.source, position);
    this.#chunks = new Chunks(plan.chunkBytes, 1, false, { name: 'lost', value: 0 }, (buffer, bytes) => {
      this.#events.push(...parseLines<TestEvent>(new Uint8Array(buffer, 0, bytes)));
      this.#chunks.giveBack(buffer);
    });
    this.#batches = new Batches(this.#shard, position);
    this.#pipeline = new Pipeline(addon, this.#batches, plan, this.#chunks, (message) =>
      this.#logs.push(message),
    );
    this.#shard.start();
  }

  get ended(): boolean {
    return this.#pipeline.ended;
  }

  step(waitMs: number): void {
    if (this.ended) return;
    const count = this.#batches.take(waitMs);
    if (count > 0) this.#pipeline.handle(count);
  }

  close(): Read {
    this.#chunks.flush();
    this.#shard.close();
    return {
      events: this.#events,
      stats: this.#pipeline.stats(),
      error: this.#shard.error(),
      logs: this.#logs,
    };
  }
}
