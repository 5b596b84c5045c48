import { describe, expect, it } from 'vitest';
import * as w from '../../../test/support/pgsql-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { pgsql } from './analyzer.js';

const select = (values: string[][], names = ['a', 'b']) =>
  w.rowDescription(...names.map((name) => ({ name }))) +
  values.map((row) => w.dataRow(...row)).join('') +
  w.complete(`SELECT ${values.length}`);

/** A session whose start was seen. */
function session(options = {}, test = {}) {
  const t = new TestSession(pgsql, { send_params: true, ...options }, test);
  return t.client(w.startup('user', 'me')).server(w.welcome());
}

const brief = ({ method, query, status, 'pgsql.num_rows': rows }: Record<string, unknown>) => [
  method,
  query,
  status,
  rows,
];

describe('simple query', () => {
  it('has the statement, rows, sizes and times', () => {
    const t = session({ send_request: true, send_response: true });
    t.client(w.query('select * from t;'));
    t.nanoseconds = 1_489_000;
    const answer = select([
      ['1', 'x,y'],
      ['2', 'say "hi"\nbye'],
    ]);
    t.server(answer + w.ready());
    expect(t.events()).toEqual([
      {
        type: 'pgsql',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.001489,
        'source.bytes': 22,
        'destination.bytes': answer.length,
        method: 'SELECT',
        query: 'select * from t',
        request: 'select * from t',
        response: 'a,b\n1,"x,y"\n2,"say ""hi""\\nbye"\n',
        'pgsql.num_rows': 2,
        'pgsql.num_fields': 2,
      },
    ]);
  });

  it('is one event a statement, semicolons in strings and comments apart', () => {
    const t = session();
    t.client(w.query("begin; insert into t values ('a;b', $$c;d$$); /* ; */ select 1 -- ;\n; ;commit"));
    t.server(
      w.complete('BEGIN') +
        w.complete('INSERT 0 1') +
        select([['1', '2']]) +
        w.complete('COMMIT') +
        w.ready(),
    );
    expect(t.events().map(brief)).toEqual([
      ['BEGIN', 'begin', 'OK', 0],
      ['INSERT', "insert into t values ('a;b', $$c;d$$)", 'OK', 0],
      ['SELECT', '/* ; */ select 1 -- ;', 'OK', 1],
      ['COMMIT', 'commit', 'OK', 0],
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('reports an error, and what was not executed because of it', () => {
    const t = session();
    t.client(w.query('select 1; bogus; select 2'));
    t.server(select([['1', '2']]) + w.error('42601', 'syntax error at or near "bogus"') + w.ready());
    t.client(w.query('select 3')).server(select([]) + w.ready());
    const events = t.events();
    expect(events.map(brief)).toEqual([
      ['SELECT', 'select 1', 'OK', 1],
      ['BOGUS', 'bogus', 'Error', 0],
      ['SELECT', 'select 2', 'Error', undefined],
      ['SELECT', 'select 3', 'OK', 0],
    ]);
    expect(events[1]).toMatchObject({
      'pgsql.error_code': '42601',
      'pgsql.error_message': 'syntax error at or near "bogus"',
      'pgsql.error_severity': 'ERROR',
      'pgsql.num_fields': 0,
    });
    expect(events[2]!['error.message']).toBe('Not executed: an earlier statement failed');
  });

  it('reports the empty query', () => {
    const t = session();
    t.client(w.query('-- ping')).server(w.emptyQuery + w.ready());
    expect(t.events()).toMatchObject([{ query: '-- ping', status: 'OK', 'destination.bytes': 5 }]);
  });

  it('writes max_rows rows of max_row_length bytes, and counts all', () => {
    const t = session({ send_response: true, max_rows: 2, max_row_length: 5 });
    t.client(w.query('select'));
    t.server(
      select(
        [
          ['abc', 'defg', 'x'],
          ['123456', '7', ''],
          ['q', 'q', 'q'],
        ],
        ['a', 'b', 'c'],
      ) + w.ready(),
    );
    expect(t.events()).toMatchObject([{ response: 'a,b,c\nabc,de\n12345\n', 'pgsql.num_rows': 3 }]);
  });

  it('asks to skip what it does not want of a long value', () => {
    const t = session({ send_response: true });
    const value = 50_000_000;
    t.client(w.query('select')).server(w.rowDescription({ name: 'a' }));
    t.server(`D${w.u32(value + 10)}${w.u16(1)}${w.u32(value)}${'x'.repeat(100_000)}`);
    expect(t.commands).toMatchObject([{ command: 3, dir: 1 }]);
    t.jump(1, value - 100_000).server(w.complete('SELECT 1') + w.ready());
    const [event] = t.events();
    expect(event).toMatchObject({ 'pgsql.num_rows': 1, status: 'OK', response: `a\n${'x'.repeat(1024)}\n` });
    expect(event!['destination.bytes']).toBeGreaterThan(value);
  });

  it('skips statements whose text is longer than the limit', () => {
    const t = session();
    t.client(w.query(`select 1; insert into t values ('${'x'.repeat(1_000_000)}')`));
    t.server(select([]) + w.complete('INSERT 0 1') + w.ready());
    expect(t.events().map(({ method, status }) => [method, status])).toEqual([
      ['SELECT', 'OK'],
      ['INSERT', 'OK'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.statements.beyond_limit': 1 });
  });
});

describe('extended query', () => {
  const answer = w.parsed + w.bound + select([['1', 'x']]);

  it('is one event from Parse to Sync, its answer from RowDescription on', () => {
    const t = session();
    const request =
      w.parse('select * from t where id = $1;', '', [23]) +
      w.bind({ values: [w.u32(-7)], formats: [1] }) +
      w.describePortal +
      w.execute() +
      w.sync;
    t.client(request).server(answer + w.ready());
    expect(t.events()).toMatchObject([
      {
        method: 'SELECT',
        query: 'select * from t where id = $1',
        params: ['-7'],
        status: 'OK',
        'source.bytes': request.length,
        'destination.bytes': answer.length - 10,
        'pgsql.num_rows': 1,
        'pgsql.num_fields': 2,
      },
    ]);
  });

  it('counts from ParseComplete where nothing is described', () => {
    const t = session();
    t.client(w.parse('SET a = 1') + w.bind() + w.execute() + w.sync);
    t.server(w.parsed + w.bound + w.complete('SET') + w.ready());
    expect(t.events()).toMatchObject([{ method: 'SET', 'destination.bytes': 5 + 5 + 9 }]);
  });

  it('knows statements parsed before, by name and without', () => {
    const t = session();
    t.client(w.parse('select $1', 's1') + w.describeStatement('s1') + w.sync);
    t.server(w.parsed + w.parameterTypes(23) + w.rowDescription({ name: 'a' }) + w.ready());
    t.client(w.bind({ name: 's1', values: [w.u32(1)], formats: [1] }) + w.execute() + w.sync);
    t.server(w.bound + w.dataRow('1') + w.complete('SELECT 1') + w.ready());
    t.client(w.parse('select 2') + w.sync).server(w.parsed + w.ready());
    t.client(w.bind() + w.execute() + w.sync).server(w.bound + w.complete('SELECT 0') + w.ready());
    t.client(w.closeStatement('s1') + w.sync).server(w.closed + w.ready());
    t.client(w.bind({ name: 's1' }) + w.execute() + w.sync).server(w.error('26000', 'no s1') + w.ready());
    expect(
      t.events().map((e) => [e.query, e.params, e.status, e['pgsql.num_fields'], e['error.message']]),
    ).toEqual([
      ['select $1', ['1'], 'OK', 1, undefined],
      ['select 2', undefined, 'OK', 0, undefined],
      [undefined, undefined, 'Error', 0, 'Statement parsed before the capture began'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'pgsql.statements.prepared': 2,
      'pgsql.statements.unknown': 1,
      'pgsql.unmatched_requests': 0,
      'pgsql.unmatched_responses': 0,
    });
    expect(t.rows.open).toBe(0);
  });

  it('keeps pipelined batches apart, one Sync for all or one each', () => {
    const t = session();
    const one = (n: number) => w.parse(`select ${n}`) + w.bind() + w.describePortal + w.execute();
    t.client(one(1) + one(2) + one(3) + w.sync + one(4) + w.sync + one(5) + w.sync);
    t.server((answer + answer + answer + w.ready()).repeat(1) + answer + w.ready() + answer + w.ready());
    expect(t.events().map(brief)).toEqual([1, 2, 3, 4, 5].map((n) => ['SELECT', `select ${n}`, 'OK', 1]));
  });

  it('gives an error to the statement that failed, and skips to the Sync', () => {
    const t = session();
    const one = (n: number) => w.parse(`select ${n}`) + w.bind() + w.describePortal + w.execute();
    t.client(one(1) + one(2) + one(3) + w.sync + one(4) + w.sync);
    t.server(answer + w.parsed + w.error('22012', 'division by zero') + w.ready() + answer + w.ready());
    expect(t.events().map((e) => [e.query, e.status, e['pgsql.error_code'], e['error.message']])).toEqual([
      ['select 1', 'OK', undefined, undefined],
      ['select 2', 'Error', '22012', undefined],
      ['select 3', 'Error', undefined, 'Not executed: an earlier statement failed'],
      ['select 4', 'OK', undefined, undefined],
    ]);
  });

  it('skips to a Sync that comes after the error', () => {
    const t = session();
    t.client(w.parse('bogus') + w.describeStatement() + w.flush).server(w.error('42601', 'no'));
    t.client(w.bind() + w.execute())
      .client(w.sync)
      .server(w.ready());
    t.client(w.parse('select 1') + w.bind() + w.describePortal + w.execute() + w.sync).server(
      answer + w.ready(),
    );
    expect(t.events().map(({ query, status }) => [query, status])).toEqual([
      ['bogus', 'Error'],
      ['bogus', 'Error'],
      ['select 1', 'OK'],
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('is an event for each part of a portal that is fetched', () => {
    const t = session();
    t.client(w.parse('select 9') + w.bind({ portal: 'c' }) + w.execute('c', 2) + w.sync);
    t.server(w.parsed + w.bound + w.dataRow('1') + w.dataRow('2') + w.suspended + w.ready('T'));
    t.client(w.parse('select 8') + w.bind() + w.execute() + w.sync);
    t.server(w.parsed + w.bound + w.complete('SELECT 0') + w.ready('T'));
    t.client(w.execute('c', 2) + w.sync).server(w.dataRow('3') + w.complete('SELECT 1') + w.ready('T'));
    expect(t.events().map(brief)).toEqual([
      ['SELECT', 'select 9', 'OK', 2],
      ['SELECT', 'select 8', 'OK', 0],
      ['SELECT', 'select 9', 'OK', 1],
    ]);
  });

  it('knows the columns of a portal that was described with its first part', () => {
    const t = session({ send_response: true });
    t.client(w.parse('select') + w.bind({ results: [1] }) + w.describePortal + w.execute('', 1) + w.flush);
    t.server(w.parsed + w.bound + w.rowDescription({ name: 'n', type: 23, format: 1 }));
    t.server(w.dataRow(w.u32(1)) + w.suspended).client(w.execute('', 1) + w.sync);
    t.server(w.dataRow(w.u32(2)) + w.complete('SELECT 1') + w.ready());
    t.client(w.parse('select 2') + w.bind() + w.execute() + w.sync);
    t.server(w.parsed + w.bound + w.dataRow('only', 'row') + w.complete('SELECT 1') + w.ready());
    expect(t.events().map((e) => [e.response, e['pgsql.num_fields']])).toEqual([
      ['n\n1\n', 1],
      ['n\n2\n', 1],
      ['only,row\n', 2],
    ]);
  });

  it('writes binary results and parameters as text', () => {
    const t = session({ send_response: true });
    t.client(
      w.parse('select', '', [21, 0, 1043]) +
        w.bind({ values: [w.u16(-2), null, 'abc'], formats: [1, 0, 0], results: [1, 0] }) +
        w.describePortal +
        w.execute() +
        w.sync,
    );
    t.server(
      w.parsed +
        w.bound +
        w.rowDescription({ name: 'n', type: 23, format: 1 }, { name: 't', type: 25 }) +
        w.dataRow(w.u32(70_000), '7') +
        w.dataRow(null, '') +
        w.complete('SELECT 2') +
        w.ready(),
    );
    expect(t.events()).toMatchObject([{ params: ['-2', 'NULL', 'abc'], response: 'n,t\n70000,7\n,\n' }]);
  });

  it('knows the formats of a result that was described before its Bind', () => {
    const t = session({ send_response: true });
    t.client(w.parse('select', 's') + w.describeStatement('s') + w.sync);
    t.server(w.parsed + w.parameterTypes() + w.rowDescription({ name: 'n', type: 23 }) + w.ready());
    t.client(w.bind({ name: 's', results: [1] }) + w.execute() + w.sync);
    t.server(w.bound + w.dataRow(w.u32(5)) + w.complete('SELECT 1') + w.ready());
    expect(t.events()).toMatchObject([{ response: 'n\n5\n', 'pgsql.num_fields': 1 }]);
  });

  it('reports a Parse only when it fails', () => {
    const t = session();
    t.client(w.parse('select 1', 'a') + w.sync).server(w.parsed + w.ready());
    t.client(w.parse('selct 1', 'b') + w.sync).server(w.error('42601', 'no') + w.ready());
    expect(t.events().map(brief)).toEqual([['SELCT', 'selct 1', 'Error', 0]]);
    expect(t.rows.open).toBe(0);
  });
});

describe('what else a session does', () => {
  it('copies in and out', () => {
    const t = session();
    t.client(w.query('copy t from stdin')).server(w.copyIn);
    t.client(w.copyData('1\n') + w.copyData('2\n') + w.copyDone).server(w.complete('COPY 2') + w.ready());
    t.client(w.query('copy t to stdout'));
    t.server(w.copyOut + w.copyData('1\n').repeat(2) + w.copyDone + w.complete('COPY 2') + w.ready());
    t.client(w.query('copy t from stdin')).server(w.copyIn).client(w.copyFail('no'));
    t.server(w.error('57014', 'COPY from stdin failed: no') + w.ready());
    expect(t.events().map((e) => [e.method, e.status, e['source.bytes'], e['destination.bytes']])).toEqual([
      ['COPY', 'OK', 23 + 7 + 7 + 5, 10 + 12],
      ['COPY', 'OK', 22, 10 + 14 + 5 + 12],
      ['COPY', 'Error', 23 + 8, 10 + w.error('57014', 'COPY from stdin failed: no').length],
    ]);
  });

  it('lets a long copy take its time', () => {
    const t = session();
    t.client(w.query('copy t from stdin')).server(w.copyIn);
    for (let i = 0; i < 5; i++) t.wait(8).client(w.copyData('x'));
    t.client(w.copyDone).server(w.complete('COPY 5') + w.ready());
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
  });

  it('starts replication, which does not end', () => {
    const t = session();
    t.client(w.query('START_REPLICATION 0/0')).server(w.copyBoth + w.copyData('w'.repeat(50)));
    t.wait(60).client(w.copyData('r')).server(w.copyData('w')).client(w.copyDone);
    t.server(w.copyDone + w.complete('COPY 0') + w.ready());
    t.client(w.query('select 1')).server(select([]) + w.ready());
    expect(t.events().map(brief)).toEqual([
      ['START_REPLICATION', 'START_REPLICATION 0/0', 'OK', 0],
      ['SELECT', 'select 1', 'OK', 0],
    ]);
  });

  it('calls functions', () => {
    const t = session();
    t.client(w.functionCall(1598)).server(w.functionResponse('0.5') + w.ready());
    expect(t.events()).toMatchObject([{ method: 'FUNCTION', query: 'FUNCTION 1598', status: 'OK' }]);
  });

  it('is not disturbed by notices, notifications and parameters', () => {
    const t = session();
    t.client(w.query('drop table if exists t'));
    t.server(w.notice('skipping') + w.notification('c', 'p') + w.parameterStatus('TimeZone', 'UTC'));
    t.server(w.complete('DROP TABLE') + w.ready() + w.notification('c', 'p'));
    expect(t.events()).toMatchObject([{ method: 'DROP', 'destination.bytes': 16 }]);
    expect(t.counters.snapshot()).toMatchObject({
      'pgsql.notices.unasked': 1,
      'pgsql.notifications.unasked': 2,
      'pgsql.unmatched_responses': 0,
    });
  });

  it('splits as the server does that lets backslashes escape', () => {
    const t = session();
    t.server(w.parameterStatus('standard_conforming_strings', 'off'));
    t.client(w.query("select 'a\\'; b'; select 2")).server(select([]) + select([]) + w.ready());
    t.server(w.parameterStatus('standard_conforming_strings', 'on'));
    t.client(w.query("select 'a\\'; select 2")).server(select([]) + select([]) + w.ready());
    expect(t.events().map(({ query }) => query)).toEqual([
      "select 'a\\'; b'",
      'select 2',
      "select 'a\\'",
      'select 2',
    ]);
  });

  it('goes on after N, and hands over to TLS after S', () => {
    const t = new TestSession(pgsql);
    t.client(w.gssRequest).server('N').client(w.sslRequest).server('N');
    t.client(w.startup('user', 'me')).server(w.welcome());
    t.client(w.query('select 1')).server(select([]) + w.ready());
    expect(t.events()).toMatchObject([{ query: 'select 1' }]);
    const tls = new TestSession(pgsql);
    tls
      .client(w.sslRequest)
      .server('S')
      .client(`\x16\x03\x01${'x'.repeat(20)}`);
    expect(tls.events()).toEqual([]);
    expect(tls.counters.snapshot()).toMatchObject({ 'pgsql.session.dropped': 0 });
    expect(tls.commands).toMatchObject([{ command: 2 }]);
  });

  it('gives up on GSSAPI and hands over what begins with TLS', () => {
    const t = new TestSession(pgsql);
    t.client(w.gssRequest).server('G');
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.sessions.gssapi': 1, 'pgsql.session.dropped': 1 });
    const direct = new TestSession(pgsql);
    direct.client(`\x16\x03\x01${'x'.repeat(20)}`);
    expect(direct.counters.snapshot()).toMatchObject({ 'pgsql.session.dropped': 0 });
  });

  it('counts a request to cancel', () => {
    const t = new TestSession(pgsql);
    t.client(w.cancelRequest).end();
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'pgsql.cancel.requests': 1 });
  });

  it('reports a start that is refused, and never what proves who somebody is', () => {
    const t = new TestSession(pgsql, { send_request: true, send_response: true });
    t.client(w.startup('user', 'eve', 'database', 'db'));
    for (const code of [3, 5, 10])
      t.server(w.authentication(code, 'SCRAM-SHA-256\0salt\0')).client(w.password('hunter2\0'));
    t.server(w.authentication(12, 'v=hunter2'))
      .server(w.error('28P01', 'password authentication failed', 'FATAL'))
      .end();
    const events = t.events();
    expect(events).toMatchObject([
      {
        method: 'STARTUP',
        status: 'Error',
        'user.name': 'eve',
        'related.user': ['eve'],
        'pgsql.error_code': '28P01',
        'pgsql.error_severity': 'FATAL',
      },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/hunter2|salt/);
    expect(t.rows.open).toBe(0);
  });

  it('masks passwords in SQL and the parameters beside them', () => {
    const t = session({ send_request: true });
    t.client(w.query("alter role me password 'hunter2' login; select 1")).server(
      w.complete('ALTER ROLE') + select([]) + w.ready(),
    );
    t.client(
      w.parse('update users set password = $1', 'p') +
        w.bind({ name: 'p', values: ['hunter2'] }) +
        w.execute() +
        w.sync,
    );
    t.server(w.parsed + w.bound + w.complete('UPDATE 1') + w.ready());
    t.client(w.parse("create user a password 'hunter2'", 'q') + w.sync).server(w.parsed + w.ready());
    t.client(w.bind({ name: 'q' }) + w.execute() + w.sync).server(
      w.bound + w.complete('CREATE ROLE') + w.ready(),
    );
    const events = t.events();
    expect(events.map(({ query, request, params }) => [query, request === query, params])).toEqual([
      ["alter role me password 'xxxxx' login", true, undefined],
      ['select 1', true, undefined],
      ['update users set password = $1', true, ['xxxxx']],
      ["create user a password 'xxxxx'", true, undefined],
    ]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  it('finds the client by content', () => {
    const t = session({}, { detect: true, reversed: true });
    t.client(w.query('select 1')).server(select([]) + w.ready());
    expect(t.events()).toMatchObject([{ query: 'select 1', swapped: true }]);
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    '\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01a\x01b\0\0\x01\0\x01',
    '\0\0\0\x0a\0\x03\0\0\0\0',
    'SSH-2.0-x\r\n',
  ])('does not take %j', (bytes) => {
    const t = new TestSession(pgsql, {}, { detect: true });
    t.client(bytes);
    expect(t.commands).toMatchObject([{ command: 2 }]);
  });
});
