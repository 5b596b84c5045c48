/**
 * Measures commands: CPU time of the whole process tree, wall time, largest resident set; in rounds A B A B, quoted as the
 * median of the ratios within rounds with a bootstrap interval. Times of different runs are never compared. An anchor (a fixed
 * piece of work) before and after each round tells the rounds that something else disturbed.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** Node does not tell the CPU time of its children: a small parent in another language waits for the command and does. */
const WRAPPERS = [
  {
    program: 'python3',
    args: [
      '-c',
      `
import os, sys, resource
pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, u = os.wait4(pid, 0)
os.write(3, b"%f %f %d" % (u.ru_utime, u.ru_stime, u.ru_maxrss))
sys.exit(status >> 8 if status & 127 == 0 else 128 + (status & 127))
`,
    ],
    probe: ['-c', 'import os, resource'],
  },
  {
    program: 'perl',
    // getrusage(RUSAGE_CHILDREN): two timevals, then ru_maxrss.
    args: [
      '-e',
      `
my %number = (x86_64 => 98, aarch64 => 165);
my $pid = fork;
if ($pid == 0) { exec { $ARGV[0] } @ARGV or exit 127; }
waitpid $pid, 0;
my $status = $?;
my $machine = (split ' ', \`uname -m\`)[0];
my $usage = "\\0" x 144;
syscall($number{$machine}, -1, $usage) == 0 or exit 126;
my ($us, $uu, $ss, $su, $rss) = unpack 'q5', $usage;
open my $out, '>&=', 3;
printf $out '%f %f %d', $us + $uu / 1e6, $ss + $su / 1e6, $rss;
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
`,
    ],
    probe: ['-e', 'exit(`uname -m` =~ /x86_64|aarch64/ ? 0 : 1)'],
  },
  {
    // Without the resident set.
    program: 'bash',
    args: ['-c', 'TIMEFORMAT="%U %S 0"; { time "$@" 3>&- >&4 2>&5; } 4>&1 5>&2 2>&3', 'bash'],
    probe: ['-c', 'true'],
  },
];

const wrapper = WRAPPERS.find(
  ({ program, probe }) => spawnSync(program, probe, { stdio: 'ignore' }).status === 0,
);

/** What measures: its name, for the report. */
export const measuredBy = wrapper?.program ?? 'nothing';

/**
 * Runs a command to its end: { cpu, user, system, wall (seconds), rss (MiB, NaN when unknown), status, stderr }. Its standard
 * output goes to the file `stdout`, else nowhere.
 */
export function measure(command, { stdout, cwd, env } = {}) {
  if (!wrapper) throw new Error('measuring needs python3, perl or bash');
  const out = stdout ? openSync(stdout, 'w') : 'ignore';
  const started = performance.now();
  const { status, output, error } = spawnSync(wrapper.program, [...wrapper.args, ...command], {
    stdio: ['ignore', out, 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 16 << 20,
    cwd,
    env: env ? { ...process.env, ...env } : process.env,
  });
  const wall = (performance.now() - started) / 1000;
  if (stdout) closeSync(out);
  if (error) throw error;
  const [user, system, kilobytes] = output[3].trim().split('\n').at(-1).split(' ').map(Number);
  const rss = kilobytes > 0 ? kilobytes / 1024 : Number.NaN;
  return { cpu: user + system, user, system, wall, rss, status, stderr: output[2] };
}

/** Like measure(), but a failure of the command throws. */
export function measureWell(command, options) {
  const result = measure(command, options);
  if (result.status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${result.status}: ${result.stderr.trim().slice(-500)}`);
  }
  return result;
}

// ---- the machine

/** Share of the machine's processors that was busy during `ms`, 0 to 1. */
export function busyShare(ms = 200) {
  const before = cpuTicks();
  sleep(ms);
  const after = cpuTicks();
  const total = after.total - before.total;
  return total > 0 ? 1 - (after.idle - before.idle) / total : 0;
}

function cpuTicks() {
  const fields = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)[0]
    .trim()
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  return { total: fields.reduce((a, b) => a + b, 0), idle: fields[3] + fields[4] };
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const IDLE_SHARE = 0.15;

/** Waits until the machine is idle, at most `patienceMs`; returns the busy share it ended with. */
export function waitForIdle(patienceMs) {
  const until = performance.now() + patienceMs;
  let share = busyShare();
  while (share > IDLE_SHARE && performance.now() < until) share = busyShare();
  return share;
}

const SPINS = 60_000_000;
const COPY = Buffer.alloc(32 << 20, 1);
const COPY_TO = Buffer.alloc(32 << 20, 2);
const COPIES = 16;

/** CPU seconds of a fixed piece of work: arithmetic, then copies through memory. */
export function anchor() {
  const before = process.cpuUsage();
  let x = 1;
  for (let i = 0; i < SPINS; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  for (let i = 0; i < COPIES; i++) COPY.copy(COPY_TO);
  COPY[0] = x;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

// ---- rounds

const MAX_ANCHOR_SHIFT = 0.1;
const RESAMPLES = 2000;

/**
 * Runs every one of `runs` (name → function that returns what measure() does) once a round, A B A B ... Returns
 * { rounds: [{ name → result }], of, anchor, busy }: the rounds whose anchor stayed within 10 % of the median anchor.
 */
export function measureRounds(runs, count, patienceMs = 10_000) {
  anchor();
  const all = [];
  for (let i = 0; i < count; i++) {
    const busy = waitForIdle(patienceMs);
    const before = anchor();
    const results = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, run()]));
    all.push({ results, busy, anchor: (before + anchor()) / 2 });
  }
  const usual = median(all.map((round) => round.anchor));
  const steady = all.filter((round) => Math.abs(round.anchor / usual - 1) <= MAX_ANCHOR_SHIFT);
  const kept = steady.length > 0 ? steady : all;
  return {
    rounds: kept.map((round) => round.results),
    of: count,
    anchor: usual,
    busy: Math.max(...kept.map((round) => round.busy)),
  };
}

/** Median of one figure of one run. */
export const typical = ({ rounds }, name, figure) => median(rounds.map((round) => round[name][figure]));

/** CPU time of `over` to that of `under`, round by round: the median with its 95 % interval. */
export function ratio({ rounds }, over, under) {
  const ratios = rounds.map((round) => round[over].cpu / round[under].cpu);
  return { median: median(ratios), ...bootstrap(ratios), rounds: ratios.length };
}

/** Median, least and greatest. */
export const spread = (values) => ({
  median: median(values),
  low: Math.min(...values),
  high: Math.max(...values),
});

export function median(values) {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** 95 % interval of the median, from resamples with a fixed seed. */
export function bootstrap(values) {
  let state = 12_345;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % values.length;
  };
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(() => values[next()])));
  medians.sort((x, y) => x - y);
  return { low: medians[Math.floor(RESAMPLES * 0.025)], high: medians[Math.floor(RESAMPLES * 0.975)] };
}
