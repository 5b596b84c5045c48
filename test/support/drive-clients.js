/**
 * Scripted clients for test/e2e/live.test.ts; runs inside the client's namespace. Its output is the truth the events are
 * compared with: one JSON line per answered request, `at` being when the answer was whole (milliseconds since the epoch).
 *
 *   node drive-clients.js http|dns|redis|icmp COUNT ADDRESS...
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

const HTTP_CONNECTIONS = 8;
const DNS_SOCKETS = 4;
const DNS_IN_FLIGHT = 20;
const DNS_TIMEOUT_MS = 5000;
const REDIS_PIPELINE = 10;
const RCODES = { 0: 'NOERROR', 3: 'NXDOMAIN' };
const DNS_TYPES = { A: 1, AAAA: 28 };

const lines = [];
const log = (entry) => lines.push(JSON.stringify({ at: Date.now(), ...entry }));

/** Runs `task(n)` for n below `count`, `width` at a time. */
async function spread(count, width, task) {
  let next = 0;
  const lane = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

// HTTP: every path once, every tenth a HEAD, every tenth a POST; the server decides the status by the last digit.

function httpExchange(agent, host, n) {
  const method = { 3: 'HEAD', 7: 'POST' }[n % 10] ?? 'GET';
  const path = `/r/${n}`;
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host, path, method }, (response) => {
      response.resume().on('end', () => {
        log({ method, path, status: response.statusCode, host });
        resolve();
      });
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? `body of ${n}` : undefined);
  });
}

async function http(count, hosts) {
  const agent = new Agent({ keepAlive: true, maxSockets: HTTP_CONNECTIONS });
  await spread(count, HTTP_CONNECTIONS * hosts.length, (n) =>
    httpExchange(agent, hosts[n % hosts.length], n),
  );
  agent.destroy();
}

// DNS: every name once; a third has an IPv4 address, a third does not exist, a third has an IPv6 address.

function dnsQuery(n) {
  const type = n % 3 === 2 ? 'AAAA' : 'A';
  const name = `r${n}.${['four', 'none', 'six'][n % 3]}.test`;
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  const head = Buffer.from([n >> 8, n & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return { name, type, bytes: Buffer.concat([head, ...labels, Buffer.from([0, 0, DNS_TYPES[type], 0, 1])]) };
}

/** Addresses of the answers; dnsmasq points each name at the question. */
function dnsAnswers(message, questionEnd) {
  const answers = [];
  let at = questionEnd;
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    const length = message.readUInt16BE(at + 10);
    const data = message.subarray(at + 12, at + 12 + length);
    answers.push(length === 4 ? data.join('.') : ip6(data));
    at += 12 + length;
  }
  return answers;
}

const ip6 = (bytes) =>
  new URL(`http://[${bytes.toString('hex').match(/..../g).join(':')}]`).hostname.slice(1, -1);

async function dns(count, [host]) {
  const waiting = new Map();
  const sockets = Array.from({ length: DNS_SOCKETS }, () => createSocket('udp4'));
  for (const socket of sockets) {
    socket.on('message', (message) => {
      const id = message.readUInt16BE(0);
      waiting.get(id)?.(message);
      waiting.delete(id);
    });
  }
  await spread(count, DNS_IN_FLIGHT, async (n) => {
    const { name, type, bytes } = dnsQuery(n);
    const message = await new Promise((resolve, reject) => {
      setTimeout(reject, DNS_TIMEOUT_MS, new Error(`no answer for ${name}`)).unref();
      waiting.set(n, resolve);
      sockets[n % DNS_SOCKETS].send(bytes, 53, host);
    });
    log({ name, type, rcode: RCODES[message[3] & 15], answers: dnsAnswers(message, bytes.length) });
  });
  for (const socket of sockets) socket.close();
}

// Redis: five kinds of commands in turn; the first half one by one, the second half in pipelines.

function redisCommand(n) {
  const base = n - (n % 5);
  return [
    ['SET', `key:${base}`, `value ${base}`],
    ['GET', `key:${base}`],
    ['INCR', 'hits'],
    ['LPUSH', `key:${base}`, 'x'],
    ['GET', `missing:${n}`],
  ][n % 5];
}

/** The reply that `text` begins with and what follows it; undefined when it is not whole. */
function redisReply(text) {
  const line = text.indexOf('\r\n');
  if (line < 0) return undefined;
  const value = text.slice(1, line);
  const rest = text.slice(line + 2);
  if (text[0] === '-') return { reply: value, error: true, rest };
  if (text[0] !== '$') return { reply: value, error: false, rest };
  const length = Number(value);
  if (length < 0) return { reply: 'nil', error: false, rest };
  if (rest.length < length + 2) return undefined;
  return { reply: rest.slice(0, length), error: false, rest: rest.slice(length + 2) };
}

async function redis(count, [host]) {
  const socket = connect({ host, port: 6379, noDelay: true });
  const sent = [];
  let received = '';
  let idle;
  const resp = (words) => `*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`;
  socket.setEncoding('latin1').on('data', (data) => {
    received += data;
    for (let whole = redisReply(received); whole; whole = redisReply(received)) {
      received = whole.rest;
      log({ command: sent.shift().join(' '), reply: whole.reply, error: whole.error });
    }
    if (sent.length === 0) idle?.();
  });
  for (let n = 0; n < count; ) {
    const size = Math.min(n < count / 2 ? 1 : REDIS_PIPELINE, count - n);
    const commands = Array.from({ length: size }, (_, i) => redisCommand(n + i));
    sent.push(...commands);
    socket.write(commands.map(resp).join(''));
    await new Promise((resolve) => {
      idle = resolve;
    });
    n += size;
  }
  socket.end();
}

/** The echo replies ping saw. */
function icmp(count, [host]) {
  const args = ['-n', '-D', '-c', `${count}`, '-i', '0.002', host];
  const { stdout } = spawnSync('ping', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  for (const [, seconds, sequence] of stdout.matchAll(/^\[([\d.]+)\].*icmp_seq=(\d+).*time=/gm)) {
    log({ at: Number(seconds) * 1000, sequence: Number(sequence) });
  }
}

const [protocol, count, ...addresses] = process.argv.slice(2);
await { http, dns, redis, icmp }[protocol](Number(count), addresses);
process.stdout.write(lines.map((line) => `${line}\n`).join(''));
