/** Lines for people; what the wire holds must not steer their terminal. */
import { describe, expect, it } from 'vitest';
import { formatLine } from './line.js';

const http = {
  '@timestamp': '2026-01-01T12:34:56.789Z',
  type: 'http',
  status: 'OK',
  query: 'GET /index.html',
  source: { ip: '10.0.0.1', port: 50000 },
  destination: { ip: '2001:db8::2', port: 80 },
  event: { duration: 12_345_678 },
  http: { response: { status_code: 200 } },
  network: { bytes: 1234 },
};

/** Columns are apart by more than one space. */
const columns = (event: object) =>
  formatLine(event, false)
    .trim()
    .split(/ {2,}| (?=12\.3 ms)/);

describe('a line', () => {
  it('says when, what, between whom, how it went, how long and how much', () => {
    const line = formatLine(http, false);
    expect(line).toMatch(
      /^12:34:56\.789 http {3}10\.0\.0\.1:50000 → \[2001:db8::2\]:80 +200 +12\.3 ms +1\.2 kB GET \/index\.html$/,
    );
  });

  it.each([
    [
      {
        type: 'dns',
        status: 'OK',
        query: 'class IN, type A, a.b',
        dns: { response_code: 'NOERROR', answers: [{ data: '1.2.3.4' }, {}] },
      },
      'class IN, type A, a.b → 1.2.3.4,',
    ],
    [{ type: 'redis', status: 'Error', query: 'GET', redis: { error: 'ERR no' } }, 'GET → ERR no'],
    [{ type: 'icmp', icmp: { request: { message: 'EchoRequest' } } }, 'EchoRequest'],
    [{ type: 'flow', network: { transport: 'tcp', packets: 7, bytes: 5_000_000 } }, '5.0 MB 7 packets'],
    [
      { type: 'http', status: 'Error', query: 'GET /', error: { message: ['Unmatched request', 'b'] } },
      'GET / → Unmatched request',
    ],
    [{ type: 'http', method: 'GET', error: { message: 'one' } }, 'GET → one'],
  ])('of %j', (event, end) => {
    expect(formatLine(event, false).endsWith(end)).toBe(true);
  });

  it('can do without anything', () => {
    expect(columns({})).toEqual(['? → ?']);
    expect(formatLine({ type: 'flow', source: { mac: '00-11' }, destination: {} }, false)).toContain(
      '00-11 → ?',
    );
  });

  it.each([
    [999, '1 µs'],
    [999_499, '999 µs'],
    [5_000_000, '5.0 ms'],
    [61_000_000_000, '61.0 s'],
  ])('gives %i ns as %s', (duration, shown) => {
    expect(formatLine({ event: { duration } }, false)).toContain(shown);
  });
});

describe('colours', () => {
  it('show failure, and only when asked for', () => {
    expect(formatLine(http, true)).toContain('\x1b[32m200');
    expect(formatLine({ ...http, status: 'Error' }, true)).toContain('\x1b[31m200');
    expect(formatLine(http, false)).not.toContain('\x1b');
  });
});

describe('hostile text', () => {
  const evil = '\x1b]0;owned\x07\x1b[2J\r\n\x00\x08\x7f\x9b31m';
  it.each([
    { query: evil },
    { method: evil },
    { query: 'q', redis: { error: evil } },
    { query: 'q', dns: { answers: [{ data: evil }] } },
    { query: 'q', error: { message: evil } },
    { icmp: { response: { message: evil } } },
  ])('never reaches the terminal as it is: %j', (event) => {
    const line = formatLine(event, false);
    expect([...line].filter((c) => c < ' ' || (c >= '\x7f' && c <= '\x9f'))).toEqual([]);
    expect(line).toContain('·]0;owned··[2J·····');
  });

  it('is shown to some length only, cut between characters', () => {
    expect(formatLine({ query: 'x'.repeat(100_000) }, false).length).toBeLessThan(220);
    const line = formatLine({ query: `${'x'.repeat(119)}😀😀` }, false);
    expect(line.isWellFormed?.() ?? true).toBe(true);
  });
});
