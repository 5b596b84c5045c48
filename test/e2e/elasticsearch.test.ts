/** Against a real Elasticsearch: every event arrives, and the template has every field. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCatalogue } from '../../lib/app/catalogue.js';
import { version } from '../../lib/app/version.js';
import { buildDemo } from '../../lib/demo/demo.js';
import { buildTemplate } from '../../lib/outputs/elasticsearch/template.js';

/** Apart from the port that others use. */
const PORT = 19_231;
const START_MS = 180_000;

const server = fileURLToPath(new URL('../../../shared/servers/elasticsearch', import.meta.url));
const program = fileURLToPath(new URL('../../bin/pbfast.js', import.meta.url));
const missing =
  process.env.PBFAST_FAST === '1' ? 'PBFAST_FAST=1' : existsSync(server) ? '' : `${server} is absent`;
if (missing) console.warn(`elasticsearch: skipped, ${missing}`);

type Mapping = { type?: string; properties?: Record<string, Mapping> };

/** Type by path, of fields that are no objects. */
function leaves({ properties }: Mapping, path = ''): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, mapping] of Object.entries(properties ?? {})) {
    if (mapping.type) all[path + name] = mapping.type;
    else Object.assign(all, leaves(mapping, `${path}${name}.`));
  }
  return all;
}

describe.skipIf(missing !== '')('Elasticsearch', () => {
  let folder = '';
  let data = '';
  let demo = '';
  const stream = `packetbeat-${version}`;
  let url = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pbfast-es-'));
    data = join(folder, 'data');
    demo = join(folder, 'demo.pcap');
    writeFileSync(demo, buildDemo());
    const { stdout } = await promisify(execFile)('bash', [server, 'start', String(PORT), data]);
    url = /^URL=(.*)$/m.exec(stdout)![1]!;
  }, START_MS);

  afterAll(() => {
    if (existsSync(data)) execFileSync('bash', [server, 'stop', data], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await fetch(`${url}/${path}`, init);
    expect(response.ok, `${path}: ${response.status}`).toBe(true);
    return (await response.json()) as T;
  }

  const count = async () => {
    await ask(`${stream}/_refresh`, { method: 'POST' });
    return (await ask<{ count: number }>(`${stream}/_count`)).count;
  };
  const mapping = async () => {
    const all = await ask<Record<string, { mappings: Mapping }>>(`${stream}/_mapping`);
    return leaves(Object.values(all)[0]!.mappings);
  };
  const read = (...args: string[]) =>
    promisify(execFile)('node', [program, 'read', demo, ...args], { maxBuffer: 1 << 26 });
  const told = (stderr: string) =>
    [...stderr.matchAll(/ ([\d,]+) events +[\d,]+ errors/g)].reduce(
      (sum, [, n]) => sum + Number(n!.replaceAll(',', '')),
      0,
    );

  it('holds as many documents as the summary says', async () => {
    const { stdout, stderr } = await read('--output', 'es', '--es', url);
    expect(stdout).toBe('');
    expect(stderr).toContain('nothing lost');
    const lines = (await read()).stdout.trim().split('\n').length;
    expect(told(stderr)).toBe(lines);
    expect(await count()).toBe(lines);
  });

  it('has mapped what the template says, and nothing by itself', async () => {
    const before = await mapping();
    const { template } = buildTemplate(buildCatalogue(), 'x', 3) as { template: { mappings: Mapping } };
    expect(Object.keys(before).sort()).toEqual(Object.keys(leaves(template.mappings)).sort());
    await read(
      '--output',
      'es',
      '--es',
      url,
      '-E',
      'fields={rack: 7}',
      '-E',
      'output.elasticsearch.template.enabled=false',
    );
    expect(await mapping()).toEqual(before);
  });

  it('finds events by what they are', async () => {
    const search = async (q: string) =>
      (await ask<{ hits: { total: { value: number } } }>(`${stream}/_search?q=${encodeURIComponent(q)}`)).hits
        .total.value;
    expect(await search('type:http AND http.response.status_code:[400 TO 599]')).toBeGreaterThan(0);
    expect(await search('type:dns AND source.ip:"0.0.0.0/0"')).toBeGreaterThan(0);
    expect(await search('event.duration:[1 TO *]')).toBeGreaterThan(0);
  });
});
