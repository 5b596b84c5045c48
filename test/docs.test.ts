/**
 * Pages that are made from declarations are up to date, their examples are what this code makes of the sessions; README stays
 * short and names every protocol and output.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { outputs } from '../lib/outputs/registry.js';
import { analyzers } from '../lib/protocols/registry.js';
import { exampleCapture, exampleRequest, findExample } from './support/example-event.js';
import { readInProcess } from './support/in-process.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

it('keeps the generated pages up to date', () => {
  const checked = spawnSync('node', ['scripts/docs.js', '--check'], { cwd: root, encoding: 'utf8' });
  expect(checked.stderr).toBe('');
  expect(checked.status).toBe(0);
});

it('names every protocol and output in the README', () => {
  for (const { name } of analyzers) expect(readme).toContain(`| ${name} |`);
  for (const { name } of outputs) expect(readme).toContain(`\`output.${name}\``);
  expect(readme.split('\n').length).toBeLessThanOrEqual(150);
});

describe('the page of', () => {
  it.each(analyzers.map((analyzer) => [analyzer.name, analyzer] as const))(
    '%s shows the event of its session',
    async (name, analyzer) => {
      const example = await findExample(name);
      const { events, error, logs } = await readInProcess(
        exampleCapture(analyzer, example),
        exampleRequest(analyzer, example),
      );
      expect([error, logs]).toEqual(['', []]);
      const page = readFileSync(`${root}docs/protocols/${name}.md`, 'utf8');
      expect(/```json\n(.*?)\n```/s.exec(page)?.[1]).toBe(JSON.stringify(events[0], null, 2));
      expect(analyzer.about).toBeTypeOf('string');
      for (const option of Object.keys(analyzer.options)) expect(page).toContain(`| \`${option}\` |`);
      for (const { path } of Object.values(analyzer.fields)) expect(page).toContain(`| \`${path}\` |`);
    },
  );
});
