import { describe, expect, it } from 'vitest';
import {
  CAPABILITIES,
  eof,
  err,
  execute,
  frame,
  greeting,
  join,
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
  u32,
} from '../../../test/support/mysql-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { mysql } from './analyzer.js';

/** Takes turns: a connection from its login on. */
function conversation(deprecated: boolean): { from: 'client' | 'server'; bytes: Buffer }[] {
  const rows = [textRow('1', 'a'), textRow(null, 'b'.repeat(300))];
  const columns = [{ name: 'x' }, { name: 'y', table: 'u' }];
  const client = (bytes: Buffer) => ({ from: 'client', bytes }) as const;
  const server = (bytes: Buffer) => ({ from: 'server', bytes }) as const;
  return [
    server(greeting()),
    client(login('root', 'password', 'test', deprecated ? CAPABILITIES.deprecateEof : 0)),
    server(packet(2, ok())),
    client(query('select x, y from t')),
    server(resultSet(columns, rows, { deprecated })),
    client(query("load data local infile 'f' into table t")),
    server(packet(1, '\xfbf')),
    client(packets(2, 'x'.repeat(500), '')),
    server(packet(4, ok(3))),
    client(prepare('insert into t values (?, ?)')),
    server(prepared(7, 2, [], deprecated)),
    client(
      execute(7, [
        { type: 3, value: u32(5) },
        { type: 253, value: text('long'.repeat(100)) },
      ]),
    ),
    server(packet(1, ok(1, 77))),
    client(join(packet(0, '\x19', u32(7)), query('call p()'))),
    server(join(resultSet(columns, rows, { deprecated, status: 10 }), packet(8, ok()))),
    client(packet(0, '\x02gone')),
    server(packet(1, err(1049, '42000', 'Unknown database'))),
    client(packet(0, '\x01')),
  ];
}

function play(deprecated: boolean, sizes: (bytes: Buffer) => Uint8Array[], options = {}) {
  const t = new TestSession(mysql, {
    send_request: true,
    send_response: true,
    send_all_commands: true,
    ...options,
  });
  for (const { from, bytes } of conversation(deprecated)) for (const piece of sizes(bytes)) t[from](piece);
  return t;
}

describe.each([false, true])('the same conversation (deprecated: %s)', (deprecated) => {
  const whole = play(deprecated, (bytes) => [bytes]).events();

  it('has all its events', () => {
    expect(whole.map((e) => [e.method, e.status])).toEqual([
      ['LOGIN', 'OK'],
      ['SELECT', 'OK'],
      ['LOAD', 'OK'],
      ['INSERT', 'OK'],
      ['INSERT', 'OK'],
      ['STMT_CLOSE', 'OK'],
      ['CALL', 'OK'],
      ['INIT_DB', 'Error'],
      ['QUIT', 'OK'],
    ]);
  });

  it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
    const t = play(deprecated, (bytes) => cut(bytes, size));
    expect(t.events()).toEqual(whole);
    expect(t.counters.snapshot()).toMatchObject({ 'mysql.packets.malformed': 0, 'mysql.packets.ignored': 0 });
  });

  it('gives the same events or fewer when cut at any byte', () => {
    const turns = conversation(deprecated);
    const answered = turns.findIndex(({ bytes }) => bytes.includes('select x'));
    const { bytes: answer } = turns[answered + 1]!;
    for (let at = 0; at < answer.length; at++) {
      const t = new TestSession(mysql);
      t.client(query('select x, y from t'));
      if (at > 0) t.server(answer.subarray(0, at));
      expect(t.events()).toEqual([]);
      t.end();
      expect(t.events()).toMatchObject([
        { status: expect.stringMatching('OK|Error'), 'error.message': 'Unmatched request' },
      ]);
      expect(t.rows.open).toBe(0);
    }
  });

  it('is the same in the compressed protocol', () => {
    const flag = { zlib: CAPABILITIES.compress, zstd: CAPABILITIES.zstd };
    for (const kind of ['zlib', 'zstd'] as const) {
      for (const size of [1, 9, 0]) {
        const t = new TestSession(mysql, {
          send_request: true,
          send_response: true,
          send_all_commands: true,
        });
        const [hello, , welcome, ...rest] = conversation(deprecated);
        const eofs = deprecated ? CAPABILITIES.deprecateEof : 0;
        t.server(hello!.bytes)
          .client(login('root', 'password', 'test', flag[kind] | eofs))
          .server(welcome!.bytes);
        for (const { from, bytes } of rest) {
          // Frames end where they like; small ones are not packed.
          const frames = cut(bytes, 150).map((piece, i) =>
            frame(i, piece, piece.length < 50 ? 'plain' : kind),
          );
          for (const piece of cut(Buffer.concat(frames), size || 10_000)) t[from](piece);
        }
        expect(t.events().slice(1)).toEqual(whole.slice(1));
      }
    }
  });
});

describe('the compressed protocol', () => {
  it('is found without its login', () => {
    for (const inside of [query('select 1'), query(`select '${'x'.repeat(200)}'`)]) {
      for (const kind of ['zlib', 'zstd'] as const) {
        const t = new TestSession(mysql);
        t.client(frame(0, inside, inside.length < 50 ? 'plain' : kind)).server(
          frame(1, packet(1, ok()), 'plain'),
        );
        expect(t.events()).toMatchObject([{ method: 'SELECT', status: 'OK' }]);
      }
    }
  });

  it('skips inside, and stands what cannot be unpacked', () => {
    const t = new TestSession(mysql);
    t.client(frame(0, query('select 1'), 'plain'));
    const answer = join(
      resultSet([{ name: 'a' }], []).subarray(0, -9),
      packet(4, text('y'.repeat(3000))),
      packet(5, eof()),
    );
    const [first, second, third] = cut(answer, 1100);
    const broken = frame(2, second!);
    broken.fill(0x55, 9);
    t.server(join(frame(1, first!), broken, frame(3, third!)));
    expect(t.events()).toMatchObject([
      { 'mysql.num_rows': 1, status: 'OK', 'destination.bytes': answer.length },
    ]);
    expect(t.counters.snapshot()['mysql.frames.unread']).toBe(1);
    // The head of an answer in a broken frame: it is lost, the next one is not.
    t.client(frame(0, query('select 2'), 'plain')).server(broken);
    t.client(frame(0, query('select 3'), 'plain')).server(frame(1, packet(1, ok()), 'plain'));
    expect(t.events().map((e) => [e.query, e.status])).toEqual([
      ['select 1', 'OK'],
      ['select 2', 'Error'],
      ['select 3', 'OK'],
    ]);
  });

  it('refuses a bomb', () => {
    const t = new TestSession(mysql);
    const bomb = frame(1, new Uint8Array(8 << 20));
    t.client(frame(0, query('select 1'), 'plain')).server(bomb);
    t.client(frame(0, query('select 2'), 'plain')).server(frame(1, packet(1, ok()), 'plain'));
    expect(t.events().map((e) => e.status)).toEqual(['Error', 'OK']);
    expect(t.counters.snapshot()['mysql.frames.unread']).toBe(1);
  });
});

describe('pairing', () => {
  it('keeps order under pipelining', () => {
    const t = new TestSession(mysql);
    t.client(join(query('select 1'), query('select 2'), query('select 3')));
    t.server(join(packet(1, ok(1)), resultSet([{ name: 'a' }], [textRow('1')]))).server(packet(1, ok(3)));
    expect(t.events().map((e) => [e.query, e['mysql.affected_rows'], e['mysql.num_rows']])).toEqual([
      ['select 1', 1, 0],
      ['select 2', 0, 1],
      ['select 3', 3, 0],
    ]);
  });

  it('reports what stays unanswered: timed out, at the end', () => {
    const t = new TestSession(mysql);
    t.client(query('select sleep(20)')).wait(11);
    t.client(query('select 2')).client(packet(0, '\x0e')).end();
    expect(t.events().map((e) => [e.query, e.status, e['error.message']])).toEqual([
      ['select sleep(20)', 'Error', 'Unmatched request'],
      ['select 2', 'Error', 'Unmatched request'],
    ]);
    expect(t.counters.snapshot()['mysql.unmatched_requests']).toBe(3);
    expect(t.rows.open).toBe(0);
  });

  it('reports an answer whose command was not seen', () => {
    const t = new TestSession(mysql);
    t.client(query('slow')).wait(11);
    t.server(resultSet([{ name: 'a' }], [textRow('1'), textRow('2')]));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events()).toMatchObject([
      { status: 'Error', 'error.message': 'Unmatched request' },
      { status: 'Error', 'error.message': 'Unmatched response', 'mysql.num_rows': 2, path: 'test.t' },
      { status: 'OK', query: 'select 1' },
    ]);
    expect(t.events()[1]).not.toHaveProperty('start');
    expect(t.counters.snapshot()['mysql.unmatched_responses']).toBe(1);
  });

  it('leaves out what lies across the ends of the capture', () => {
    const t = new TestSession(mysql);
    t.server(resultSet([{ name: 'a' }], [textRow('1')]));
    t.client(query('select 1')).server(resultSet([{ name: 'a' }], []).slice(0, 40));
    t.end('shutdown');
    expect(t.events()).toEqual([]);
    t.client(query('select 2')).end('shutdown');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'mysql.unmatched_requests': 1,
      'mysql.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('pushes the oldest out', () => {
    const t = new TestSession(mysql);
    for (let i = 0; i < 1030; i++) t.client(query(`select ${i}`));
    expect(t.events().map((e) => e.query)).toEqual([0, 1, 2, 3, 4, 5].map((i) => `select ${i}`));
  });
});

describe('a start in the middle', () => {
  it('of a large result waits for the next command', () => {
    const t = new TestSession(mysql);
    t.server(`middle of a row ${'\x01\x02\xff\0'.repeat(400)}`).server('more of it');
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events()).toMatchObject([{ query: 'select 1', status: 'OK' }]);
    expect(t.events().length).toBe(1);
  });

  it('of a large command waits for its answer', () => {
    const t = new TestSession(mysql);
    t.client('), (2, 4), (3, 5)').server(packet(1, ok(3)));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events().map((e) => [e.query, e.status])).toEqual([['select 1', 'OK']]);
  });

  it('of a login', () => {
    const t = new TestSession(mysql, { send_all_commands: true });
    t.client(login('root', 'x')).server(packet(2, ok()));
    expect(t.events()).toMatchObject([{ method: 'LOGIN', 'user.name': 'root', status: 'OK' }]);
    const tls = new TestSession(mysql);
    tls.client(tlsRequest());
    expect(tls.counters.snapshot()['mysql.session.tls']).toBe(1);
  });
});

describe('a gap', () => {
  const columns = [{ name: 'a' }];
  const rows = Array.from({ length: 5 }, (_, i) => textRow(`row ${i}`));

  it('in a response gives what was read, and the next exchange', () => {
    const answer = resultSet(columns, rows);
    for (let at = 10; at < answer.length - 20; at += 3) {
      const t = new TestSession(mysql);
      t.client(query('select 1'))
        .server(answer.subarray(0, at))
        .gap(1, 10)
        .server(answer.subarray(at + 10));
      t.client(query('select 2')).server(packet(1, ok()));
      expect(t.events().map((e) => [e.query, e.status])).toEqual([
        ['select 1', 'OK'],
        ['select 2', 'OK'],
      ]);
      expect(t.events()[0]!['error.message']).toBe('Packet loss while capturing the response');
    }
  });

  it('counts whole rows only', () => {
    const t = new TestSession(mysql);
    const answer = resultSet(columns, rows);
    const third = answer.indexOf('row 2');
    t.client(query('select 1'))
      .server(answer.subarray(0, third + 2))
      .gap(1, 5)
      .end();
    expect(t.events()[0]!['mysql.num_rows']).toBe(2);
  });

  it('in what is skipped anyhow is no loss', () => {
    const t = new TestSession(mysql);
    const big = packet(4, text('x'.repeat(50_000)));
    t.client(query('select 1')).server(resultSet(columns, []).subarray(0, -9)).server(big.subarray(0, 1000));
    t.gap(1, 40_000).server(big.subarray(41_000)).server(packet(5, eof()));
    expect(t.events()).toMatchObject([{ status: 'OK', 'mysql.num_rows': 1 }]);
    expect(t.events()[0]).not.toHaveProperty('error.message');
  });

  it('before an answer, or in a command', () => {
    const t = new TestSession(mysql);
    t.client(query('select 1'))
      .gap(1, 30)
      .server('rest')
      .client(query('select 2'))
      .server(packet(1, ok(2)));
    const lost = query('select 3');
    t.client(lost.subarray(0, 6))
      .gap(0, 3)
      .client(lost.subarray(9))
      .server(packet(1, ok(3)));
    t.client(query('select 4')).server(packet(1, ok(4)));
    expect(t.events().map((e) => [e.query, e['mysql.affected_rows'], e['error.message']])).toEqual([
      ['select 1', undefined, 'Unmatched request'],
      ['select 2', 2, undefined],
      [undefined, 3, 'Unmatched response'],
      ['select 4', 4, undefined],
    ]);
  });
});

describe('large packets', () => {
  it('of a command are read to the limit of a field, and skipped', () => {
    const t = new TestSession(mysql);
    const head = join(new Uint8Array([255, 255, 255, 0]), '\x03insert into t values (', 'x'.repeat(100_000));
    t.client(head);
    expect(t.commands).toMatchObject([{ command: 3, dir: 0, value: 4 + 0xffffff }]);
    t.jump(0, 4 + 0xffffff - head.length).client(packet(1, 'y'.repeat(10)));
    t.server(packet(2, ok(1)));
    const [event] = t.events();
    expect(event).toMatchObject({ method: 'INSERT', 'source.bytes': 4 + 0xffffff + 14 });
    expect(event!.query.length).toBe(65_536);
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events().length).toBe(2);
  });

  it('of rows nobody wants are skipped by their length', () => {
    const t = new TestSession(mysql);
    const head = resultSet([{ name: 'a' }], []).subarray(0, -9);
    const big = packet(4, '\xfd\x40\x42\x0f', 'x'.repeat(999_996));
    t.client(query('select')).server(head).server(big.subarray(0, 2000));
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: head.length + big.length }]);
    t.jump(1, big.length - 2000).server(packet(5, eof()));
    expect(t.events()).toMatchObject([
      { 'mysql.num_rows': 1, 'destination.bytes': head.length + big.length + 9 },
    ]);
  });

  it('of many small rows in small segments take linear time', () => {
    const t = new TestSession(mysql, { send_response: true });
    const rows = Array.from({ length: 50_000 }, (_, i) => textRow(`row ${i}`));
    const answer = resultSet([{ name: 'a' }], rows);
    t.client(query('select'));
    for (const piece of cut(answer, 1448)) t.server(piece);
    expect(t.events()).toMatchObject([{ 'mysql.num_rows': 50_000, 'destination.bytes': answer.length }]);
  });
});

describe('hostile input', () => {
  it.each([
    ['an unknown command', packet(0, '\x7f')],
    ['an empty command', packet(0)],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is passed over until the server speaks', (_name, bytes) => {
    const t = new TestSession(mysql);
    t.client(bytes).server(packet(1, err(1047, '08S01', 'Unknown command')));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events().at(-1)).toMatchObject({ query: 'select 1', status: 'OK' });
  });

  it.each([
    ['too many columns', packet(1, '\xfc\x01\x10')],
    ['no columns', packet(1, '\0')],
    ['a count that lies', packet(1, '\xfe', '\xff'.repeat(8))],
    ['a column that is none', packets(1, '\x01', 'x')],
    ['nothing', packet(1)],
    ['a prepare answer cut short', packet(1, '\0\x01')],
  ])('%s ends the exchange, not the session', (_name, bytes) => {
    const t = new TestSession(mysql);
    t.client(
      bytes.length === 6 && bytes[4] === 0 && bytes[5] === 1 ? prepare('select ?') : query('select 1'),
    ).server(bytes);
    t.client(query('select 2')).server(packet(1, ok()));
    expect(t.events().map((e) => e.query?.slice(0, 8))).toEqual([expect.any(String), 'select 2']);
    expect(t.counters.snapshot()).toMatchObject({ 'mysql.packets.malformed': 1, 'mysql.session.dropped': 0 });
  });

  it('too much of it drops the session', () => {
    const t = new TestSession(mysql);
    for (let i = 0; i < 20; i++) t.client(packet(0, '\x7f')).server(packet(1, ok()));
    expect(t.counters.snapshot()['mysql.session.dropped']).toBe(1);
    expect(t.rows.open).toBe(0);
  });

  it('an endless packet is bounded', () => {
    const t = new TestSession(mysql);
    t.client(query('select 1')).server(packets(1, '\x01'));
    for (let i = 0; i < 100; i++) t.server(`${i === 0 ? '\xff\xff\xff\x02' : ''}${'x'.repeat(1000)}`);
    t.end();
    expect(t.events().length).toBe(1);
  });
});

describe('detection', () => {
  it('knows the greeting, and a query', () => {
    const t = new TestSession(mysql, {}, { detect: true, reversed: true });
    t.server(greeting()).client(login('a', 'b')).server(packet(2, ok()));
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events()).toMatchObject([{ method: 'SELECT', swapped: true }]);
    const middle = new TestSession(mysql, {}, { detect: true });
    middle.client(query('select 1')).server(packet(1, ok()));
    expect(middle.events()).toMatchObject([{ method: 'SELECT' }]);
  });

  it('knows a greeting in pieces', () => {
    const t = new TestSession(mysql, {}, { detect: true, reversed: true });
    for (const piece of cut(greeting(0xffffffff, '5.5.5-10.11.6-MariaDB'), 7)) t.server(piece);
    t.client(login('a', 'b')).server(packet(2, ok())).client(query('select 1')).server(packet(1, ok()));
    expect(t.events()).toMatchObject([{ method: 'SELECT' }]);
  });

  it.each([
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03',
    '\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x04test\x00\x00\x01\x00\x01',
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\x00\x00\x00\x08\x04\xd2\x16\x2f',
    'AMQP\x00\x00\x09\x01',
    '220 mail ESMTP\r\n',
  ])('leaves %j to others', (bytes) => {
    const t = new TestSession(mysql, {}, { detect: true });
    t.client(bytes).server(bytes);
    t.client(query('select 1')).server(packet(1, ok()));
    expect(t.events()).toEqual([]);
  });
});
