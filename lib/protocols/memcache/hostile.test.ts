import { describe, expect, it } from 'vitest';
import { frame, request, response } from '../../../test/support/memcache-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { memcache } from './analyzer.js';

describe('gaps', () => {
  it('inside a value lose nothing but the value', () => {
    const t = new TestSession(memcache, { maxvalues: -1 });
    t.client('get a\r\n').server('VALUE a 0 100\r\nabc').gap(1, 90).server('1234567\r\nEND\r\n');
    t.client('get b\r\n').server('END\r\n');
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        'error.message': 'Packet loss while capturing the response',
        'memcache.response.bytes': 100,
      },
      { status: 'OK', 'memcache.response.command': 'END' },
    ]);
    expect(t.events()[0]).not.toHaveProperty('memcache.response.values');
  });

  it('elsewhere leave the pending unanswered, then it goes on', () => {
    const t = new TestSession(memcache);
    t.client('get a\r\nget b\r\n').server('VALUE a 0 10').gap(1, 500).server('rest of it\r\nEND\r\n');
    t.client('get c\r\n').server('VALUE c 0 1\r\nx\r\nEND\r\n');
    t.gap(0, 50).client('\0\x01mid value\r\n').client('get d\r\n').server('END\r\n');
    expect(t.events().map((e) => [e['memcache.request.keys']?.[0], e.status])).toEqual([
      ['a', 'Server Error'],
      ['b', 'Server Error'],
      ['c', 'OK'],
      ['d', 'OK'],
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('starts in the middle', () => {
    const t = new TestSession(memcache);
    t.server('\x00\x01 of a value\r\nEND\r\n').client('get a\r\n').server('END\r\n');
    expect(t.events()).toMatchObject([{ status: 'OK', 'memcache.request.keys': ['a'] }]);
  });
});

describe('datagrams', () => {
  const udp = (options = {}) => new TestSession(memcache, options, { transport: 'udp' });

  it('are paired by request id', () => {
    const t = udp();
    t.client(frame(1, 'get a\r\n')).client(frame(2, 'get b\r\n'));
    t.server(frame(2, 'END\r\n')).server(frame(1, 'VALUE a 0 1\r\nx\r\nEND\r\n'));
    expect(t.events().map((e) => [e['memcache.request.keys'][0], e['memcache.response.command']])).toEqual([
      ['b', 'END'],
      ['a', 'VALUE'],
    ]);
    expect(t.events()[0]).toMatchObject({ 'source.bytes': 7, 'destination.bytes': 5 });
  });

  it('are put together, in any order', () => {
    const t = udp();
    const text = 'VALUE a 0 10\r\n0123456789\r\nEND\r\n';
    t.client(frame(7, 'get a\r\n'));
    for (const i of [2, 0, 0, 1]) t.server(frame(7, text.slice(i * 12, i * 12 + 12), i, 3));
    expect(t.events()).toMatchObject([{ status: 'OK', 'destination.bytes': text.length }]);
  });

  it('may be parts of a response that do not say so', () => {
    const t = udp();
    t.client(frame(1, 'get a b\r\n')).client(frame(2, 'get c d\r\n'));
    t.server(frame(1, 'VALUE a 0 1\r\nx\r\n')).server(frame(2, 'VALUE c 0 1\r\nx\r\n'));
    t.server(frame(1, 'VALUE b 0 1\r\nx\r\nEND\r\n'));
    expect(t.events()).toMatchObject([{ 'memcache.response.keys': ['a', 'b'], status: 'OK' }]);
    t.end();
    expect(t.events()[1]).toMatchObject({
      'memcache.request.keys': ['c', 'd'],
      'error.message': 'Unfinished transaction',
    });
    expect(t.rows.open).toBe(0);
  });

  it('wait as long as udptransactiontimeout says', () => {
    const t = udp({ udptransactiontimeout: 0.01 });
    t.client(frame(1, request(0x11, { key: 'k', extras: [0, 0, 0, 0, 0, 0, 0, 0], value: 'v' })));
    t.client(frame(2, 'get a\r\n')).wait(2);
    expect(t.events().map((e) => e.status)).toEqual(['OK', 'Server Error']);
  });

  it('are found by content on other ports', () => {
    const t = new TestSession(memcache, {}, { transport: 'udp', detect: true });
    t.client(frame(1, 'set a 0 0 1\r\nx\r\n')).server(frame(1, 'STORED\r\n'));
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
  });

  it('that are none, or of which parts are missing, are counted', () => {
    const t = udp();
    t.client('abc')
      .client(frame(1, '\x16\x03\x01', 0, 1))
      .client(frame(1, 'x', 5, 3));
    t.client(frame(1, 'get a', 0, 2));
    for (let i = 0; i < 12; i++) t.server(frame(100 + i, 'VALUE a 0 9000\r\n', 0, 7));
    t.server(frame(50, 'VALUE a 0 9000\r\nx')).end();
    expect(t.counters.snapshot()).toMatchObject({
      'memcache.datagram.undecodable': 4,
      'memcache.datagram.unassembled': 13,
    });
    expect(t.rows.open).toBe(0);
  });
});

describe('hostile and cut input', () => {
  const stream = Buffer.concat([
    Buffer.from('set k 0 0 9\r\nget x\r\n\r\n\r\nmg a v k O9\r\nincr n 1\r\nstats\r\nget a b\r\n'),
    request(0x0d, { key: 'key', opaque: 1 }),
    request(1, { key: 'k', extras: [0, 0, 0, 0, 0, 0, 0, 0], value: 'abc', opaque: 2 }),
  ]);
  const replies = Buffer.concat([
    Buffer.from(
      'STORED\r\nVA 2 ka O9\r\nhi\r\n7\r\nSTAT a b\r\nSTAT c d\r\nEND\r\nVALUE a 1 1\r\nx\r\nEND\r\n',
    ),
    response(0x0d, { key: 'key', extras: [0, 0, 0, 0], value: 'value', opaque: 1 }),
    response(1, { opaque: 2 }),
  ]);
  const options = { maxvalues: -1 };
  const whole = new TestSession(memcache, options).client(stream).server(replies).events();

  it('reads seven exchanges', () => {
    expect(whole.map((e) => e['memcache.request.command'])).toEqual(
      'set mg incr stats get get set'.split(' '),
    );
    expect(whole.every(({ status }) => status === 'OK')).toBe(true);
  });

  it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
    const t = new TestSession(memcache, options);
    for (const piece of cut(stream, size)) t.client(piece);
    for (const piece of cut(replies, size, 7)) t.server(piece);
    expect(t.events()).toEqual(whole);
    const skipping = new TestSession(memcache);
    for (const piece of cut(stream, size)) skipping.client(piece);
    for (const piece of cut(replies, size, 7)) skipping.server(piece);
    expect(skipping.events().length).toBe(whole.length);
  });

  it('gives the same events or fewer when cut at any byte', () => {
    for (let at = 0; at <= replies.length; at++) {
      const t = new TestSession(memcache, options);
      t.client(stream);
      if (at > 0) t.server(replies.subarray(0, at));
      const answered = t.events();
      expect(answered).toEqual(whole.slice(0, answered.length));
      t.end();
      expect(t.rows.open).toBe(0);
    }
  });

  it('asks to skip a value', () => {
    const t = new TestSession(memcache);
    t.client('get big\r\n').server(`VALUE big 0 10000000\r\n${'x'.repeat(1000)}`);
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: 22 + 10_000_001 }]);
    t.jump(1, 10_000_001 - 1000).server('\nEND\r\n');
    expect(t.events()).toMatchObject([{ 'destination.bytes': 22 + 10_000_002 + 5 }]);
  });

  it('bounds keys, statistics and values', () => {
    const t = new TestSession(memcache, { maxvalues: -1 });
    t.client(`get ${'k '.repeat(20_000)}\r\n`);
    t.server(`${'VALUE k 0 1\r\nx\r\n'.repeat(5000)}END\r\n`);
    t.client('stats\r\n').server(`${'STAT a b\r\n'.repeat(5000)}END\r\n`);
    const [load, stats] = t.events();
    expect(load!['memcache.request.keys'].length).toBe(1000);
    expect(load!['memcache.response.keys'].length).toBe(1000);
    expect(load!['memcache.response.values'].length).toBe(1000);
    expect(load!['memcache.response.count_values']).toBe(5000);
    expect(stats!['memcache.response.stats'].length).toBe(1000);
  });

  it.each([
    ['a lying length', Buffer.concat([request(0, { key: 'k' }).subarray(0, 8), Buffer.alloc(16, 255)])],
    ['TLS', '\x16\x03\x01\x02\x00'],
    ['a line without end', 'x'.repeat(70_000)],
  ])('gives up on %s when it does not end', (_what, bytes) => {
    const t = new TestSession(memcache);
    for (let i = 0; i < 70; i++) t.client(bytes);
    expect(t.counters.snapshot()['memcache.session.dropped']).toBe(1);
    expect(t.rows.open).toBe(0);
  });

  it('bounds the search for the command of stray responses', () => {
    const t = new TestSession(memcache);
    t.client('get a\r\n'.repeat(100)).server('STORED\r\n'.repeat(70));
    expect(t.counters.snapshot()['memcache.unmatched_requests']).toBe(100);
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    'PING\r\n',
    '*1\r\n$4\r\nPING\r\n',
    'EHLO a\r\n',
    'user anna\r\n',
    '220 hi\r\n',
  ])('does not claim %j', (text) => {
    const t = new TestSession(memcache, {}, { detect: true });
    t.client(text).server(text);
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()['memcache.session.dropped']).toBe(0);
  });
});
