/** Streams cut anywhere, out of order, incomplete, lossy, and made to do harm. */
import { describe, expect, it } from 'vitest';
import * as wire from '../../../test/support/mongodb-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import type { Cursor } from '../../base/cursor.js';
import { declare } from '../../events/fields.js';
import { analyzer } from '../analyzer.js';
import { mongodb } from './analyzer.js';

/** In the place of the tls analyzer: one event for the first bytes it is given. */
const tls = analyzer({
  name: 'tls',
  transports: ['tcp'],
  ports: [],
  options: {},
  fields: declare({}),
  create: (_options, emit) => (flow) => ({
    data(_dir, bytes: Cursor) {
      const row = emit.row(flow);
      row.requestBytes(bytes.left);
      emit.send(row);
      return 'drop';
    },
  }),
});

const { msg, query, reply, message, i32 } = wire;
const both = { send_request: true, send_response: true };

const asked = [
  msg({ find: 'c', filter: { a: 1 }, $db: 'd' }, { id: 1 }),
  msg({ insert: 'c', $db: 'd' }, { id: 2, sequences: { documents: [{ a: 1 }, { b: 'x'.repeat(300) }] } }),
  wire.compressed(msg({ count: 'c', $db: 'd' }, { id: 3 }), 'zlib'),
  query('d.$cmd', { isMaster: 1 }, { id: 4, limit: -1 }),
  msg({ insert: 'c', documents: [{ big: 'y'.repeat(80_000) }], $db: 'd' }, { id: 5, checksum: true }),
];
const told = [
  msg({ cursor: { firstBatch: [{ a: 1 }, { a: 2 }], id: 9n }, ok: 1 }, { to: 1 }),
  msg({ n: 2, ok: 1 }, { to: 2 }),
  wire.compressed(msg({ n: 7, ok: 1 }, { to: 3 }), 'snappy'),
  reply([{ ismaster: true, ok: 1 }], { to: 4 }),
  msg({ ok: 0, errmsg: 'z'.repeat(70_000) }, { to: 5 }),
];
const requests = Buffer.concat(asked);
const answers = Buffer.concat(told);

function read(sizeOfRequests: number, sizeOfAnswers: number, options = {}) {
  const t = new TestSession(mongodb, options);
  for (const piece of cut(requests, sizeOfRequests)) t.client(piece);
  for (const piece of cut(answers, sizeOfAnswers, 7)) t.server(piece);
  expect(t.rows.open).toBe(0);
  expect(t.logs).toEqual([]);
  return t.events();
}

describe('pieces', () => {
  const whole = read(1 << 20, 1 << 20, both);

  it('reads the whole', () => {
    expect(whole.map((e) => [e.method, e.status, e.resource])).toEqual([
      ['find', 'OK', 'd.c'],
      ['insert', 'OK', 'd.c'],
      ['count', 'OK', 'd.c'],
      ['isMaster', 'OK', 'd.$cmd'],
      ['insert', 'Error', 'd.c'],
    ]);
    expect(whole[4]!.query).toBe('d.c.insert({})');
    expect(whole[4]!['mongodb.error'].length).toBe(65_536);
  });

  it.each([1, 7, 0, 1448])('gives the same events in pieces of %i bytes', (size) => {
    expect(read(size, size, both)).toEqual(whole);
    expect(read(size, size)).toEqual(read(1 << 20, 1 << 20));
  });

  it('gives the same events or fewer when cut at any byte', () => {
    // All but the last, which is large.
    const [sent, got] = [Buffer.concat(asked.slice(0, 4)), Buffer.concat(told.slice(0, 4))];
    const four = whole.slice(0, 4);
    for (let at = 0; at <= got.length; at++) {
      const t = new TestSession(mongodb, both);
      t.client(sent);
      if (at > 0) t.server(got.subarray(0, at));
      const answered = t.events();
      expect(answered).toEqual(four.slice(0, answered.length));
      t.end();
      expect(t.events().length).toBe(4);
      expect(t.rows.open).toBe(0);
    }
    for (let at = 1; at < sent.length; at++) {
      const t = new TestSession(mongodb, both);
      t.client(sent.subarray(0, at)).server(got).end();
      expect(t.rows.open).toBe(0);
      for (const event of t.events()) {
        if (event['error.message'] === undefined) expect(four).toContainEqual(event);
      }
    }
  });
});

describe('large messages', () => {
  it('leaves out the data and finds what stands behind it', () => {
    const documents = Array.from({ length: 3 }, (_, i) => ({ i, data: 'd'.repeat(400_000) }));
    const request = msg({ insert: 'c', documents, $db: 'd' }, { id: 8 });
    const t = new TestSession(mongodb);
    const first = request.subarray(0, 70_000);
    t.client(first);
    expect(t.commands).toMatchObject([{ command: 3, dir: 0 }]);
    const skipped = t.commands[0]!.value;
    expect(skipped).toBeGreaterThan(1_200_000);
    t.jump(0, skipped - first.length).client(request.subarray(skipped));
    t.server(msg({ ok: 1 }, { to: 8 }));
    expect(t.events()).toMatchObject([{ query: 'd.c.insert({})', 'source.bytes': request.length }]);
  });

  it('reads a large batch in linear time, and what stands behind it', () => {
    const firstBatch = Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'some text of a document' }));
    const answer = msg({ cursor: { firstBatch, id: 5n, ns: 'd.c' }, ok: 0, errmsg: 'late' }, { to: 1 });
    const t = new TestSession(mongodb, { send_response: true });
    t.client(msg({ find: 'c', $db: 'd' }));
    const before = performance.now();
    for (const piece of cut(answer, 1448)) t.server(piece);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(t.events()).toMatchObject([
      {
        status: 'Error',
        'mongodb.numberReturned': 20_000,
        'mongodb.error': 'late',
        'destination.bytes': answer.length,
      },
    ]);
    expect(t.events()[0]!.response.split('\n').length).toBe(11);
  });
});

describe('without a counterpart', () => {
  const ask = (id: number, name = 'ping') => msg({ [name]: 1, $db: 'd' }, { id });
  const tell = (to: number) => msg({ ok: 1 }, { to, id: 1000 + to });

  it('pairs by id whatever the order, also when the answer comes first', () => {
    const t = new TestSession(mongodb);
    t.client(Buffer.concat([ask(1, 'a'), ask(2, 'b'), ask(3, 'c')]));
    t.server(Buffer.concat([tell(3), tell(1)])).server(tell(2));
    t.server(tell(4)).client(ask(4, 'd'));
    expect(t.events().map((e) => [e.method, e.status])).toEqual([
      ['c', 'OK'],
      ['a', 'OK'],
      ['b', 'OK'],
      ['d', 'OK'],
    ]);
  });

  it('reports what stays unanswered', () => {
    const t = new TestSession(mongodb);
    t.client(ask(1, 'a')).wait(11).client(ask(2, 'b')).end();
    expect(t.events().map((e) => [e.method, e.status, e['error.message']])).toEqual([
      ['a', 'Error', 'Unmatched request'],
      ['b', 'Error', 'Unmatched request'],
    ]);
    expect(t.counters.snapshot()['mongodb.unmatched_requests']).toBe(2);
    expect(t.rows.open).toBe(0);
  });

  it('reports answers that nobody asked for, but not those to requests before the capture', () => {
    const t = new TestSession(mongodb);
    t.server(tell(7)).client(ask(1)).server(tell(1)).server(tell(8)).wait(11);
    expect(t.events().map((e) => [e.method, e.status, e['error.message']])).toEqual([
      ['ping', 'OK', undefined],
      [undefined, 'Error', 'Unmatched response'],
    ]);
    expect(t.counters.snapshot()['mongodb.unmatched_responses']).toBe(2);
    expect(t.rows.open).toBe(0);
  });

  it('keeps a bounded number waiting', () => {
    const t = new TestSession(mongodb);
    for (let i = 1; i <= 1500; i++) t.client(ask(i));
    expect(t.events().length).toBe(1500 - 1024);
    for (let i = 5000; i < 5200; i++) t.server(tell(i));
    expect(t.rows.open).toBe(1024 + 64);
    t.end();
    expect(t.rows.open).toBe(0);
  });

  it('finds the client by content', () => {
    const t = new TestSession(mongodb, {}, { detect: true, reversed: true });
    t.client(ask(1)).server(tell(1));
    expect(t.events()).toMatchObject([{ method: 'ping', swapped: true }]);
  });
});

describe('gaps', () => {
  const large = msg({ find: 'c', filter: { text: 'f'.repeat(3000) }, $db: 'd' }, { id: 1 });
  const next = msg({ ping: 1, $db: 'd' }, { id: 2 });

  it('goes on behind a message that lost a part', () => {
    const t = new TestSession(mongodb);
    t.client(large.subarray(0, 1000)).gap(0, 1000).client(large.subarray(2000)).client(next);
    t.server(msg({ ok: 1 }, { to: 1 })).server(msg({ ok: 1 }, { to: 2 }));
    expect(t.events().map((e) => [e.method, e.status, e['error.message']])).toEqual([
      [undefined, 'OK', 'Packet loss while capturing the request'],
      ['ping', 'OK', undefined],
    ]);
  });

  it('keeps what it knew of an answer that lost a part', () => {
    const answer = msg({ cursor: { id: 5n, firstBatch: [{ t: 'a'.repeat(70_000) }] }, ok: 1 }, { to: 1 });
    const t = new TestSession(mongodb);
    t.client(large).server(answer.subarray(0, 66_000)).gap(1, 2000).server(answer.subarray(68_000));
    t.client(next).server(msg({ ok: 1 }, { to: 2 }));
    expect(t.events()).toMatchObject([
      { method: 'find', 'mongodb.cursorId': 5, 'destination.bytes': answer.length },
      { method: 'ping', status: 'OK' },
    ]);
  });

  it('finds the next message at the beginning of a packet', () => {
    const t = new TestSession(mongodb);
    t.client(large.subarray(0, 1000)).gap(0, 5000).client(large.subarray(10)).client(next);
    t.server(msg({ ok: 1 }, { to: 2 }));
    expect(t.events().map((e) => [e.method, e.status])).toEqual([['ping', 'OK']]);
    t.end();
    expect(t.counters.snapshot()).toMatchObject({ 'mongodb.stream.unsynced': large.length - 10 });
    expect(t.rows.open).toBe(0);
  });

  it('begins amidst a stream', () => {
    const t = new TestSession(mongodb);
    t.client(large.subarray(500)).server(Buffer.from('ab')).server(Buffer.from('rest of an answer'));
    t.client(next).server(msg({ ok: 1 }, { to: 2 }));
    expect(t.events()).toMatchObject([{ method: 'ping', status: 'OK' }]);
  });
});

describe('hostile input', () => {
  const good = msg({ find: 'c', filter: { a: 1, b: { c: [1, 2] } }, $db: 'd' });
  const end = (t: TestSession) => {
    t.end();
    expect(t.rows.open).toBe(0);
    expect(t.logs).toEqual([]);
    return t.events();
  };

  it('goes on behind a message with any byte changed', () => {
    for (let at = 16; at < good.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        const t = new TestSession(mongodb, both);
        t.client(bad).client(msg({ ping: 1, $db: 'd' }, { id: 2 }));
        t.server(msg({ ok: 1 }, { to: 2 }));
        expect(
          end(t).some((e) => e.method === 'ping' && e.status === 'OK'),
          `byte ${at}: ${value}`,
        ).toBe(true);
      }
    }
  });

  it.each([
    ['a document longer than its message', Buffer.concat([i32(0), Buffer.from([0]), i32(0x7fffffff)])],
    ['a negative document', Buffer.concat([i32(0), Buffer.from([0]), i32(-1), Buffer.alloc(20)])],
    ['an unknown section', Buffer.concat([i32(0), Buffer.from([9]), Buffer.alloc(20)])],
    [
      'a sequence without end',
      Buffer.concat([i32(0), Buffer.from([1]), i32(0x7fffffff), Buffer.from('documents\0')]),
    ],
    ['a sequence without name', Buffer.concat([i32(0), Buffer.from([1]), i32(6), Buffer.from('xx')])],
    ['nothing', Buffer.alloc(0)],
  ])('counts %s', (_name, body) => {
    const t = new TestSession(mongodb, both);
    t.client(message(2013, body)).server(msg({ ok: 1 }, { to: 1 }));
    const it = end(t);
    if (body.length > 0) expect(it).toMatchObject([{ status: 'OK', 'error.message': 'Malformed request' }]);
    expect(t.counters.snapshot()['mongodb.message.malformed']).toBe(1);
  });

  it('does not wait for a length that lies', () => {
    for (const length of [0, 15, -1, 48_000_001, 0x7fffffff]) {
      const t = new TestSession(mongodb);
      const bad = Buffer.from(good);
      bad.writeInt32LE(length);
      t.client(bad)
        .client(msg({ ping: 1, $db: 'd' }, { id: 2 }))
        .server(msg({ ok: 1 }, { to: 2 }));
      expect(end(t)).toMatchObject([{ method: 'ping' }]);
    }
  });

  it('drops a stream in which no message begins', () => {
    const t = new TestSession(mongodb);
    for (let i = 0; i < 70; i++) t.client(Buffer.alloc(65_536, 0xcc));
    expect(t.counters.snapshot()['mongodb.session.dropped']).toBe(1);
  });

  it('gives an encrypted connection to TLS', () => {
    const t = new TestSession(mongodb, {}, { beside: [tls] });
    t.client(Buffer.from([22, 3, 1])).client(Buffer.from([0, 200, 1, 0, 0]));
    expect(t.events()).toMatchObject([{ 'source.bytes': 8 }]);
  });

  it.each([
    'GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaa',
    '\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01',
  ])('does not take %j for its own', (other) => {
    const t = new TestSession(mongodb, {}, { detect: true });
    t.client(other);
    expect(t.commands).toMatchObject([{ command: expect.any(Number) }]);
    t.client(msg({ ping: 1, $db: 'd' })).server(msg({ ok: 1 }, { to: 1 }));
    expect(t.events()).toEqual([]);
  });
});
