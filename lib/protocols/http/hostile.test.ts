import { describe, expect, it } from 'vitest';
import { events, get, type Options, ok, session } from '../../../test/support/http.js';
import { cut } from '../../../test/support/session.js';
import { MAX_HEAD } from '../kit/lines.js';
import { MAX_JUNK } from './analyzer.js';
import { MAX_HEADERS } from './parser.js';

describe('gaps', () => {
  const body = 'x'.repeat(100);

  it('counts what is lost within a body', () => {
    const t = session()
      .client(get('/'))
      .server(ok(body).slice(0, -60))
      .gap(1, 40)
      .server(body.slice(80))
      .client(get('/b'))
      .server(ok());
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        'http.response.body.bytes': 100,
        'http.response.bytes': ok(body).length,
        'error.message': 'Packet loss while capturing the response',
      },
      { 'url.path': '/b', status: 'OK' },
    ]);
  });

  it('knows that the end of a body was lost', () => {
    const t = session()
      .client(get('/'))
      .server(ok(body).slice(0, -60))
      .gap(1, 60)
      .client(get('/b'))
      .server(ok());
    expect(t.events().map((e) => [e['http.response.body.bytes'], e.status])).toEqual([
      [100, 'OK'],
      [undefined, 'OK'],
    ]);
  });

  it('finds its place again when more was lost', () => {
    const t = session()
      .client(get('/a') + get('/b'))
      .server(ok(body).slice(0, -60))
      .gap(1, 90);
    t.server('rest of what was lost').client(get('/c')).server(ok('c'));
    expect(t.events().map((e) => [e['url.path'], e.status, e['error.message']])).toEqual([
      ['/a', 'OK', 'Packet loss while capturing the response'],
      ['/b', 'Error', ['Unmatched request', 'Packet loss while capturing the response']],
      ['/c', 'OK', undefined],
    ]);
    expect(t.counters.snapshot()['http.stream.unsynced_bytes']).toBe(21);
  });

  it('finds its place again after a lost head, in either direction', () => {
    const t = session()
      .client(get('/a'))
      .server('HTTP/1.1 200 O')
      .gap(1, 500)
      .server('junk')
      .client(get('/b'))
      .server(ok());
    t.client('GET /c').gap(0, 200).client('junk').client(get('/d')).server(ok());
    expect(t.events().map((e) => [e['url.path'], e.status])).toEqual([
      ['/a', 'Error'],
      ['/b', 'OK'],
      ['/d', 'OK'],
    ]);
  });

  it('counts losses in what the engine skipped', () => {
    const t = session()
      .client(get('/'))
      .server('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx')
      .jump(1, 500_000)
      .gap(1, 1000);
    t.jump(1, 498_998).server(`x${ok()}`);
    expect(t.events()[0]).toMatchObject({
      'http.response.body.bytes': 1e6,
      'error.message': 'Packet loss while capturing the response',
    });
    const lost = session()
      .client(get('/'))
      .server('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx')
      .jump(1, 500_000)
      .gap(1, 499_999);
    expect(lost.events()).toMatchObject([{ 'http.response.body.bytes': 1e6, status: 'OK' }]);
  });

  it('goes on within a chunk', () => {
    const response = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n${body}\r\n0\r\n\r\n`;
    const at = response.indexOf('xxx') + 10;
    const t = session()
      .client(get('/'))
      .server(response.slice(0, at))
      .gap(1, 50)
      .server(response.slice(at + 50));
    expect(t.events()).toMatchObject([
      { 'http.response.body.bytes': 100, 'http.response.bytes': response.length },
    ]);
    const broken = session()
      .client(get('/'))
      .server(response.slice(0, at))
      .gap(1, 100)
      .server('\r\n\r\n')
      .client(get('/b'))
      .server(ok());
    expect(broken.events().map((e) => [e.status, e['error.message']])).toEqual([
      ['OK', 'Packet loss while capturing the response'],
      ['OK', undefined],
    ]);
  });

  it('starts in the middle of a connection', () => {
    const t = session()
      .server('tail of some body\n')
      .server('and more')
      .client('tail of a request')
      .client(get('/'))
      .server(ok());
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
  });
});

describe('hostile and cut input', () => {
  const requests =
    get('/a?b=c', 'Host: a.example\r\nUser-Agent: me\r\n') +
    'POST /p HTTP/1.1\r\nHost: 10.0.0.7\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: 1\r\n\r\n' +
    '\r\nHEAD /h.txt HTTP/1.0\nHost: b\n\n' +
    get('/d e', 'Host: c\r\nX: y\r\n z\r\n');
  const responses =
    ok('one', 'Content-Type: text/plain\r\n') +
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n' +
    'HTTP/1.0 200 OK\nContent-Length: 99\n\n' +
    'HTTP/1.1 500 No\r\n\r\nuntil the end';
  const variants: Options[] = [
    {},
    {
      send_all_headers: true,
      send_request: true,
      send_response: true,
      include_body_for: ['text'],
      hide_keywords: ['b'],
    },
  ];
  const run = (pieces: [Uint8Array[], Uint8Array[]], options: Options) => {
    const t = session(options);
    for (const piece of pieces[0]) t.client(piece);
    for (const piece of pieces[1]) t.server(piece);
    t.end();
    expect(t.rows.open).toBe(0);
    expect(t.counters.snapshot()['http.session.crashed']).toBe(0);
    return t.events();
  };

  it.each(variants)('gives the same events in pieces, %j', (options) => {
    const whole = run([cut(requests, 1e6), cut(responses, 1e6)], options);
    expect(
      whole.map((e) => [e['url.path'], e['http.response.status_code'], e['http.response.body.bytes']]),
    ).toEqual([
      ['/a', 200, 3],
      ['/p', 201, 3],
      ['/h.txt', 200, undefined],
      ['/d e', 500, 13],
    ]);
    for (const size of [1, 2, 3, 7, 0]) {
      expect(run([cut(requests, size), cut(responses, size, 7)], options)).toEqual(whole);
    }
    for (let at = 1; at < Math.max(requests.length, responses.length); at++) {
      expect(run([halves(requests, at), halves(responses, at)], options)).toEqual(whole);
    }
  });

  const halves = (text: string, at: number) =>
    [text.slice(0, at), text.slice(at)].filter((s) => s !== '').map((s) => Buffer.from(s));

  it('gives no exception and leaves no row when cut short anywhere', () => {
    for (let at = 0; at <= responses.length; at++) {
      expect(
        run([cut(requests, 1e6), at > 0 ? [Buffer.from(responses.slice(0, at))] : []], variants[1]!).length,
      ).toBeGreaterThanOrEqual(4);
    }
  });

  it('survives any damaged byte', () => {
    for (let at = 0; at < responses.length; at++) {
      for (const byte of [0, 10, 0xff]) {
        const a = Buffer.from(requests);
        const b = Buffer.from(responses);
        if (at < a.length) a[at] = byte;
        b[at] = byte;
        run([cut(a, 50), cut(b, 50)], variants[at % 2]!);
      }
    }
  });

  it.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n'],
    ['a list of lengths', 'Content-Length: 1, 2\r\n'],
    ['no number', 'Content-Length: x\r\n'],
    ['an empty length', 'Content-Length:\r\n'],
    ['a negative length', 'Content-Length: -1\r\n'],
    ['a huge length', 'Content-Length: 99999999999999999999\r\n'],
    ['a length with a hole', 'Content-Length: 1 2\r\n'],
  ])('refuses %s', (_, header) => {
    const t = session().client(get('/')).server(`HTTP/1.1 200 OK\r\n${header}\r\n`).end();
    expect(t.events()).toMatchObject([
      { status: 'Error', 'error.message': ['Unmatched request', 'Packet loss while capturing the response'] },
    ]);
    expect(t.counters.snapshot()['http.message.malformed']).toBe(1);
  });

  it('takes a length that is only said twice', () => {
    expect(
      events(get('/'), 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab'),
    ).toMatchObject([{ 'http.response.body.bytes': 2 }]);
  });

  it.each(['zz\r\n', '\r\n', '-1\r\n', 'fffffffffffffffff\r\n', `${'1'.repeat(5000)}`, '2\r\nabXX'])(
    'ends a response at the bad chunk %.20j',
    (chunk) => {
      const t = session()
        .client(get('/'))
        .server(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
      t.client(get('/b')).server(ok());
      expect(t.events()).toMatchObject([
        { status: 'OK', 'error.message': 'Malformed response body' },
        { 'url.path': '/b', status: 'OK' },
      ]);
    },
  );

  it('has limits for heads', () => {
    const many = session().client(get('/', 'A: b\r\n'.repeat(MAX_HEADERS + 1)));
    expect(many.counters.snapshot()['http.message.oversized']).toBe(1);
    const long = session();
    for (let i = 0; i * 1000 < MAX_HEAD + 2000; i++)
      long.client(i === 0 ? `GET /${'x'.repeat(995)}` : 'x'.repeat(1000));
    expect(long.counters.snapshot()['http.message.oversized']).toBe(1);
    expect(long.client(get('/ok')).server(ok()).events()).toMatchObject([
      { 'url.path': '/ok', status: 'OK' },
    ]);
  });

  it('reads a head that comes byte by byte in linear time', () => {
    const t = session();
    for (const piece of cut(get('/', `A: ${'x'.repeat(30_000)}\r\n`), 1)) t.client(piece);
    expect(t.server(ok()).events()).toMatchObject([{ status: 'OK' }]);
  });

  it('gives up a connection that is none of HTTP', () => {
    const t = session();
    for (let i = 0; i <= MAX_JUNK; i += 1000) t.client('\x16\x03\x01'.repeat(400));
    expect(t.counters.snapshot()['http.session.dropped']).toBe(1);
  });

  it('does not take responses from both ends', () => {
    const t = session().client(get('/')).server(ok()).client(ok()).client(get('/b')).server(ok());
    expect(t.events()).toHaveLength(2);
  });
});
