/** Segments of version 5 and compression: the same exchanges, in other clothes. */
import { describe, expect, it } from 'vitest';
import {
  compressed,
  concat,
  frame,
  long,
  lz4,
  map,
  query,
  rows,
  segment,
  snappy,
  TYPE,
  u32,
  VOID,
} from '../../../test/support/cassandra-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { cassandra } from './analyzer.js';
import { crc24, isLz4Header, isPlainHeader } from './segments.js';
import { MAX_BEGINNING, unpackBeginning } from './unpack.js';

const V5 = { version: 5 };
/** Less than a segment can hold, as literals make it a little larger. */
const PART = 130_000;
const columns = [['a', TYPE.text]] as const;
const startup = (compression?: string) =>
  frame('STARTUP', map({ CQL_VERSION: '3.0.0', ...(compression ? { COMPRESSION: compression } : {}) }), V5);

/** A connection of version 5 that is ready. */
function ready(compression?: string) {
  const t = new TestSession(cassandra, { ignored_ops: ['STARTUP', 'OPTIONS'] });
  t.client(frame('OPTIONS', '', V5)).server(frame('SUPPORTED', '\0\0', V5));
  return t.client(startup(compression)).server(frame('READY', '', V5));
}

const told = (t: TestSession) =>
  t.events().map((e) => [e['cassandra.request.query'], e['cassandra.response.result.rows.num_rows']]);
const select = (i: number) => query(`SELECT ${i}`, { ...V5, stream: i });
const selected = (i: number, content = '') =>
  frame('RESULT', rows({ columns }, i, content), { ...V5, stream: i });

describe('crc24', () => {
  it('is that of the specification', () => {
    // The header of a self-contained segment of 13 bytes.
    expect(crc24(Uint8Array.of(13, 0, 2), 0, 3)).toBe(0xf707cf);
    expect(isPlainHeader(Uint8Array.of(13, 0, 2, 0xcf, 0x07, 0xf7), 0)).toBe(true);
    expect(isPlainHeader(Uint8Array.of(13, 0, 2, 0xcf, 0x07, 0xf6), 0)).toBe(false);
    expect(isLz4Header(segment(VOID, { packed: true }), 0)).toBe(true);
  });
});

describe.each([
  ['plain', undefined, {}],
  ['packed with lz4', 'lz4', { packed: true }],
  ['of an lz4 connection, sent as they are', 'lz4', { packed: true, asIs: true }],
] as const)('segments, %s', (_, compression, how) => {
  const two = segment(concat(select(1), select(2)), how);
  const answers = concat(segment(selected(2), how), segment(selected(1), how));

  it('hold one frame or several', () => {
    const t = ready(compression).client(two).server(answers);
    expect(told(t)).toEqual([
      ['SELECT 2', 2],
      ['SELECT 1', 1],
    ]);
    expect(t.events()[0]).toMatchObject({
      'source.bytes': select(2).length,
      'destination.bytes': selected(2).length,
      'cassandra.request.headers.version': '5',
    });
  });

  it.each([1, 2, 7, 0])('come in pieces of %i bytes', (size) => {
    const t = ready(compression);
    for (const piece of cut(two.toString('latin1'), size)) t.client(piece);
    for (const piece of cut(answers.toString('latin1'), size, 3)) t.server(piece);
    expect(told(t).sort()).toEqual([
      ['SELECT 1', 1],
      ['SELECT 2', 2],
    ]);
  });

  it('are found again after a gap, and joined in the middle', () => {
    const t = new TestSession(cassandra);
    t.client(concat('rest of a segment', two)).gap(1, 1000).server(concat('rest', answers));
    expect(told(t)).toEqual([
      ['SELECT 2', 2],
      ['SELECT 1', 1],
    ]);
  });

  it('carry large frames in parts', () => {
    const parts = (bytes: Uint8Array) => {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += PART) pieces.push(bytes.subarray(at, at + PART));
      return concat(...pieces.map((piece) => segment(piece, { ...how, selfContained: false })));
    };
    const t = ready(compression).client(segment(select(1), how));
    const large = parts(selected(1, 'r'.repeat(300_000)));
    for (const piece of cut(large.toString('latin1'), 30_000)) t.server(piece);
    const insert = query(`INSERT '${'x'.repeat(300_000)}'`, { ...V5, stream: 3 });
    for (const piece of cut(parts(insert).toString('latin1'), 30_000)) t.client(piece);
    t.server(segment(selected(3), how))
      .client(two)
      .server(answers);
    expect(told(t).map(([text, n]) => [(text as string).slice(0, 8), n])).toEqual([
      ['SELECT 1', 1],
      ["INSERT '", 3],
      ['SELECT 2', 2],
      ['SELECT 1', 1],
    ]);
    expect(t.events()[1]!['source.bytes']).toBe(insert.length);
  });

  it('that make no sense are passed over', () => {
    const t = ready(compression)
      .client(segment(Buffer.from('no frame at all'), how))
      .client(two);
    expect(told(t.server(answers)).length).toBe(2);
    expect(t.rows.open).toBe(0);
  });
});

describe('version 5', () => {
  it('as a beta had no segments', () => {
    const t = ready();
    t.client(select(1)).server(selected(1)).client(select(2)).server(selected(2));
    expect(told(t)).toEqual([
      ['SELECT 1', 1],
      ['SELECT 2', 2],
    ]);
  });

  it('refused by an old server goes on in another', () => {
    const t = new TestSession(cassandra);
    const about = { version: 4 };
    t.client(startup()).server(frame('ERROR', concat(u32(10), '\0\x02no'), about));
    t.client(query('SELECT', about)).server(frame('RESULT', VOID, about));
    expect(t.events().map((e) => e.status)).toEqual(['Error', 'OK']);
  });
});

describe.each(['lz4', 'snappy'] as const)('frames compressed with %s', (kind) => {
  const exchange = (t: TestSession, count: number, content = '') => {
    t.client(compressed('QUERY', concat(long('SELECT'), '\0\x01\0'), kind));
    const answer = compressed('RESULT', rows({ columns }, count, content), kind);
    for (const piece of cut(answer.toString('latin1'), 1448)) t.server(piece);
    return answer.length;
  };

  it.each([
    ['is told by STARTUP', {}, true],
    ['is told by the option', { compressor: kind }, false],
    ['is found out', {}, false],
  ])('where the algorithm %s', (_, options, started) => {
    const t = new TestSession(cassandra, { ...options, ignored_ops: ['STARTUP'] });
    if (started) {
      t.client(frame('STARTUP', map({ COMPRESSION: kind.toUpperCase() })));
      t.server(compressed('READY', Buffer.alloc(0), kind));
    }
    const size = exchange(t, 7);
    expect(told(t)).toEqual([['SELECT', 7]]);
    expect(t.events()[0]).toMatchObject({
      'destination.bytes': size,
      'cassandra.response.headers.flags': 'Compress',
    });
    expect(t.counters.snapshot()['cassandra.frames.undecoded']).toBe(0);
  });

  it('tell the number of rows of large results', () => {
    const t = new TestSession(cassandra);
    exchange(t, 1, 'x'.repeat(100_000));
    exchange(t, 2, 'x'.repeat(2_000_000));
    exchange(t, 3);
    expect(told(t).map(([, n]) => n)).toEqual([1, 2, 3]);
  });

  it('tell the beginning of a long statement', () => {
    const t = new TestSession(cassandra);
    t.client(compressed('QUERY', concat(long('x'.repeat(200_000)), '\0\x01\0'), kind)).end();
    expect(t.events()[0]!['cassandra.request.query'].length).toBe(65_536);
  });

  it('that are broken give an event without a body', () => {
    const t = new TestSession(cassandra, { compressor: kind });
    const broken = concat(kind === 'lz4' ? u32(32) : '\x20', '\xff'.repeat(9));
    t.client(query('SELECT')).server(frame('RESULT', broken, { flags: 1 }));
    expect(t.events()).toMatchObject([{ status: 'OK', 'cassandra.request.query': 'SELECT' }]);
    expect(t.counters.snapshot()['cassandra.frames.undecoded']).toBe(1);
  });
});

describe('unpackBeginning', () => {
  const text = Buffer.from('abcabcabcabcabcabcabcabcabcabc');
  /** By the tools of each format, and without matches. */
  const blocks = [
    ['lz4', Buffer.from('3f616263030003506263616263', 'hex')],
    ['lz4', lz4(text)],
    ['snappy', Buffer.from('1e086162636a0300', 'hex')],
    ['snappy', snappy(text)],
  ] as const;

  it.each(blocks)('gives as much of %s as is there and wanted', (kind, block) => {
    for (let end = 0; end <= block.length; end++) {
      const got = Buffer.from(unpackBeginning(kind, block, 0, end, 1000));
      expect(text.subarray(0, got.length).equals(got)).toBe(true);
    }
    expect(Buffer.from(unpackBeginning(kind, block, 0, block.length, 1000))).toEqual(text);
    expect(unpackBeginning(kind, block, 0, block.length, 20).length).toBe(20);
  });

  it.each(['lz4', 'snappy'] as const)('is bounded for %s of any bytes', (kind) => {
    let state = 1;
    for (let run = 0; run < 2000; run++) {
      const noise = Uint8Array.from({ length: 64 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
      });
      expect(unpackBeginning(kind, noise, 0, 64, 1 << 30).length).toBeLessThanOrEqual(MAX_BEGINNING);
    }
  });
});
