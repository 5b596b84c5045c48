import { describe, expect, it } from 'vitest';
import { events, get, ok } from '../../../test/support/http.js';

describe('the URL', () => {
  it.each([
    ['a.example', '/x', 'a.example', 'a.example', 8000, 'http://a.example:8000/x'],
    ['a.example:80', '/x', 'a.example', 'a.example', undefined, 'http://a.example/x'],
    ['a.example:65535', '/', 'a.example', 'a.example', 65535, 'http://a.example:65535/'],
    ['a.example:65536', '/', 'a.example:65536', 'a.example:65536', 8000, 'http://a.example:65536:8000/'],
    ['10.0.0.2', '/', undefined, '10.0.0.2', 8000, 'http://10.0.0.2:8000/'],
    ['[::1]:8000', '/', undefined, '::1', 8000, 'http://[::1]:8000/'],
    ['fd00::1234', '/', undefined, 'fd00::1234', 8000, 'http://[fd00::1234]:8000/'],
    ['host-with-9', '/', 'host-with-9', 'host-with-9', 8000, 'http://host-with-9:8000/'],
    ['', '/', undefined, undefined, 8000, undefined],
  ])('of Host %j and target %j', (host, target, destination, domain, port, full) => {
    const [event] = events(get(target, `Host: ${host}\r\n`), ok());
    expect(event!['destination.domain']).toBe(destination);
    expect(event!['url.domain']).toBe(domain);
    expect(event!['url.port']).toBe(port);
    expect(event!['url.full']).toBe(full);
  });

  it.each([
    ['/a/b.tar.gz', '/a/b.tar.gz', 'gz', undefined, 'GET /a/b.tar.gz', 'http://a.example:8000/a/b.tar.gz'],
    ['/a.b/c', '/a.b/c', undefined, undefined, 'GET /a.b/c', 'http://a.example:8000/a.b/c'],
    ['/a.?b.c', '/a.', undefined, 'b.c', 'GET /a.', 'http://a.example:8000/a.?b.c'],
    ['/a%20b%zz.x?c%20', '/a b%zz.x', 'x', 'c%20', 'GET /a b%zz.x', 'http://a.example:8000/a%20b%zz.x?c%20'],
    ['/?', '/', undefined, undefined, 'GET /', 'http://a.example:8000/?'],
    ['http://b.example/x?y', '/x', undefined, 'y', 'GET /x', 'http://b.example/x?y'],
    ['*', '*', undefined, undefined, 'GET *', 'http://a.example:8000'],
  ])('of target %j', (target, path, extension, query, line, full) => {
    const [event] = events(get(target), ok());
    expect(event!['url.path']).toBe(path);
    expect(event!['url.extension']).toBe(extension);
    expect(event!['url.query']).toBe(query);
    expect(event!.query).toBe(line);
    expect(event!['url.full']).toBe(full);
  });

  it('notes a Host port that is not the connection’s', () => {
    expect(events(get('/', 'Host: a:9200\r\n'), ok())[0]).toMatchObject({
      'error.message': 'Host header port number mismatch',
      'url.full': 'http://a:9200/',
    });
  });

  it('lists addresses of Host and forwarding that are none of the ends', () => {
    const options = { real_ip_header: 'X-Forwarded-For' };
    const request = get('/', 'Host: 192.0.2.1\r\nX-FORWARDED-FOR: 89.247.39.104, 10.1.2.3\r\n');
    expect(events(request, ok(), options)[0]).toMatchObject({
      'network.forwarded_ip': '89.247.39.104',
      'related.ip': ['192.0.2.1', '89.247.39.104'],
    });
    expect(
      events(get('/', 'Host: 10.0.0.2\r\nX-Forwarded-For: unknown\r\n'), ok(), options)[0],
    ).not.toHaveProperty('related.ip');
  });
});
