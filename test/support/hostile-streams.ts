/**
 * Streams that want an analyzer to work more than in proportion to their size: endless lines, headers without number, requests
 * that nobody answers, values in values, one byte a segment. At least one of every protocol, as long as asked.
 */
import type { Analyzer, Direction } from '../../lib/protocols/analyzer.js';
import { findAnalyzer } from '../../lib/protocols/registry.js';
import * as amqp from './amqp-wire.js';
import * as cassandra from './cassandra-wire.js';
import * as dhcp from './dhcp-wire.js';
import * as dns from './dns-wire.js';
import * as memcache from './memcache-wire.js';
import * as mongodb from './mongodb-wire.js';
import * as mysql from './mysql-wire.js';
import * as pgsql from './pgsql-wire.js';
import { cut, type TestOptions, TestSession } from './session.js';
import * as sip from './sip-wire.js';
import * as thrift from './thrift-wire.js';
import * as tls from './tls-wire.js';

type Bytes = string | Uint8Array;
type Piece = readonly [Direction, Bytes];

export interface Hostile {
  readonly protocol: string;
  readonly name: string;
  /** Its size, which is doubled: far beyond what the analyzer keeps. */
  readonly size: number;
  readonly pieces: (size: number) => readonly Piece[];
  readonly options?: Record<string, unknown>;
  readonly test?: TestOptions;
}

const MANY = 12_000;
/** Segments as the engine hands them over. */
const SEGMENT = 1400;

const raw = (bytes: Bytes): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
const times = (n: number, make: (i: number) => Bytes): Buffer =>
  Buffer.concat(Array.from({ length: n }, (_, i) => raw(make(i))));
const from = (dir: Direction, bytes: Bytes, size = SEGMENT): Piece[] =>
  cut(bytes, size).map((piece) => [dir, piece] as const);
const client = (bytes: Bytes, size?: number) => from(0, bytes, size);
const server = (bytes: Bytes, size?: number) => from(1, bytes, size);
/** A datagram each. */
const datagrams = (n: number, make: (i: number) => Piece): Piece[] =>
  Array.from({ length: n }, (_, i) => make(i));

const http: Hostile[] = [
  of('http', 'a line without end', 100_000, (n) => client(`GET /${'a'.repeat(n)}`)),
  of('http', 'headers', 2000, (n) => client(`GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(n)}\r\n`)),
  of('http', 'folded headers', 2000, (n) => client(`GET / HTTP/1.1\r\na: b\r\n${' c\r\n'.repeat(n)}\r\n`)),
  of('http', 'pipelined requests', 20_000, (n) => client('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(n))),
  of('http', 'chunks of one byte', 20_000, (n) => [
    ...client('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    ...server(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(n)}0\r\n\r\n`),
  ]),
  of('http', 'one byte a segment', 300, (n) => client('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(n), 1)),
];

const redis: Hostile[] = [
  of('redis', 'pipelined requests', 40_000, (n) => client('*1\r\n$4\r\nPING\r\n'.repeat(n))),
  of('redis', 'a line without end', 100_000, (n) => client('a'.repeat(n))),
  of('redis', 'an array', 20_000, (n) => [
    ...client('PING\r\n'),
    ...server(`*${n}\r\n${':1\r\n'.repeat(n)}`, 50),
  ]),
  of('redis', 'arrays in arrays', MANY, (n) => [
    ...client('PING\r\n'),
    ...server(times(n, () => '*2\r\n:1\r\n')),
  ]),
];

const dnsQuestion = dns.question('a.example');
/** A response whose 100 names each are a label and the one before. */
function chained(id: number): Buffer {
  const size = 18; // of a record: label and pointer, its head, an address
  const first = 12 + dnsQuestion.length;
  const answers = Array.from({ length: 100 }, (_, i) => {
    const owner = Buffer.concat([raw('\x01a'), dns.pointer(i === 0 ? 12 : first + (i - 1) * size)]);
    return dns.record(owner, 1, raw('1234'));
  });
  return dns.message({ id, flags: dns.RESPONSE, questions: [dnsQuestion], answers });
}

const dnsMany: Hostile[] = [
  of(
    'dns',
    'unanswered ids',
    MANY,
    (n) => datagrams(n, (i) => [0, dns.message({ id: i, questions: [dnsQuestion] })]),
    {
      test: { transport: 'udp' },
    },
  ),
  of('dns', 'pointers to pointers', 60, (n) => datagrams(n, (i) => [1, chained(i)]), {
    test: { transport: 'udp' },
  }),
  of(
    'dns',
    'a stream, one byte a segment',
    4000,
    (n) =>
      client(
        times(n, (i) => dns.framed(dns.message({ id: i, questions: [dnsQuestion] }))),
        1,
      ),
    { test: { transport: 'tcp' } },
  ),
];

const amqpMany: Hostile[] = [
  of('amqp', 'requests of many channels', MANY, (n) =>
    client(Buffer.concat([raw(amqp.PROTOCOL), times(n, (i) => amqp.queueDeclare(1 + (i % 60_000), 'q'))])),
  ),
  of('amqp', 'contents without a body', MANY, (n) =>
    client(Buffer.concat([raw(amqp.PROTOCOL), times(n, (i) => amqp.publish(1 + (i % 60_000), 'x', 'k'))])),
  ),
  of(
    'amqp',
    'tables in tables',
    400,
    (n) => {
      let table: Uint8Array = amqp.NO_TABLE;
      for (let i = 0; i < n; i++) table = amqp.table({ a: amqp.value('F', table) });
      return client(Buffer.concat([raw(amqp.PROTOCOL), amqp.queueDeclare(1, 'q', 0, table)]));
    },
    { options: { parse_arguments: true } },
  ),
];

const cassandraMany: Hostile[] = [
  of('cassandra', 'unanswered streams', MANY, (n) =>
    client(times(n, (i) => cassandra.query('SELECT 1', { stream: i }))),
  ),
  of('cassandra', 'a thousand answers last first, again and again', 6, (n) =>
    Array.from({ length: n }, () => [
      ...client(times(1000, (i) => cassandra.query('SELECT 1', { stream: i }))),
      ...server(times(1000, (i) => cassandra.frame('RESULT', cassandra.VOID, { stream: 999 - i }))),
    ]).flat(),
  ),
  of('cassandra', 'one byte a segment', 300, (n) =>
    client(
      times(n, (i) => cassandra.query('SELECT 1', { stream: i })),
      1,
    ),
  ),
];

const dhcpMany: Hostile[] = [
  of('dhcpv4', 'unanswered transactions', MANY, (n) =>
    datagrams(n, (i) => [0, dhcp.message({ transaction: i, options: [dhcp.option(53, [1])] })]),
  ),
  of('dhcpv4', 'options', 200, (n) => {
    const options = [
      dhcp.option(53, [1]),
      ...Array.from({ length: 80 }, (_, i) => dhcp.option(12 + (i % 4), 'pc')),
    ];
    return datagrams(n, (i) => [0, dhcp.message({ transaction: i, options })]);
  }),
];

const icmp: Hostile[] = [
  of(
    'icmp',
    'unanswered pings',
    MANY,
    (n) => datagrams(n, (i) => [0, Uint8Array.from([8, 0, 0, 0, 0, 7, i >> 8, i & 255])]),
    { test: { transport: 'icmp' } },
  ),
];

const memcacheMany: Hostile[] = [
  of('memcache', 'pipelined requests', 20_000, (n) => client('get a\r\n'.repeat(n))),
  of('memcache', 'keys', MANY, (n) => client(`get ${'a '.repeat(n)}\r\n`)),
  of('memcache', 'quiet requests', MANY, (n) =>
    client(times(n, (i) => memcache.request(9, { key: 'k', opaque: i }))),
  ),
  of('memcache', 'a line without end', 100_000, (n) => client(`get ${'a'.repeat(n)}`)),
  of(
    'memcache',
    'datagrams of many ids',
    MANY,
    (n) => datagrams(n, (i) => [0, memcache.frame(i, 'get a\r\n', 0, 2)]),
    {
      test: { transport: 'udp' },
    },
  ),
];

const mongodbMany: Hostile[] = [
  of('mongodb', 'unanswered ids', MANY, (n) =>
    client(times(n, (i) => mongodb.msg({ find: 'a', $db: 'b' }, { id: i }))),
  ),
  of('mongodb', 'answers first', MANY, (n) =>
    server(times(n, (i) => mongodb.msg({ ok: 1 }, { id: i, to: i }))),
  ),
  of('mongodb', 'documents in documents', 200, (n) => {
    let document: Record<string, unknown> = {};
    for (let i = 0; i < 30; i++) document = { a: document };
    return client(times(n, (i) => mongodb.msg({ find: 'a', filter: document, $db: 'b' }, { id: i })));
  }),
  of('mongodb', 'documents of one message', 8000, (n) =>
    client(
      mongodb.msg({ insert: 'a', documents: Array.from({ length: n }, () => ({ a: { b: 1 } })), $db: 'b' }),
    ),
  ),
];

const mysqlMany: Hostile[] = [
  of('mysql', 'queries', MANY, (n) => client(times(n, () => mysql.query('select 1')))),
  of('mysql', 'a statement of one byte segments', 4000, (n) =>
    client(mysql.query(`select ${'a,'.repeat(n)}1`), 1),
  ),
  of('mysql', 'rows', 10_000, (n) => [
    ...client(mysql.query('select a')),
    ...server(
      mysql.resultSet(
        [{ name: 'a' }],
        Array.from({ length: n }, () => mysql.textRow('x')),
      ),
    ),
  ]),
];

const u32 = (...numbers: number[]): Buffer => Buffer.concat(numbers.map((n) => dns.u32(n)));
const nfsCall = (xid: number) => u32(0x80000000 + 44, xid, 0, 2, 100003, 3, 1, 0, 0, 0, 0, 0);
const nfs: Hostile[] = [
  of('nfs', 'unanswered xids', MANY, (n) => client(times(n, nfsCall))),
  of('nfs', 'fragments of one byte', 10_000, (n) =>
    client(times(n, () => Buffer.concat([u32(1), raw('a')]))),
  ),
  of('nfs', 'fragments of none', 10_000, (n) => client(times(n, () => u32(0)))),
];

const pgsqlMany: Hostile[] = [
  of('pgsql', 'queries', MANY, (n) =>
    client(pgsql.startup('user', 'me') + pgsql.query('select 1').repeat(n)),
  ),
  of('pgsql', 'statements of one query', 10_000, (n) =>
    client(pgsql.startup('user', 'me') + pgsql.query('select 1;'.repeat(n))),
  ),
  of('pgsql', 'prepared statements', MANY, (n) =>
    client(
      Buffer.concat([raw(pgsql.startup('user', 'me')), times(n, (i) => pgsql.parse('select $1', `s${i}`))]),
    ),
  ),
  of('pgsql', 'rows, 50 bytes a segment', 10_000, (n) => [
    ...client(pgsql.startup('user', 'me') + pgsql.query('select 1')),
    ...server(pgsql.welcome() + pgsql.rowDescription({ name: 'a' }) + pgsql.dataRow('x').repeat(n), 50),
  ]),
];

const sipMany: Hostile[] = [
  of('sip', 'requests', 2000, (n) => client(times(n, (i) => sip.request('INVITE', [], '', i))), {
    test: { transport: 'tcp' },
  }),
  of(
    'sip',
    'headers',
    400,
    (n) =>
      client(
        sip.request(
          'INVITE',
          Array.from({ length: n }, () => 'Via: x'),
        ),
      ),
    {
      test: { transport: 'tcp' },
    },
  ),
  of(
    'sip',
    'folded headers',
    400,
    (n) => client(sip.request('INVITE', [`Subject: a${'\r\n b'.repeat(n)}`])),
    {
      test: { transport: 'tcp' },
    },
  ),
  of(
    'sip',
    'one byte a segment',
    60,
    (n) =>
      client(
        times(n, (i) => sip.request('INVITE', [], '', i)),
        1,
      ),
    {
      test: { transport: 'tcp' },
    },
  ),
];

const wire = new thrift.Wire('binary', 'framed');
const thriftMany: Hostile[] = [
  of('thrift', 'unanswered calls', MANY, (n) => client(times(n, (i) => wire.call('f', {}, i)))),
  of('thrift', 'a list', 20_000, (n) =>
    client(wire.call('f', { 1: thrift.list('i32', ...Array.from({ length: n }, () => thrift.i32(1))) })),
  ),
  of('thrift', 'structs in structs', 200, (n) => {
    let value: thrift.Value = thrift.i32(1);
    for (let i = 0; i < 15; i++) value = thrift.struct({ 1: value });
    return client(wire.call('f', { 1: thrift.list('struct', ...Array.from({ length: n }, () => value)) }));
  }),
];

const tlsMany: Hostile[] = [
  of('tls', 'a hello of one byte records', 4000, (n) => {
    const hello = tls.message(1, tls.clientHello({ ciphers: Array(n).fill(0xc02f) }));
    return client(times(hello.length, (i) => tls.record(22, [hello[i]!])));
  }),
  of('tls', 'one byte a segment', 4000, (n) =>
    client(tls.record(22, tls.message(1, tls.clientHello({ ciphers: Array(n).fill(0xc02f) }))), 1),
  ),
  of('tls', 'extensions', 2000, (n) =>
    client(
      tls.record(
        22,
        tls.message(
          1,
          tls.clientHello({ extensions: Array.from({ length: n }, (_, i) => tls.extension(i)) }),
        ),
      ),
    ),
  ),
];

export const hostileStreams: readonly Hostile[] = [
  http,
  redis,
  dnsMany,
  amqpMany,
  cassandraMany,
  dhcpMany,
  icmp,
  memcacheMany,
  mongodbMany,
  mysqlMany,
  nfs,
  pgsqlMany,
  sipMany,
  thriftMany,
  tlsMany,
].flat();

function of(
  protocol: string,
  name: string,
  size: number,
  pieces: Hostile['pieces'],
  more: Pick<Hostile, 'options' | 'test'> = {},
): Hostile {
  return { protocol, name, size, pieces, ...more };
}

/** Ready to play: sending is all that is left to do. */
export function prepare(
  { protocol, pieces, options = {}, test = {} }: Hostile,
  size: number,
): () => TestSession {
  const all = pieces(size);
  // biome-ignore lint/suspicious/noExplicitAny: options of any analyzer
  const analyzer = findAnalyzer(protocol, []) as Analyzer<any>;
  return () => {
    const t = new TestSession(analyzer, options, { ...test, unread: true });
    for (const [dir, bytes] of all) t.send(dir, bytes);
    return t.end();
  };
}
