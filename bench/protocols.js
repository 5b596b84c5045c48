/**
 * `npm run bench -- --protocols`: every protocol with its mix, against Packetbeat in the same rounds: what an exchange costs in
 * a short run, start included, and what one exchange more costs: the difference of two sizes, from which start-up falls out.
 * Our sizes are the larger ones, so that the time until the program is warm falls out as well; Packetbeat, compiled ahead,
 * needs no warming up: its cost an exchange is the same from the first thousands on.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureCapture } from './generate.js';
import { runProgram } from './ladder.js';
import { measureRounds, measureWell, spread, typical } from './measure.js';
import { mixes } from './mixes/index.js';
import { countLines, freshFolder, OUT } from './program.js';

/** Protocols with several mixes: the one that stands for them. */
const STANDS = { http: 'm1-http' };
/** Parts of the scale. Packetbeat reads the first two, pbfast the last three; the second is the short run of both. */
const SIZES = { tiny: 1 / 32, short: 1 / 8, medium: 1 / 4, large: 1 };
const READS = { pbfast: ['short', 'medium', 'large'], Packetbeat: ['tiny', 'short'] };
/** Many runs: a busy machine is not waited for as long as elsewhere. */
const PATIENCE_MS = 1000;
const FILE = join(OUT, 'protocols.json');

const wanted = (only) =>
  mixes.filter(
    ({ name, protocol }) =>
      protocol !== 'flow' &&
      (STANDS[protocol] ?? name) === name &&
      (!only || only.includes(protocol) || only.includes(name)),
  );

function runPeer(peer, capture, protocol) {
  const folder = freshFolder('peer');
  const result = measureWell(peer.command(capture.path, protocol, folder));
  return { ...result, events: countLines(folder, peer.ending) };
}

/** Both programs must make what the capture holds; '' or what they made. */
function compareCounts(capture, runs) {
  const made = Object.entries(runs).map(([name, run]) => [name, run().events]);
  if (made.every(([, events]) => events === capture.exchanges)) return '';
  const list = made.map(([name, events]) => `${name} ${events}`).join(', ');
  return `${list} of ${capture.exchanges} events`;
}

/** Microseconds an exchange in each round: of the short run, and of one exchange more. */
function costs({ rounds }, name, captures) {
  const [before, last] = READS[name].slice(-2);
  const more = captures[last].exchanges - captures[before].exchanges;
  const cpu = (round, size) => round[`${name} ${size}`].cpu * 1e6;
  return {
    whole: rounds.map((round) => cpu(round, 'short') / captures.short.exchanges),
    marginal: rounds.map((round) => (cpu(round, last) - cpu(round, before)) / more),
  };
}

const over = (theirs, ours) => spread(theirs.map((value, i) => value / ours[i]));
const summary = ({ whole, marginal }) => ({ whole: spread(whole), marginal: spread(marginal) });

function compared(measured, captures, own) {
  const theirs = costs(measured, 'Packetbeat', captures);
  return {
    ...summary(theirs),
    rss: typical(measured, 'Packetbeat short', 'rss'),
    wholeRatio: over(theirs.whole, own.whole),
    marginalRatio: over(theirs.marginal, own.marginal),
  };
}

function measureMix({ name, protocol, about }, { scale, rounds, peer }) {
  const captures = Object.fromEntries(
    Object.entries(SIZES).map(([size, part]) => [size, ensureCapture(name, scale * part)]),
  );
  const programs = { pbfast: (capture) => runProgram(capture.path, protocol) };
  if (peer) programs.Packetbeat = (capture) => runPeer(peer, capture, protocol);
  const names = Object.keys(programs);
  const first = Object.fromEntries(names.map((who) => [who, () => programs[who](captures.tiny)]));
  const unequal = compareCounts(captures.tiny, first);
  const runs = {};
  for (const who of names)
    for (const size of READS[who]) runs[`${who} ${size}`] = () => programs[who](captures[size]);
  const measured = measureRounds(runs, rounds, PATIENCE_MS);
  const own = costs(measured, 'pbfast', captures);
  return {
    protocol,
    mix: name,
    about,
    exchanges: Object.fromEntries(Object.entries(captures).map(([size, c]) => [size, c.exchanges])),
    rounds: measured.rounds.length,
    unequal,
    ...summary(own),
    rss: typical(measured, 'pbfast large', 'rss'),
    packetbeat: peer ? compared(measured, captures, own) : undefined,
  };
}

function earlier() {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')).protocols;
  } catch {
    return [];
  }
}

/** Measures the protocols; rows of others are kept as an earlier run left them. */
export function measureProtocols({ scale, rounds, only, peers, machine }, say) {
  const peer = peers.find(({ name, absent }) => name === 'Packetbeat' && !absent);
  const rows = new Map(earlier().map((row) => [row.protocol, row]));
  const result = { machine, scale, rounds, protocols: [] };
  for (const mix of wanted(only)) {
    say(`${mix.protocol}: ${mix.about}`);
    rows.set(mix.protocol, measureMix(mix, { scale, rounds, peer }));
    result.protocols = [...rows.values()].sort((a, b) => (a.protocol < b.protocol ? -1 : 1));
    writeFileSync(FILE, `${JSON.stringify(result, null, 2)}\n`);
  }
  return result;
}
