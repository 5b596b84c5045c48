import { describe, expect, it } from 'vitest';
import { events, get, ok, session } from '../../../test/support/http.js';
import { TestSession } from '../../../test/support/session.js';
import { http } from './analyzer.js';

describe('one exchange', () => {
  it('has all that is wanted by default', () => {
    const t = session();
    const request =
      'POST /shop/cart.php?id=1&n=%20 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8\r\nReferer: http://u@www.example:81/x?y\r\n' +
      'Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello';
    t.client(request);
    t.nanoseconds = 250_000_000;
    t.server('HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnope');
    expect(t.events()).toEqual([
      {
        type: 'http',
        status: 'Error',
        start: 1_000_000,
        end: 1_000_000.25,
        'source.bytes': request.length,
        'destination.bytes': 74,
        method: 'POST',
        'http.request.method': 'POST',
        'http.version': '1.1',
        'http.request.headers': { 'content-length': 5, 'content-type': 'text/plain' },
        'http.request.referrer': 'http://u@www.example:81/x?y',
        'user_agent.original': 'curl/8',
        'destination.domain': 'shop.example',
        'url.scheme': 'http',
        'url.domain': 'shop.example',
        'url.port': 8000,
        'url.extension': 'php',
        'url.path': '/shop/cart.php',
        query: 'POST /shop/cart.php',
        'url.query': 'id=1&n=%20',
        'url.full': 'http://shop.example:8000/shop/cart.php?id=1&n=%20',
        'related.hosts': ['shop.example', 'www.example'],
        'http.request.bytes': request.length,
        'http.request.body.bytes': 5,
        'http.response.status_code': 404,
        'http.response.status_phrase': 'not found',
        'http.response.headers': { 'content-length': 4, 'content-type': 'text/html' },
        'http.response.bytes': 74,
        'http.response.body.bytes': 4,
      },
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('makes up no headers', () => {
    const [event] = events(get('/'), 'HTTP/1.0 200 OK\r\n\r\nbody until the end');
    expect(event).toMatchObject({ status: 'OK', 'http.response.body.bytes': 18, 'http.version': '1.1' });
    expect(event).not.toHaveProperty('http.request.headers');
    expect(event).not.toHaveProperty('http.response.headers');
  });

  it.each([
    ['HTTP/1.1 200\r\n', 200, undefined],
    ['HTTP/1.1 200 \r\n', 200, undefined],
    ['HTTP/1.1 302 Moved Temporarily\r\n', 302, 'moved temporarily'],
    ['HTTP/1.0 299 Very  Fine\r\n', 299, 'very  fine'],
    ['HTTP/1.1 404 NOT FOUND\n', 404, 'not found'],
  ])('reads the status line %j', (line, code, phrase) => {
    const [event] = events(get('/'), `${line}Content-Length: 0\r\n\r\n`);
    expect(event!['http.response.status_code']).toBe(code);
    expect(event!['http.response.status_phrase']).toBe(phrase);
  });

  it('takes methods as they are sent, and bare LF', () => {
    const [a, b] = session()
      .client('Zap /x HTTP/1.0\nHost: h\n\n')
      .client('PROPFIND / HTTP/1.1\nHost: h\n\n')
      .server(ok() + ok())
      .events();
    // The first message of a connection must look like one; this method does not.
    expect(a).toMatchObject({
      method: 'PROPFIND',
      'http.response.status_code': 200,
      'url.full': 'http://h:8000/',
    });
    expect(b).toMatchObject({ 'error.message': 'Unmatched response' });
    const [, c] = session()
      .client(get('/'))
      .client('Zap /x y HTTP/1.0\nHost: h\n\n')
      .server(ok() + ok())
      .events();
    expect(c).toMatchObject({ method: 'Zap', 'http.version': '1.0', 'url.path': '/x y', query: 'Zap /x y' });
  });

  it('joins folded headers', () => {
    const [event] = events(
      'GET / HTTP/1.1\r\nHost:\r\n a.example\r\nX-Long: one\r\n\ttwo\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
      { send_headers: ['X-Long'] },
    );
    expect(event).toMatchObject({
      'url.domain': 'a.example',
      'http.request.headers': { 'x-long': 'one\ttwo' },
    });
    expect(event!['http.response.body.bytes']).toBe(2);
  });

  it('is swapped when the connection was first seen from the server', () => {
    const t = new TestSession(http, {}, { serverPort: 8000, reversed: true });
    expect(t.client(get('/')).server(ok()).events()).toMatchObject([
      { swapped: true, 'url.port': 8000, status: 'OK' },
    ]);
  });

  it('knows the ends of a connection by content, whatever the ports say', () => {
    const t = session();
    t.server(get('/')).client(ok());
    expect(t.events()).toMatchObject([{ swapped: true, status: 'OK' }]);
  });
});

describe('framing', () => {
  it('knows responses without a body', () => {
    const t = session();
    t.client('HEAD / HTTP/1.1\r\n\r\n').server('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
    t.client(get('/')).server('HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n');
    t.client(get('/')).server('HTTP/1.1 204 No Content\r\n\r\n');
    t.client(get('/')).server(ok('x'));
    expect(
      t.events().map((e) => [e['http.response.status_code'], e['http.response.body.bytes'], e.status]),
    ).toEqual([
      [200, undefined, 'OK'],
      [304, undefined, 'OK'],
      [204, undefined, 'OK'],
      [200, 1, 'OK'],
    ]);
  });

  it('skips interim responses', () => {
    const t = session();
    t.client('POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n').server(
      'HTTP/1.1 100 Continue\r\n\r\n',
    );
    t.client('{}').server(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('x')}`);
    expect(t.events()).toMatchObject([
      { 'http.response.status_code': 200, 'http.request.body.bytes': 2, status: 'OK' },
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'http.response.interim': 2,
      'http.unmatched_responses': 0,
    });
  });

  it('reads chunks with extensions and trailers', () => {
    const body = '5;name="v"\r\nhello\r\n06 \r\n world\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n';
    const response = `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n${body}`;
    const t = session();
    t.client(get('/a') + get('/b')).server(response + ok('x'));
    expect(
      t.events().map((e) => [e['url.path'], e['http.response.body.bytes'], e['http.response.bytes']]),
    ).toEqual([
      ['/a', 11, response.length],
      ['/b', 1, ok('x').length],
    ]);
  });

  it('reads a response that ends with the connection', () => {
    const t = session().client(get('/'));
    t.server('HTTP/1.1 200 OK\r\n\r\nabc').server('def');
    expect(t.events()).toEqual([]);
    expect(t.end().events()).toMatchObject([{ 'http.response.body.bytes': 6, status: 'OK' }]);
  });

  it('sends an exchange once the request is complete too', () => {
    const t = session().client('PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345').server(ok('early'));
    expect(t.events()).toEqual([]);
    t.client(`67890${get('/next')}`).server(ok());
    expect(t.events()).toMatchObject([
      { 'http.request.body.bytes': 10, status: 'OK' },
      { 'url.path': '/next', status: 'OK' },
    ]);
  });

  it.each([
    [
      'CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n',
      'HTTP/1.1 200 Connection established\r\n\r\n',
      200,
    ],
    [
      get('/ws', 'Upgrade: websocket\r\n'),
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
      101,
    ],
  ])('ends with a tunnel: %j', (request, response, code) => {
    const t = session().client(request).server(response);
    t.client('\x16\x03\x01\x02\x00').server('\x16\x03\x03');
    expect(t.events()).toMatchObject([
      { 'http.response.status_code': code, status: 'OK', 'http.response.bytes': response.length },
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'http.connection.tunnelled': 1,
      'http.session.crashed': 0,
    });
  });

  it('describes CONNECT', () => {
    const [event] = events(
      'CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n',
      'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n',
    );
    expect(event).toMatchObject({
      query: 'CONNECT b.example:443',
      'url.domain': 'b.example',
      'url.port': 443,
      status: 'Error',
    });
    expect(event).not.toHaveProperty('url.path');
  });

  it('has long bodies skipped in the engine', () => {
    const t = session();
    t.client(get('/')).server(`HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n${'x'.repeat(1000)}`);
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n'.length;
    expect(t.commands).toMatchObject([{ command: 3, dir: 1, value: head + 999_999_999 }]);
    t.jump(1, 999_999_999 - 1000);
    expect(t.events()).toEqual([]);
    t.server(`x${ok()}`);
    expect(t.events()).toMatchObject([
      { 'http.response.body.bytes': 1e9, 'http.response.bytes': 1e9 + head },
      { status: 'Error' },
    ]);
  });

  it('does not count what was announced and never came', () => {
    const t = session();
    t.client(get('/'))
      .server(`HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`)
      .end('rst');
    expect(t.events()).toMatchObject([{ 'http.response.body.bytes': 1000, status: 'OK' }]);
  });
});

describe('pairing', () => {
  it('keeps order under pipelining', () => {
    const t = session();
    t.client(get('/1') + get('/2') + get('/3'))
      .server(ok('a') + ok('bb'))
      .server(ok('ccc'));
    expect(t.events().map((e) => [e['url.path'], e['http.response.body.bytes']])).toEqual([
      ['/1', 1],
      ['/2', 2],
      ['/3', 3],
    ]);
  });

  it('reports what has no other half', () => {
    const t = session();
    t.server(ok('a')).client(get('/1')).wait(11).server(ok('bb')).client(get('/2')).end();
    const all = t.events();
    expect(
      all.map((e) => [e['url.path'], e['http.response.body.bytes'], e.status, e['error.message']]),
    ).toEqual([
      [undefined, 1, 'Error', 'Unmatched response'],
      ['/1', undefined, 'Error', 'Unmatched request'],
      [undefined, 2, 'Error', 'Unmatched response'],
      ['/2', undefined, 'Error', 'Unmatched request'],
    ]);
    expect(all[0]).toHaveProperty('end');
    expect(all[0]).not.toHaveProperty('start');
    expect(all[0]).not.toHaveProperty(['http.version']);
    expect(t.counters.snapshot()).toMatchObject({
      'http.unmatched_requests': 2,
      'http.unmatched_responses': 2,
    });
    expect(t.rows.open).toBe(0);
  });

  it('waits for the end of a slow request', () => {
    const t = session()
      .client('PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n1')
      .wait(11)
      .client('2')
      .wait(9)
      .server(ok())
      .wait(5);
    expect(t.events()).toMatchObject([{ status: 'OK', 'http.request.body.bytes': 2 }]);
    const open = session().client('PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n123').wait(11).end();
    expect(open.events()).toMatchObject([
      { status: 'Error', 'http.request.body.bytes': 3, 'error.message': 'Unmatched request' },
    ]);
    expect(open.rows.open).toBe(0);
  });

  it('pushes the oldest out past the limit', () => {
    const t = session();
    for (let i = 0; i < 1030; i++) t.client(get(`/${i}`));
    expect(t.events().map((e) => e['url.path'])).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
  });

  it('is found by content', () => {
    const t = new TestSession(http, {}, { detect: true, reversed: true });
    t.client('GET / HT').client('TP/1.1\r\n\r\n').server(ok());
    expect(t.events()).toMatchObject([{ swapped: true, status: 'OK' }]);
    for (const other of [
      'OPTIONS sip:a@b SIP/2.0\r\n',
      'GET\r\n',
      'SSH-2.0-x\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'FOO / HTTP/1.1\r\n',
    ]) {
      expect(
        new TestSession(http, {}, { detect: true }).client(other).client(get('/')).end().events(),
      ).toEqual([]);
    }
  });
});
