/**
 * `npm run bench`: what an exchange, a packet, a flow costs, whole process, against the peers in the same rounds; then the
 * ladder of stages and the floors. Writes bench/out/result.json and prints Markdown.
 *
 *   --scale 1/4        size of the captures; 1: 400,000 exchanges
 *   --rounds 5         A B A B rounds of each measurement
 *   --only m1-http,... mixes
 *   --protocols        instead: every protocol with its mix, see protocols.js; --only takes names of protocols
 *   --no-peers, --no-ladder
 *   --compare FILE     an older result.json: its ratios beside the new ones
 *   --write-readme     puts the tables into bench/README.md
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCapture, parseScale } from './generate.js';
import { climb, runProgram, startUp } from './ladder.js';
import { machine } from './machine.js';
import { measureRounds, measureWell, ratio, typical } from './measure.js';
import { findPeers } from './peers.js';
import { buildEngineBench, countLines, freshFolder, OUT } from './program.js';
import { measureProtocols } from './protocols.js';
import { comparison, markdown, protocolTable, writeReadme } from './report.js';

/** What is measured: a mix as one protocol; a `unit` is what the time is divided by. */
const WORK = [
  { title: 'HTTP keep-alive', mix: 'm1-http', protocol: 'http', unit: 'exchange' },
  { title: 'HTTP, bodies of 1 KB', mix: 'm1k-http', protocol: 'http', unit: 'exchange' },
  { title: 'HTTP, bodies of 30 KB', mix: 'm2-http-30kb', protocol: 'http', unit: 'exchange' },
  { title: 'DNS', mix: 'm3-dns', protocol: 'dns', unit: 'exchange' },
  { title: 'Redis', mix: 'm4-redis', protocol: 'redis', unit: 'exchange' },
  { title: 'flows only, HTTP keep-alive', mix: 'm1-http', protocol: 'flow', unit: 'packet' },
  { title: 'flows only, SYN scan', mix: 'm6-synscan', protocol: 'flow', unit: 'packet' },
];
const LADDER = ['m1-http', 'm3-dns', 'm4-redis'];
const SMALLEST = 1 / 20_000;

const say = (text) => process.stderr.write(`${text}\n`);

function runPeer(peer, capture, protocol) {
  const folder = freshFolder('peer');
  const result = measureWell(peer.command(capture.path, protocol, folder));
  return { ...result, events: countLines(folder, peer.ending) };
}

function compete(work, { scale, rounds, peers }) {
  const capture = ensureCapture(work.mix, scale);
  const { protocol } = work;
  const runs = { pbfast: () => runProgram(capture.path, protocol) };
  for (const peer of peers) {
    if (!peer.absent && (peer.protocols === 'all' || peer.protocols.includes(protocol)))
      runs[peer.name] = () => runPeer(peer, capture, protocol);
  }
  say(`${work.title}: ${Object.keys(runs).join(', ')}`);
  const measured = measureRounds(runs, rounds);
  const count = work.unit === 'packet' ? capture.packets : capture.exchanges;
  const expected = protocol === 'flow' ? capture.flows : capture.exchanges;
  const programs = Object.keys(runs).map((name) => ({
    name,
    micros: (typical(measured, name, 'cpu') / count) * 1e6,
    cpu: typical(measured, name, 'cpu'),
    wall: typical(measured, name, 'wall'),
    rss: typical(measured, name, 'rss'),
    events: measured.rounds[0][name].events,
    ...(name === 'pbfast' ? {} : { ratio: ratio(measured, name, 'pbfast') }),
  }));
  const missing = Math.max(0, expected - programs[0].events);
  const { packets, bytes } = capture;
  const { anchor, busy } = measured;
  return {
    ...work,
    packets,
    bytes,
    count,
    expected,
    missing,
    programs,
    anchor,
    busy,
    kept: measured.rounds.length,
  };
}

function parseOptions() {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '1/4' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string' },
      protocols: { type: 'boolean', default: false },
      'no-peers': { type: 'boolean', default: false },
      'no-ladder': { type: 'boolean', default: false },
      compare: { type: 'string' },
      'write-readme': { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: a whole number`);
  return { ...values, rounds, scale: parseScale(values.scale), only: values.only?.split(',') };
}

function ladder(wanted, { scale, rounds }, start) {
  const engineAbsent = buildEngineBench();
  if (engineAbsent) say(`stages of the engine are absent: ${engineAbsent}`);
  return LADDER.filter(wanted).map((mix) => {
    say(`ladder of ${mix}`);
    return climb(ensureCapture(mix, scale), { engineAbsent, start, count: rounds });
  });
}

function compareProtocols(options) {
  const result = measureProtocols({ ...options, machine: machine() }, say);
  const table = protocolTable(result);
  console.log(table);
  if (options['write-readme']) writeReadme('protocols', table);
  if (result.protocols.some(({ unequal }) => unequal)) process.exitCode = 1;
}

function main() {
  const options = parseOptions();
  const wanted = (mix) => !options.only || options.only.includes(mix);
  const smallest = ensureCapture('m1-http', SMALLEST);
  const peers = options['no-peers'] ? [] : findPeers(smallest.path);
  for (const { name, absent } of peers) if (absent) say(`${name} is absent: ${absent}`);
  mkdirSync(OUT, { recursive: true });
  if (options.protocols) {
    compareProtocols({ ...options, peers });
    return;
  }
  const start = startUp(smallest);
  const result = {
    machine: machine(),
    scale: options.scale,
    rounds: options.rounds,
    startUp: start,
    absent: peers.filter(({ absent }) => absent).map(({ name, absent }) => ({ name, reason: absent })),
    work: WORK.filter(({ mix }) => wanted(mix)).map((work) => compete(work, { ...options, peers })),
    ladder: options['no-ladder'] ? [] : ladder(wanted, options, start),
  };
  const path = join(OUT, 'result.json');
  const older = options.compare && JSON.parse(readFileSync(options.compare, 'utf8'));
  if (existsSync(path)) copyFileSync(path, join(OUT, 'result-before.json'));
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  console.log(markdown(result));
  if (older) console.log(comparison(older, result));
  if (options['write-readme']) writeReadme('bench', markdown(result));
}

main();
