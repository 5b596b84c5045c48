/**
 * Writes what is made from declarations: docs/fields.md, docs/options.md, docs/protocols/, the README's table of protocols;
 * with --check only says whether they are up to date.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capture } from '../dist/app/capture.js';
import { analyzers } from '../dist/protocols/registry.js';
import { exampleCapture, exampleRequest, findExample } from '../test/support/example-event.js';
import { fieldsPage, optionsPage, protocolPage, readmePage } from './pages.js';

/** The first event that a session gives, read from a capture as a user would. */
async function firstEvent(analyzer, example, folder) {
  const file = join(folder, `${analyzer.name}.pcap`);
  writeFileSync(file, exampleCapture(analyzer, example));
  const request = { ...exampleRequest(analyzer, example), source: { files: [file] } };
  for await (const event of await Capture.start(request, {})) return event;
  throw new Error(`the example of ${analyzer.name} gives no event`);
}

async function allPages(folder) {
  const pages = {
    'docs/fields.md': fieldsPage(),
    'docs/options.md': optionsPage(),
    'README.md': readmePage(),
  };
  for (const analyzer of analyzers) {
    const example = await findExample(analyzer.name);
    if (!example) throw new Error(`test/support/examples/${analyzer.name}.js is missing`);
    const event = await firstEvent(analyzer, example, folder);
    pages[`docs/protocols/${analyzer.name}.md`] = protocolPage(analyzer, example, event);
  }
  return pages;
}

function readOrNothing(url) {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return '';
  }
}

const root = new URL('../', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'pbfast-docs-'));
const isCheck = process.argv.includes('--check');
try {
  if (!isCheck) mkdirSync(new URL('docs/protocols', root), { recursive: true });
  for (const [path, text] of Object.entries(await allPages(folder))) {
    const url = new URL(path, root);
    if (!isCheck) writeFileSync(url, text);
    else if (readOrNothing(url) !== text) {
      console.error(`${path} is out of date: npm run docs`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
