/**
 * Runs a capture through the program up to one stage, all in this process, for the ladder of run.js:
 *   node bench/stage.js FILE CONF.yml handover|parse|row|ndjson
 * handover: batches are taken and given back. parse: analyzers run, their rows take nothing. row: rows are filled and thrown
 * away. ndjson: they are encoded and thrown away. Prints `cpu SECONDS events N`; start-up is not counted.
 */

import { Chunks } from '../dist/app/chunks.js';
import { Pipeline } from '../dist/app/pipeline.js';
import { planShard } from '../dist/app/plan.js';
import { loadSettings, toRequest } from '../dist/app/settings.js';
import { Row } from '../dist/events/row.js';
import { Rows } from '../dist/events/rows.js';
import { loadAddon } from '../dist/handoff/addon.js';
import { Batches } from '../dist/handoff/batches.js';
import { KIND, RECORD_WORDS } from '../dist/handoff/record.js';

const [file, conf, stage] = process.argv.slice(2);
const STAGES = ['handover', 'parse', 'row', 'ndjson'];
if (!STAGES.includes(stage)) throw new Error(`no stage ${stage}; there are ${STAGES.join(', ')}`);

/** Setters of fields; what keeps a row's life in order stays. */
function emptyRows() {
  const kept = ['constructor', 'clear', 'settle', 'entries', 'compose'];
  for (const name of Object.getOwnPropertyNames(Row.prototype).filter((method) => !kept.includes(method))) {
    Row.prototype[name] = () => {};
  }
  Row.prototype.compose = () => -1;
  Rows.prototype.send = function send(row) {
    this.sent++;
    this.discard(row);
  };
}

/** An encoder that takes all and writes nothing. */
class NoEncoder {
  #progress;

  constructor(_options, _memory, progress) {
    this.#progress = progress;
  }

  addConstants() {}
  setStatics() {}
  openCard() {}
  encode(_region, _from, words) {
    this.#progress[0] = words;
    this.#progress[1] = 0;
    this.#progress[2] = 0;
  }

  losses() {
    return {};
  }
}

function takeAll(batches) {
  for (;;) {
    const count = batches.take(100);
    if (count === 0) continue;
    let ended = false;
    for (let i = Math.max(0, count - 2); i < count; i++) {
      ended ||= (batches.words[batches.at + i * RECORD_WORDS + 2] & 0xff) === KIND.end;
    }
    batches.release();
    if (ended) return 0;
  }
}

function makePipeline(addon, batches, plan) {
  const chunks = new Chunks(plan.chunkBytes, 2, false, { name: 'lost', value: 0 }, (buffer) =>
    chunks.giveBack(buffer),
  );
  const used = stage === 'ndjson' ? addon : { ...addon, Encoder: NoEncoder };
  return new Pipeline(used, batches, plan, chunks, (message) => console.error(message));
}

/** Returns the number of events. */
function runPipeline(pipeline, batches) {
  while (!pipeline.ended) {
    const count = batches.take(100);
    if (count > 0) pipeline.handle(count);
  }
  return pipeline.stats().counters['events.rows.sent'];
}

function main() {
  if (stage === 'parse') emptyRows();
  const addon = loadAddon();
  const request = toRequest(loadSettings([conf], []), () => {});
  const plan = planShard({ ...request, source: { ...request.source, files: [file] } });
  const position = new Uint32Array(1);
  const shard = new addon.Shard(plan.source, position);
  const batches = new Batches(shard, position);
  const pipeline = stage === 'handover' ? undefined : makePipeline(addon, batches, plan);
  const before = process.cpuUsage();
  shard.start();
  const events = pipeline ? runPipeline(pipeline, batches) : takeAll(batches);
  shard.close();
  const { user, system } = process.cpuUsage(before);
  console.log(`cpu ${((user + system) / 1e6).toFixed(6)} events ${events}`);
}

main();
