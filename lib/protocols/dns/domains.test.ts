import { describe, expect, it } from 'vitest';
import { Domains } from './domains.js';

const domains = new Domains();

function split(name: string) {
  const buf = Buffer.from(`##${name}##`, 'latin1');
  domains.split(buf, 2, buf.length - 2);
  const { registered, topLevel, isRegistrable } = domains;
  return [
    registered < 0 ? null : name.slice(registered),
    topLevel < 0 ? null : name.slice(topLevel),
    isRegistrable,
  ];
}

const NAMES: [string, string | null, string | null, boolean][] = [
  ['www.example.com', 'example.com', 'com', true],
  ['a.b.example.co.uk', 'example.co.uk', 'co.uk', true],
  ['A.B.eXample.CO.uk', 'eXample.CO.uk', 'CO.uk', true],
  ['example.com', 'example.com', 'com', true],
  ['x.github.io', 'x.github.io', 'github.io', true],
  ['a.b.c.d.s3.amazonaws.com', 'd.s3.amazonaws.com', 's3.amazonaws.com', true],
  ['1.0.168.192.in-addr.arpa', '192.in-addr.arpa', 'in-addr.arpa', true],
  ['foo.invalidtld', 'foo.invalidtld', 'invalidtld', true],
  ['a.b.kobe.jp', 'a.b.kobe.jp', 'b.kobe.jp', true],
  ['city.kobe.jp', 'city.kobe.jp', 'kobe.jp', true],
  ['_x._udp.local', '_udp.local', 'local', true],
  ['\\001\\195\\169.org', '\\001\\195\\169.org', 'org', true],
  ['co.uk', 'co.uk', 'uk', false],
  ['com', null, null, false],
  ['localhost', null, null, false],
  ['.', null, null, false],
];

describe('parts of a name', () => {
  it.each(NAMES)('%s', (name, registered, topLevel, isRegistrable) => {
    const parts = [registered, topLevel, isRegistrable];
    expect(split(name)).toEqual(parts);
    expect(split(name)).toEqual(parts);
    const long = `${'x'.repeat(60)}.${'y'.repeat(60)}.${name}`;
    if (isRegistrable) expect(split(long).slice(1)).toEqual(parts.slice(1));
  });

  it('are right however many names come in between', () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20_000; i++) {
        expect(split(`h${i}.d${i % 300}.co.uk`)).toEqual([`d${i % 300}.co.uk`, 'co.uk', true]);
      }
      for (const [name, ...parts] of NAMES) expect(split(name)).toEqual(parts);
    }
  });
});
