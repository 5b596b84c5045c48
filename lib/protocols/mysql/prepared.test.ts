import { describe, expect, it } from 'vitest';
import {
  err,
  execute,
  join,
  lenenc,
  ok,
  type Param,
  packet,
  packets,
  prepare,
  prepared,
  query,
  resultSet,
  text,
  u16,
  u32,
} from '../../../test/support/mysql-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { mysql } from './analyzer.js';

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
function f64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
const date = (year: number, month: number, day: number, ...more: number[]) =>
  join(new Uint8Array([4 + more.length]), u16(year), new Uint8Array([month, day, ...more]));

/** A prepared statement with id 1 and as many parameters as given. */
function session(params: number, options = {}): TestSession {
  const t = new TestSession(mysql, options);
  t.client(prepare('update t set a = ?')).server(prepared(1, params, []));
  return t;
}

function paramsOf(...params: Param[]): unknown {
  const t = session(params.length);
  t.client(execute(1, params)).server(packet(1, ok()));
  return t.events()[1]!.params;
}

describe('parameters', () => {
  it.each<[string, Param, string]>([
    ['tiny', { type: 1, value: '\xff' }, '-1'],
    ['unsigned tiny', { type: 1, value: '\xff', unsigned: true }, '255'],
    ['short', { type: 2, value: u16(0x8000) }, '-32768'],
    ['unsigned short', { type: 2, value: u16(0x8000), unsigned: true }, '32768'],
    ['year', { type: 13, value: u16(2024) }, '2024'],
    ['long', { type: 3, value: u32(0xfffffffe) }, '-2'],
    ['unsigned long', { type: 3, value: u32(0xfffffffe), unsigned: true }, '4294967294'],
    ['int24', { type: 9, value: u32(8388607) }, '8388607'],
    ['longlong', { type: 8, value: i64(-9223372036854775808n) }, '-9223372036854775808'],
    ['unsigned longlong', { type: 8, value: i64(-1n), unsigned: true }, '18446744073709551615'],
    ['small longlong', { type: 8, value: i64(-5n) }, '-5'],
    ['exact longlong', { type: 8, value: i64(9007199254740993n) }, '9007199254740993'],
    ['float', { type: 4, value: f32(1.1) }, '1.1'],
    ['large float', { type: 4, value: f32(16777217) }, '16777216'],
    ['double', { type: 5, value: f64(-0.1) }, '-0.1'],
    ['null type', { type: 6, value: '' }, 'NULL'],
    ['null', { type: 253 }, 'NULL'],
    ['string', { type: 254, value: text('grün') }, 'gr\ufffdn'],
    ['empty string', { type: 253, value: text('') }, ''],
    ['long string', { type: 253, value: text('x'.repeat(300)) }, 'x'.repeat(300)],
    ['decimal', { type: 246, value: text('12.50') }, '12.50'],
    ['json', { type: 245, value: text('{"a":1}') }, '{"a":1}'],
    ['blob', { type: 252, value: text('blob') }, 'blob'],
    ['date', { type: 10, value: date(2017, 7, 28) }, '2017/7/28'],
    ['datetime', { type: 12, value: date(2017, 10, 28, 23, 59, 59) }, '2017/10/28 23:59:59'],
    ['datetime without time', { type: 12, value: date(2017, 7, 28) }, '2017/7/28 0:0:0'],
    [
      'timestamp',
      { type: 7, value: join(date(2017, 7, 8, 1, 2, 3, 64, 226, 1, 0)) },
      '2017/7/8 1:2:3.123456',
    ],
    ['zero datetime', { type: 12, value: '\0' }, '0/0/0 0:0:0'],
    ['time', { type: 11, value: join('\x08\x01', u32(1), '\x02\x03\x04') }, '-26:03:04'],
    [
      'time with fraction',
      { type: 11, value: join('\x0c\0', u32(0), '\x00\x00\x01', u32(500000)) },
      '00:00:01.500000',
    ],
    ['zero time', { type: 11, value: '\0' }, '00:00:00'],
  ])('%s', (_name, param, shown) => {
    expect(paramsOf(param, { type: 253, value: text('after') })).toEqual([shown, 'after']);
  });

  it('may be of the types told the time before', () => {
    const t = session(2);
    const [a, b] = [
      { type: 3, value: u32(7) },
      { type: 253, value: text('x') },
    ];
    t.client(execute(1, [a, b])).server(packet(1, ok()));
    t.client(execute(1, [{ ...a, value: u32(8) }, { type: 253 }], { bound: false })).server(packet(1, ok()));
    expect(t.events().map((e) => e.params)).toEqual([undefined, ['7', 'x'], ['8', 'NULL']]);
  });

  it('may have been sent before, in pieces', () => {
    const t = session(2, { send_request: true });
    const piece = (bytes: string) => packet(0, '\x18', u32(1), u16(0), bytes);
    t.client(join(piece('long '), piece('data')));
    t.client(
      execute(1, [
        { type: 252, value: '' },
        { type: 3, value: u32(1) },
      ]),
    ).server(packet(1, ok()));
    t.client(
      execute(1, [
        { type: 253, value: text('short') },
        { type: 3, value: u32(2) },
      ]),
    ).server(packet(1, ok()));
    expect(t.events().map((e) => [e.params, e.request])).toEqual([
      [undefined, 'update t set a = ?'],
      [['long data', '1'], 'update t set a = ?'],
      [['short', '2'], 'update t set a = ?'],
    ]);
  });

  it.each([
    ['a length that lies', execute(1, [{ type: 253, value: '\xfcx' }])],
    ['no values', execute(1, [{ type: 8, value: '' }])],
    ['no types', packet(0, '\x17', u32(1), '\0', u32(1), '\0')],
    ['nothing', packet(0, '\x17', u32(1))],
    ['only the command', packet(0, '\x17')],
    ['types never told', execute(1, [{ type: 8, value: '12345678' }], { bound: false })],
    ['more than can be', packet(0, '\x17', u32(1), '\x08', u32(1), lenenc(70_000))],
  ])('%s is counted and harms nobody', (_name, bad) => {
    const t = session(1);
    t.client(bad).server(packet(1, ok(1)));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events().map((e) => e.status)).toEqual(['OK', 'OK', 'OK']);
    const { 'mysql.params.cut': cut } = t.counters.snapshot();
    expect(cut).toBe(bad.length > 5 ? 1 : 0);
  });

  it('stop at a limit', () => {
    const t = session(2000);
    t.client(
      execute(
        1,
        Array.from({ length: 2000 }, (_, i) => ({ type: 2, value: u16(i) })),
      ),
    ).server(packet(1, ok()));
    expect(t.events()[1]!.params.length).toBe(1024);
    expect(t.counters.snapshot()['mysql.params.cut']).toBe(1);
  });

  it('of MariaDB come in bulk', () => {
    const t = session(2);
    const rows = ['\0', text('a'), '\0', u32(1), '\x01', '\x02', '\x03', '\0', u32(3)];
    t.client(packet(0, '\xfa', u32(1), u16(128), '\xfd\0\x03\0', ...rows)).server(packet(1, ok(3)));
    expect(t.events()[1]).toMatchObject({
      method: 'UPDATE',
      params: ['a', '1', 'NULL', 'DEFAULT', 'IGNORE', '3'],
      'mysql.affected_rows': 3,
    });
  });
});

describe('rows', () => {
  const raw = { send_response: true };
  const binary = (nulls: number, ...values: (string | Uint8Array)[]) =>
    join('\0', new Uint8Array([nulls]), ...values);
  const columns = [
    { name: 'n', type: 3 },
    { name: 'u', type: 8, unsigned: true },
    { name: 'f', type: 4 },
    { name: 's', type: 253 },
    { name: 'd', type: 12 },
    { name: 't', type: 11 },
  ];
  const row = binary(0, u32(0xffffffff), i64(-1n), f32(0.5), text('a,b'), date(2017, 7, 28, 1, 2, 3), '\0');

  it.each([false, true])('of the binary protocol look like text (deprecated: %s)', (deprecated) => {
    const t = session(0, raw);
    const nulls = binary(0b10010100, i64(7n), text('x'), date(2017, 7, 28));
    t.client(execute(1, [])).server(resultSet(columns, [row, nulls], { deprecated }));
    expect(t.events()[1]).toMatchObject({
      response:
        'n,u,f,s,d,t\n-1,18446744073709551615,0.5,"a,b",2017-07-28 01:02:03,00:00:00\n' +
        'NULL,7,NULL,x,2017-07-28 00:00:00,NULL\n',
      'mysql.num_rows': 2,
    });
  });

  it.each([false, true])('of a cursor come by COM_STMT_FETCH (deprecated: %s)', (deprecated) => {
    const t = session(0, raw);
    t.client(execute(1, []));
    const opened = resultSet(columns, [], { deprecated, status: 0x42 });
    // With EOF packets, one of them ends columns and answer.
    t.server(deprecated ? opened : join(opened.subarray(0, -18), packet(8, '\xfe\0\0\x42\0')));
    const end = deprecated ? '\xfe\0\0\x82\0\0\0' : '\xfe\0\0\x82\0';
    t.client(packet(0, '\x1c', u32(1), u32(5))).server(packets(1, row, end));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events().map((e) => [e.method, e.query, e['mysql.num_rows'], e.response])).toEqual([
      ['UPDATE', 'update t set a = ?', 0, ''],
      ['UPDATE', 'update t set a = ?', 0, 'n,u,f,s,d,t\n'],
      ['UPDATE', 'update t set a = ?', 1, '-1,18446744073709551615,0.5,"a,b",2017-07-28 01:02:03,00:00:00\n'],
      ['SELECT', 'select 1', 0, ''],
    ]);
  });

  it('cut short are shown as far as they go', () => {
    const t = session(0, raw);
    t.client(execute(1, [])).server(resultSet(columns, [row.subarray(0, 9)]));
    expect(t.events()[1]).toMatchObject({ status: 'OK', 'mysql.num_rows': 1 });
  });
});

describe('statements', () => {
  it('that were prepared unseen have events too', () => {
    const t = new TestSession(mysql);
    t.client(execute(9, [{ type: 3, value: u32(1) }])).server(packet(1, ok(1)));
    expect(t.events()).toMatchObject([
      {
        method: 'EXECUTE',
        query: 'Request Execute Statement',
        'error.message': 'The actual query being used is unknown',
        'mysql.affected_rows': 1,
      },
    ]);
  });

  it('are forgotten when closed, reset with the connection, or not used for long', () => {
    const shown = (between: (t: TestSession) => void, options = {}) => {
      const t = session(0, options);
      between(t);
      t.client(execute(1, [])).server(packet(1, ok()));
      return t.events().at(-1)!.query;
    };
    expect(shown(() => {})).toBe('update t set a = ?');
    const unknown = 'Request Execute Statement';
    expect(shown((t) => t.client(packet(0, '\x19', u32(1))))).toBe(unknown);
    expect(shown((t) => t.client(packet(0, '\x1f')).server(packet(1, ok())))).toBe(unknown);
    expect(shown((t) => t.wait(100), { statement_timeout: 60 })).toBe(unknown);
    expect(shown((t) => t.wait(50), { statement_timeout: 60 })).not.toBe(unknown);
  });

  it('that the server refused are not remembered', () => {
    const t = new TestSession(mysql);
    t.client(prepare('nonsense ?')).server(packet(1, err(1064, '42000', 'no')));
    t.client(execute(0, [])).server(packet(1, err(1243, 'HY000', 'Unknown prepared statement')));
    expect(t.events().map((e) => [e.method, e.status])).toEqual([
      ['NONSENSE', 'Error'],
      ['EXECUTE', 'Error'],
    ]);
  });

  it('are bounded in number and size', () => {
    const t = new TestSession(mysql);
    const long = `select '${'x'.repeat(60_000)}'`;
    for (let id = 1; id <= 40; id++) t.client(prepare(long)).server(prepared(id, 0, []));
    t.client(execute(1, [])).server(packet(1, ok())).client(execute(40, [])).server(packet(1, ok()));
    expect(
      t
        .events()
        .slice(-2)
        .map((e) => e.method),
    ).toEqual(['EXECUTE', 'SELECT']);
    for (let id = 0; id < 8; id++) t.client(prepare('select 1')).server(prepared(256 * id, 0, []));
    t.client(execute(256 * 7, [])).server(packet(1, ok()));
    expect(t.events().at(-1)!.method).toBe('SELECT');
    expect(t.counters.snapshot()['mysql.statements.forgotten']).toBeGreaterThan(20);
  });
});
