/** References to variables and to other settings. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references are what is tested
import { describe, expect, it } from 'vitest';
import { parseSettings, toData } from './document.js';
import { parseDuration } from './reader.js';
import { expand } from './variables.js';

const read = (text: string, env: Record<string, string> = {}) =>
  toData(expand(parseSettings('a.yml', text), env)) as Record<string, unknown>;

describe('references', () => {
  it('are replaced by variables, in every place of a text', () => {
    expect(read('a: ${X}\nb: "-${X}-${Y}-"\nc: ["${X}"]\n', { X: 'x', Y: 'y' })).toEqual({
      a: 'x',
      b: '-x-y-',
      c: ['x'],
    });
  });

  it('have defaults, also when the variable is empty; a default may be empty and hold colons', () => {
    expect(read('a: ${X:d}\nb: ${X:}\nc: ${X:http://h:1}\n', { X: '' })).toEqual({
      a: 'd',
      b: '',
      c: 'http://h:1',
    });
  });

  it('fail with the message that is given', () => {
    expect(() => read('ok: 1\na: ${X:?set X first}\n')).toThrow(
      /^a\.yml:2:4: X is not set: set X first\n {2}a: /,
    );
    expect(read('a: ${X:?set X}\n', { X: 'x' })).toEqual({ a: 'x' });
  });

  it('name other settings, dotted or nested, and what these refer to', () => {
    expect(read('index.name: t\na: ${index.name}-*\nb: ${c}\nc: ${X:z}\n')).toEqual({
      index: { name: 't' },
      a: 't-*',
      b: 'z',
      c: 'z',
    });
    expect(read('index.name: t\na: ${index.name}\n', { 'index.name': 'env' }).a).toBe('env');
  });

  it('fail when nothing has that name', () => {
    expect(() => read('a: ${X}\n')).toThrow(/^a\.yml:1:4: \$\{X\}: neither a variable nor a setting/);
    expect(() => read('a: ${b}\nb: {c: 1}\n')).toThrow(/neither/);
  });

  it.each(['a: ${a}\n', 'a: ${b}\nb: ${a}\n', 'a: x${b}\nb: y${a}\n'])('that go round end: %j', (text) => {
    expect(() => read(text)).toThrow(/^a\.yml:\d:4: /);
  });

  it('have the type they look like', () => {
    const env = { N: '80', T: 'true', L: '[53, 5353]', F: '1.5', M: '{k: v}' };
    expect(read('n: ${N}\nt: ${T}\nl: ${L}\nf: ${F}\nm: ${M}\n', env)).toEqual({
      n: 80,
      t: true,
      l: [53, 5353],
      f: 1.5,
      m: { k: 'v' },
    });
  });

  it.each(['0123', '1.50', '12345678901234567890', '+1', '1e3', '-0', 'True', '~', 'null'])(
    'keep a secret such as %s as it is',
    (secret) => {
      expect(read('password: ${P}\n', { P: secret })).toEqual({ password: secret });
    },
  );

  it('leave other dollars alone', () => {
    expect(read("a: $X\nb: '${}'\nc: ${X\nd: $$\n", { X: 'x' })).toEqual({
      a: '$X',
      b: '${}',
      c: '${X',
      d: '$$',
    });
  });
});

describe('durations', () => {
  it.each([
    ['10s', 10],
    ['1m30s', 90],
    ['500ms', 0.5],
    ['-1s', -1],
    ['2h', 7200],
    ['1.5s', 1.5],
    ['250us', 0.00025],
    ['3µs', 0.000003],
    ['7ns', 7e-9],
    [' 1s ', 1],
    [5, 5],
    [0, 0],
  ])('%j is %d seconds', (value, seconds) => {
    expect(parseDuration(value)).toBeCloseTo(seconds, 12);
  });

  it.each(['', 's', '10', '10x', '1s 2m', '--1s', '1.s', '.5s', 'infs', true, null, undefined, {}])(
    '%j is none',
    (value) => {
      expect(parseDuration(value)).toBeUndefined();
    },
  );
});
