/** Which response belongs to which request, what has no counterpart, and where a stream is joined in the middle. */
import { describe, expect, it } from 'vitest';
import {
  concat,
  frame,
  long,
  query,
  string,
  u8,
  u16,
  u32,
  VOID,
} from '../../../test/support/cassandra-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { cassandra } from './analyzer.js';
import { MAX_SEARCHED } from './parser.js';

const void_ = (stream: number, about = {}) => frame('RESULT', VOID, { ...about, stream });
const queries = (t: TestSession) => t.events().map((e) => e['cassandra.request.query']);

describe('pairing', () => {
  it('goes by stream, whatever the order', () => {
    const t = new TestSession(cassandra);
    const texts = Array.from({ length: 40 }, (_, i) => `SELECT ${i}`);
    t.client(concat(...texts.map((text, i) => query(text, { stream: i }))));
    for (let i = 39; i >= 0; i--) t.server(void_(i));
    expect(
      t.events().map((e) => [e['cassandra.request.query'], e['cassandra.response.headers.stream']]),
    ).toEqual(texts.map((text, i) => [text, i]).reverse());
  });

  it('leaves out what lies across the ends of the capture', () => {
    const t = new TestSession(cassandra);
    t.server(void_(1));
    t.client(query('left', { stream: 2 })).end('shutdown');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'cassandra.unmatched_requests': 1,
      'cassandra.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('reports what stays unanswered and what answers nothing', () => {
    const t = new TestSession(cassandra);
    t.client(query('slow', { stream: 1 }))
      .wait(11)
      .server(void_(1));
    t.client(query('left', { stream: 2 })).end();
    expect(t.events()).toMatchObject([
      { 'cassandra.request.query': 'slow', status: 'Error', 'error.message': 'Unmatched request' },
      {
        status: 'Error',
        'error.message': 'Unmatched response',
        'cassandra.response.result.type': 'void',
        'destination.bytes': 13,
      },
      { 'cassandra.request.query': 'left', status: 'Error', 'error.message': 'Unmatched request' },
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'cassandra.unmatched_requests': 2,
      'cassandra.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('answers the newest request of a stream that was used again', () => {
    const t = new TestSession(cassandra);
    t.client(query('a')).wait(5).client(query('b')).server(void_(0)).wait(6);
    expect(t.events().map((e) => [e['cassandra.request.query'], e.status])).toEqual([
      ['b', 'OK'],
      ['a', 'Error'],
    ]);
  });

  it('keeps a bounded number of bytes pending', () => {
    const t = new TestSession(cassandra);
    const text = 'x'.repeat(60_000);
    for (let i = 0; i < 200; i++) t.client(query(text, { stream: i }));
    expect(t.events().length).toBeGreaterThan(50);
    expect(t.rows.open).toBeLessThan(150);
    t.end();
    expect(t.events().length).toBe(200);
  });

  it('finds the client by content', () => {
    const t = new TestSession(cassandra, {}, { detect: true, reversed: true });
    t.client(frame('OPTIONS')).server(frame('SUPPORTED', u16(0)));
    t.client(query('SELECT')).server(void_(0));
    expect(t.events()).toMatchObject([
      { swapped: true },
      { swapped: true, 'cassandra.request.query': 'SELECT' },
    ]);
  });

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['DNS', '\x00\x1d\x05\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a'],
    ['MySQL', '\x05\x00\x00\x01\x03abcd'],
    ['zeros', `\x04\0\0\0\x01\0\0\0\x20${'\0'.repeat(32)}`],
    ['a query', query('SELECT')],
  ])('does not take %s for its own', (_, bytes) => {
    const t = new TestSession(cassandra, {}, { detect: true });
    t.client(bytes).client('x'.repeat(100));
    expect(t.commands).toMatchObject([{ command: expect.any(Number) }]);
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()['cassandra.unmatched_requests']).toBe(0);
  });
});

describe('joined in the middle', () => {
  it('finds the next frame after a gap on either side', () => {
    const t = new TestSession(cassandra);
    t.client(query('a', { stream: 1 })).client(query('b', { stream: 2 }));
    t.gap(1, 40).server(concat('rest of a lost one', void_(2)));
    t.gap(0, 100).client(concat('SELECT 1, 2, 3', query('c', { stream: 3 }), query('d', { stream: 4 })));
    t.server(concat(void_(3), void_(4))).end();
    expect(t.events().map((e) => [e['cassandra.request.query'], e.status])).toEqual([
      ['b', 'OK'],
      ['c', 'OK'],
      ['d', 'OK'],
      ['a', 'Error'],
    ]);
  });

  it('loses nothing to a gap in what it had asked to skip', () => {
    const t = new TestSession(cassandra);
    const result = concat(u32(2), u32(4), u32(1), u32(1));
    t.client(query('big')).server(frame('RESULT', concat(result, 'x'.repeat(2000)), {}, 1_000_000));
    expect(queries(t)).toEqual(['big']);
    t.gap(1, 1_000_000 - 2016)
      .client(query('next'))
      .server(void_(0));
    expect(queries(t)).toEqual(['big', 'next']);
  });

  it('starts anywhere', () => {
    const stream = concat(...Array.from({ length: 6 }, (_, i) => query(`SELECT ${i}`, { stream: i })));
    const size = stream.length / 6;
    for (let at = 1; at < size; at++) {
      const t = new TestSession(cassandra);
      t.client(stream.subarray(at)).server(concat(...[1, 2, 3, 4, 5].map((i) => void_(i))));
      expect(queries(t), `from byte ${at}`).toEqual([1, 2, 3, 4, 5].map((i) => `SELECT ${i}`));
    }
  });

  it('gives up on what is something else', () => {
    const t = new TestSession(cassandra);
    for (let n = 0; n < MAX_SEARCHED + 70_000; n += 65_536) t.client('y'.repeat(65_536));
    expect(t.counters.snapshot()['cassandra.session.dropped']).toBe(1);
    expect(t.events()).toEqual([]);
  });
});

describe('cut and hostile input', () => {
  const requests = concat(
    frame('OPTIONS'),
    query('SELECT * FROM t', { stream: 1 }),
    frame('PREPARE', long('INSERT ?'), { stream: 2 }),
    query('x'.repeat(30), { stream: 3 }),
    frame('BATCH', concat(u8(0), u16(1), u8(0), long('INSERT 1'), u16(0)), { stream: 4 }),
  );
  const responses = concat(
    frame('SUPPORTED', concat(u16(1), string('A'), u16(1), string('b'))),
    void_(2),
    frame(
      'RESULT',
      concat(u32(2), u32(1), u32(1), string('ks'), string('t'), string('a'), u16(9), u32(9), 'r'.repeat(100)),
      { stream: 1 },
    ),
    frame('ERROR', concat(u32(0x2000), string('no')), { stream: 3 }),
    void_(4),
  );
  const whole = new TestSession(cassandra).client(requests).server(responses).events();

  it('reads all of them', () => expect(whole.length).toBe(5));

  it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
    const t = new TestSession(cassandra);
    for (const piece of cut(requests.toString('latin1'), size)) t.client(piece);
    for (const piece of cut(responses.toString('latin1'), size, 7)) t.server(piece);
    expect(t.events()).toEqual(whole);
  });

  it('gives the same events or fewer when cut at any byte', () => {
    for (let at = 0; at <= responses.length; at++) {
      const t = new TestSession(cassandra);
      t.client(requests);
      if (at > 0) t.server(responses.subarray(0, at));
      expect(t.events()).toEqual(whole.slice(0, t.events().length));
    }
  });

  it('skips what it does not want of a large result', () => {
    const t = new TestSession(cassandra);
    const body = concat(u32(2), u32(4), u32(1), u32(5000), 'x'.repeat(5000));
    t.client(query('big')).server(frame('RESULT', body, {}, 100_000_000));
    expect(t.events()).toMatchObject([
      { 'cassandra.response.result.rows.num_rows': 5000, 'destination.bytes': 100_000_009 },
    ]);
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: 100_000_009 }]);
    t.jump(1, 100_000_000 - body.length).server(void_(0));
    expect(t.events().length).toBe(2);
  });

  it('tells the beginning of a long statement', () => {
    const t = new TestSession(cassandra);
    for (const piece of cut(query('x'.repeat(200_000)).toString('latin1'), 1448)) t.client(piece);
    t.server(void_(0));
    expect(t.events()[0]!['cassandra.request.query'].length).toBe(65_536);
    expect(t.events()[0]!['source.bytes']).toBe(200_016);
  });

  it.each([
    ['columns', concat(u32(2), u32(1), u32(-1), string('ks'), string('t'), string('a'))],
    ['partition key', concat(u32(4), string('0123456789abcdef'), u32(1), u32(1), u32(-1))],
    ['paging state', concat(u32(2), u32(2), u32(1), u32(0x7fffffff))],
    [
      'nested types',
      concat(u32(2), u32(1), u32(1), string('ks'), string('t'), string('a'), Buffer.alloc(8000, '\0\x20')),
    ],
    ['kind', u32(77)],
    ['nothing', ''],
  ])('tells what there is when %s are not what they claim', (_, body) => {
    const t = new TestSession(cassandra);
    t.client(query('a')).server(frame('RESULT', body)).client(query('b')).server(void_(0));
    expect(queries(t)).toEqual(['a', 'b']);
    expect(t.rows.open).toBe(0);
  });

  it('takes no frame of more than 256 MiB', () => {
    const t = new TestSession(cassandra);
    t.client(query('a')).server(concat(frame('RESULT', '', {}, 0x7fffffff), void_(0)));
    expect(t.events()).toMatchObject([{ status: 'OK', 'destination.bytes': 13 }]);
  });
});
