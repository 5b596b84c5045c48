/**
 * The engine in storms of packets made in memory: what it holds, how fast it is, how long it is held. Each figure beside its
 * goal; figures are of this machine and this hour, only the goals are fixed. The exit status is 1 when one is missed.
 *
 *   node bench/storms.js [--scale 1]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseScale } from './generate.js';
import { BUILD, buildEngineBench } from './program.js';

const MIB = 2 ** 20;
const mib = (bytes) => `${(bytes / MIB).toFixed(0)} MiB`;
const millions = (n) => `${(n / 1e6).toFixed(2)} M`;

/** Of each storm: what one row says, from the figures that storm_bench printed. */
const STORMS = [
  {
    name: 'syn-flood',
    count: 10_000_000,
    rows: (f) => [
      ['SYNs a second and core', millions(f.per_second), '≥ 1 M', f.per_second >= 1e6],
      ['bytes of 1,000 connections lost', f.lost_bytes, '0', f.lost_bytes === 0],
      ['memory', mib(f.grown_bytes), '≤ 256 MiB', f.grown_bytes <= 256 * MIB],
    ],
  },
  {
    name: 'flows',
    count: 1_000_000,
    rows: (f) => [
      ['flows evicted', f.evicted, '0', f.evicted === 0],
      ['memory', mib(f.grown_bytes), '≤ 256 MiB', f.grown_bytes <= 256 * MIB],
    ],
  },
  {
    name: 'reports',
    count: 100_000,
    rows: (f) => [
      ['reports lost', f.lost, '0', f.lost === 0],
      ['longest hold, CPU time', `${f.held_cpu_us.toFixed(0)} µs`, '≤ 1000 µs', f.held_cpu_us <= 1000],
      ['longest hold, with what else ran', `${f.held_wall_us.toFixed(0)} µs`, '–', true],
    ],
  },
  {
    name: 'hash-flood',
    count: 1_000_000,
    rows: (f) => [
      ['look-up of usual keys, 99th percentile', `${f.usual_ns} ns`, '–', true],
      ['look-up of crafted keys', `${f.crafted_ns} ns`, '≤ twice that', f.crafted_ns <= 2 * f.usual_ns],
    ],
  },
];

/** Runs one storm; its figures by name. */
function rage(name, count) {
  const { status, stdout, stderr } = spawnSync(join(BUILD, 'storm_bench'), [name, `${count}`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`storm_bench ${name} ended with ${status}: ${stderr.trim()}`);
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([key, n]) => [key, Number(n)]));
}

function main() {
  const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
  const absent = buildEngineBench('storm_bench');
  if (absent) throw new Error(`the engine: ${absent}`);
  console.log('| Storm | of | Figure | here | Goal |\n|---|---|---|---|---|');
  for (const { name, count, rows } of STORMS) {
    const scaled = Math.round(count * parseScale(values.scale));
    for (const [what, figure, goal, isMet] of rows(rage(name, scaled))) {
      if (!isMet) process.exitCode = 1;
      const cells = [name, scaled.toLocaleString('en'), what, isMet ? figure : `**${figure}**`, goal];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

main();
