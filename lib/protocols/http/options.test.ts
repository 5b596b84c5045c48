import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { events, get, ok, session } from '../../../test/support/http.js';

describe('options', () => {
  const request = (extra = '') => get('/', `Host: a\r\n${extra}`);

  it('report headers', () => {
    const headers =
      'Accept: */*\r\nX-A: 1\r\nx-a: 2\r\nAuthorization: Basic dXNlcjpwYXNz\r\nCookie: a=1; B="x y"; c\r\n';
    const [all] = events(request(headers), ok('', 'Set-Cookie: s=1; Path=/; Secure\r\n'), {
      send_all_headers: true,
      split_cookie: true,
    });
    expect(all!['http.request.headers']).toEqual({
      host: 'a',
      accept: '*/*',
      'x-a': '1, 2',
      authorization: 'Basic dXNlcjpwYXNz',
      cookie: { a: '1', b: 'x y' },
    });
    expect(all!['http.response.headers']).toEqual({
      'content-length': 0,
      'set-cookie': { s: '1', path: '/' },
    });
    expect(all).toMatchObject({ 'user.name': 'user', 'related.user': ['user'] });
    const [some] = events(request(headers), ok(), { send_headers: ['Accept'] });
    expect(some!['http.request.headers']).toEqual({ accept: '*/*' });
    expect(some).not.toHaveProperty('user.name');
  });

  it('reports more names than it can remember', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `x-${i}`);
    const [event] = events(
      request(
        names
          .map((n) => `${n}: v\r\n${n}: w\r\n`)
          .slice(0, 500)
          .join(''),
      ),
      ok(),
      { send_all_headers: true },
    );
    expect(Object.keys(event!['http.request.headers'])).toHaveLength(501);
    const t = session({ send_all_headers: true });
    t.client(get('/', names.map((n) => `${n}: v\r\n`).join('')))
      .server(ok())
      .client(get('/', `${names.map((n) => `y${n}: v\r\n`).join('')}yx-7: w\r\n`))
      .server(ok());
    expect(t.events()[1]!['http.request.headers']['yx-7']).toBe('v, w');
  });

  it('redact', () => {
    const secret = 'Authorization: Basic dXNlcjpwYXNz\r\nCookie: a=1\r\n';
    const options = {
      send_all_headers: true,
      send_request: true,
      redact_authorization: true,
      redact_headers: ['COOKIE'],
    };
    const [event] = events(request(secret), ok(), options);
    expect(event!['http.request.headers']).toEqual({ host: 'a', authorization: '*', cookie: 'REDACTED' });
    expect(event!.request).toBe(
      `GET / HTTP/1.1\r\nHost: a\r\nAuthorization:${'*'.repeat(19)}\r\nCookie: REDACTED\r\n\r\n`,
    );
    expect(event).not.toHaveProperty('user.name');
    const [split] = events(request(secret), ok(), { ...options, split_cookie: true });
    expect(split!['http.request.headers'].cookie).toEqual({});
  });

  it('hide keywords wherever they appear', () => {
    const secret = 'user=monica&PASS=secret&p%61ss=secret&x=pass';
    const masked = 'user=monica&PASS=xxxxx&p%61ss=xxxxx&x=pass';
    const head = (s: string) =>
      `POST /login?${s} HTTP/1.1\r\nHost: a\r\nReferer: http://a/?${s}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${secret.length}\r\n\r\n`;
    const options = {
      hide_keywords: ['Pass'],
      send_request: true,
      send_all_headers: true,
      include_request_body_for: ['urlencoded'],
    };
    const [event] = events(head(secret) + secret, ok('', `Location: /x?${secret}\r\n`), {
      ...options,
      send_response: true,
    });
    expect(JSON.stringify(event)).not.toContain('secret');
    expect(event).toMatchObject({
      'url.query': masked,
      'url.full': `http://a:8000/login?${masked}`,
      'http.request.body.content': masked,
      'http.request.bytes': head(secret).length + secret.length,
      request: head(masked) + masked,
      'http.request.referrer': `http://a/?${masked}`,
      'http.response.headers': { location: `/x?${masked}` },
    });
  });

  it('report raw messages', () => {
    const options = { send_request: true, send_response: true, include_response_body_for: ['text/'] };
    const response = ok('hello', 'Content-Type: text/plain\r\n');
    const [event] = events(request(), response, options);
    expect(event).toMatchObject({ request: request(), response, 'http.response.body.content': 'hello' });
    const [head] = events(request(), response, { send_response: true });
    expect(head!.response).toBe(response.slice(0, -5));
    expect(head).not.toHaveProperty('http.response.body.content');
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['identity', (b: Buffer) => b],
  ])('decode %s bodies', (name, encode) => {
    const text = 'hello '.repeat(100);
    const body = encode(Buffer.from(text)).toString('latin1');
    const headers = `Content-Type: text/plain\r\nContent-Encoding: ${name}\r\n`;
    const [event] = events(request(), ok(body, headers), { include_body_for: ['text/plain'] });
    expect(event).toMatchObject({
      'http.response.body.content': text,
      'http.response.body.bytes': body.length,
    });
    const [as] = events(request(), ok(body, headers), {
      include_body_for: ['text/plain'],
      decode_body: false,
    });
    expect(as!['http.response.body.content'].length).toBeGreaterThan(0);
  });

  it('decode no more than they may, and say when they cannot', () => {
    const bomb = gzipSync(Buffer.alloc(50 << 20, 'a')).toString('latin1');
    const headers = 'Content-Type: text/plain\r\nContent-Encoding: gzip\r\n';
    const options = { include_body_for: ['text/plain'] };
    const [large] = events(request(), ok(bomb, headers), options);
    expect(large!['http.response.body.content']).toBe('a'.repeat(65_536));
    const [bad] = events(request(), ok('not gzip at all', headers), options);
    expect(bad).toMatchObject({
      'error.message': 'unable to decode body using gzip encoding',
      'http.response.body.bytes': 15,
    });
    expect(bad).not.toHaveProperty('http.response.body.content');
  });

  it('keep max_message_size bytes of a body and count all', () => {
    const options = { include_body_for: ['binary'], max_message_size: 1024 };
    const [event] = events(
      request(),
      ok('y'.repeat(2048), 'Content-Type: x\r\nContent-type: binary\r\n'),
      options,
    );
    expect(event).toMatchObject({
      'http.response.body.bytes': 2048,
      'http.response.body.content': 'y'.repeat(1024),
    });
    expect(event!['http.response.headers']['content-type']).toBe('binary');
  });
});
