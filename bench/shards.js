/**
 * How the engine stage grows with shards, by a model of CPU time: where each engine thread has a core of its own, a capture
 * takes as long as its slowest engine thread computes. Live, the kernel gives a shard its own packets only; of a file each
 * shard reads and decodes everything, and that part does not shrink.
 *
 *   node bench/shards.js [--mix m1-http] [--scale 1/4] [--rounds 5]
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ensureCapture, parseScale } from './generate.js';
import { measureRounds, ratio, typical } from './measure.js';
import { buildEngineBench, shardsCommand } from './program.js';

const COUNTS = [2, 4];

/** Seconds of the slowest engine thread for the whole capture. */
function slowest(path, packets, shards, ...more) {
  const [program, ...args] = shardsCommand(path, shards, ...more);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.trim()}`);
  const [, read, nanos] = /^packets (\d+) slowest_ns_per_packet ([\d.]+)/.exec(stdout);
  if (Number(read) !== packets) throw new Error(`${shards} shards counted ${read} of ${packets} packets`);
  return { cpu: (Number(nanos) * packets) / 1e9 };
}

function main() {
  const { values } = parseArgs({
    options: {
      mix: { type: 'string', default: 'm1-http' },
      scale: { type: 'string', default: '1/4' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const absent = buildEngineBench('shards_bench');
  if (absent) throw new Error(`the engine: ${absent}`);
  const { path, packets } = ensureCapture(values.mix, parseScale(values.scale));
  const runs = {};
  for (const count of [1, ...COUNTS]) {
    runs[`live ${count}`] = () => slowest(path, packets, count, '--split');
    runs[`file ${count}`] = () => slowest(path, packets, count);
  }
  const measured = measureRounds(runs, Number(values.rounds));
  console.log(`${values.mix}, ${packets} packets, ${measured.rounds.length} of ${measured.of} rounds`);
  console.log('| Packets from | Shards | ns a packet | Throughput |\n|---|---|---|---|');
  for (const way of ['live', 'file']) {
    for (const count of [1, ...COUNTS]) {
      const name = `${way} ${count}`;
      const nanos = (typical(measured, name, 'cpu') / packets) * 1e9;
      const { median, low, high } = ratio(measured, `${way} 1`, name);
      const text = count === 1 ? '1' : `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
      console.log(`| ${way} | ${count} | ${nanos.toFixed(1)} | ${text} |`);
    }
  }
}

main();
