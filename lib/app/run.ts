/** A run of the program: source → shard → output, until the source ends or a signal comes; then the summary. */
import { PbfastError } from '../base/errors.js';
import { log } from '../base/log.js';
import { defaultsOf } from '../base/options.js';
import { Delivery } from '../outputs/kit/delivery.js';
import type { OutputDefinition } from '../outputs/output.js';
import { buildCatalogue } from './catalogue.js';
import { captureHint } from './hints.js';
import { planShards, type RunRequest } from './plan.js';
import { Shards } from './shards.js';
import { formatSummary, lossLines } from './summary.js';
import { version } from './version.js';

export interface RunOutput {
  readonly definition: OutputDefinition;
  /** What differs from the output's defaults. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  readonly request: RunRequest;
  readonly output: RunOutput;
  /** Say nothing but errors. */
  readonly quiet: boolean;
  /** Loss is a failure: status LOSS. */
  readonly failOnLoss?: boolean | undefined;
}

const FAILURE = 1;
const LOSS = 3;

/** The program's exit status: 0, 1 after a failure at run time, 3 after asked-for loss. Rejects with coded errors before it starts. */
export async function run({ request, output, quiet, failOnLoss }: RunOptions): Promise<number> {
  const { definition } = output;
  const options = { ...defaultsOf(definition.options), ...output.options } as Record<string, unknown>;
  const plans = planShards({ ...request, linePrefix: definition.linePrefix });
  const plan = plans[0]!;
  const catalogue = buildCatalogue(plan.extraFields, request.plugins?.analyzers);
  const sink = definition.create(options, { catalogue, version, precision: request.precision });
  await sink.open();
  const delivery = new Delivery(sink, retryOptions(options), (message) => log.warn(message));
  const started = performance.now();
  const shards = new Shards(plans, {
    chunk: (chunk) => delivery.push(chunk),
    log: (message) => log.warn(message),
  });
  const release = onSignals(() => {
    shards.stop();
    delivery.stop();
  });
  try {
    await shards.ready.catch((error) => {
      throw PbfastError.from(error, captureHint(error, request.source));
    });
    if (!quiet && plan.live) log.info(`capturing from ${namesOf(request)}, Ctrl-C ends it`);
    const error = await shards.ended;
    await delivery.drain();
    await sink.close();
    const seconds = (performance.now() - started) / 1000;
    const told = { stats: shards.stats, output: delivery.counters(), seconds };
    if (!quiet) for (const line of formatSummary(told)) log.info(line);
    if (error) log.error(error);
    const losses = failOnLoss ? lossLines(told) : [];
    if (quiet) for (const line of losses) log.error(line);
    if (!error && losses.length > 0) return LOSS;
    return error || delivery.dropped > 0 ? FAILURE : 0;
  } finally {
    release();
    await shards.gone();
  }
}

const namesOf = ({ source: { device, others = [] } }: RunRequest) =>
  [device, ...others.map((other) => other.device)].join(', ');

function retryOptions(options: Readonly<Record<string, unknown>>) {
  const number = (name: string, fallback: number) =>
    typeof options[name] === 'number' ? (options[name] as number) : fallback;
  return {
    maxRetries: number('max_retries', 3),
    backoffInit: number('backoff.init', 1),
    backoffMax: number('backoff.max', 60),
  };
}

/** The first signal ends the run in order, a second one at once. */
function onSignals(stop: () => void): () => void {
  let stopping = false;
  const handle = () => {
    if (stopping) process.exit(130);
    stopping = true;
    stop();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGPIPE'] as const;
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
