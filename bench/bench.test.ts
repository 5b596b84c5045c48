import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findAnalyzer } from '../lib/protocols/registry.js';
import { readInProcess } from '../test/support/in-process.js';
import { ensureCapture, parseScale } from './generate.js';
import { bootstrap, measure, median, ratio } from './measure.js';
import { mixes } from './mixes/index.js';

const folder = mkdtempSync(join(tmpdir(), 'pbfast-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 24;
const IP = 14;
const ICMP = 1;

function* frames(path: string) {
  const bytes = readFileSync(path);
  for (let at = HEADER; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at + 8);
    yield bytes.subarray(at + 16, at + 16 + size);
    at += 16 + size;
  }
}

/** Zero when the words of an IPv4 header, or of its payload with the pseudo-header, sum up. RFC 1071. */
function residue(words: Buffer): number {
  let sum = 0;
  words.forEach((byte, i) => {
    sum += i % 2 === 0 ? byte * 256 : byte;
  });
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum ^ 0xffff;
}

/** What the transport's checksum covers. */
function summed(frame: Buffer): Buffer {
  if (frame[IP + 9] === ICMP) return frame.subarray(IP + 20);
  const size = frame.length - IP - 20;
  return Buffer.concat([
    frame.subarray(IP + 12, IP + 20),
    Buffer.from([0, frame[IP + 9]!, size >> 8, size & 255]),
    frame.subarray(IP + 20),
  ]);
}

describe.each(mixes.map(({ name }) => name))('%s', (name) => {
  const { path, protocol, packets, exchanges, flows } = ensureCapture(name, 1 / 500, folder);

  it('holds the packets it says, with right checksums', () => {
    let count = 0;
    for (const frame of frames(path)) {
      count++;
      if (residue(frame.subarray(IP, IP + 20)) !== 0 || residue(summed(frame)) !== 0) {
        expect.fail(`packet ${count} has a wrong checksum`);
      }
    }
    expect(count).toBe(packets);
  });

  const known = protocol === 'flow' || findAnalyzer(protocol) !== undefined;
  it.runIf(known)('gives the exchanges and flows it says, none of them unanswered', async () => {
    const { events } = await readInProcess(path, { flows: { timeout: 30, period: 0, delta: false } });
    const flowEvents = events.filter(({ type }) => type === 'flow');
    const others = events.filter(({ type }) => type !== 'flow');
    expect(others.length).toBe(exchanges);
    expect(flowEvents.length).toBe(flows);
    expect(others.filter((event) => event.error?.message?.includes?.('nmatched')).length).toBe(0);
  });

  it('is the same on every run, and kept', () => {
    const again = mkdtempSync(join(folder, 'again-'));
    const other = ensureCapture(name, 1 / 500, again);
    expect(readFileSync(other.path).equals(readFileSync(path))).toBe(true);
    expect(ensureCapture(name, 1 / 500, again)).toEqual(other);
  });
});

describe('measure', () => {
  it('tells CPU time, memory and status of a command', () => {
    const script = 'const b = Buffer.alloc(100e6, 1); for (let i = 0; i < 3e8; i++); process.exit(b[0] + 2)';
    const spinning = measure(['node', '-e', script]);
    const idle = measure(['sh', '-c', 'sleep 0.2; echo why >&2']);
    expect(spinning.status).toBe(3);
    expect(spinning.cpu).toBeGreaterThan(0.1);
    if (!Number.isNaN(spinning.rss)) expect(spinning.rss).toBeGreaterThan(100);
    expect(idle.cpu).toBeLessThan(0.1);
    expect(idle.wall).toBeGreaterThan(0.2);
    expect(idle.stderr).toBe('why\n');
  });

  it('takes the median, and an interval around it', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    const { low, high } = bootstrap([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(bootstrap([2, 2, 2])).toEqual({ low: 2, high: 2 });
  });

  it('compares within rounds', () => {
    const rounds = [1, 2, 3].map((load) => ({ ours: { cpu: load }, theirs: { cpu: load * 10 } }));
    expect(ratio({ rounds }, 'theirs', 'ours')).toEqual({ median: 10, low: 10, high: 10, rounds: 3 });
  });

  it('reads scales', () => {
    expect([parseScale('1/4'), parseScale('0.5')]).toEqual([0.25, 0.5]);
    expect(() => parseScale('x')).toThrow('--scale');
    expect(() => parseScale('0')).toThrow('--scale');
  });
});
