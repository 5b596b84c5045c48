import { describe, expect, it } from 'vitest';
import {
  concat,
  frame,
  list,
  NULL,
  query,
  rows,
  string,
  TYPE,
  u8,
  u16,
  u32,
  VOID,
  value,
} from '../../../test/support/cassandra-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { cassandra } from './analyzer.js';

const session = (options = {}, test = {}) => new TestSession(cassandra, options, test);
const COLUMNS = [
  ['id', TYPE.int],
  ['name', TYPE.text],
] as const;
const ID = '0123456789abcdef';
const UUID = '30313233-3435-3637-3839-616263646566';

/** The response part of the event of one QUERY that is answered so. */
function answer(op: Parameters<typeof frame>[0], body: Uint8Array | string, about = {}) {
  const t = session({ send_response_header: false });
  t.client(query('SELECT', about)).server(frame(op, body, about));
  const [event] = t.events();
  expect(t.events().length).toBe(1);
  return parts(event!, 'cassandra.response.');
}

/** Fields of an event below a path, without it. */
function parts(event: Record<string, unknown>, below: string) {
  const own = Object.entries(event).filter(([path]) => path.startsWith(below));
  return Object.fromEntries(own.map(([path, value]) => [path.slice(below.length), value]));
}

describe('one exchange', () => {
  it('has the statement, the result, both headers, sizes and times', () => {
    const t = session();
    t.client(query('SELECT * FROM t', { stream: 7 }));
    t.nanoseconds = 830_000;
    t.server(frame('RESULT', rows({ columns: COLUMNS }, 3, 'content'), { stream: 7 }));
    expect(t.events()).toEqual([
      {
        type: 'cassandra',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.00083,
        'source.bytes': 31,
        'destination.bytes': 53,
        'cassandra.request.headers.version': '4',
        'cassandra.request.headers.flags': 'Default',
        'cassandra.request.headers.stream': 7,
        'cassandra.request.headers.op': 'QUERY',
        'cassandra.request.headers.length': 22,
        'cassandra.request.query': 'SELECT * FROM t',
        'cassandra.response.headers.version': '4',
        'cassandra.response.headers.flags': 'Default',
        'cassandra.response.headers.stream': 7,
        'cassandra.response.headers.op': 'RESULT',
        'cassandra.response.headers.length': 44,
        'cassandra.response.result.type': 'rows',
        'cassandra.response.result.rows.meta.flags': 'GlobalTableSpec',
        'cassandra.response.result.rows.meta.col_count': 2,
        'cassandra.response.result.rows.meta.keyspace': 'ks',
        'cassandra.response.result.rows.meta.table': 't',
        'cassandra.response.result.rows.num_rows': 3,
      },
    ]);
  });

  it.each([
    [{ send_request: false }, 'cassandra.request'],
    [{ send_response: false }, 'cassandra.response'],
    [{ send_request_header: false }, 'cassandra.request.headers'],
    [{ send_response_header: false }, 'cassandra.response.headers'],
  ])('leaves out what %j says, and nothing else', (options, gone) => {
    const exchange = (t: TestSession) => t.client(query('SELECT')).server(frame('RESULT', rows({}, 1)));
    const [whole] = exchange(session()).events();
    const [event] = exchange(session(options)).events();
    const kept = Object.entries(whole!).filter(([path]) => !`${path}.`.startsWith(`${gone}.`));
    expect(kept.length).toBeLessThan(Object.keys(whole!).length);
    expect(event).toEqual(Object.fromEntries(kept));
  });

  it('speaks versions 1 and 2, with streams of one byte', () => {
    for (const version of [1, 2]) {
      const t = session();
      t.client(query('USE ks', { version, stream: 5 }));
      t.server(frame('RESULT', concat(u32(3), string('ks')), { version, stream: 5 }));
      t.server(
        frame('EVENT', concat(...['SCHEMA_CHANGE', 'CREATED', 'ks', 't'].map(string)), {
          version,
          stream: -1,
        }),
      );
      expect(t.events()).toMatchObject([
        { 'cassandra.response.result.keyspace': 'ks', 'cassandra.request.headers.version': `${version}` },
        {
          'cassandra.response.headers.stream': -1,
          'cassandra.response.event.schema_change.change': 'CREATED',
          'cassandra.response.event.schema_change.table': 't',
        },
      ]);
    }
  });
});

describe('results', () => {
  it.each([
    ['void', VOID, { 'result.type': 'void' }],
    ['a keyspace', concat(u32(3), string('ks')), { 'result.type': 'set_keyspace', 'result.keyspace': 'ks' }],
    [
      'a keyspace made',
      concat(u32(5), ...['CREATED', 'KEYSPACE', 'ks'].map(string)),
      {
        'result.type': 'schemaChanged',
        'result.schema_change.change': 'CREATED',
        'result.schema_change.target': 'KEYSPACE',
        'result.schema_change.keyspace': 'ks',
      },
    ],
    [
      'a type changed',
      concat(u32(5), ...['UPDATED', 'TYPE', 'ks', 'address'].map(string)),
      {
        'result.type': 'schemaChanged',
        'result.schema_change.change': 'UPDATED',
        'result.schema_change.target': 'TYPE',
        'result.schema_change.keyspace': 'ks',
        'result.schema_change.object': 'address',
      },
    ],
    [
      'an aggregate dropped',
      concat(u32(5), ...['DROPPED', 'AGGREGATE', 'ks', 'avg'].map(string), list('int', 'int')),
      {
        'result.type': 'schemaChanged',
        'result.schema_change.change': 'DROPPED',
        'result.schema_change.target': 'AGGREGATE',
        'result.schema_change.keyspace': 'ks',
        'result.schema_change.name': 'avg',
        'result.schema_change.args': ['int', 'int'],
      },
    ],
    [
      'a page, and that more follow',
      rows({ flags: 3, columns: COLUMNS, paging: '\x00\xfe' }, 5000),
      {
        'result.type': 'rows',
        'result.rows.meta.flags': ['GlobalTableSpec', 'HasMorePages'],
        'result.rows.meta.col_count': 2,
        'result.rows.meta.paging_state': '00FE',
        'result.rows.meta.keyspace': 'ks',
        'result.rows.meta.table': 't',
        'result.rows.num_rows': 5000,
      },
    ],
    [
      'rows without metadata',
      concat(u32(2), u32(5), u32(2), u32(4)),
      {
        'result.type': 'rows',
        'result.rows.meta.flags': ['GlobalTableSpec', 'NoMetaData'],
        'result.rows.meta.col_count': 2,
        'result.rows.num_rows': 4,
      },
    ],
    [
      'columns of several tables',
      rows({ flags: 0, columns: COLUMNS }, 1),
      {
        'result.type': 'rows',
        'result.rows.meta.flags': 'FLAG_0',
        'result.rows.meta.col_count': 2,
        'result.rows.num_rows': 1,
      },
    ],
  ])('tells %s', (_, body, wanted) => {
    expect(answer('RESULT', body)).toEqual(wanted);
  });

  it('finds the number of rows behind columns of every type', () => {
    const columns = [
      ['a', TYPE.list(TYPE.int)],
      ['b', TYPE.map(TYPE.text, TYPE.set(TYPE.int))],
      [
        'c',
        TYPE.udt('address', [
          ['street', TYPE.text],
          ['zip', TYPE.tuple(TYPE.int, TYPE.list(TYPE.text))],
        ]),
      ],
      ['d', TYPE.tuple()],
      ['e', TYPE.custom('org.apache.cassandra.db.marshal.PointType')],
      ['f', u16(0x15)],
    ] as const;
    expect(answer('RESULT', rows({ columns }, 77))['result.rows.num_rows']).toBe(77);
  });

  it('tells trace, warnings, and what is behind the payload', () => {
    const payload = concat(u16(2), string('k'), value('v'), string('n'), NULL);
    const body = concat(ID, list('aggregation without key', 'slow'), payload, VOID);
    const t = session();
    t.client(query('SELECT')).server(frame('RESULT', body, { flags: 2 + 4 + 8 }));
    expect(parts(t.events()[0]!, 'cassandra.response.')).toMatchObject({
      'headers.flags': ['Tracing', 'CustomPayload', 'Warning'],
      trace_id: UUID,
      warnings: ['aggregation without key', 'slow'],
      'result.type': 'void',
    });
  });
});

describe('errors', () => {
  const error = (code: number, ...details: Uint8Array[]) => concat(u32(code), string('no'), ...details);
  const answers = concat(u16(4), u32(1), u32(2));
  const answered = { read_consistency: 'QUORUM', received: 1, blockfor: 2 };
  const reasons = concat(u32(2), u8(4), '\x7f\0\0\x01', u16(1), u8(16), 'x'.repeat(16), u16(2));

  it.each([
    [4, error(0x2000), 'errSyntax', {}],
    [4, error(0x2200), 'errInvalid', {}],
    [4, error(0x1234), 'ErrUnknown', {}],
    [
      4,
      error(0x1000, u16(5), u32(3), u32(1)),
      'errUnavailable',
      { read_consistency: 'ALL', required: 3, alive: 1 },
    ],
    [4, error(0x1100, answers, string('CAS')), 'errWriteTimeout', { ...answered, write_type: 'CAS' }],
    [4, error(0x1200, answers, u8(1)), 'errReadTimeout', { ...answered, data_present: true }],
    [
      4,
      error(0x1300, answers, u32(3), u8(0)),
      'errReadFailure',
      { ...answered, num_failures: 3, data_present: false },
    ],
    [
      5,
      error(0x1300, answers, reasons, u8(1)),
      'errReadFailure',
      { ...answered, num_failures: 2, data_present: true },
    ],
    [
      5,
      error(0x1500, answers, reasons, string('SIMPLE')),
      'errWriteFailure',
      { ...answered, num_failures: 2, write_type: 'SIMPLE' },
    ],
    [
      4,
      error(0x1400, string('ks'), string('f'), list('int', 'text')),
      'errFunctionFailure',
      { keyspace: 'ks', function: 'f', arg_types: ['int', 'text'] },
    ],
    [5, error(0x1600), 'errCDCWriteFailure', {}],
    [5, error(0x1700, answers), 'errCASWriteUnknown', answered],
    [4, error(0x2400, string('ks'), string('t')), 'errAlreadyExists', { keyspace: 'ks', table: 't' }],
    [4, error(0x2500, string(ID)), 'errUnprepared', { stmt_id: UUID }],
  ])('version %i tells %j as %s', (version, body, type, details) => {
    const wanted = Object.fromEntries(Object.entries(details).map(([k, v]) => [`error.details.${k}`, v]));
    expect(answer('ERROR', body, { version })).toEqual({
      'error.code': body.readUInt32BE(0),
      'error.msg': 'no',
      'error.type': type,
      ...wanted,
    });
    const t = session();
    t.client(query('SELECT', { version })).server(frame('ERROR', body, { version }));
    expect(t.events()).toMatchObject([{ status: 'Error' }]);
  });
});

describe('connections', () => {
  it('tells what is supported, and of authentication the class alone', () => {
    const t = session({ send_request_header: false, send_response_header: false });
    const secret = '\0cassandra\0hunter2';
    t.client(frame('OPTIONS')).server(
      frame('SUPPORTED', concat(u16(2), string('COMPRESSION'), list('lz4', 'snappy'), string('CQL'), list())),
    );
    t.client(frame('STARTUP', concat(u16(1), string('CQL_VERSION'), string('3.0.0'))));
    t.server(frame('AUTHENTICATE', string('PasswordAuthenticator')));
    t.client(frame('AUTH_RESPONSE', value(secret))).server(frame('AUTH_CHALLENGE', value('hunter2')));
    t.client(frame('AUTH_RESPONSE', value('hunter2'))).server(frame('AUTH_SUCCESS', NULL));
    t.client(frame('REGISTER', list('STATUS_CHANGE'))).server(frame('READY'));
    const told = t.events().map((event) => parts(event, 'cassandra.'));
    expect(told).toEqual([
      { 'response.supported': { COMPRESSION: ['lz4', 'snappy'], CQL: [] } },
      { 'response.authentication.class': 'PasswordAuthenticator' },
      { 'response.authentication.data': 'REDACTED' },
      {},
      {},
    ]);
    expect(JSON.stringify(t.events())).not.toContain('hunter2');
  });

  it('tells what the server pushes, from the server, whatever is pending', () => {
    const t = session();
    const up = concat(string('STATUS_CHANGE'), string('UP'), u8(4), Buffer.from([10, 0, 0, 9]), u32(9042));
    t.client(query('SELECT'))
      .server(frame('EVENT', up, { stream: -1 }))
      .server(frame('RESULT', VOID));
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        swapped: true,
        end: 1_000_000,
        'source.bytes': 37,
        'cassandra.no_request': true,
        'cassandra.response.headers.stream': -1,
        'cassandra.response.headers.op': 'EVENT',
        'cassandra.response.event.type': 'STATUS_CHANGE',
        'cassandra.response.event.change': 'UP',
        'cassandra.response.event.host': '10.0.0.9',
        'cassandra.response.event.port': 9042,
      },
      { 'cassandra.request.query': 'SELECT', 'cassandra.response.result.type': 'void' },
    ]);
    expect(t.counters.snapshot()['cassandra.push.unasked']).toBe(1);
  });

  it('gives way to TLS', () => {
    const t = session();
    t.client('\x16').client('\x03\x01\x02\0\x01');
    expect(t.counters.snapshot()['cassandra.session.dropped']).toBe(0);
    expect(t.commands.length).toBe(1);
  });

  it('ignores operations, as requests and as responses', () => {
    const t = session({ ignored_ops: ['OPTIONS', 'error', ' EVENT'] });
    t.client(frame('OPTIONS')).server(frame('SUPPORTED', u16(0)));
    t.client(query('a')).server(frame('ERROR', concat(u32(0), string('no'))));
    t.server(frame('EVENT', string('x'), { stream: -1 }))
      .client(query('b'))
      .server(frame('RESULT', VOID));
    t.client(frame('OPTIONS')).end();
    expect(t.events().map((e) => e['cassandra.request.query'])).toEqual(['b']);
    expect(t.rows.open).toBe(0);
  });
});
