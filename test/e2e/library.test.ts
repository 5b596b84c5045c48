/** The built package beyond the basics (contract-library.test.ts): how iteration ends, what is lost, what is refused. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { capture, readPcap, version } from '../../dist/index.js';
import { buildDemo } from '../../lib/demo/demo.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pbfast-lib-'));
const demo = join(folder, 'demo.pcap');
writeFileSync(demo, buildDemo());
afterAll(() => rmSync(folder, { recursive: true }));

async function countTypes(events: AsyncIterable<{ type?: string }>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { type = '?' } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

describe('readPcap', () => {
  it('gives the same as events, batches and NDJSON', async () => {
    const events = await countTypes(await readPcap(demo));
    expect(Object.keys(events).sort()).toEqual(['dns', 'flow', 'http', 'icmp', 'redis']);
    const fromBatches: { type?: string }[] = [];
    for await (const batch of (await readPcap(demo)).batches()) fromBatches.push(...batch);
    let text = '';
    for await (const piece of (await readPcap(demo)).ndjson()) text += piece;
    const fromLines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(fromLines).toEqual(fromBatches);
    expect(Object.values(events).reduce((sum, n) => sum + n, 0)).toBe(fromLines.length);
  });

  it('reads gzipped files, several in a row, and by filter', async () => {
    const zipped = join(folder, 'demo.pcap.gz');
    writeFileSync(zipped, gzipSync(buildDemo()));
    expect(await countTypes(await readPcap(zipped))).toEqual(await countTypes(await readPcap(demo)));
    const one = await countTypes(await readPcap(demo, { protocols: ['icmp'], flows: false }));
    const two = await countTypes(await readPcap([demo, zipped], { protocols: ['icmp'], flows: false }));
    expect(two.icmp).toBeGreaterThan(one.icmp!);
    expect(Object.keys(await countTypes(await readPcap(demo, { filter: 'icmp', flows: false })))).toEqual([
      'icmp',
    ]);
  });

  it('waits for its reader without loss', async () => {
    const wanted = await countTypes(await readPcap(demo));
    const slow = await readPcap(demo, { queue: 1 });
    const counts: Record<string, number> = {};
    for await (const batch of slow.batches()) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const { type = '?' } of batch) counts[type] = (counts[type] ?? 0) + 1;
    }
    expect(counts).toEqual(wanted);
    expect((await slow.stats()).counters['library.events.dropped']).toBe(0);
  });

  it('counts what it drops when told not to wait', async () => {
    const wanted = Object.values(await countTypes(await readPcap(demo))).reduce((sum, n) => sum + n, 0);
    const events = await readPcap(demo, { queue: 1, overflow: 'drop-newest' });
    let told = 0;
    events.on('drop', (n: number) => {
      told += n;
    });
    await new Promise((resolve) => events.once('close', resolve));
    const taken = Object.values(await countTypes(events)).reduce((sum, n) => sum + n, 0);
    const dropped = (await events.stats()).counters['library.events.dropped']!;
    expect(dropped).toBeGreaterThan(0);
    expect(taken + dropped).toBe(wanted);
    expect(told).toBe(dropped);
  });

  it('has statistics during and after', async () => {
    const events = await readPcap(demo);
    expect((await events.stats()).counters).toBeTypeOf('object');
    const counts = await countTypes(events);
    const { protocols, counters } = await events.stats();
    for (const [type, n] of Object.entries(counts)) expect(protocols[type]!.events).toBe(n);
    expect(protocols.http!.errors).toBeGreaterThan(0);
    expect(protocols.http!.p50!).toBeLessThanOrEqual(protocols.http!.p99!);
    expect(protocols.flow!.p50).toBeUndefined();
    expect(counters['events.rows.open']).toBe(0);
  });
});

describe('several workers', () => {
  const linesOf = async (options: Parameters<typeof readPcap>[1]) => {
    const events = await readPcap(demo, options);
    const lines: { event?: { end?: string }; type?: string }[] = [];
    for await (const batch of events.batches()) lines.push(...batch);
    return { lines, counters: (await events.stats()).counters };
  };
  const texts = (events: readonly object[]) => events.map((event) => JSON.stringify(event));

  it('give the events of one, and count them once', async () => {
    const one = await linesOf({});
    const three = await linesOf({ workers: 3 });
    expect(texts(three.lines).sort()).toEqual(texts(one.lines).sort());
    for (const name of ['capture.packets.received', 'engine.packets.read', 'flow.packets.counted'])
      expect(three.counters[name], name).toBe(one.counters[name]);
  });

  it('keep the order of one where that is asked for', async () => {
    // What nobody answered ends with the file, in one instant.
    const answered = ({ lines }: Awaited<ReturnType<typeof linesOf>>) =>
      texts(lines.filter(({ event, type }) => type !== 'flow' && event?.end));
    const one = answered(await linesOf({}));
    expect(one.length).toBeGreaterThan(300);
    expect(answered(await linesOf({ workers: 2, ordered: true }))).toEqual(one);
    expect(answered(await linesOf({ workers: 3, ordered: true, queue: 1 }))).toEqual(one);
  });

  it('are refused in absurd numbers', async () => {
    await expect(async () => readPcap(demo, { workers: 0 })).rejects.toMatchObject({
      code: 'ERR_PBFAST_USAGE',
    });
  });
});

describe('the end', () => {
  it('comes when the loop is left, by break or by throw', async () => {
    const left = await readPcap(demo);
    const closed = new Promise((resolve) => left.once('close', resolve));
    for await (const _ of left) break;
    await closed;
    const failing = await readPcap(demo);
    const over = new Promise((resolve) => failing.once('close', resolve));
    await expect(async () => {
      for await (const _ of failing.batches()) throw new Error('mine');
    }).rejects.toThrow('mine');
    await over;
  });

  it('comes when its signal aborts, before and during', async () => {
    await expect(readPcap(demo, { signal: AbortSignal.abort(new Error('mine')) })).rejects.toThrow('mine');
    const abort = new AbortController();
    const events = await readPcap(demo, { signal: abort.signal });
    const closed = new Promise((resolve) => events.once('close', resolve));
    abort.abort();
    await countTypes(events);
    await closed;
  });

  it('may be asked for twice, and comes when the stream is destroyed', async () => {
    const events = await readPcap(demo);
    await Promise.all([events.close(), events.close()]);
    await events[Symbol.asyncDispose]();
    const destroyed = await readPcap(demo);
    const closed = new Promise((resolve) => destroyed.once('close', resolve));
    const stream = destroyed.ndjson();
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    await closed;
  });

  it('lets the process end', () => {
    const script = `import { readPcap } from 'pbfast';
      for await (const e of await readPcap(${JSON.stringify(demo)})) { console.log(e.type); break; }`;
    const { status, stdout, stderr } = spawnSync('node', ['--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\w+\n$/);
  });
});

describe('refusals', () => {
  it('have codes', async () => {
    const text = join(folder, 'text');
    writeFileSync(text, 'no capture');
    const code = async (promise: () => Promise<unknown>) =>
      promise().then(
        () => 'none',
        (error) => error.code,
      );
    expect(await code(async () => readPcap(demo, { protocols: ['constructor'] }))).toBe('ERR_PBFAST_USAGE');
    expect(await code(async () => readPcap(demo, { protocols: { htp: {} } }))).toBe('ERR_PBFAST_USAGE');
    expect(await code(() => readPcap(demo, { filter: 'tcp prt' }))).toBe('ERR_PBFAST_FILTER');
    expect(await code(() => readPcap(text))).toBe('ERR_PBFAST_FORMAT');
    expect(await code(() => readPcap(join(folder, 'absent')))).toBe('ERR_PBFAST_FILE');
    expect(await code(() => capture({ device: 'nosuch0' }))).toBe('ERR_PBFAST_DEVICE');
  });
});

it('tells of a later file that cannot be read when it comes to it', async () => {
  const events = await readPcap([demo, join(folder, 'absent')], { protocols: ['icmp'], flows: false });
  let n = 0;
  await expect(async () => {
    for await (const _ of events) n++;
  }).rejects.toThrow(/absent/);
  expect(n).toBeGreaterThan(0);
});

it('has a version', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
