import { describe, expect, it } from 'vitest';
import { constant, constantsFrom, constantText } from './constants.js';
import { envelope, shared } from './envelope.js';
import { Catalogue, comparePaths, declare } from './fields.js';

describe('the order of paths', () => {
  it('keeps an object’s fields together, which plain text order does not', () => {
    const paths = ['a.b', 'a-b', 'a', 'a.b.c', 'a.bb', 'ab', 'a.b.d'];
    expect(paths.sort(comparePaths)).toEqual(['a', 'a.b', 'a.b.c', 'a.b.d', 'a.bb', 'a-b', 'ab']);
  });
});

describe('a catalogue', () => {
  const one = declare({
    'z.a': { type: 'long', about: '' },
    'a.b': { type: 'object', about: '' },
    'a.b.c': { type: 'keyword', about: '', inside: true },
  });
  const two = declare({ 'z.a': { type: 'long', about: '' }, m: { type: 'ip', about: '', list: true } });
  const catalogue = new Catalogue([one, two]);

  it('numbers fields from 1 in path order; the same path has one number', () => {
    expect(catalogue.byId.map(({ path }) => path)).toEqual(['', 'a.b', 'm', 'z.a']);
    expect([one['a.b'].id, two.m.id, one['z.a'].id, two['z.a'].id]).toEqual([1, 2, 3, 3]);
    expect(catalogue.find('m')).toBe(two.m);
    expect(catalogue.find('absent')).toBeUndefined();
  });

  it('gives no number to what is only documented', () => {
    expect(one['a.b.c'].id).toBe(0);
    expect(catalogue.find('a.b.c')).toBeUndefined();
    expect(catalogue.all.map(({ path }) => path)).toEqual(['a.b', 'a.b.c', 'm', 'z.a']);
  });

  it('refuses one path with two types', () => {
    expect(() => new Catalogue([one, declare({ 'z.a': { type: 'ip', about: '' } })])).toThrow(
      'field z.a is declared as long and ip',
    );
  });

  it('takes the envelope and what analyzers share', () => {
    const { byId } = new Catalogue([envelope, shared]);
    expect(new Set(byId.map(({ path }) => path)).size).toBe(byId.length);
    for (const { path, about } of byId.slice(1)) expect([path, about.length > 0]).toEqual([path, true]);
  });
});

describe('constants', () => {
  it('have one number a text, and none is 0', () => {
    const id = constant('some text of this test');
    expect(id).toBeGreaterThan(0);
    expect(constant('some text of this test')).toBe(id);
    expect(constantText(id)).toBe('some text of this test');
    expect(constantsFrom(id)[0]).toBe('some text of this test');
    expect(constantText(1e9)).toBe('');
  });
});
