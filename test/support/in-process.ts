/** Reads a capture in this thread: the whole path from file to events, without workers. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLines } from '../../lib/app/capture.js';
import { Chunks } from '../../lib/app/chunks.js';
import type { ShardStats } from '../../lib/app/messages.js';
import { Pipeline } from '../../lib/app/pipeline.js';
import { planShard, type RunRequest } from '../../lib/app/plan.js';
import { loadAddon } from '../../lib/handoff/addon.js';
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
  const isPath = typeof capture === 'string';
  const path = isPath ? capture : join(tmpdir(), `pbfast-${process.pid}-${counter++}.pcap`);
  if (!isPath) writeFileSync(path, capture);
  try {
    return readFile(path, request(over));
  } finally {
    if (!isPath) rmSync(path);
  }
}

let counter = 0;

function readFile(path: string, wanted: RunRequest): Read {
  const plan = planShard({ ...wanted, source: { ...wanted.source, files: [path] } });
  const addon = loadAddon();
  const position = new Uint32Array(1);
  const shard = new addon.Shard(plan.source, position);
  const events: TestEvent[] = [];
  const logs: string[] = [];
  const chunks = new Chunks(plan.chunkBytes, 1, false, { name: 'lost', value: 0 }, (buffer, bytes) => {
    events.push(...parseLines<TestEvent>(new Uint8Array(buffer, 0, bytes)));
    chunks.giveBack(buffer);
  });
  const batches = new Batches(shard, position);
  const pipeline = new Pipeline(addon, batches, plan, chunks, (message) => logs.push(message));
  shard.start();
  while (!pipeline.ended) {
    const count = batches.take(1000);
    if (count > 0) pipeline.handle(count);
  }
  chunks.flush();
  shard.close();
  return { events, stats: pipeline.stats(), error: shard.error(), logs };
}
