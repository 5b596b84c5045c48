/** The demo capture: some twenty seconds of a small network, the same on every run. */
import { Connection } from './connection.js';
import { dnsAnswer, dnsQuery, DNS_TYPE, type HttpExchange, httpChunked, httpRequest, httpResponse, redisCommand } from './messages.js';
import { host, icmpFrame, udpFrame } from './packets.js';
import { Recorder, type Sink } from './recorder.js';

const SECONDS = 20;
const WEB = host(10);
const CACHE = host(20);
const RESOLVER = host(1);
const PAGES: readonly (readonly [method: string, target: string, status: number, phrase: string])[] = [
  ['GET', '/', 200, 'OK'],
  ['GET', '/products?page=2', 200, 'OK'],
  ['GET', '/images/logo.png', 304, 'Not Modified'],
  ['POST', '/cart/items', 201, 'Created'],
  ['GET', '/admin', 403, 'Forbidden'],
  ['GET', '/no/such/page', 404, 'Not Found'],
  ['PUT', '/users/17', 500, 'Internal Server Error'],
];
const NAMES = ['www.example.com', 'api.example.com', 'cdn.example.net', 'mail.example.org', 'no.such.example.com'];

/** The image of a pcap file. */
export function buildDemo(): Buffer {
  const recorder = new Recorder();
  for (let i = 0; i < 24; i++) browse(recorder, i);
  for (let i = 0; i < 6; i++) useCache(recorder, i);
  for (let i = 0; i < 90; i++) resolve(recorder, i);
  for (let i = 0; i < 20; i++) ping(recorder, i);
  return recorder.image();
}

/** A point of the run, spread evenly and off the beat. */
const spread = (i: number, of: number): number => Math.floor(((i + 0.37) / of) * (SECONDS - 2) * 1e9);

function exchange(n: number): HttpExchange {
  const [method, target, status, phrase] = PAGES[n % PAGES.length]!;
  const body = status === 304 ? '' : `{"n":${n},"text":"${'x'.repeat((n * 97) % 3000)}"}`;
  return { method, target, host: 'shop.example.com', status, phrase, contentType: 'application/json', body };
}

function browse(sink: Sink, i: number): void {
  const connection = new Connection(sink, spread(i, 24), host(100 + (i % 7), 4), 40_000 + i, WEB, 80).open();
  for (let n = 0; n < 5 + (i % 4); n++) {
    const page = exchange(i * 3 + n);
    connection.wait(9_000_000).client(httpRequest(page, page.method === 'GET' ? '' : '{"quantity":1}'));
    connection.wait(1_200_000 + ((i * 7 + n * 13) % 50) * 400_000);
    if (page.status === 304) connection.server(`HTTP/1.1 304 Not Modified\r\nETag: "${n}"\r\n\r\n`);
    else connection.server(n % 5 === 4 ? httpChunked(page, 700) : httpResponse(page));
  }
  connection.close();
}

function useCache(sink: Sink, i: number): void {
  const connection = new Connection(sink, spread(i, 6), host(10), 50_000 + i, CACHE, 6379).open();
  for (let n = 0; n < 20; n++) {
    const key = `session:${i}:${n}`;
    connection.wait(40_000_000).client(redisCommand('SET', key, 'v'.repeat(20 + n), 'EX', '60'));
    connection.wait(200_000).server('+OK\r\n');
    connection.wait(3_000_000).client(redisCommand('GET', key) + redisCommand('INCR', 'hits'));
    connection.wait(250_000).server(`$${20 + n}\r\n${'v'.repeat(20 + n)}\r\n:${n}\r\n`);
  }
  connection.client(redisCommand('LPUSH', 'session:0:0', 'x')).wait(150_000);
  connection.server('-WRONGTYPE Operation against a key holding the wrong kind of value\r\n').close();
}

function resolve(sink: Sink, i: number): void {
  const version = i % 10 === 9 ? 6 : 4;
  const client = host(100 + (i % 7), version);
  const server = version === 6 ? host(1, 6) : RESOLVER;
  const name = NAMES[i % NAMES.length]!;
  const missing = name.startsWith('no.');
  const type = i % 2 === 0 ? DNS_TYPE.a : DNS_TYPE.aaaa;
  const address = type === DNS_TYPE.a ? [192, 0, 2, 1 + (i % 200)] : [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 + (i % 200)];
  const time = spread(i, 90);
  sink.frame(time, udpFrame(client, server, 30_000 + i, 53, dnsQuery(1000 + i, name, type)));
  // One in thirty is lost.
  if (i % 30 === 29) return;
  const answer = dnsAnswer(1000 + i, name, type, missing ? [] : [address], missing ? 3 : 0);
  sink.frame(time + 800_000 + ((i * 31) % 40) * 300_000, udpFrame(server, client, 53, 30_000 + i, answer));
}

function ping(sink: Sink, i: number): void {
  const v6 = i % 4 === 3;
  const [from, to] = [host(100, v6 ? 6 : 4), host(10, v6 ? 6 : 4)];
  const payload = Buffer.from('abcdefghijklmnopqrstuvwabcdefghi');
  const time = spread(i, 20);
  sink.frame(time, icmpFrame(from, to, v6 ? 128 : 8, 77, i, payload));
  if (i % 10 !== 9) sink.frame(time + 340_000, icmpFrame(to, from, v6 ? 129 : 0, 77, i, payload));
}
