import { describe, expect, it } from 'vitest';
import {
  CAPABILITIES,
  eof,
  err,
  execute,
  greeting,
  join,
  lenenc,
  login,
  ok,
  packet,
  packets,
  prepare,
  prepared,
  query,
  resultSet,
  text,
  textRow,
  tlsRequest,
  u16,
  u32,
} from '../../../test/support/mysql-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { mysql } from './analyzer.js';

const ALL = { send_all_commands: true };
const RAW = { send_request: true, send_response: true };

describe('one exchange', () => {
  it('has verb, SQL, tables, counts, sizes and times', () => {
    const t = new TestSession(mysql, RAW);
    const request = query(' select a, b from t\n');
    const response = resultSet(
      [{ name: 'a' }, { name: 'b', table: 'u' }],
      [textRow('1', 'x,y'), textRow(null, 'q"')],
    );
    t.client(request);
    t.nanoseconds = 830_000;
    t.server(response);
    expect(t.events()).toEqual([
      {
        type: 'mysql',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.00083,
        'source.bytes': request.length,
        'destination.bytes': response.length,
        method: 'SELECT',
        query: 'select a, b from t',
        request: ' select a, b from t\n',
        path: 'test.t, test.u',
        response: 'a,b\n1,"x,y"\nNULL,"q"""\n',
        'mysql.affected_rows': 0,
        'mysql.insert_id': 0,
        'mysql.num_fields': 2,
        'mysql.num_rows': 2,
      },
    ]);
  });

  it('has what an OK says, and what an ERR says', () => {
    const t = new TestSession(mysql);
    t.client(query('insert into t values (1)')).server(packet(1, ok(300, 70_000)));
    t.client(query('nonsense')).server(packet(1, err(1064, '42000', 'You have an error')));
    expect(t.events()).toMatchObject([
      { method: 'INSERT', status: 'OK', 'mysql.affected_rows': 300, 'mysql.insert_id': 70_000 },
      {
        method: 'NONSENSE',
        status: 'Error',
        'mysql.error_code': 1064,
        'mysql.error_message': '42000: You have an error',
      },
    ]);
  });

  it('keeps 64 bits of an insert id', () => {
    const t = new TestSession(mysql);
    t.client(query('insert')).server(packet(1, '\0\x01\xfe', '\xff'.repeat(8), u16(2), u16(0)));
    expect(t.events()[0]!['mysql.insert_id']).toBe(18446744073709551615n);
  });

  it.each([
    ['/* who: me */ select 1', 'SELECT'],
    ['/*!40101 SET NAMES utf8 */', 'SET'],
    ['-- why\n# because\nUPDATE t', 'UPDATE'],
    ['((select 1) union (select 2))', 'SELECT'],
    ['BEGIN;', 'BEGIN'],
    ['select(1)', 'SELECT'],
    ['/* open', 'QUERY'],
    ['', 'QUERY'],
    ['123', 'QUERY'],
  ])('finds the verb of %j', (sql, method) => {
    const t = new TestSession(mysql);
    t.client(query(sql)).server(packet(1, ok()));
    expect(t.events()).toMatchObject([{ method, query: sql }]);
  });

  it('cuts rows and their number', () => {
    const t = new TestSession(mysql, { ...RAW, max_rows: 2, max_row_length: 5 });
    const rows = ['1', '2', '3'].map((n) => textRow(n, 'abcdefgh', 'z'));
    t.client(query('select')).server(resultSet([{ name: 'a' }, { name: 'b' }, { name: 'c' }], rows));
    expect(t.events()).toMatchObject([{ response: 'a,b,c\n1,abcd\n2,abcd\n', 'mysql.num_rows': 3 }]);
  });

  it('quotes as Packetbeat does', () => {
    const t = new TestSession(mysql, RAW);
    const row = textRow('a\nb\r', ' x', '\\.', '', 'c\td');
    t.client(query('select')).server(
      resultSet(
        ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })),
        [row],
      ),
    );
    expect(t.events()[0]!.response).toBe('a,b,c,d,e\na\\nb\\r," x","\\.",,c\td\n');
  });

  it('leaves out tables without a name, and repetitions', () => {
    const t = new TestSession(mysql);
    const columns = [
      { name: 'a', table: '', schema: '' },
      { name: 'b', table: 't10' },
      { name: 'c', table: 't1' },
      { name: 'd', table: 't10' },
      { name: 'e', schema: 'tes', table: 't.t1' },
    ];
    t.client(query('select')).server(resultSet(columns, []));
    expect(t.events()[0]!.path).toBe('test.t10, test.t1, tes.t.t1');
  });
});

describe('EOF packets', () => {
  it.each([false, true])('are inferred without a handshake (deprecated: %s)', (deprecated) => {
    const t = new TestSession(mysql, RAW);
    const one = (rows: Buffer[]) => resultSet([{ name: 'a' }], rows, { deprecated });
    t.client(query('select 1')).server(one([]));
    t.client(query('select 2')).server(one([textRow('x'), textRow('y')]));
    t.client(query('select 3')).server(packet(1, err(1, 'HY000', 'no')));
    t.client(query('select 4')).server(one([textRow('z')]));
    expect(t.events().map((e) => [e.query, e.response, e['mysql.num_rows'], e.status])).toEqual([
      ['select 1', 'a\n', 0, 'OK'],
      ['select 2', 'a\nx\ny\n', 2, 'OK'],
      ['select 3', '', 0, 'Error'],
      ['select 4', 'a\nz\n', 1, 'OK'],
    ]);
  });

  it.each([false, true])('behind a prepared statement are inferred too (deprecated: %s)', (deprecated) => {
    for (const [params, columns] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [2, 2],
    ] as const) {
      const t = new TestSession(mysql);
      const names = Array.from({ length: columns }, (_, i) => ({ name: `c${i}` }));
      const answer = prepared(3, params, names, deprecated);
      t.client(prepare('select ?')).server(answer);
      t.client(query('select 2')).server(packet(1, ok()));
      expect(t.events()).toMatchObject([
        { method: 'SELECT', query: 'select ?', 'destination.bytes': answer.length, 'mysql.num_rows': 0 },
        { query: 'select 2', status: 'OK' },
      ]);
      expect(t.counters.snapshot()).toMatchObject({
        'mysql.unmatched_requests': 0,
        'mysql.packets.ignored': 0,
      });
    }
  });

  it('a late one is taken into the answer', () => {
    const t = new TestSession(mysql);
    const answer = prepared(3, 1, []);
    t.client(prepare('delete from t where a = ?')).server(answer.subarray(0, -9)).server(answer.subarray(-9));
    t.client(execute(3, [{ type: 8, value: `\x05${'\0'.repeat(7)}` }])).server(packet(1, ok(1)));
    expect(t.events()).toMatchObject([
      { 'destination.bytes': answer.length },
      { method: 'DELETE', params: ['5'], 'mysql.affected_rows': 1 },
    ]);
  });

  it('tells a row that begins with 0xfe from the end', () => {
    const t = new TestSession(mysql);
    const columns = packets(
      1,
      '\x01',
      Buffer.concat([text('def'), text(''), text(''), text(''), text('a'), text('a')]),
      eof(),
    );
    t.client(query('select')).server(columns);
    // A value of 16 MiB and more: its length takes nine bytes, its packet is full.
    t.server(join(new Uint8Array([255, 255, 255, 4]), '\xfe\x00\x00\x00\x01\0\0\0\0', 'x'.repeat(1000)));
    t.jump(1, 0xffffff - 1009).server(packet(5, 'y'.repeat(10)));
    t.server(packet(6, eof()));
    expect(t.events()).toMatchObject([
      { 'mysql.num_rows': 1, 'destination.bytes': columns.length + 4 + 0xffffff + 14 + 9 },
    ]);
  });

  it('columns may be left out by MySQL and by MariaDB', () => {
    const none = ['\0\x02', '\x02\0'].map((count) =>
      packets(1, count, textRow('x', 'y'), join('\xfe\0\0', u32(2))),
    );
    const full = ['\x01\x01', '\x01\x01'].map((count) =>
      join(packet(1, count), resultSet([{ name: 'a' }], [textRow('x')], { deprecated: true }).subarray(5)),
    );
    for (const [answer, fields] of [...none.map((a) => [a, 2]), ...full.map((a) => [a, 1])] as const) {
      const t = new TestSession(mysql);
      t.client(query('select')).server(answer as Buffer);
      expect(t.events()).toMatchObject([{ 'mysql.num_fields': fields, 'mysql.num_rows': 1, status: 'OK' }]);
    }
  });
});

describe('more than one result', () => {
  it('is one event with the sums', () => {
    const t = new TestSession(mysql, RAW);
    const first = resultSet([{ name: 'a' }], [textRow('1'), textRow('2')], { status: 10 });
    const second = resultSet([{ name: 'b', table: 'u' }, { name: 'c' }], [textRow('3', '4')], {
      first: 7,
      status: 10,
    });
    t.client(query('call p()')).server(join(first, second, packet(12, ok(5))));
    expect(t.events()).toMatchObject([
      {
        method: 'CALL',
        path: 'test.t, test.u',
        response: 'a\n1\n2\nb,c\n3,4\n',
        'mysql.num_rows': 3,
        'mysql.num_fields': 1,
        'mysql.num_results': 3,
        'mysql.affected_rows': 5,
      },
    ]);
  });

  it('may end with an error', () => {
    const t = new TestSession(mysql);
    t.client(query('update t set a=1; nonsense')).server(packets(1, ok(4, 0, 10), err(1064, '42000', 'no')));
    expect(t.events()).toMatchObject([
      {
        status: 'Error',
        'mysql.affected_rows': 4,
        'mysql.error_code': 1064,
        'mysql.error_message': '42000: no',
      },
    ]);
  });

  it('an error may come amid rows; progress reports of MariaDB are none', () => {
    const t = new TestSession(mysql);
    const rows = resultSet([{ name: 'a' }], [textRow('1')]).subarray(0, -9);
    t.client(query('select')).server(join(rows, packet(5, err(1317, '70100', 'interrupted'))));
    t.client(query('alter table t')).server(packets(1, '\xff\xff\xff\x01\x01\x02', ok(0)));
    expect(t.events()).toMatchObject([
      { status: 'Error', 'mysql.num_rows': 1, 'mysql.error_code': 1317 },
      { status: 'OK', method: 'ALTER' },
    ]);
  });
});

describe('a local file', () => {
  it('belongs to its statement', () => {
    const t = new TestSession(mysql);
    const request = query("load data local infile 'x' into table t");
    const file = packets(2, 'a,1\nb,2\n', '');
    t.client(request).server(packet(1, '\xfbx'));
    t.client(file).server(packet(4, ok(2)));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events()).toMatchObject([
      { method: 'LOAD', 'mysql.affected_rows': 2, 'source.bytes': request.length + file.length },
      { method: 'SELECT' },
    ]);
  });
});

describe('logins and other commands', () => {
  it('a login has user and schema, and nothing of the password', () => {
    const t = new TestSession(mysql, ALL);
    t.server(greeting()).client(login('monica', 's3cret-answer', 'shop'));
    t.server(packet(2, '\xfecaching_sha2_password\0salt')).client(packet(3, 'hunter2\0'));
    t.server(packet(4, '\x01\x03')).server(packet(5, ok()));
    expect(t.events()).toMatchObject([
      {
        method: 'LOGIN',
        status: 'OK',
        'user.name': 'monica',
        'related.user': ['monica'],
        resource: 'shop',
        'mysql.schema': 'shop',
      },
    ]);
    const all = JSON.stringify(t.events());
    for (const secret of ['s3cret', 'hunter2', 'salt']) expect(all).not.toContain(secret);
  });

  it('a refused login is always reported', () => {
    const t = new TestSession(mysql);
    t.server(greeting())
      .client(login('monica', 'abc'))
      .server(packet(2, err(1045, '28000', 'Access denied')));
    expect(t.events()).toMatchObject([
      { method: 'LOGIN', status: 'Error', 'user.name': 'monica', 'mysql.error_code': 1045 },
    ]);
  });

  it('an error in place of a greeting is reported', () => {
    const t = new TestSession(mysql);
    t.server(packet(0, '\xff\x10\x04Too many connections'));
    expect(t.events()).toMatchObject([{ status: 'Error', 'mysql.error_message': 'Too many connections' }]);
  });

  it('by default only what fails of them', () => {
    const t = new TestSession(mysql);
    t.server(greeting()).client(login('a', 'b')).server(packet(2, ok()));
    t.client(packet(0, '\x0e')).server(packet(1, ok()));
    t.client(packet(0, '\x02nowhere')).server(packet(1, err(1049, '42000', "Unknown database 'nowhere'")));
    t.client(packet(0, '\x01')).end();
    expect(t.events()).toMatchObject([{ method: 'INIT_DB', resource: 'nowhere', status: 'Error' }]);
    expect(t.counters.snapshot()).toMatchObject({
      'mysql.commands.unreported': 3,
      'mysql.unmatched_requests': 0,
      'mysql.packets.ignored': 0,
    });
    expect(t.rows.open).toBe(0);
  });

  it('all of them when asked for', () => {
    const t = new TestSession(mysql, ALL);
    t.client(packet(0, '\x09')).server(packet(1, 'Uptime: 5  Threads: 1'));
    t.client(packet(0, '\x04t\0%')).server(resultSet([{ name: 'a' }, { name: 'b' }], []).subarray(5, -9));
    t.client(packet(0, '\x1b\0\0')).server(packet(1, eof()));
    t.client(packet(0, '\x0a')).server(resultSet([{ name: 'Id' }], [textRow('1')]));
    t.client(packet(0, '\x1f')).server(packet(1, ok()));
    t.client(join(packet(0, '\x19', u32(1)), packet(0, '\x01')));
    expect(t.events().map((e) => [e.method, e.status, e.end !== undefined])).toEqual([
      ['STATISTICS', 'OK', true],
      ['FIELD_LIST', 'OK', true],
      ['SET_OPTION', 'OK', true],
      ['PROCESS_INFO', 'OK', true],
      ['RESET_CONNECTION', 'OK', true],
      ['STMT_CLOSE', 'OK', false],
      ['QUIT', 'OK', false],
    ]);
  });

  it('with send_session every event tells user and schema', () => {
    const t = new TestSession(mysql, { send_session: true });
    t.server(greeting())
      .client(login('a', 'pw', 'one'))
      .server(packet(2, ok()));
    t.client(query('select 1')).server(packet(1, ok()));
    t.client(query('use `two`')).server(packet(1, ok()));
    t.client(packet(0, '\x02none')).server(packet(1, err(1049, '42000', 'no')));
    t.client(packet(0, '\x02three')).server(packet(1, ok()));
    t.client(query('select 2')).server(packet(1, ok()));
    t.client(packet(0, '\x11b\0\x02pwfour\0')).server(packet(1, ok()));
    t.client(query('select 3')).server(packet(1, ok()));
    expect(t.events().map((e) => [e.query, e['user.name'], e['mysql.schema']])).toEqual([
      ['select 1', 'a', 'one'],
      ['use `two`', 'a', 'two'],
      ['INIT_DB', 'a', 'two'],
      ['select 2', 'a', 'three'],
      ['select 3', 'b', 'four'],
    ]);
  });

  it('TLS is handed on', () => {
    const t = new TestSession(mysql);
    t.server(greeting())
      .client(tlsRequest())
      .client('\x16\x03\x01\x00\x05hello')
      .server('\x16\x03\x03\x00\x05hello');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'mysql.session.tls': 1, 'mysql.packets.malformed': 0 });
  });

  it('a replication stream is left alone', () => {
    const t = new TestSession(mysql, ALL);
    t.client(packet(0, '\x12', u32(4), u16(0), u32(1), 'bin.1')).server(packets(1, '\0event', '\0event'));
    expect(t.events()).toMatchObject([{ method: 'BINLOG_DUMP', status: 'OK' }]);
    expect(t.counters.snapshot()['mysql.session.dropped']).toBe(1);
  });
});

describe('query attributes', () => {
  it('are passed over, with a handshake or without', () => {
    const t = new TestSession(mysql);
    const value = join(text('v'), '\x2a\0\0\0', text('w'));
    const types = join('\xfe\0', text('n'), '\x03\0', text('number'), '\xfd\0', text(''));
    t.client(packet(0, '\x03\0\x01select 1')).server(packet(1, ok()));
    t.client(packet(0, '\x03\x03\x01\0\x01', types, value, 'select 2')).server(packet(1, ok()));
    t.client(packet(0, '\x03\x03\x01\x05\x01', types, '\x2a\0\0\0', 'select 3')).server(packet(1, ok()));
    expect(t.events().map((e) => e.query)).toEqual(['select 1', 'select 2', 'select 3']);
  });

  it('of an execute are no parameters', () => {
    const t = new TestSession(mysql);
    t.server(greeting())
      .client(login('a', 'b', '', CAPABILITIES.attributes | CAPABILITIES.deprecateEof))
      .server(packet(2, ok()));
    t.client(prepare('select ?')).server(prepared(1, 1, [{ name: 'x' }], true));
    const params = [
      { type: 253, value: text('mine') },
      { type: 253, value: text('attribute') },
    ];
    t.client(execute(1, params, { named: true })).server(packet(1, ok()));
    t.client(prepare('select 1')).server(prepared(2, 0, [{ name: 'x' }], true));
    t.client(packet(0, '\x17', u32(2), '\x08', u32(1), lenenc(0))).server(packet(1, ok()));
    expect(t.events().map((e) => e.params)).toEqual([undefined, ['mine'], undefined, undefined]);
  });
});
