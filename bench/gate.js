/**
 * The limits that CI holds (gate.json), quick and on any machine:
 * - instructions of the engine a packet, counted by callgrind, within 2 %; they depend on the compiler, so another compiler
 *   only gets a notice, as does a machine without valgrind;
 * - CPU time an exchange in units of the anchor (a fixed piece of work in the same run), start-up taken off;
 * - CPU time of Packetbeat to ours, where it is present.
 *   node bench/gate.js [--update]     --update measures the instructions anew and writes them into gate.json.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCapture } from './generate.js';
import { runProgram } from './ladder.js';
import { firstLine } from './machine.js';
import { anchor, measureWell } from './measure.js';
import { findPeers } from './peers.js';
import { buildEngineBench, engineCommand, freshFolder, OUT, root } from './program.js';

const FILE = join(root, 'bench/gate.json');
const gate = JSON.parse(readFileSync(FILE, 'utf8'));

let failures = 0;

function judge(good, text) {
  if (!good) failures++;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${text}`);
}

const notice = (text) => console.log(`--   ${text}`);

// ---- instructions

const [LARGE, SMALL] = [1 / 50, 1 / 200];
const STAGES = ['decode', 'flow', 'reassemble', 'handoff'];
const MIXES = ['m1-http', 'm3-dns'];

function instructions(path, stage) {
  const out = join(freshFolder('callgrind'), 'out');
  const args = ['--tool=callgrind', `--callgrind-out-file=${out}`, ...engineCommand(path, stage)];
  const { status, stderr } = spawnSync('valgrind', args, { encoding: 'utf8' });
  const collected = /Collected : (\d+)/.exec(stderr);
  if (status !== 0 || !collected) throw new Error(`valgrind ended with ${status}: ${stderr.slice(-300)}`);
  return Number(collected[1]);
}

/** Of one more packet: what start and end cost falls out between two sizes of the same mix. */
function perPacket(mix, stage) {
  const [large, small] = [ensureCapture(mix, LARGE), ensureCapture(mix, SMALL)];
  const more = instructions(large.path, stage) - instructions(small.path, stage);
  return more / (large.packets - small.packets);
}

/** Whether instructions can be compared here; '' or why not. */
function whyNotCounted(update) {
  if (spawnSync('valgrind', ['--version']).status !== 0) return 'valgrind is not installed';
  const absent = buildEngineBench();
  if (absent) return `engine_bench is absent: ${absent}`;
  const compiler = firstLine('c++', '--version');
  if (!update && compiler !== gate.instructions.compiler) {
    return `the counts are of ${gate.instructions.compiler}, this is ${compiler}`;
  }
  return '';
}

function checkInstructions(update) {
  const reason = whyNotCounted(update);
  if (reason) {
    notice(`instructions are not checked: ${reason}`);
    return;
  }
  const { tolerance } = gate.instructions;
  const counted = {};
  for (const mix of MIXES) {
    for (const stage of STAGES) {
      const count = perPacket(mix, stage);
      const name = `${mix} ${stage}`;
      counted[name] = Math.round(count);
      if (!update) compareCount(name, count, gate.instructions.perPacket[name], tolerance);
    }
  }
  if (!update) return;
  gate.instructions = { tolerance, compiler: firstLine('c++', '--version'), perPacket: counted };
  writeFileSync(FILE, `${JSON.stringify(gate, null, 2)}\n`);
  notice(`gate.json holds new instruction counts: ${JSON.stringify(counted)}`);
}

function compareCount(name, count, limit, tolerance) {
  const text = `${name}: ${count.toFixed(0)} instructions a packet, ${limit} in gate.json`;
  judge(count <= limit * (1 + tolerance), text);
  if (count < limit * (1 - tolerance)) notice(`${name} became cheaper: hold it with --update`);
}

// ---- CPU time

const SCALE = 1 / 4;
const SMALLEST = 1 / 20_000;
const ROUNDS = 3;
const WORK = [
  ['http', 'm1-http'],
  ['dns', 'm3-dns'],
  ['redis', 'm4-redis'],
];

/** The least of some runs: what disturbs only adds. */
const least = (run) => Math.min(...Array.from({ length: ROUNDS }, run));

function checkTimes() {
  const smallest = ensureCapture('m1-http', SMALLEST);
  anchor();
  const unit = least(anchor);
  const start = least(() => runProgram(smallest.path, 'http').cpu);
  judge(
    start / unit <= gate.anchors.start,
    `start: ${(start / unit).toFixed(2)} anchors, at most ${gate.anchors.start}`,
  );
  for (const [protocol, mix] of WORK) {
    const capture = ensureCapture(mix, SCALE);
    const { exchanges } = capture;
    let events = 0;
    const cpu = least(() => {
      const run = runProgram(capture.path, protocol);
      events = run.events;
      return run.cpu;
    });
    const cost = (((cpu - start) / unit) * 1e6) / exchanges;
    const limit = gate.anchors.millionExchanges[protocol];
    const micros = (((cpu - start) / exchanges) * 1e6).toFixed(1);
    judge(events === exchanges, `${mix}: ${events} events of ${exchanges} exchanges`);
    judge(
      cost <= limit,
      `${mix}: ${cost.toFixed(0)} anchors a million exchanges, at most ${limit} (here ${micros} µs an exchange)`,
    );
    checkPeer(protocol, capture, smallest, cpu);
  }
}

function checkPeer(protocol, capture, smallest, cpu) {
  const limit = gate.packetbeat[protocol];
  if (limit === undefined) return;
  const peer = findPeers(smallest.path).find(({ name }) => name === 'Packetbeat');
  if (peer.absent) {
    notice(`${capture.name} is not compared with Packetbeat: ${peer.absent}`);
    return;
  }
  const theirs = measureWell(peer.command(capture.path, protocol, freshFolder('peer'))).cpu;
  judge(
    theirs / cpu >= limit,
    `${capture.name}: Packetbeat needs ${(theirs / cpu).toFixed(1)} times as much, at least ${limit}`,
  );
}

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
checkInstructions(values.update);
if (!values.update) checkTimes();
rmSync(join(OUT, 'run'), { recursive: true, force: true });
if (failures > 0) {
  console.log(`bench gate: ${failures} limits are broken`);
  process.exitCode = 1;
}
