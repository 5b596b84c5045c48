/** Pages that are made from declarations are up to date; README stays short and names every protocol and output. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { outputs } from '../lib/outputs/registry.js';
import { analyzers } from '../lib/protocols/registry.js';

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
