/** A shard's worker thread: opens the shard, drives its pipeline, hands chunks to the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Addon, loadAddon, type NativeShard } from '../handoff/addon.js';
import { Batches } from '../handoff/batches.js';
import { Chunks } from './chunks.js';
import type { FromWorker, ShardPlan, ToWorker } from './messages.js';
import { Pipeline } from './pipeline.js';
import { loadPlugins } from './plugins.js';
import { watchRoutes } from './route-watch.js';

const POLL_MS = 10;

const plan = workerData as ShardPlan;
const port = parentPort!;
const say = (message: FromWorker) => port.postMessage(message);

function open(): { addon: Addon; shard: NativeShard; batches: Batches } {
  const addon = loadAddon();
  const position = new Uint32Array(1);
  const shard = new addon.Shard(plan.source, position);
  return { addon, shard, batches: new Batches(shard, position) };
}

async function main(): Promise<void> {
  const { analyzers: plugins } = await loadPlugins(plan.plugins);
  const { addon, shard, batches } = open();
  const log = (message: string) => say({ type: 'log', message });
  const counters = { name: 'queue.events.dropped', value: 0 };
  const chunks = new Chunks(
    plan.chunkBytes,
    plan.chunks,
    plan.live,
    counters,
    (buffer, bytes, events, marks) => say({ type: 'chunk', buffer, bytes, events, marks }),
  );
  const pipeline = new Pipeline(addon, batches, plan, chunks, log, plugins);
  const stats = () => {
    const { counters: own, tallies } = pipeline.stats();
    return { counters: { ...own, [counters.name]: counters.value }, tallies };
  };
  port.on('message', (message: ToWorker) => {
    if (message.type === 'chunk') chunks.giveBack(message.buffer);
    else if (message.type === 'stop') shard.stop();
    else say({ type: 'stats', stats: stats() });
  });
  const refused = shard.start();
  if (refused) log(`the engine's thread does not get real-time priority: ${refused}`);
  const unwatch = watchRoutes(plan.routes, (number, device) => shard.retarget(number, device));
  say({ type: 'ready' });
  await drive(batches, pipeline, chunks, () => shard.notices().forEach(log));
  unwatch();
  chunks.flush();
  shard.close();
  say({ type: 'end', error: shard.error(), stats: stats() });
  port.close();
}

/** The loop: a batch, its events, a turn of the event loop for messages. */
async function drive(batches: Batches, pipeline: Pipeline, chunks: Chunks, tell: () => void): Promise<void> {
  let flushed = performance.now();
  while (!pipeline.ended) {
    if (!plan.live) await chunks.room();
    const count = batches.take(POLL_MS);
    if (count > 0) pipeline.handle(count);
    const now = performance.now();
    if (count === 0 || now - flushed >= plan.flushMs) {
      chunks.flush();
      tell();
      if (plan.ordered)
        say({ type: 'progress', seconds: pipeline.seconds, nanoseconds: pipeline.nanoseconds });
      flushed = now;
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

main().catch((error: { code?: string; message: string; hint?: string }) => {
  const { code = '', message, hint } = error;
  if (!code.startsWith('ERR_PBFAST_')) throw error;
  say({ type: 'failed', code, message, hint });
  port.close();
});
