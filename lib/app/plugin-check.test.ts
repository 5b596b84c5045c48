/** What a plugin may export, and how it is told what is wrong. */
import { describe, expect, it } from 'vitest';
import { flag } from '../base/options.js';
import { declare } from '../events/fields.js';
import { analyzers } from '../protocols/registry.js';
import { buildCatalogue } from './catalogue.js';
import { checkAnalyzer } from './plugin-check.js';

const good = {
  name: 'mine',
  transports: ['tcp'],
  ports: [7077],
  options: { loud: flag(false, 'Says more.') },
  fields: declare({ 'mine.word': { type: 'keyword', about: 'A word.' } }),
  create: () => () => ({ data: () => 'ok' as const }),
};
const check = (over: Record<string, unknown>) => checkAnalyzer({ ...good, ...over }, '/p.js', analyzers);

describe('an analyzer of a plugin', () => {
  it('passes when it is one, and its fields are in the catalogue', () => {
    const mine = check({});
    expect(mine.name).toBe('mine');
    expect(buildCatalogue([], [mine]).find('mine.word')?.type).toBe('keyword');
    expect(buildCatalogue().find('mine.word')).toBeUndefined();
  });

  it.each([
    [{ name: 'Mine!' }, /the name "Mine!" is none/],
    [{ name: undefined }, /the name undefined is none/],
    [{ name: 'redis' }, /the name 'redis' is taken/],
    [{ name: 'flow' }, /the name 'flow' is taken/],
    [{ transports: [] }, /transports is wrong/],
    [{ transports: ['icmp'] }, /transports is wrong/],
    [{ ports: [0] }, /ports is wrong/],
    [{ ports: undefined }, /ports is wrong/],
    [{ create: 1 }, /create is no function/],
    [{ probe: true }, /probe is no function/],
    [{ options: undefined }, /options is missing/],
    [{ options: { loud: true } }, /the option 'loud' is none/],
    [{ options: { ports: flag(true, '') } }, /the option 'ports' is every protocol's/],
    [{ fields: undefined }, /fields is missing/],
    [{ fields: { word: 'keyword' } }, /the field word is none/],
    [
      { fields: declare({ 'http.response.status_code': { type: 'keyword', about: '' } }) },
      /is declared as keyword, but it is long/,
    ],
  ])('is refused: %j', (over, message) => {
    let error: { code?: string; message?: string; hint?: string } = {};
    try {
      check(over);
    } catch (thrown) {
      error = thrown as typeof error;
    }
    expect(error.code).toBe('ERR_PBFAST_PLUGIN');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^\/p\.js: /);
    expect(error.hint).not.toBe('');
  });

  it('is refused when it is nothing like one', () => {
    for (const nothing of [null, 1, 'x', () => {}])
      expect(() => checkAnalyzer(nothing, '/p.js', analyzers)).toThrow(/is no analyzer/);
  });
});
