/**
 * Writes the captures of the benchmarks, the same on every run.
 *   node bench/generate.js [--scale 1/20] [--mix m1-http,m3-dns] [--out FOLDER]
 * Needs dist/ (npm run build:ts). Names carry the size: m1-http-400k.pcap. Beside each lies what it holds, as JSON.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PcapFile } from '../dist/demo/pcap.js';
import { mixes } from './mixes/index.js';

const here = fileURLToPath(new URL('.', import.meta.url));
export const CAPTURES = join(here, 'out/captures');

/** What the captures depend on: older ones are written anew. */
function fingerprint() {
  const folders = [join(here, '../dist/demo'), join(here, 'mixes')];
  const sources = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const own = ['connections.js', 'template.js'].map((name) => join(here, name));
  const hash = createHash('sha256');
  for (const path of [...own, ...sources.filter((name) => name.endsWith('.js')).sort()]) {
    hash.update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

const short = (n) => (n % 1e6 === 0 ? `${n / 1e6}M` : n % 1000 === 0 ? `${n / 1000}k` : String(n));

/** The capture of a mix: { path, name, packets, bytes, exchanges, flows, protocol, about }; written when it is not there. */
export function ensureCapture(name, scale = 1, folder = CAPTURES) {
  const mix = mixes.find((candidate) => candidate.name === name);
  if (!mix) throw new Error(`no mix ${name}; there are ${mixes.map((m) => m.name).join(', ')}`);
  const count = Math.max(1, Math.round((mix.exchanges * scale) / mix.unit)) * mix.unit;
  const path = join(folder, `${name}-${short(Math.round(mix.exchanges * scale))}.pcap`);
  const source = fingerprint();
  if (existsSync(path) && existsSync(`${path}.json`)) {
    const known = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
    if (known.source === source && known.count === count) return { ...known, path };
  }
  mkdirSync(folder, { recursive: true });
  const file = new PcapFile(`${path}.part`);
  const holds = mix.write(file, count);
  file.close();
  renameSync(`${path}.part`, path);
  const { packets, bytes } = file;
  const { about, protocol } = mix;
  const meta = { name, about, protocol, count, packets, bytes, ...holds, source };
  writeFileSync(`${path}.json`, `${JSON.stringify(meta, null, 2)}\n`);
  return { ...meta, path };
}

/** 0.05, or 1/20. */
export function parseScale(text) {
  const [over, under = '1'] = text.split('/');
  const scale = Number(over) / Number(under);
  if (!(scale > 0 && scale <= 10)) throw new Error(`--scale ${text}: a number like 0.05 or 1/20`);
  return scale;
}

function main() {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '1' },
      mix: { type: 'string', default: mixes.map(({ name }) => name).join(',') },
      out: { type: 'string', default: CAPTURES },
    },
  });
  for (const name of values.mix.split(',')) {
    const { path, packets, bytes, exchanges, flows } = ensureCapture(
      name,
      parseScale(values.scale),
      values.out,
    );
    console.log(
      `${path}  ${packets} packets  ${(bytes / 1e6).toFixed(1)} MB  ${exchanges} exchanges  ${flows} flows`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
