/** Results as Markdown: tables to print, to compare, and for bench/README.md between its markers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.js';

const README = join(root, 'bench/README.md');
const PEERS = ['Packetbeat', 'Suricata'];

const number = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const times = ({ median, low, high }) => `**${number(median)}×** (${number(low)}–${number(high)})`;
const memory = (rss) => (Number.isNaN(rss) || rss === null ? '–' : `${Math.round(rss)} MiB`);
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** An exchange in microseconds, a packet in nanoseconds. */
const cost = ({ unit }, { micros }) =>
  unit === 'packet' ? `${number(micros * 1000)} ns/packet` : `${number(micros)} µs/exchange`;

function peerCells(work, name) {
  const peer = work.programs.find((program) => program.name === name);
  return peer ? [cost(work, peer), times(peer.ratio), memory(peer.rss)] : ['–', '–', '–'];
}

function workTable({ work }) {
  const peers = PEERS.filter((name) =>
    work.some(({ programs }) => programs.some((program) => program.name === name)),
  );
  const head = ['Work', 'pbfast', 'Memory', ...peers.flatMap((name) => [name, 'to pbfast', 'its memory'])];
  const rows = work.map((item) => {
    const [own] = item.programs;
    const title =
      item.missing > 0
        ? `${item.title} (**${item.missing} of ${item.expected} events missing**)`
        : item.title;
    return [title, cost(item, own), memory(own.rss), ...peers.flatMap((name) => peerCells(item, name))];
  });
  return table(head, rows);
}

function ladderTable({ mix, packets, exchanges, stages, floors }) {
  const perExchange = packets / exchanges;
  const head = ['Stage', 'ns a packet, up to here', 'added', 'µs an exchange, up to here'];
  let before = 0;
  const rows = stages.map(({ name, nanos, absent }) => {
    if (absent) return [name, `absent: ${absent}`, '', ''];
    const added = nanos - before;
    before = nanos;
    return [name, number(nanos), number(added), number((nanos * perExchange) / 1000)];
  });
  const below = floors.map(({ name, nanos, absent }) => [name, absent ? `absent: ${absent}` : number(nanos)]);
  return [
    `### Ladder of ${mix}: ${packets.toLocaleString('en')} packets, ${exchanges.toLocaleString('en')} exchanges`,
    table(head, rows),
    table(['Floor', 'ns a packet'], below),
  ].join('\n\n');
}

function heading({ machine, scale, rounds, startUp, absent }) {
  const { cpu, cores, memory: gib, kernel, node, compiler, measuredBy } = machine;
  const lines = [
    `${cpu}, ${cores} processors, ${gib} GiB; Linux ${kernel}; Node ${node}; ${compiler}.`,
    `Captures at scale ${number(scale)}; median of ${rounds} rounds A B A B; CPU time (user + system) of the whole process, read by ${measuredBy}.`,
    `In parentheses: 95 % interval of the ratio. Start of the program alone: ${(startUp * 1000).toFixed(0)} ms of CPU time, included in the first table.`,
    ...absent.map(({ name, reason }) => `${name} is absent: ${reason}.`),
  ];
  return lines.join('\n');
}

export function markdown(result) {
  return [heading(result), workTable(result), ...result.ladder.map(ladderTable)].join('\n\n');
}

/**
 * Two results beside each other. Only what carries over from run to run is compared: ratios to peers, and CPU time in units of
 * the anchor of its own run.
 */
export function comparison(older, newer) {
  const rows = [];
  for (const item of newer.work) {
    const before = older.work.find(({ mix, protocol }) => mix === item.mix && protocol === item.protocol);
    if (!before) continue;
    const anchors = ({ programs, anchor, count }) => (programs[0].cpu / anchor / count) * 1e6;
    rows.push([item.title, 'anchors a million', ...change(anchors(before), anchors(item))]);
    for (const peer of item.programs.filter(({ ratio }) => ratio)) {
      const old = before.programs.find(({ name }) => name === peer.name);
      if (old)
        rows.push([item.title, `${peer.name} to pbfast`, ...change(old.ratio.median, peer.ratio.median)]);
    }
  }
  const scales =
    older.scale === newer.scale ? '' : `\n\nThe scales differ: ${older.scale} and ${newer.scale}.`;
  return `### Compared\n\n${table(['Work', 'Figure', 'before', 'now', 'change'], rows)}${scales}`;
}

const change = (before, now) => [number(before), number(now), `${((now / before - 1) * 100).toFixed(1)} %`];

/** What `measureProtocols()` of protocols.js found. */
export function protocolTable({ machine, scale, rounds, protocols }) {
  const head = [
    'Protocol',
    'short: pbfast',
    'memory',
    'Packetbeat',
    'its memory',
    'to pbfast',
    'one more: pbfast',
    'Packetbeat',
    'to pbfast',
  ];
  const rows = protocols.map(({ protocol, unequal, whole, marginal, rss, packetbeat: peer }) => [
    unequal ? `${protocol} (**${unequal}**)` : protocol,
    number(whole.median),
    memory(rss),
    ...(peer ? [number(peer.whole.median), memory(peer.rss), times(peer.wholeRatio)] : ['–', '–', '–']),
    number(marginal.median),
    ...(peer ? [number(peer.marginal.median), times(peer.marginalRatio)] : ['–', '–']),
  ]);
  const { cpu, cores, node } = machine;
  const sizes = protocols.map(({ exchanges }) => exchanges.short);
  const short = `${Math.min(...sizes)} to ${Math.max(...sizes)}`;
  return [
    `${cpu}, ${cores} processors, Node ${node}. Microseconds of CPU time (user + system, all threads) an exchange at scale ${number(scale)};`,
    `median of ${rounds} rounds A B A B, in parentheses the least and the greatest. First the whole run on a short capture (${short}`,
    'exchanges), start included; then what one exchange more costs: pbfast between captures twice and eight times as large,',
    'Packetbeat between a quarter of the short one and the short one. Memory: of pbfast on its largest, of Packetbeat on the short one.',
    '',
    table(head, rows),
  ].join('\n');
}

/** Puts text between the markers of that name. */
export function writeReadme(name, content) {
  const [begin, end] = ['begin', 'end'].map((part) => `<!-- ${name}:${part} -->`);
  const text = readFileSync(README, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${README} has no markers ${begin} and ${end}`);
  writeFileSync(README, `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`);
}
