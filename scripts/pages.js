/** The text of pages that are made from declarations. */
import { readFileSync } from 'node:fs';
import { general } from '../dist/app/catalogue.js';
import { envelope, health, shared } from '../dist/events/envelope.js';
import { comparePaths } from '../dist/events/fields.js';
import { analyzers } from '../dist/protocols/registry.js';

const NOTE = '<!-- Made by `npm run docs` from the declarations in lib/. -->\n';
/** For people: names of transports. */
const TRANSPORTS = { tcp: 'TCP', udp: 'UDP', icmp: 'ICMP, ICMPv6' };

function fieldTable(fields) {
  const rows = Object.values(fields)
    .sort((a, b) => comparePaths(a.path, b.path))
    .map((f) => `| \`${f.path}\` | ${f.type}${f.list ? ', list' : ''} | ${f.about} |`);
  return ['| Field | Type | What |', '|---|---|---|', ...rows, ''].join('\n');
}

function optionTable(options) {
  const rows = Object.entries(options).map(
    ([key, o]) => `| \`${key}\` | ${o.kind} | ${show(o)} | ${o.about} |`,
  );
  return ['| Option | Type | Default | What |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function show(option) {
  if (option.kind === 'duration') return `${option.value}s`;
  if (Array.isArray(option.value)) return option.value.length ? `[${option.value.join(', ')}]` : '[]';
  return option.value === '' ? '–' : String(option.value);
}

const transportsOf = ({ transports }) => transports.map((transport) => TRANSPORTS[transport]).join(', ');

export function fieldsPage() {
  const common = { ...envelope, ...health, ...shared, ...general };
  const parts = ['# Fields', NOTE, '## Every event', '', fieldTable(common)];
  for (const { name, fields } of analyzers) parts.push(`## ${name}`, '', fieldTable(fields));
  return parts.join('\n');
}

export function optionsPage() {
  const parts = [
    '# Options of the protocols',
    NOTE,
    'In `packetbeat.protocols`, beside `type`, `ports`, `enabled`, `tags`, `fields`.',
    '',
  ];
  for (const { name, ports, options } of analyzers) {
    parts.push(`## ${name}`, '', `Ports: ${ports.length ? ports.join(', ') : 'none, it has no ports'}`, '');
    parts.push(optionTable(options));
  }
  return parts.join('\n');
}

/** README with its table of protocols made anew. */
export function readmePage() {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = analyzers.map((analyzer) => {
    const { name, ports, about } = analyzer;
    const listed = ports.join(', ') || '–';
    return `| ${name} | ${transportsOf(analyzer)} | ${listed} | ${about} | [${name}](docs/protocols/${name}.md) |`;
  });
  return text.replace(/(\| Protocol \|.*\n.*\n)(?:\|.*\n)*?(\| flow \|)/, `$1${rows.join('\n')}\n$2`);
}

/** What the head of an analyzer says. */
function headOf(name) {
  const source = readFileSync(new URL(`../lib/protocols/${name}/analyzer.ts`, import.meta.url), 'utf8');
  const [, comment] = /^\/\*\*(.*?)\*\//s.exec(source);
  return comment.replace(/\n \* ?/g, '\n').trim();
}

/** A page of docs/protocols; `event` is what the session `example` gives. */
export function protocolPage(analyzer, example, event) {
  const { name, ports, about, options, fields, probe } = analyzer;
  const given = Object.entries(example.options ?? {}).map(([key, value]) => `\`${key}: ${value}\``);
  return [
    `# ${name}`,
    NOTE,
    headOf(name),
    '',
    '| An event is | Transport | Default ports | On other ports |',
    '|---|---|---|---|',
    `| ${about} | ${transportsOf(analyzer)} | ${ports.join(', ') || '–'} | ${probe ? 'recognised by content' : '–'} |`,
    '',
    '## An event',
    '',
    ...(given.length ? [`With ${given.join(', ')}:`, ''] : []),
    '```json',
    JSON.stringify(event, null, 2),
    '```',
    '',
    '## Options',
    '',
    `In the entry \`type: ${name}\` of \`packetbeat.protocols\`, beside those of [every entry](../config.md#protocols).`,
    '',
    optionTable(options),
    '## Fields',
    '',
    'Beside those of [every event](../fields.md#every-event).',
    '',
    fieldTable(fields),
  ].join('\n');
}
