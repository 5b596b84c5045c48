/** Conversations of the demo network: each adds its packets to the sink, from its time on, and says when it ends. */
import {
  type Answer,
  DNS_CODE,
  DNS_TYPE,
  dnsAnswer,
  dnsQuery,
  encodeName,
  mailExchange,
  service,
  text,
} from './dns.js';
import { httpChunked, httpRequest, httpResponse, redisBulk, redisCommand } from './messages.js';
import { echoFrame, type Host, udpFrame } from './packets.js';
import type { Sink } from './pcap.js';
import type { Random } from './random.js';
import { Connection } from './tcp.js';

export const MILLI = 1_000_000;
const FIRST_EPHEMERAL_PORT = 32_768;
const PORT = { dns: 53, http: 80, redis: 6379 } as const;
const PING = Buffer.from('abcdefghijklmnopqrstuvwabcdefghi', 'latin1');
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'curl/8.5.0',
  'shop-app/3.2',
];
/** Status by status, what is asked for. */
const PAGES: readonly (readonly [method: string, target: string, status: number, type: string])[] = [
  ['GET', '/', 200, 'text/html; charset=utf-8'],
  ['GET', '/products?page=2&sort=price', 200, 'application/json'],
  ['GET', '/api/products/4711', 200, 'application/json'],
  ['GET', '/images/logo.png', 304, 'image/png'],
  ['POST', '/api/cart/items', 201, 'application/json'],
  ['DELETE', '/api/cart/items/3', 204, 'application/json'],
  ['GET', '/old', 301, 'text/html'],
  ['GET', '/admin', 403, 'text/html'],
  ['GET', '/no/such/page', 404, 'text/html'],
  ['PUT', '/api/users/17', 500, 'application/json'],
  ['GET', '/api/stock', 503, 'application/json'],
];

/** What the conversations share. */
export interface Network {
  readonly sink: Sink;
  readonly random: Random;
  /** Connections and queries so far: gives each a port and an id of its own. */
  conversations: number;
}

const nextPort = (network: Network): number => FIRST_EPHEMERAL_PORT + (network.conversations++ % 28_000);

/** A keep-alive connection with `exchanges` requests. */
export function browse(
  network: Network,
  time: number,
  client: Host,
  server: Host,
  exchanges: number,
): number {
  const { sink, random } = network;
  const from = { host: client, port: nextPort(network) };
  const connection = new Connection(sink, time, from, { host: server, port: PORT.http }).open();
  const agent = random.pick(AGENTS);
  for (let n = 0; n < exchanges; n++) {
    // The front page first, then mostly what works.
    const page =
      n === 0 ? PAGES[0]! : PAGES[random.oneIn(3) ? random.below(PAGES.length) : random.between(1, 4)]!;
    askForPage(connection.wait(random.between(2, 250) * MILLI), random, page, agent);
  }
  return connection.wait(5 * MILLI).close().time;
}

function askForPage(
  connection: Connection,
  random: Random,
  page: (typeof PAGES)[number],
  agent: string,
): void {
  const [method, target, status, type] = page;
  const body = method === 'POST' || method === 'PUT' ? `{"id":${random.below(10_000)},"quantity":1}` : '';
  connection.client(httpRequest({ method, target, host: 'shop.example.com', agent, body }));
  connection.wait(random.between(1, random.oneIn(8) ? 400 : 30) * MILLI);
  const answer = { status, type, body: `{"items":"${'x'.repeat(random.below(4000))}"}` };
  connection.server(random.oneIn(4) && status === 200 ? httpChunked(answer, 1000) : httpResponse(answer));
}

/** A request whose server goes away before it answers. */
export function breakOff(network: Network, time: number, client: Host, server: Host): number {
  const from = { host: client, port: nextPort(network) };
  const connection = new Connection(network.sink, time, from, { host: server, port: PORT.http }).open();
  connection.client(
    httpRequest({ method: 'GET', target: '/api/report', host: 'shop.example.com', agent: AGENTS[1]! }),
  );
  return connection.wait(900 * MILLI).reset().time;
}

/** A connection to a port where nobody listens. */
export function knock(network: Network, time: number, client: Host, server: Host, port: number): number {
  const from = { host: client, port: nextPort(network) };
  return new Connection(network.sink, time, from, { host: server, port }).refused().time;
}

/** A connection to Redis with `rounds` of pipelined commands, then one that fails. */
export function useCache(network: Network, time: number, client: Host, server: Host, rounds: number): number {
  const { sink, random } = network;
  const from = { host: client, port: nextPort(network) };
  const connection = new Connection(sink, time, from, { host: server, port: PORT.redis }).open();
  for (let n = 0; n < rounds; n++) {
    const key = `session:${random.below(1000)}`;
    const value = `{"user":${n},"cart":"${'i'.repeat(random.below(60))}"}`;
    connection.wait(random.between(5, 90) * MILLI);
    connection
      .client(redisCommand('SET', key, value, 'EX', '60'))
      .wait(0.2 * MILLI)
      .server('+OK\r\n');
    connection.wait(random.between(1, 9) * MILLI);
    connection.client(
      redisCommand('GET', key) + redisCommand('INCR', 'hits') + redisCommand('GET', 'no:such:key'),
    );
    connection.wait(0.25 * MILLI).server(`${redisBulk(value)}:${n + 1}\r\n$-1\r\n`);
  }
  connection
    .wait(3 * MILLI)
    .client(redisCommand('LRANGE', 'recent', '0', '-1'))
    .wait(0.3 * MILLI);
  connection.server(`*2\r\n${redisBulk('product:4711')}${redisBulk('product:17')}`);
  connection
    .wait(MILLI)
    .client(redisCommand('LPUSH', 'hits', 'x'))
    .wait(0.2 * MILLI);
  connection.server('-WRONGTYPE Operation against a key holding the wrong kind of value\r\n');
  return connection.wait(2 * MILLI).close().time;
}

const NAMES = ['shop.example.com', 'api.example.com', 'cdn.example.net', 'status.example.org'];

/** A name that is asked for, with its records; without any, it does not exist. */
function nextLookup(random: Random): { name: string; type: number; answers: Answer[] } {
  const name = random.pick(NAMES);
  const last = random.between(1, 200);
  switch (random.below(10)) {
    case 0:
      return {
        name: 'example.com',
        type: DNS_TYPE.mx,
        answers: [{ type: DNS_TYPE.mx, data: mailExchange(10, 'mail.example.com') }],
      };
    case 1:
      return {
        name: 'example.com',
        type: DNS_TYPE.txt,
        answers: [{ type: DNS_TYPE.txt, data: text('v=spf1 mx -all') }],
      };
    case 2:
      return {
        name: `${last}.0.0.10.in-addr.arpa`,
        type: DNS_TYPE.ptr,
        answers: [{ type: DNS_TYPE.ptr, data: encodeName(name) }],
      };
    case 3:
      return {
        name: '_http._tcp.example.com',
        type: DNS_TYPE.srv,
        answers: [{ type: DNS_TYPE.srv, data: service(80, name) }],
      };
    case 4:
      return { name: 'no-such-host.example.com', type: DNS_TYPE.a, answers: [] };
    case 5:
    case 6:
      return { name, type: DNS_TYPE.aaaa, answers: [address(DNS_TYPE.aaaa, last)] };
    case 7: {
      const alias = { type: DNS_TYPE.cname, data: encodeName('edge.example.net') };
      return {
        name,
        type: DNS_TYPE.a,
        answers: [alias, { ...address(DNS_TYPE.a, last), name: 'edge.example.net' }],
      };
    }
    default:
      return { name, type: DNS_TYPE.a, answers: [address(DNS_TYPE.a, last)] };
  }
}

function address(type: number, last: number): Answer {
  if (type === DNS_TYPE.a) return { type, data: Buffer.from([192, 0, 2, last]) };
  return { type, data: Buffer.from([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]) };
}

/** A query and its answer; a lost one stays unanswered. */
export function resolve(network: Network, time: number, client: Host, server: Host, lost: boolean): number {
  const { sink, random } = network;
  const { name, type, answers } = nextLookup(random);
  const port = nextPort(network);
  const question = { id: (port * 40_503) & 0xffff, name, type };
  sink.frame(time, udpFrame(client, server, port, PORT.dns, dnsQuery(question)));
  if (lost) return time;
  const code = answers.length > 0 ? DNS_CODE.ok : DNS_CODE.noName;
  const end = time + random.between(300, 30_000) * 1000;
  sink.frame(end, udpFrame(server, client, PORT.dns, port, dnsAnswer(question, answers, code)));
  return end;
}

/** `count` echoes, one every `period` nanoseconds; the last of ten stays unanswered. */
export function ping(
  network: Network,
  time: number,
  client: Host,
  server: Host,
  count: number,
  period: number,
): number {
  const { sink, random } = network;
  const id = nextPort(network);
  for (let n = 0; n < count; n++) {
    const at = time + n * period;
    sink.frame(at, echoFrame(client, server, false, id, n, PING));
    if (n % 10 !== 9)
      sink.frame(at + random.between(200, 900) * 1000, echoFrame(server, client, true, id, n, PING));
  }
  return time + count * period;
}
