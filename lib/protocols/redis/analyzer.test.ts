import { describe, expect, it } from 'vitest';
import { cut, TestSession } from '../../../test/support/session.js';
import { redis } from './analyzer.js';

const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`;

/** One exchange as [request, reply]. */
function events(exchanges: [string, string][], options = {}) {
  const t = new TestSession(redis, options);
  for (const [request, reply] of exchanges) t.client(request).server(reply);
  return t.events();
}

describe('one exchange', () => {
  it('has the command, its first argument, the reply, sizes and times', () => {
    const t = new TestSession(redis, { send_request: true, send_response: true });
    t.client(command('set', 'key3', 'me'));
    t.nanoseconds = 830_000;
    t.server('+OK\r\n');
    expect(t.events()).toEqual([
      {
        type: 'redis',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.00083,
        'source.bytes': 31,
        'destination.bytes': 5,
        method: 'SET',
        'event.action': 'redis.set',
        query: 'set key3 me',
        request: 'set key3 me',
        resource: 'key3',
        response: 'OK',
        'redis.return_value': 'OK',
      },
    ]);
  });

  it.each([
    ['$-1\r\n', 'nil'],
    ['*-1\r\n', 'nil'],
    ['_\r\n', 'nil'],
    ['$0\r\n\r\n', ''],
    [':42\r\n', '42'],
    [',3.14\r\n', '3.14'],
    ['#t\r\n', 'true'],
    ['#f\r\n', 'false'],
    ['(3492890328409238509324850943850943825024385\r\n', '3492890328409238509324850943850943825024385'],
    ['=7\r\ntxt:abc\r\n', 'txt:abc'],
    ['*2\r\n$1\r\na\r\n:2\r\n', '[a, 2]'],
    ['*0\r\n', '[]'],
    ['*2\r\n*1\r\n+x\r\n*0\r\n', '[[x], []]'],
    ['%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n', '{a: 1, b: [nil]}'],
    ['~2\r\n+a\r\n+b\r\n', '[a, b]'],
    ['|1\r\n+ttl\r\n:3\r\n+OK\r\n', 'OK'],
    ['*2\r\n|1\r\n+ttl\r\n:3\r\n+a\r\n+b\r\n', '[a, b]'],
  ])('reads the reply %j', (reply, value) => {
    const [event] = events([[command('GET', 'k'), reply]]);
    expect(event).toMatchObject({
      status: 'OK',
      'redis.return_value': value,
      'destination.bytes': reply.length,
    });
  });

  it.each([
    ['-ERR no\r\n', 'ERR no'],
    ['!6\r\nERR no\r\n', 'ERR no'],
  ])('knows the error %j', (reply, text) => {
    const [event] = events([[command('GET', 'k'), reply]]);
    expect(event).toMatchObject({ status: 'Error', 'redis.error': text, 'event.outcome': 'failure' });
  });

  it('reads inline commands', () => {
    const [event] = events([['  get   key \r\n'.trimStart(), '$1\r\nx\r\n']]);
    expect(event).toMatchObject({ method: 'GET', resource: 'key', query: 'get key' });
  });

  it('names commands of a family by two words, and has an empty resource where there is no argument', () => {
    const all = events([
      [command('config', 'get', 'maxmemory'), '*0\r\n'],
      [command('CLIENT', 'LIST'), '$0\r\n\r\n'],
      [command('CONFIG'), '-ERR\r\n'],
      [command('PING'), '+PONG\r\n'],
    ]);
    expect(all.map((e) => [e.method, e['event.action'], e.resource])).toEqual([
      ['CONFIG GET', 'redis.config get', 'maxmemory'],
      ['CLIENT LIST', 'redis.client list', ''],
      ['CONFIG', 'redis.config', ''],
      ['PING', 'redis.ping', ''],
    ]);
  });

  it('takes any command name, the longest ones too', () => {
    const [a, b] = events([
      [command('XAUTOCLAIM', 's'), '*0\r\n'],
      [command('x'.repeat(100)), '-ERR\r\n'],
    ]);
    expect(a).toMatchObject({ method: 'XAUTOCLAIM', 'event.action': 'redis.xautoclaim' });
    expect(b).toMatchObject({ method: 'x'.repeat(100) });
  });
});

describe('pairing', () => {
  it('keeps order under pipelining', () => {
    const t = new TestSession(redis);
    t.client(command('GET', 'a') + command('GET', 'b') + command('GET', 'c'))
      .server('$1\r\n1\r\n$1\r\n2\r\n')
      .server('$1\r\n3\r\n');
    expect(t.events().map((e) => [e.resource, e['redis.return_value']])).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]);
  });

  it('is not disturbed by pub/sub, RESP2 and RESP3', () => {
    const t = new TestSession(redis);
    t.client(command('SUBSCRIBE', 'a', 'b'));
    t.server('*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n');
    t.server('*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n');
    t.client(command('PING'))
      .server('>3\r\n+message\r\n+a\r\n+yo\r\n')
      .server('*2\r\n$4\r\npong\r\n$0\r\n\r\n');
    expect(t.events().map((e) => [e.method, e['redis.return_value']])).toEqual([
      ['SUBSCRIBE', '[subscribe, a, 1]'],
      ['PING', '[pong, ]'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({ 'redis.push.unasked': 3, 'redis.unmatched_responses': 0 });
  });

  it('is not disturbed by MONITOR', () => {
    const t = new TestSession(redis);
    t.client(command('MONITOR')).server('+OK\r\n+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"\r\n');
    t.client(command('QUIT')).server('+1339518087.877697 [0 127.0.0.1:60866] "quit"\r\n+OK\r\n');
    expect(t.events().map((e) => [e.method, e['redis.return_value']])).toEqual([
      ['MONITOR', 'OK'],
      ['QUIT', 'OK'],
    ]);
  });

  it('reports what stays unanswered: timed out, at the end, before a gap', () => {
    const t = new TestSession(redis);
    t.client(command('BLPOP', 'q', '0')).wait(11);
    t.client(command('GET', 'a')).gap(1, 10).client(command('GET', 'b')).server('+B\r\n');
    t.client(command('GET', 'c')).end();
    expect(t.events().map((e) => [e.method, e.status, e['error.message'], e.resource])).toEqual([
      ['BLPOP', 'Error', 'Unmatched request', 'q'],
      ['GET', 'Error', 'Unmatched request', 'a'],
      ['GET', 'OK', undefined, 'b'],
      ['GET', 'Error', 'Unmatched request', 'c'],
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('pushes the oldest out past the limits', () => {
    const t = new TestSession(redis, { queue_max_messages: 3 });
    for (let i = 0; i < 5; i++) t.client(command('GET', String(i)));
    expect(t.events().map((e) => e.resource)).toEqual(['0', '1']);
    const bytes = new TestSession(redis, { queue_max_bytes: 40 });
    for (let i = 0; i < 4; i++) bytes.client(command('GET', String(i)));
    expect(bytes.events().map((e) => e.resource)).toEqual(['0', '1']);
  });

  it('gives replies to commands that were pushed out to nobody else', () => {
    for (const limit of [{ queue_max_messages: 3 }, { queue_max_bytes: 66 }]) {
      const t = new TestSession(redis, limit);
      for (let i = 0; i < 5; i++) t.client(command('GET', String(i)));
      for (let i = 0; i < 5; i++) t.server(`+reply ${i}\r\n`);
      t.client(command('GET', '5')).server('+reply 5\r\n');
      expect(t.events().map((e) => [e.resource, e.status, e['redis.return_value']])).toEqual([
        ['0', 'Error', undefined],
        ['1', 'Error', undefined],
        ['2', 'OK', 'reply 2'],
        ['3', 'OK', 'reply 3'],
        ['4', 'OK', 'reply 4'],
        ['5', 'OK', 'reply 5'],
      ]);
      expect(t.counters.get('redis.unmatched_responses').value).toBe(2);
    }
  });

  it('pairs anew once commands have timed out or replies are lost', () => {
    for (const heal of ['time', 'gap']) {
      const t = new TestSession(redis, { queue_max_messages: 1, transaction_timeout: 5 });
      t.client(command('GET', 'a') + command('GET', 'b'));
      if (heal === 'time') t.wait(10);
      else t.gap(1, 9);
      t.client(command('GET', 'c')).server('+c\r\n');
      expect(t.events().at(-1)).toMatchObject({ resource: 'c', status: 'OK', 'redis.return_value': 'c' });
    }
  });

  it('finds the client by content', () => {
    const t = new TestSession(redis, {}, { detect: true, reversed: true });
    t.client(command('PING')).server('+PONG\r\n');
    expect(t.events()).toMatchObject([{ method: 'PING', swapped: true }]);
  });
});

describe('hostile and cut input', () => {
  const stream =
    command('SET', 'k', 'v\r\n*1\r\n') +
    command('LRANGE', 'l', '0', '-1') +
    'PING\r\n' +
    command('HGETALL', 'h');
  const replies = '+OK\r\n*3\r\n$1\r\na\r\n$-1\r\n*1\r\n:7\r\n+PONG\r\n%1\r\n+k\r\n$3\r\na\nb\r\n';
  const whole = events([[stream, replies]]);

  it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
    const t = new TestSession(redis);
    for (const piece of cut(stream, size)) t.client(piece);
    for (const piece of cut(replies, size, 7)) t.server(piece);
    expect(t.events()).toEqual(whole);
  });

  it('gives the same events or fewer when cut at any byte', () => {
    const strip = ({ end: _, ...rest }: Record<string, unknown>) => rest;
    for (let at = 0; at <= replies.length; at++) {
      const t = new TestSession(redis);
      t.client(stream);
      if (at > 0) t.server(replies.slice(0, at));
      const answered = t.events();
      expect(answered.map(strip)).toEqual(whole.slice(0, answered.length).map(strip));
    }
  });

  it('reads a large array in small segments in linear time, and keeps a bounded text', () => {
    const t = new TestSession(redis);
    const reply = `*50000\r\n${'$10\r\n0123456789\r\n'.repeat(50_000)}`;
    t.client(command('LRANGE', 'l', '0', '-1'));
    for (const piece of cut(reply, 1448)) t.server(piece);
    const [event] = t.events();
    expect(event!['destination.bytes']).toBe(reply.length);
    expect(event!['redis.return_value'].length).toBe(65_536);
  });

  it('asks to skip what it does not want of a long value', () => {
    const t = new TestSession(redis);
    t.client(command('GET', 'big')).server(`$10000000\r\n${'x'.repeat(100_000)}`);
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: 11 + 10_000_000 }]);
    t.jump(1, 9_900_000).server('\r\n').client(command('PING')).server('+PONG\r\n');
    expect(t.events().map((e) => e['destination.bytes'])).toEqual([11 + 10_000_002, 7]);
  });

  it.each([
    '$5x\r\n',
    '*99999999999\r\n',
    '\x00\x01\x02\r\n',
    'HTTP/1.1 200 OK\r\n',
    `${'*1\r\n'.repeat(40)}:1\r\n`,
    '$-2\r\n',
  ])('drops %j', (bad) => {
    const t = new TestSession(redis);
    t.client(command('GET', 'a')).server(bad);
    expect(t.events()).toMatchObject([{ status: 'Error' }]);
    expect(t.counters.snapshot()['redis.session.dropped']).toBe(1);
  });

  it('drops an endless line', () => {
    const t = new TestSession(redis);
    t.client(command('GET', 'a'));
    for (let i = 0; i < 70; i++) t.server(`${i === 0 ? '+' : ''}${'x'.repeat(1000)}`);
    expect(t.counters.snapshot()['redis.session.dropped']).toBe(1);
  });
});
