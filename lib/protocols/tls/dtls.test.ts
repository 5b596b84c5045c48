import { describe, expect, it } from 'vitest';
import { TestSession } from '../../../test/support/session.js';
import { clientHello, extension, serverHello, serverName } from '../../../test/support/tls-wire.js';
import { tls } from './analyzer.js';

const udp = (options = {}) => new TestSession(tls, {}, { transport: 'udp', ...options });
const u16 = (n: number) => [n >> 8, n & 255];
const u24 = (n: number) => [n >> 16, ...u16(n & 0xffff)];

function record(type: number, body: ArrayLike<number>, { version = 0xfefd, epoch = 0 } = {}): Buffer {
  return Buffer.from([
    type,
    ...u16(version),
    ...u16(epoch),
    0,
    0,
    0,
    0,
    0,
    1,
    ...u16(body.length),
    ...Array.from(body),
  ]);
}

/** A fragment [from, to) of a message. */
function fragment(type: number, number: number, body: number[], from = 0, to = body.length): number[] {
  return [
    type,
    ...u24(body.length),
    ...u16(number),
    ...u24(from),
    ...u24(to - from),
    ...body.slice(from, to),
  ];
}

const HELLO = clientHello({ version: 0xfefd, cookie: [], extensions: [serverName('d.test'), extension(35)] });
const AGAIN = clientHello({
  version: 0xfefd,
  cookie: [1, 2, 3],
  extensions: [serverName('d.test'), extension(35)],
});
const ANSWER = serverHello({ version: 0xfefd, cipher: 0xc02b });
const hello = record(22, fragment(1, 0, HELLO), { version: 0xfeff });
const answer = record(22, fragment(2, 1, ANSWER));
const CHANGE = record(20, [1]);
const FINISHED = record(22, Array(40).fill(1), { epoch: 1 });

describe('a handshake of DTLS', () => {
  it('1.2, with a cookie, and messages coalesced', () => {
    const t = udp()
      .client(hello)
      .server(record(22, fragment(3, 0, [0xfe, 0xff, 3, 1, 2, 3]), { version: 0xfeff }));
    t.client(record(22, fragment(1, 1, AGAIN)));
    t.server(Buffer.concat([answer, record(22, [...fragment(13, 2, [1, 1, 0, 0]), ...fragment(14, 3, [])])]));
    t.client(Buffer.concat([record(22, fragment(16, 2, [1, 2])), CHANGE, FINISHED]));
    t.server(Buffer.concat([CHANGE, FINISHED]));
    expect(t.events()).toMatchObject([
      {
        type: 'tls',
        status: 'OK',
        end: 1_000_000,
        'tls.established': true,
        'tls.resumed': false,
        'tls.version': '1.2',
        'tls.version_protocol': 'dtls',
        'tls.detailed.version': 'DTLS 1.2',
        'tls.cipher': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        'tls.client.server_name': 'd.test',
        'tls.client.ja4': expect.stringMatching(/^dd2d0202/),
        'tls.server.ja4s': expect.stringMatching(/^dd20000_c02b_/),
        'tls.detailed.client_hello.version': '254.253',
        'tls.detailed.client_certificate_requested': true,
      },
    ]);
    expect(t.commands.map(({ command }) => command)).toContain(2);
  });

  it('1.0', () => {
    const version = 0xfeff;
    const t = udp().client(record(22, fragment(1, 0, clientHello({ version, cookie: [] })), { version }));
    t.server(record(22, fragment(2, 0, serverHello({ version, cipher: 47 })), { version })).end();
    expect(t.events()).toMatchObject([
      {
        status: 'Error',
        'tls.version': '1.0',
        'tls.version_protocol': 'dtls',
        'tls.detailed.version': 'DTLS 1.0',
      },
    ]);
  });

  it('1.3: encrypted records have another header', () => {
    const modern = serverHello({
      version: 0xfefd,
      cipher: 0x1301,
      extensions: [extension(43, [0xfe, 0xfc])],
    });
    const t = udp()
      .client(hello)
      .server(record(22, fragment(2, 0, modern)));
    const encrypted = (epoch: number, size: number) => Buffer.from([0x2c | epoch, ...Array(size).fill(5)]);
    t.server(encrypted(2, 200)).client(encrypted(2, 30));
    expect(t.events()).toEqual([]);
    t.client(encrypted(2, 90));
    expect(t.events()).toMatchObject([
      {
        status: 'OK',
        'tls.version': '1.3',
        'tls.version_protocol': 'dtls',
        'tls.detailed.version': 'DTLS 1.3',
      },
    ]);
  });

  it('in fragments of any order, and sent again', () => {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 1, 0],
    ]) {
      const third = Math.ceil(HELLO.length / 3);
      const t = udp();
      for (const i of order)
        t.client(record(22, fragment(1, 0, HELLO, i * third, Math.min(HELLO.length, (i + 1) * third))));
      t.server(answer).server(answer).client(CHANGE).server(CHANGE);
      expect(t.events()).toMatchObject([{ status: 'OK', 'tls.client.server_name': 'd.test' }]);
    }
  });

  it('that fails with an alert, or is never answered', () => {
    const t = udp()
      .client(hello)
      .server(record(21, [2, 71]));
    expect(t.events()).toMatchObject([
      { status: 'Error', 'tls.detailed.alert_types': ['insufficient_security'] },
    ]);
    expect(udp().client(hello).wait(11).events()).toMatchObject([{ status: 'Error' }]);
  });

  it('is found by its content', () => {
    expect(udp({ detect: true }).client(hello).end().events()).toHaveLength(1);
    expect(udp({ detect: true }).client(CHANGE).end().events()).toEqual([]);
  });
});

describe('what is no DTLS', () => {
  it.each([
    [
      'a length beyond the end',
      Buffer.concat([record(22, []).subarray(0, 11), Buffer.from([0xff, 0xff, 1])]),
    ],
    ['a fragment beyond its message', record(22, [1, ...u24(5), 0, 0, ...u24(4), ...u24(3), 1, 2, 3])],
    ['a fragment beyond the record', record(22, [1, ...u24(500), 0, 0, ...u24(0), ...u24(500), 1, 2, 3])],
    ['half a header', record(22, [1, 2, 3])],
  ])('%s', (_, bytes) => {
    const t = udp().client(bytes).end();
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()['tls.session.dropped']).toBe(1);
  });

  it('ends no handshake that has begun', () => {
    const t = udp().client(hello).server('garbage').server(answer).client(CHANGE).server(CHANGE);
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
  });

  it('never throws, cut at any byte', () => {
    for (let size = 1; size < hello.length; size++) {
      const t = udp().client(hello.subarray(0, size)).end();
      expect(t.events()).toEqual([]);
      expect(t.logs).toEqual([]);
    }
  });
});
