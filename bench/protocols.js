/**
 * `npm run bench -- --protocols`: every protocol with its mix, against Packetbeat in the same rounds, at two sizes: what an
 * exchange costs in a whole run of the larger, start included, and what one exchange more costs: the difference of the sizes,
 * from which start-up and most of what a program does until it is warm fall out.
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
/** The smaller capture is this part of the larger. */
const SMALL = 1 / 4;
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

/** Microseconds an exchange in each round: of the whole run, and of one exchange more. */
function costs({ rounds }, name, [small, large]) {
  const whole = rounds.map((round) => (round[`${name} large`].cpu / large.exchanges) * 1e6);
  const more = large.exchanges - small.exchanges;
  const marginal = rounds.map(
    (round) => ((round[`${name} large`].cpu - round[`${name} small`].cpu) / more) * 1e6,
  );
  return { whole, marginal };
}

const over = (theirs, ours) => spread(theirs.map((value, i) => value / ours[i]));

function measureMix(mix, { scale, rounds, peer }) {
  const sizes = [ensureCapture(mix.name, scale * SMALL), ensureCapture(mix.name, scale)];
  const { protocol } = mix;
  const programs = { pbfast: (capture) => runProgram(capture.path, protocol) };
  if (peer) programs.Packetbeat = (capture) => runPeer(peer, capture, protocol);
  const names = Object.keys(programs);
  const first = Object.fromEntries(names.map((name) => [name, () => programs[name](sizes[0])]));
  const unequal = compareCounts(sizes[0], first);
  const runs = {};
  for (const [i, size] of ['small', 'large'].entries())
    for (const name of names) runs[`${name} ${size}`] = () => programs[name](sizes[i]);
  const measured = measureRounds(runs, rounds, PATIENCE_MS);
  const own = costs(measured, 'pbfast', sizes);
  const result = {
    protocol,
    mix: mix.name,
    about: mix.about,
    exchanges: sizes.map(({ exchanges }) => exchanges),
    packets: sizes[1].packets,
    unequal,
    whole: spread(own.whole),
    marginal: spread(own.marginal),
    rss: typical(measured, 'pbfast large', 'rss'),
  };
  if (!peer) return result;
  const theirs = costs(measured, 'Packetbeat', sizes);
  return {
    ...result,
    packetbeat: {
      whole: spread(theirs.whole),
      marginal: spread(theirs.marginal),
      rss: typical(measured, 'Packetbeat large', 'rss'),
      wholeRatio: over(theirs.whole, own.whole),
      marginalRatio: over(theirs.marginal, own.marginal),
    },
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
