/** Writes docs/fields.md and docs/options.md from the declarations; with --check only says whether they are up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { general } from '../dist/app/catalogue.js';
import { envelope, health, shared } from '../dist/events/envelope.js';
import { comparePaths } from '../dist/events/fields.js';
import { analyzers } from '../dist/protocols/registry.js';

const NOTE = '<!-- Made by `npm run docs` from the declarations in lib/. -->\n';

function fieldTable(fields) {
  const rows = Object.values(fields)
    .sort((a, b) => comparePaths(a.path, b.path))
    .map((f) => `| \`${f.path}\` | ${f.type}${f.list ? ', list' : ''} | ${f.about} |`);
  return ['| Field | Type | What |', '|---|---|---|', ...rows, ''].join('\n');
}

function fieldsPage() {
  const common = { ...envelope, ...health, ...shared, ...general };
  const parts = ['# Fields', NOTE, '## Every event', '', fieldTable(common)];
  for (const { name, fields } of analyzers) parts.push(`## ${name}`, '', fieldTable(fields));
  return parts.join('\n');
}

function show(option) {
  if (option.kind === 'duration') return `${option.value}s`;
  if (Array.isArray(option.value)) return option.value.length ? `[${option.value.join(', ')}]` : '[]';
  return option.value === '' ? '–' : String(option.value);
}

function optionsPage() {
  const parts = [
    '# Options of the protocols',
    NOTE,
    'In `packetbeat.protocols`, beside `type`, `ports`, `enabled`, `tags`, `fields`.',
    '',
  ];
  for (const { name, ports, options } of analyzers) {
    const rows = Object.entries(options).map(
      ([key, o]) => `| \`${key}\` | ${o.kind} | ${show(o)} | ${o.about} |`,
    );
    parts.push(`## ${name}`, '', `Ports: ${ports.length ? ports.join(', ') : 'none, it has no ports'}`, '');
    parts.push('| Option | Type | Default | What |', '|---|---|---|---|', ...rows, '');
  }
  return parts.join('\n');
}

const pages = { 'docs/fields.md': fieldsPage(), 'docs/options.md': optionsPage() };
let stale = false;
for (const [path, text] of Object.entries(pages)) {
  const url = new URL(`../${path}`, import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(url, text);
  else if (readFileSync(url, 'utf8') !== text) {
    console.error(`${path} is out of date: npm run docs`);
    stale = true;
  }
}
process.exitCode = stale ? 1 : 0;
