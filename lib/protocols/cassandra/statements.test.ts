/** Statements that are prepared, executed and batched, and the passwords in statements. */
import { describe, expect, it } from 'vitest';
import {
  concat,
  frame,
  long,
  metadata,
  NULL,
  query,
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
import { MAX_TEXT_BYTES, Statements, serverKey } from './statements.js';

const session = (options = {}, test = {}) => new TestSession(cassandra, options, test);
const COLUMNS = [
  ['id', TYPE.int],
  ['name', TYPE.text],
] as const;
const ID = '0123456789abcdef';
const UUID = '30313233-3435-3637-3839-616263646566';

/** Fields of an event below a path, without it. */
function parts(event: Record<string, unknown>, below: string) {
  const own = Object.entries(event).filter(([path]) => path.startsWith(below));
  return Object.fromEntries(own.map(([path, value]) => [path.slice(below.length), value]));
}

describe('Statements', () => {
  const addresses = Uint8Array.from({ length: 32 }, (_, i) => i);
  const server = serverKey(addresses, 1, 9042);
  const id = (n: number) => concat('prefix', u32(n), 'suffix');
  const text = (n: number, size = 10) => Buffer.from(`${n}`.padEnd(size));

  it('keeps servers apart, and the newest text of an id', () => {
    const statements = new Statements();
    const other = serverKey(addresses, 0, 9042);
    statements.put(server, id(1), 0, 16, text(1));
    statements.put(other, id(1), 0, 16, text(2));
    statements.put(server, id(1), 0, 16, text(3));
    expect(Buffer.from(statements.get(server, id(1), 0, 16)!)).toEqual(text(3));
    expect(Buffer.from(statements.get(other, id(1), 0, 16)!)).toEqual(text(2));
    expect(statements.get(serverKey(addresses, 1, 9043), id(1), 0, 16)).toBeUndefined();
    expect(statements.get(server, id(2), 0, 16)).toBeUndefined();
  });

  it('keeps a bounded number of them and of bytes', () => {
    const statements = new Statements();
    for (let n = 0; n < 100_000; n++) statements.put(server, id(n), 0, 16, text(n));
    let kept = 0;
    for (let n = 0; n < 100_000; n++) if (statements.get(server, id(n), 0, 16)) kept++;
    expect(kept).toBeGreaterThan(4000);
    expect(kept).toBeLessThanOrEqual(8192);
    const large = text(0, 60_000);
    for (let n = 0; n < 2000; n++) statements.put(server, id(n), 0, 16, large);
    let bytes = 0;
    for (let n = 0; n < 2000; n++) bytes += statements.get(server, id(n), 0, 16)?.length ?? 0;
    expect(bytes).toBeLessThanOrEqual(MAX_TEXT_BYTES + large.length);
    expect(bytes).toBeGreaterThan(0);
  });
});

describe('prepared statements', () => {
  const prepared = (version: number, flags = 1) =>
    concat(
      u32(4),
      string(ID),
      version > 4 ? string('result-metadata-') : '',
      metadata({ flags, columns: COLUMNS, partitionKey: [1, 0] }),
      metadata({ flags: 4 }),
    );
  const execute = (id: string, about = {}) => frame('EXECUTE', concat(string(id), u16(1), u8(0)), about);

  it.each([4, 5])('version %i tells id, variables and result', (version) => {
    const t = session({ send_request_header: false, send_response_header: false });
    t.client(frame('PREPARE', long('INSERT ?'), { version })).server(
      frame('RESULT', prepared(version), { version }),
    );
    expect(parts(t.events()[0]!, 'cassandra.')).toEqual({
      'request.query': 'INSERT ?',
      'response.result.type': 'prepared',
      'response.result.prepared.prepared_id': UUID,
      'response.result.prepared.req_meta.flags': 'GlobalTableSpec',
      'response.result.prepared.req_meta.col_count': 2,
      'response.result.prepared.req_meta.pkey_columns': [1, 0],
      'response.result.prepared.req_meta.keyspace': 'ks',
      'response.result.prepared.req_meta.table': 't',
      'response.result.prepared.resp_meta.flags': 'NoMetaData',
      'response.result.prepared.resp_meta.col_count': 0,
    });
  });

  it.each([{}, { send_response: false }])('tells the statement of an execution, with %j', (options) => {
    const t = session(options);
    t.client(frame('PREPARE', long('INSERT ?'))).server(frame('RESULT', prepared(4)));
    t.client(execute(ID)).server(frame('RESULT', VOID));
    t.client(execute('fedcba9876543210')).server(frame('RESULT', VOID));
    expect(t.events().slice(1)).toMatchObject([
      { 'cassandra.request.query': 'INSERT ?', 'cassandra.request.prepared_id': UUID },
      { 'cassandra.request.prepared_id': '66656463-6261-3938-3736-353433323130' },
    ]);
    expect(t.events()[2]!['cassandra.request.query']).toBeUndefined();
  });

  it('tells it on other connections too', () => {
    const t = session();
    t.client(frame('PREPARE', long('INSERT ?')))
      .server(frame('RESULT', prepared(4)))
      .end();
    t.client(execute(ID)).server(frame('RESULT', VOID));
    expect(t.events()[1]).toMatchObject({ 'cassandra.request.query': 'INSERT ?' });
  });

  it('tells the statements of a batch', () => {
    const t = session({ send_request_header: false });
    const parts = [
      concat(u8(0), long('INSERT 1'), u16(1), value('x')),
      concat(u8(1), string(ID), u16(2), NULL, value('secret')),
      concat(u8(1), string('fedcba9876543210'), u16(0)),
    ];
    t.client(frame('PREPARE', long('INSERT ?'))).server(frame('RESULT', prepared(4)));
    t.client(frame('BATCH', concat(u8(1), u16(3), ...parts, u16(1), u8(0)))).server(frame('RESULT', VOID));
    expect(t.events()[1]).toMatchObject({
      'cassandra.request.batch.type': 'unlogged',
      'cassandra.request.batch.size': 3,
      'cassandra.request.query': ['INSERT 1', 'INSERT ?'],
      'cassandra.request.prepared_id': [UUID, '66656463-6261-3938-3736-353433323130'],
    });
    expect(JSON.stringify(t.events())).not.toContain('secret');
  });
});

describe('passwords', () => {
  it.each([
    [
      "CREATE ROLE a WITH PASSWORD = 'hunter2' AND LOGIN = true",
      "CREATE ROLE a WITH PASSWORD = 'REDACTED' AND LOGIN = true",
    ],
    [
      "alter user a with password 'hunter2''hunter2' superuser",
      "alter user a with password 'REDACTED' superuser",
    ],
    [
      "-- c\n/* d */ Create Role a with hashed password=$$hunter'2$$",
      '-- c\n/* d */ Create Role a with hashed password=$$REDACTED$$',
    ],
    ["ALTER ROLE a WITH PASSWORD = 'hunter2", "ALTER ROLE a WITH PASSWORD = 'REDACTED"],
  ])('are masked in %s', (text, wanted) => {
    const t = session();
    t.client(query(text)).server(frame('ERROR', concat(u32(0x2000), string(`no viable at 'hunter2'`))));
    t.client(frame('PREPARE', long(text))).server(frame('RESULT', concat(u32(4), string(ID))));
    t.client(frame('EXECUTE', concat(string(ID), u16(1)))).end();
    expect(t.events().map((e) => e['cassandra.request.query'])).toEqual([wanted, wanted, wanted]);
    expect(JSON.stringify(t.events())).not.toContain('hunter');
  });

  it('do not come back in errors where requests are not told', () => {
    const t = session({ send_request: false });
    t.client(query("CREATE USER a WITH PASSWORD 'hunter2'"));
    t.server(frame('ERROR', concat(u32(0x2000), string("no viable alternative at 'hunter2'"))));
    expect(t.events()).toMatchObject([{ 'cassandra.response.error.msg': 'REDACTED' }]);
    expect(JSON.stringify(t.events())).not.toContain('hunter');
  });

  it.each(["SELECT password FROM t WHERE a = 'x'", "CREATE TABLE t (password text) WITH comment = 'x'"])(
    'are not looked for in %s',
    (text) => {
      const t = session();
      t.client(query(text)).server(frame('RESULT', VOID));
      expect(t.events()[0]!['cassandra.request.query']).toBe(text);
    },
  );
});
