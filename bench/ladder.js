/**
 * The ladder: the same capture through the program up to one stage after the other, in nanoseconds of CPU time a packet, all
 * threads. Beside it the floors: what the machine asks for the bytes alone, whoever reads them.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { measure, measureRounds, measureWell, typical } from './measure.js';
import { countLines, engineCommand, freshFolder, readCommand, stageCommand } from './program.js';

const ENGINE_STAGES = [
  ['read', 'read'],
  ['decode', 'decode'],
  ['flow', 'flow'],
  ['reassemble', 'reassemble'],
  ['hand over (taken in C++)', 'handoff'],
];
const PROGRAM_STAGES = [
  ['hand over (taken in JavaScript)', 'handover'],
  ['parse', 'parse'],
  ['row', 'row'],
  ['NDJSON', 'ndjson'],
];
const SINK = 'sink (the program, without its start)';

/** A number behind a word in what a command printed. */
const figure = (text, word) => Number(new RegExp(`${word} ([0-9.]+)`).exec(text)?.[1] ?? Number.NaN);

function runPrinting(command, cpuOf) {
  const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command.join(' ')} ended with ${status}: ${stderr.trim().slice(-300)}`);
  return { cpu: cpuOf(stdout) };
}

/** `pbfast read` into a file: what measure() gives, and the events it wrote. */
export function runProgram(capture, protocol) {
  const folder = freshFolder('own');
  const result = measureWell(readCommand(capture, protocol, folder));
  return { ...result, events: countLines(folder, '.ndjson') };
}

/** CPU seconds of a run that has nothing to do. */
export function startUp(smallest) {
  return typical(measureRounds({ start: () => runProgram(smallest.path, 'http') }, 3), 'start', 'cpu');
}

/** { mix, stages: [{ name, nanos, added } | { name, absent }], floors } of one capture. */
export function climb(capture, { engineAbsent, start, count }) {
  const { path, packets, protocol } = capture;
  const runs = {};
  if (!engineAbsent) {
    for (const [name, stage] of ENGINE_STAGES) {
      const seconds = (text) => (figure(text, 'ns_per_packet') * packets) / 1e9;
      runs[name] = () => runPrinting(engineCommand(path, stage), seconds);
    }
  }
  for (const [name, stage] of PROGRAM_STAGES) {
    runs[name] = () => runPrinting(stageCommand(path, protocol, stage), (text) => figure(text, 'cpu'));
  }
  runs[SINK] = () => {
    const { cpu } = runProgram(path, protocol);
    return { cpu: cpu - start };
  };
  const floors = floorsOf(capture);
  const measured = measureRounds({ ...runs, ...floors.runs }, count);
  const nanos = (name) => (typical(measured, name, 'cpu') / packets) * 1e9;
  return {
    mix: capture.name,
    packets,
    exchanges: capture.exchanges,
    stages: [
      ...ENGINE_STAGES.map(([name]) =>
        engineAbsent ? { name, absent: engineAbsent } : { name, nanos: nanos(name) },
      ),
      ...[...PROGRAM_STAGES, [SINK]].map(([name]) => ({ name, nanos: nanos(name) })),
    ],
    floors: [
      ...Object.keys(floors.runs).map((name) => ({ name, nanos: nanos(name) })),
      ...floors.absent.map((name) => ({ name, absent: 'not installed' })),
    ],
  };
}

const PIECE = 1 << 20;

/** Reads the file in pieces and copies each once in memory. */
function copyFile(path) {
  const [from, to] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];
  const fd = openSync(path, 'r');
  const before = process.cpuUsage();
  for (let n = readSync(fd, from); n > 0; n = readSync(fd, from)) from.copy(to, 0, 0, n);
  const { user, system } = process.cpuUsage(before);
  closeSync(fd);
  return { cpu: (user + system) / 1e6 };
}

function floorsOf({ path }) {
  const runs = {
    'file read and copied once in memory': () => copyFile(path),
    'cat to wc -c': () => measure(['sh', '-c', `cat '${path}' | wc -c`]),
  };
  const loop = "libpcap's file loop (tcpdump -w /dev/null)";
  if (spawnSync('tcpdump', ['--version']).status !== 0) return { runs, absent: [loop] };
  return { runs: { ...runs, [loop]: () => measure(['tcpdump', '-r', path, '-w', '/dev/null']) }, absent: [] };
}
