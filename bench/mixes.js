/**
 * The mixes of traffic. Names, sizes and what each holds are in the table at the end; connections are written by
 * connections.js.
 */
import { DNS_CODE, DNS_TYPE, dnsAnswer, dnsQuery } from '../dist/demo/dns.js';
import { httpRequest, httpResponse, redisBulk, redisCommand } from '../dist/demo/messages.js';
import { FLAG, host, tcpFrame, udpFrame } from '../dist/demo/packets.js';
import { Random } from '../dist/demo/random.js';
import {
  CLIENT,
  clientEnd,
  exchange,
  FIRST_CLIENT,
  PACKET_NANOS,
  SERVER,
  writeConnections,
} from './connections.js';
import { Template } from './template.js';

const SEED = 4711;

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1',
  'python-requests/2.32.3',
];
const TARGETS = [
  ['GET', '/api/v1/products/00000000?fields=name,price,stock', 200],
  ['GET', '/static/img/00000000.png', 304],
  ['GET', '/search?q=shoes&page=2&session=00000000', 200],
  ['POST', '/api/v1/cart/00000000/items', 201],
  ['GET', '/users/00000000/profile', 200],
  ['PUT', '/api/v1/orders/00000000', 200],
  ['DELETE', '/api/v1/cart/00000000', 204],
  ['GET', '/missing/00000000', 404],
  ['GET', '/api/v1/recommendations/00000000', 200],
  ['GET', '/report/00000000', 500],
];

/** `count` HTTP exchanges of about 350 bytes up; `bodyBytes(random)` down where the status allows a body. */
function httpExchanges(count, bodyBytes) {
  const random = new Random(SEED);
  return Array.from({ length: count }, (_, i) => {
    const [method, target, status] = TARGETS[i % TARGETS.length];
    const writes = method === 'POST' || method === 'PUT';
    const request = httpRequest({
      method,
      target,
      host: `shop-${i % 7}.example.com`,
      agent: AGENTS[i % AGENTS.length],
      headers: `Accept-Language: en-GB,en;q=0.9\r\nCookie: sid=${random.below(2 ** 31).toString(36)}; theme=dark\r\n`,
      body: writes ? '{"id":4711,"quantity":2}' : '',
    });
    const headers = `ETag: "${random.below(2 ** 31).toString(16)}"\r\nCache-Control: private, max-age=60\r\n`;
    const body = 'x'.repeat(bodyBytes(random));
    return exchange(80, request, httpResponse({ status, type: 'application/json', headers, body }));
  });
}

/** Twelve rounds; the numbers say how many commands each sends at once. */
const PIPELINES = [1, 1, 1, 4, 1, 1, 1, 1, 1, 6, 1, 1];
const REDIS_EXCHANGES = PIPELINES.reduce((a, b) => a + b);
const REDIS_PAIRS = [
  [redisCommand('GET', 'session:00000000'), redisBulk('{"user":4711,"name":"Ada","cart":[1,2,3]}')],
  [redisCommand('SET', 'session:00000000', '{"user":4711,"name":"Ada"}', 'EX', '3600'), '+OK\r\n'],
  [redisCommand('INCR', 'hits:00000000'), ':4711\r\n'],
  [
    redisCommand('HGETALL', 'user:00000000'),
    `*4\r\n${['name', 'Ada', 'city', 'London'].map(redisBulk).join('')}`,
  ],
  [redisCommand('GET', 'missing:00000000'), '$-1\r\n'],
  [
    redisCommand('LPUSH', 'hits:00000000', 'x'),
    '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
  ],
];

const redisExchanges = () =>
  PIPELINES.map((count, i) => {
    const pairs = Array.from({ length: count }, (_, n) => REDIS_PAIRS[(i + n) % REDIS_PAIRS.length]);
    return exchange(
      6379,
      pairs.map(([command]) => command).join(''),
      pairs.map(([, reply]) => reply).join(''),
    );
  });

const V4 = [192, 0, 2, 1];
const V6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const SHOP = { name: 'host-00000000.shop.example.com', a: [V4], aaaa: [V6], code: DNS_CODE.ok };
const CDN = { name: 'cdn-00000000.example.net', a: [V4, V4, V4], aaaa: [], code: DNS_CODE.ok };
const UNKNOWN = { name: 'no-such-00000000.example.org', a: [], aaaa: [], code: DNS_CODE.noName };
const LOOKUPS = [SHOP, CDN, SHOP, UNKNOWN];

/** Queries for A and AAAA of a name from one port, as resolvers ask; no name twice. Answers come 50 queries later. */
function writeDns(file, count) {
  const questions = LOOKUPS.flatMap(({ name, a, aaaa, code }) => [
    { type: DNS_TYPE.a, name, addresses: a, code },
    { type: DNS_TYPE.aaaa, name, addresses: aaaa, code },
  ]);
  const pairs = questions.map(({ type, name, addresses, code }) => {
    const question = { id: 0, name, type };
    const answers = addresses.map((address) => ({ type, data: Buffer.from(address) }));
    return [
      new Template(udpFrame(CLIENT, SERVER, 0, 53, dnsQuery(question)), 'source'),
      new Template(udpFrame(SERVER, CLIENT, 53, 0, dnsAnswer(question, answers, code)), 'destination'),
    ];
  });
  const delay = 50;
  let time = 0;
  const write = (i, which) => {
    if (i < 0 || i >= count) return;
    pairs[i % pairs.length][which].datagram(file, time, clientEnd(i >> 1), (i * 40_503) & 0xffff, i >> 1);
    time += PACKET_NANOS;
  };
  for (let i = 0; i < count + delay; i++) {
    write(i, 0);
    write(i - delay, 1);
  }
}

/** One host knocks at every address once; two of three answer with a reset, 100 knocks later. */
function writeScan(file, flows) {
  const scanner = host(0xfffffe);
  const ports = [22, 80, 443, 3389];
  const at = (sourcePort, destinationPort, flags) => ({
    sourcePort,
    destinationPort,
    sequence: 0,
    acknowledgment: 0,
    flags,
    payload: Buffer.alloc(0),
  });
  const knock = new Template(tcpFrame(scanner, CLIENT, at(54_321, 0, FLAG.syn)), 'destination');
  const answer = new Template(tcpFrame(CLIENT, scanner, at(0, 54_321, FLAG.rst | FLAG.ack)), 'source');
  const endOf = (i) => ({
    address: FIRST_CLIENT + Math.floor(i / ports.length),
    port: ports[i % ports.length],
  });
  const delay = 100;
  let time = 0;
  for (let i = 0; i < flows + delay; i++) {
    if (i < flows) {
      knock.segment(file, time, endOf(i), 1000 + i, 0, 0);
      time += PACKET_NANOS;
    }
    const late = i - delay;
    if (late < 0 || late % 3 === 2) continue;
    answer.segment(file, time, endOf(late), 0, 1001 + late, 0);
    time += PACKET_NANOS;
  }
}

const ROUNDS = 20;

const httpMix = (name, about, exchanges, bodyBytes) => ({
  name,
  about,
  protocol: 'http',
  exchanges,
  unit: ROUNDS,
  write(file, count) {
    writeConnections(file, {
      port: 80,
      connections: count / ROUNDS,
      exchanges: httpExchanges(ROUNDS, bodyBytes),
    });
    return { exchanges: count, flows: count / ROUNDS };
  },
});

/** By name. `exchanges` is the full size, a multiple of `unit`; write() returns what the capture holds. */
export const mixes = [
  httpMix('m1-http', 'HTTP keep-alive, 20 exchanges a connection', 400_000, (random) => random.below(200)),
  httpMix('m1k-http', 'the same with bodies of 1 KB', 400_000, () => 1024),
  httpMix('m2-http-30kb', 'the same with bodies of 30 KB', 40_000, () => 30_000),
  {
    name: 'm3-dns',
    about: 'DNS over UDP, A and AAAA',
    protocol: 'dns',
    exchanges: 400_000,
    unit: 2,
    write(file, count) {
      writeDns(file, count);
      return { exchanges: count, flows: count / 2 };
    },
  },
  {
    name: 'm4-redis',
    about: `Redis, ${REDIS_EXCHANGES} exchanges a connection, some pipelined`,
    protocol: 'redis',
    exchanges: 400_000,
    unit: REDIS_EXCHANGES,
    write(file, count) {
      const connections = count / REDIS_EXCHANGES;
      writeConnections(file, { port: 6379, connections, exchanges: redisExchanges() });
      return { exchanges: count, flows: connections };
    },
  },
  {
    name: 'm6-synscan',
    about: 'SYN scan, every flow one SYN, two of three answered with RST',
    protocol: 'flow',
    exchanges: 1_000_000,
    unit: 3,
    write(file, count) {
      writeScan(file, count);
      return { exchanges: 0, flows: count };
    },
  },
];
