import { describe, expect, it } from 'vitest';
import { Assembly, MAX_ISLANDS, MAX_MESSAGE } from './assembly.js';
import { ByContent, MAX_KEY } from './cache.js';

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);

describe('an assembly', () => {
  it('takes pieces in any order, twice, and overlapping', () => {
    const a = new Assembly();
    for (const [start, end] of [
      [50, 70],
      [10, 30],
      [20, 55],
      [0, 10],
      [0, 5],
      [65, 100],
    ] as const)
      expect(a.add(start, bytes, start, end)).toBe(true);
    expect(a.size).toBe(100);
    expect(a.buf.subarray(0, 100)).toEqual(bytes);
  });

  it('has nothing before the first byte is there', () => {
    const a = new Assembly();
    a.add(1, bytes, 1, 100);
    expect(a.size).toBe(0);
    a.add(0, bytes, 0, 1);
    expect(a.size).toBe(100);
  });

  it('gives from the front', () => {
    const a = new Assembly();
    a.append(bytes, 0, 60);
    a.append(bytes, 60, 100);
    a.consume(90);
    expect([a.size, ...a.buf.subarray(0, 10)]).toEqual([10, ...bytes.subarray(90)]);
    a.consume(10);
    expect(a.size).toBe(0);
  });

  it('refuses what is too much: bytes and holes', () => {
    const a = new Assembly();
    expect(a.add(MAX_MESSAGE - 50, bytes, 0, 100)).toBe(false);
    for (let i = 1; i <= MAX_ISLANDS; i++) expect(a.add(i * 4, bytes, 0, 1)).toBe(true);
    expect(a.add(1000, bytes, 0, 1)).toBe(false);
    expect(a.add(5, bytes, 0, 3)).toBe(true);
    expect(a.add(0, bytes, 0, 5)).toBe(true);
    expect(a.size).toBe(9);
  });
});

describe('what is found by content', () => {
  it('is found by equal bytes only', () => {
    const kept = new ByContent<string>();
    kept.keep(bytes, 0, 50, 'a');
    expect(kept.find(bytes.slice(), 0, 50)).toBe('a');
    expect(kept.find(bytes, 0, 51)).toBeUndefined();
    const other = bytes.slice();
    other[7]!++;
    expect(kept.find(other, 0, 50)).toBeUndefined();
  });

  it('stays bounded: the one used longest ago goes', () => {
    const kept = new ByContent<number>();
    const key = (i: number) => Uint8Array.of(i >> 16, i >> 8, i);
    kept.keep(key(0), 0, 3, 0);
    for (let i = 1; i < 20_000; i++) {
      kept.keep(key(i), 0, 3, i);
      kept.find(key(0), 0, 3);
    }
    expect(kept.find(key(0), 0, 3)).toBe(0);
    let found = 0;
    for (let i = 0; i < 20_000; i++) if (kept.find(key(i), 0, 3) !== undefined) found++;
    expect(found).toBeLessThanOrEqual(1024);
    expect(found).toBeGreaterThan(500);
  });

  it('leaves long keys out', () => {
    const kept = new ByContent<number>();
    const long = new Uint8Array(MAX_KEY + 1);
    kept.keep(long, 0, long.length, 1);
    expect(kept.find(long, 0, long.length)).toBeUndefined();
  });
});
