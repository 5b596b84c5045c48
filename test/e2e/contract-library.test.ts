/** The library as its users call it, from the built package. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import { readPcap } from '../../lib/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pbfast-library-'));
const demo = join(folder, 'demo.pcap');
writeFileSync(demo, buildDemo());
afterAll(() => rmSync(folder, { recursive: true }));

it('iterates typed events', async () => {
  let slow = 0;
  let count = 0;
  for await (const event of await readPcap(demo, { protocols: ['http'], flows: false })) {
    count++;
    if (event.type === 'http' && (event.http?.response?.status_code ?? 0) >= 400) slow++;
  }
  expect(count).toBeGreaterThan(100);
  expect(slow).toBeGreaterThan(0);
});

it('gives batches, lines and statistics that agree', async () => {
  const batches = await readPcap(demo);
  let events = 0;
  for await (const batch of batches.batches()) events += batch.length;
  const { protocols, counters } = await batches.stats();
  expect(Object.values(protocols).reduce((sum, p) => sum + p.events, 0)).toBe(events);
  expect(protocols.dns!.p50).toBeGreaterThan(0);
  expect(counters['engine.packets.read']).toBeGreaterThan(1000);
  let lines = 0;
  for await (const piece of (await readPcap(demo)).ndjson()) lines += piece.toString().split('\n').length - 1;
  expect(lines).toBe(events);
});

it('ends when its user leaves the loop, closes it or aborts', async () => {
  for await (const _ of await readPcap(demo)) break;
  const closed = await readPcap(demo);
  await closed.close();
  const abort = new AbortController();
  const aborted = await readPcap(demo, { signal: abort.signal });
  abort.abort();
  for await (const _ of aborted.batches());
  await expect(readPcap(demo, { signal: abort.signal })).rejects.toThrow();
});

it('refuses what it does not know, with a code', async () => {
  await expect(async () => readPcap(demo, { protocols: ['htp'] })).rejects.toMatchObject({
    code: 'ERR_PBFAST_USAGE',
  });
  await expect(readPcap(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ERR_PBFAST_FILE' });
});

it('takes ports and options of a protocol', async () => {
  const events = await readPcap(demo, {
    protocols: { http: { ports: [80], send_headers: ['user-agent'] } },
    flows: false,
    detect: false,
  });
  for await (const event of events) {
    if (event.type !== 'http' || !event.http?.request) continue;
    expect(event.http.request.headers).toHaveProperty('user-agent');
    break;
  }
});

it('runs the example', () => {
  const { status, stdout, stderr } = spawnSync('node', ['examples/slow-requests.js', demo, '20'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ +\d+\.\d ms {2}\d{3} {2}http:/m);
});
