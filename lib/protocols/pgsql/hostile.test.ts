import { describe, expect, it } from 'vitest';
import * as w from '../../../test/support/pgsql-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { pgsql } from './analyzer.js';

const ALL = { send_request: true, send_response: true };
const rows = (n: number) =>
  w.rowDescription({ name: 'id', type: 23 }, { name: 'name' }) +
  Array.from({ length: n }, (_, i) => w.dataRow(`${i}`, `name, ${i}`)).join('') +
  w.complete(`SELECT ${n}`);
const extended = (sql: string) =>
  w.parse(sql) + w.bind({ values: ['a', null] }) + w.describePortal + w.execute();

/** A session: what each side says, in turn. */
const turns: [string, string][] = [
  [w.sslRequest, 'N'],
  [w.startup('user', 'me', 'database', 'db'), w.authentication(3)],
  [w.password('secret\0'), w.welcome()],
  [w.query("select ';' ; insert into t values (1)"), rows(30) + w.complete('INSERT 0 1') + w.ready()],
  [w.query('copy t from stdin'), w.copyIn],
  [w.copyData('1\t2\n') + w.copyDone, w.complete('COPY 1') + w.ready()],
  [
    extended('select $1') + extended('select $1, $2') + w.sync + extended('select 3') + w.sync,
    w.parsed +
      w.bound +
      rows(2) +
      w.parsed +
      w.error('22012', 'division by zero') +
      w.ready() +
      w.parsed +
      w.bound +
      w.notice('x') +
      rows(0) +
      w.ready(),
  ],
  [
    w.parse('select 4', 's') + w.describeStatement('s') + w.sync,
    w.parsed + w.parameterTypes(23) + w.noData + w.ready(),
  ],
  [w.bind({ name: 's' }) + w.execute('', 1) + w.sync, w.bound + w.dataRow('x') + w.suspended + w.ready('T')],
  [w.query('commit') + w.terminate, w.complete('COMMIT') + w.ready()],
];

function run(size: number, seed = 1) {
  const t = new TestSession(pgsql, ALL);
  for (const [request, answer] of turns) {
    for (const piece of cut(request, size, seed)) t.client(piece);
    for (const piece of cut(answer, size, seed + 1)) t.server(piece);
  }
  t.end();
  expect(t.rows.open).toBe(0);
  return t.events();
}

const whole = run(1_000_000);

describe('cut input', () => {
  it('has these events', () => {
    expect(whole.map(({ query, status, 'pgsql.num_rows': n }) => [query, status, n])).toEqual([
      ["select ';'", 'OK', 30],
      ['insert into t values (1)', 'OK', 0],
      ['copy t from stdin', 'OK', 0],
      ['select $1', 'OK', 2],
      ['select $1, $2', 'Error', 0],
      ['select 3', 'OK', 0],
      ['select 4', 'OK', 1],
      ['commit', 'OK', 0],
    ]);
  });

  it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
    expect(run(size)).toEqual(whole);
  });

  it.each([1, 2, 3, 4, 5])('gives the same events in random pieces, seed %i', (seed) => {
    expect(run(0, seed * 101)).toEqual(whole);
  });

  it('gives the same events or fewer when the answers end at any byte', () => {
    const [request, answer] = turns[6]!;
    const events = (at: number) => {
      const t = new TestSession(pgsql, ALL);
      t.client(w.startup('user', 'me')).server(w.welcome()).client(request);
      if (at > 0) t.server(answer.slice(0, at));
      const answered = t.events().length;
      t.end();
      expect(t.rows.open).toBe(0);
      expect(t.events().length).toBe(3);
      return t.events().slice(0, answered);
    };
    const all = events(answer.length);
    expect(all.length).toBe(3);
    for (let at = 0; at < answer.length; at++) {
      const some = events(at);
      expect(some).toEqual(all.slice(0, some.length));
    }
  });

  it('gives as many events when the requests end at any byte', () => {
    const request = turns[6]![0];
    for (let at = 0; at < request.length; at++) {
      const t = new TestSession(pgsql, ALL);
      t.client(w.startup('user', 'me')).server(w.welcome());
      if (at > 0) t.client(request.slice(0, at));
      t.end();
      expect(t.rows.open).toBe(0);
      expect(t.events().every(({ status, method }) => status === 'Error' && method === 'SELECT')).toBe(true);
    }
  });

  it('reads a large result in small segments in linear time', () => {
    const t = new TestSession(pgsql, ALL);
    t.client(w.startup('user', 'me')).server(w.welcome()).client(w.query('select'));
    const answer = rows(50_000);
    for (const piece of cut(answer, 1448)) t.server(piece);
    expect(t.events()).toMatchObject([{ 'pgsql.num_rows': 50_000, 'destination.bytes': answer.length }]);
  });
});

describe('lost counterparts', () => {
  it('reports what stays unanswered: timed out, at the end', () => {
    const t = new TestSession(pgsql);
    t.client(w.startup('user', 'me')).server(w.welcome()).client(w.query('select pg_sleep(60)')).wait(11);
    t.server(rows(1) + w.ready())
      .client(w.query('select 2'))
      .server(rows(1) + w.ready());
    t.client(w.query('select 3')).end();
    expect(t.events().map(({ query, status, 'error.message': m }) => [query, status, m])).toEqual([
      ['select pg_sleep(60)', 'Error', 'Unmatched request'],
      ['select 2', 'OK', undefined],
      ['select 3', 'Error', 'Unmatched request'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'pgsql.unmatched_requests': 2,
      'pgsql.unmatched_responses': 1,
    });
  });

  it('reports an answer without its request', () => {
    const t = new TestSession(pgsql, ALL);
    t.server(rows(1) + w.ready())
      .client(w.query('select 2'))
      .server(rows(2) + w.ready());
    t.server(w.error('57P01', 'terminating connection', 'FATAL'));
    const events = t.events();
    expect(
      events.map(({ query, status, 'pgsql.num_rows': n, 'error.message': m }) => [query, status, n, m]),
    ).toEqual([
      ['select 2', 'OK', 2, undefined],
      [undefined, 'Error', 0, 'Unmatched response'],
    ]);
    expect(events[1]).not.toHaveProperty('start');
    expect(events[1]).toMatchObject({ 'pgsql.error_code': '57P01', 'pgsql.error_severity': 'FATAL' });
  });

  it('leaves out what lies across the ends of the capture', () => {
    const t = new TestSession(pgsql, ALL);
    t.server(rows(1) + w.ready())
      .client(w.query('select 2'))
      .server(rows(2).slice(0, 60));
    t.end('shutdown');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'pgsql.unmatched_requests': 1,
      'pgsql.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('joins in the middle of an answer', () => {
    const t = new TestSession(pgsql);
    const answer = rows(100) + w.ready();
    t.server(answer.slice(1000, 1500)).server(answer.slice(1500));
    t.client(w.query('select 2')).server(rows(2) + w.ready());
    expect(t.events().map(({ query, status }) => [query, status])).toEqual([['select 2', 'OK']]);
    expect(t.counters.snapshot()['pgsql.streams.unread']).toBe(answer.length - 1000);
  });

  it('joins in the middle of an execution', () => {
    const t = new TestSession(pgsql, { send_params: true });
    t.client(w.bind({ name: 's1', values: ['x'] }) + w.execute() + w.sync).server(
      w.bound + w.complete('INSERT 0 1') + w.ready(),
    );
    expect(t.events()).toMatchObject([
      { params: ['x'], status: 'OK', 'error.message': 'Statement parsed before the capture began' },
    ]);
  });

  it('goes on after a gap in an answer, and says what came of it', () => {
    const t = new TestSession(pgsql, ALL);
    t.client(w.startup('user', 'me')).server(w.welcome()).client(w.query('select 1'));
    const answer = rows(100) + w.ready();
    t.server(answer.slice(0, 1500)).gap(1, 500).server(answer.slice(2000, 2500)).server(answer.slice(2500));
    t.client(w.query('select 2')).server(rows(2) + w.ready());
    const events = t.events();
    expect(events.map(({ query, status, 'error.message': m }) => [query, status, m])).toEqual([
      ['select 1', 'OK', 'Packet loss while capturing the response'],
      ['select 2', 'OK', undefined],
    ]);
    expect(events[0]!['pgsql.num_rows']).toBeGreaterThan(10);
  });

  it('goes on after a gap that ends between two messages', () => {
    const t = new TestSession(pgsql);
    t.client(w.startup('user', 'me')).server(w.welcome()).client(w.query('select 1'));
    const answer = rows(3);
    t.server(answer.slice(0, 80))
      .gap(1, answer.length - 80)
      .server(w.ready());
    t.client(w.query('select 2')).server(rows(2) + w.ready());
    expect(t.events().map(({ query, status }) => [query, status])).toEqual([
      ['select 1', 'OK'],
      ['select 2', 'OK'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'pgsql.streams.joined': 1,
      'pgsql.unmatched_responses': 0,
    });
  });

  it('goes on after a gap in the requests', () => {
    const t = new TestSession(pgsql);
    t.client(w.startup('user', 'me')).server(w.welcome());
    t.client(w.query('select 1')).server(rows(1) + w.ready());
    t.gap(0, 100).server(rows(2) + w.ready());
    t.client(w.query('select 3')).server(rows(3) + w.ready());
    expect(t.events().map(({ query, 'pgsql.num_rows': n }) => [query, n])).toEqual([
      ['select 1', 1],
      [undefined, 2],
      ['select 3', 3],
    ]);
  });

  it('finds the next request after a gap, whatever the rest of the lost one looks like', () => {
    const t = new TestSession(pgsql);
    t.client(w.startup('user', 'me')).server(w.welcome());
    t.gap(0, 100);
    for (let i = 0; i < 30; i++) t.client(`\0${'x'.repeat(100)}`).client(`\x16\x03${'x'.repeat(100)}`);
    t.client(w.query('select 3')).server(rows(3) + w.ready());
    expect(t.events().map(({ query, 'pgsql.num_rows': n }) => [query, n])).toEqual([['select 3', 3]]);
  });

  it('does not mind a gap in what it skips', () => {
    const t = new TestSession(pgsql);
    t.client(w.startup('user', 'me')).server(w.welcome()).client(w.query('select 1'));
    t.server(`${w.rowDescription({ name: 'a' })}D${w.u32(100_010)}${w.u16(1)}${w.u32(100_000)}xxxx`);
    t.gap(1, 50_000).server('x'.repeat(49_996) + w.complete('SELECT 1') + w.ready());
    expect(t.events()).toMatchObject([{ status: 'OK', 'pgsql.num_rows': 1 }]);
    expect(t.events()[0]).not.toHaveProperty('error.message');
  });

  it('says that an answer was not complete', () => {
    const t = new TestSession(pgsql);
    t.client(w.startup('user', 'me'))
      .server(w.welcome())
      .client(w.query('select 1'))
      .server(rows(9).slice(0, 150))
      .end();
    expect(t.events()).toMatchObject([{ status: 'Error', 'error.message': 'Response incomplete' }]);
  });
});

describe('hostile input', () => {
  const begun = () => new TestSession(pgsql, ALL).client(w.startup('user', 'me')).server(w.welcome());

  it.each([
    ['a length below four', `D${w.u32(3)}`],
    ['a length above all', `D${w.u32(0xffffffff)}`],
    ['no message', 'HTTP/1.1 200 OK\r\n'],
    ['zeros', '\0'.repeat(100)],
  ])('gives up after %s again and again', (_, bad) => {
    const t = begun();
    t.client(w.query('select 1'));
    for (let i = 0; i < 20; i++) t.server(bad + 'x'.repeat(8_000_000 / 20)).server(w.complete('SELECT 0'));
    expect(t.events()).toMatchObject([{ query: 'select 1', status: 'Error' }]);
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.session.dropped': 1, 'pgsql.session.crashed': 0 });
  });

  it('drops what never was PostgreSQL', () => {
    const t = new TestSession(pgsql);
    for (let i = 0; i < 100; i++) t.client('GET / HTTP/1.1\r\n\r\n'.repeat(100));
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.session.dropped': 1 });
  });

  it.each([
    ['columns', `T${w.u32(8)}${w.u16(65_535)}xx`],
    ['values', `D${w.u32(8)}${w.u16(65_535)}xx`],
    ['a value', `D${w.u32(10)}${w.u16(1)}${w.u32(0x7fffffff)}`],
    ['a negative value', `D${w.u32(10)}${w.u16(1)}${w.u32(-77)}`],
    ['types', `t${w.u32(8)}${w.u16(65_535)}xx`],
    ['an error without its end', `E${w.u32(9)}Mabcd`],
    ['empty descriptions', `T${w.u32(4)}D${w.u32(4)}E${w.u32(4)}`],
  ])('survives counts that lie: %s', (_, message) => {
    const t = begun();
    t.client(w.parse('select 1') + w.describeStatement() + w.bind() + w.execute() + w.sync);
    t.server(w.parsed + message + message + w.complete('SELECT') + w.ready());
    t.client(w.query('select 2'))
      .server(rows(1) + w.ready())
      .end();
    expect(t.events().at(-1)).toMatchObject({ query: 'select 2', status: 'OK', 'pgsql.num_rows': 1 });
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.session.crashed': 0 });
    expect(t.rows.open).toBe(0);
  });

  it.each([
    ['no terminator', `P${w.u32(9)}\0abcd`],
    ['no name', `B${w.u32(4)}`],
    ['parameters', `B${w.u32(10)}\0\0${w.u16(0)}${w.u16(65_535)}`],
    ['formats', `B${w.u32(10)}\0\0${w.u16(65_535)}xx`],
    ['a parameter', `B${w.u32(14)}\0\0${w.u16(0)}${w.u16(1)}${w.u32(0x7fffffff)}`],
    ['empty', `Q${w.u32(4)}D${w.u32(4)}E${w.u32(4)}C${w.u32(4)}`],
  ])('survives requests that lie: %s', (_, message) => {
    const t = begun();
    t.client(message + message + w.execute() + w.sync + w.query('select 2'));
    t.end();
    expect(t.events().at(-1)).toMatchObject({ query: 'select 2', status: 'Error' });
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.session.crashed': 0 });
    expect(t.rows.open).toBe(0);
  });

  it('bounds what waits and what is remembered', () => {
    const t = begun();
    for (let i = 0; i < 50; i++) t.client(w.query(`select ${i}`).repeat(200));
    expect(t.rows.open).toBe(4096);
    for (let i = 0; i < 50; i++) {
      const batch = Array.from({ length: 100 }, (_, n) =>
        w.parse('select 1'.padEnd(9000), `s${i}.${n}`),
      ).join('');
      t.client(batch.slice(0, 3_000_000));
    }
    t.client(w.sync).end();
    expect(t.rows.open).toBe(0);
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.session.crashed': 0 });
  });

  it('bounds the statements of one query', () => {
    const t = begun();
    t.client(w.query('a;'.repeat(100_000))).end();
    expect(t.events().length).toBe(1024);
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.statements.beyond_limit': 1 });
  });
});
