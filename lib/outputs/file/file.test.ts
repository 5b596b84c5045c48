/** Files: rotation at line ends, old ones removed, and a disk that is full. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultsOf } from '../../base/options.js';
import type { Catalogue } from '../../events/fields.js';
import type { Chunk } from '../output.js';
import { fileOutput } from './file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pbfast-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context = { catalogue: undefined as unknown as Catalogue, version: '0', precision: 3 as const };
const make = (settings: object = {}) =>
  fileOutput.create({ ...defaultsOf(fileOutput.options), path: folder, ...settings }, context);

/** Lines `{"n":1,"x":"..."}` of `size` bytes with their end. */
function lines(from: number, count: number, size: number): Chunk {
  const text = Array.from({ length: count }, (_, i) => {
    const head = `{"n":${from + i},"x":"`;
    return `${head}${'x'.repeat(size - head.length - 3)}"}\n`;
  });
  return { bytes: Buffer.from(text.join('')), events: count };
}

const today = () => new Date().toISOString().slice(0, 10).replaceAll('-', '');
const name = (n: number) => `packetbeat-${today()}${n > 0 ? `-${n}` : ''}.ndjson`;
const files = () => readdirSync(folder).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
/** The numbers of all events in order of files; fails on a torn line. */
const numbers = () =>
  files().flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text === '' || text.endsWith('\n')).toBe(true);
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).n as number);
  });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('rotation', () => {
  it.each([
    [100, [11, 11, 3]],
    [128, [8, 8, 8, 1]],
    [1024, Array(25).fill(1)],
    [5000, Array(25).fill(1)],
  ])('comes behind the line that reaches the limit: lines of %i bytes', async (size, perFile) => {
    const output = make({ rotate_every_kb: 1, number_of_files: 100 });
    await output.open();
    expect(await output.write(lines(0, 25, size))).toEqual({});
    await output.close();
    const counts = files().map((file) => readFileSync(join(folder, file), 'utf8').split('\n').length - 1);
    expect(counts).toEqual(perFile);
    expect(numbers()).toEqual(upTo(25));
    expect(output.counters()).toMatchObject({
      'output.file.events': 25,
      'output.file.failures': 0,
      'output.file.rotations': perFile.length - 1,
    });
  });

  it('is the same whether lines come alone or together', async () => {
    const output = make({ rotate_every_kb: 1, number_of_files: 100 });
    await output.open();
    for (let n = 0; n < 25; n++) await output.write(lines(n, 1, 100));
    await output.close();
    expect(files().map((file) => statSync(join(folder, file)).size)).toEqual([1100, 1100, 300]);
    expect(numbers()).toEqual(upTo(25));
  });

  it('keeps the newest files, and never removes what is not its own', async () => {
    const others = ['other.ndjson', 'packetbeat-eu-20260101.ndjson', 'packetbeat-notes.ndjson'];
    for (const other of others) writeFileSync(join(folder, other), '');
    writeFileSync(join(folder, 'packetbeat-20200101.ndjson'), '');
    const output = make({ rotate_every_kb: 1, number_of_files: 3 });
    await output.open();
    await output.write(lines(0, 12, 1024));
    await output.close();
    expect(readdirSync(folder).sort()).toEqual([...others, name(9), name(10), name(11)].sort());
  });
});

describe('start', () => {
  it('begins a new file, or goes on with the last', async () => {
    for (const again of [true, true, false]) {
      const output = make({ rotate_on_startup: again });
      await output.open();
      await output.write(lines(0, 2, 50));
      await output.close();
    }
    expect(files().map((file) => statSync(join(folder, file)).size)).toEqual([100, 200]);
  });

  it('goes on behind a line that a crash has torn', async () => {
    writeFileSync(join(folder, name(0)), '{"n":0}\n{"n":1,"x":"xxx');
    const output = make({ rotate_on_startup: false });
    await output.open();
    await output.write(lines(1, 2, 50));
    await output.close();
    expect(numbers()).toEqual([0, 1, 2]);
  });

  it('removes files beyond the number kept', async () => {
    for (let n = 0; n < 6; n++) writeFileSync(join(folder, name(n)), '');
    const output = make({ number_of_files: 2 });
    await output.open();
    await output.close();
    expect(files()).toEqual([name(5), name(6)]);
  });

  it('makes the folder, with files for its owner only', async () => {
    const deep = join(folder, 'a/b');
    const output = make({ path: deep });
    await output.open();
    await output.close();
    expect(statSync(join(deep, name(0))).mode & 0o777).toBe(0o600);
  });

  it('fails with a code when there is nowhere to write', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(make({ path: '' }).open()).rejects.toMatchObject({ code: 'ERR_PBFAST_OUTPUT' });
    await expect(make({ path: join(folder, 'file') }).open()).rejects.toMatchObject({
      code: 'ERR_PBFAST_OUTPUT',
    });
  });
});

it('gives back the rest when the next file cannot be made', async () => {
  const output = make({ rotate_every_kb: 1 });
  await output.open();
  rmSync(folder, { recursive: true });
  const { retry } = await output.write(lines(0, 3, 1024));
  expect(retry?.events).toBe(2);
  expect(JSON.parse(Buffer.from(retry!.bytes).toString().split('\n')[0]!).n).toBe(1);
  await output.close();
});

/** A file system of its own with room for some lines; null when this user cannot mount. */
function mountSmall(kib: number): (() => void) | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'pbfast-test', folder], { stdio: 'ignore' });
    return () => execFileSync('umount', [folder]);
  } catch {
    return null;
  }
}

it('never tears a line when the disk is full, and carries on when there is room', async ({ skip }) => {
  const unmount = mountSmall(64);
  if (!unmount) {
    console.warn('file: no right to mount, the full disk is skipped');
    skip();
    return;
  }
  try {
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(40_000));
    const output = make({ number_of_files: 100, rotate_every_kb: 10 });
    await output.open();
    const chunk = lines(0, 300, 100);
    const { retry } = await output.write(chunk);
    const written = 300 - retry!.events;
    expect(written).toBeLessThan(300);
    expect(output.counters()).toMatchObject({ 'output.file.events': written, 'output.file.failures': 1 });
    expect(readdirSync(folder)).toContain('ballast');
    const again = await output.write(retry!);
    expect(again.retry!.events).toBe(retry!.events);
    unlinkSync(join(folder, 'ballast'));
    expect(await output.write(again.retry!)).toEqual({});
    await output.close();
    expect(numbers()).toEqual(upTo(300));
    expect(output.counters()['output.file.events']).toBe(300);
  } finally {
    unmount();
  }
});
