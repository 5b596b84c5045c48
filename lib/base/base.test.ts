/** Counters, coded errors, options and the cursor. */
import { describe, expect, it } from 'vitest';
import { Counters } from './counters.js';
import { Cursor } from './cursor.js';
import { PbfastError } from './errors.js';
import { defaultsOf, duration, flag, integer, strings } from './options.js';

describe('counters', () => {
  it('are made once a name, and listed sorted', () => {
    const counters = new Counters();
    counters.get('b.x.y').value += 2;
    counters.get('a.x.y').value += 1;
    counters.get('b.x.y').value += 3;
    expect(Object.entries(counters.snapshot())).toEqual([
      ['a.x.y', 1],
      ['b.x.y', 5],
    ]);
  });
});

describe('errors', () => {
  it('have a hint of their code, or a better one', () => {
    expect(new PbfastError('ERR_PBFAST_FILE', 'm').hint).toContain('path');
    expect(new PbfastError('ERR_PBFAST_FILE', 'm', 'h')).toMatchObject({
      code: 'ERR_PBFAST_FILE',
      message: 'm',
      hint: 'h',
      name: 'PbfastError',
    });
  });

  it('are known again from another thread by their code only', () => {
    const foreign = Object.assign(new Error('m'), { code: 'ERR_PBFAST_DEVICE' });
    expect(PbfastError.from(foreign, 'better')).toMatchObject({ code: 'ERR_PBFAST_DEVICE', hint: 'better' });
    expect(
      PbfastError.from(Object.assign(new Error('m'), { code: 'ERR_PBFAST_DEVICE', hint: 'own' }), 'better'),
    ).toMatchObject({ hint: 'own' });
    for (const other of [
      new Error('m'),
      Object.assign(new Error('m'), { code: 'ENOENT' }),
      { code: 'toString' },
    ])
      expect(PbfastError.from(other)).toBe(other);
  });
});

describe('options', () => {
  it('give their defaults', () => {
    expect(
      defaultsOf({
        a: flag(true, ''),
        b: integer(3, '', { min: 1 }),
        c: duration(1.5, ''),
        d: strings(['x'], ''),
      }),
    ).toEqual({ a: true, b: 3, c: 1.5, d: ['x'] });
  });
});

describe('the cursor', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x0a, 0x41, 0xe9]);
  const at = (start: number, end: number) => {
    const cursor = new Cursor();
    cursor.reset(bytes, start, end, 1, 2);
    return cursor;
  };

  it('reads numbers without sign', () => {
    expect(at(0, 8).u8()).toBe(0xff);
    expect(at(0, 8).u16be()).toBe(0xfffe);
    expect(at(0, 8).u16le()).toBe(0xfeff);
    expect(at(0, 8).u32be()).toBe(0xfffefdfc);
    expect(at(0, 8).u32le()).toBe(0xfcfdfeff);
  });

  it.each([
    ['u8', 1],
    ['u16be', 2],
    ['u16le', 2],
    ['u32be', 4],
    ['u32le', 4],
  ] as const)('%s never reads past the end, and says how much would do', (read, size) => {
    for (let there = 0; there < size; there++) {
      const cursor = at(2, 2 + there);
      expect(cursor[read]()).toBe(0);
      expect([cursor.pos, cursor.short]).toEqual([2, size]);
    }
    const cursor = at(2, 2 + size);
    expect(cursor[read]()).toBeGreaterThan(0);
    expect([cursor.left, cursor.short]).toEqual([0, 0]);
  });

  it('asks from the last commit on', () => {
    const cursor = at(0, 4);
    cursor.u16be();
    cursor.u32be();
    expect(cursor.short).toBe(6);
    cursor.commit();
    cursor.u32be();
    expect(cursor.short).toBe(4);
  });

  it('skips past the end, and remembers how far', () => {
    const cursor = at(0, 4);
    cursor.skip(3);
    expect([cursor.pos, cursor.mark, cursor.skipped]).toEqual([3, 3, 0]);
    cursor.skip(1000);
    expect([cursor.pos, cursor.mark, cursor.skipped]).toEqual([4, 4, 999]);
  });

  it('finds a byte, and does not scan twice', () => {
    const cursor = at(0, 5);
    expect(cursor.find(0x0a)).toBe(-1);
    expect([cursor.scanned, cursor.short]).toEqual([5, 6]);
    cursor.end = 8;
    expect(cursor.find(0x0a)).toBe(5);
    expect(at(0, 5).find(0x41)).toBe(-1);
  });

  it('takes the time of the newest packet once what came before is consumed', () => {
    const cursor = at(0, 8);
    cursor.split = 4;
    [cursor.seconds, cursor.nanoseconds] = [9, 8];
    cursor.skip(3);
    expect([cursor.firstSeconds, cursor.firstNanoseconds]).toEqual([1, 2]);
    cursor.skip(1);
    expect([cursor.firstSeconds, cursor.firstNanoseconds]).toEqual([9, 8]);
  });
});
