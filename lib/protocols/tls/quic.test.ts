import { describe, expect, it } from 'vitest';
import { crypto, initial, keysFor, varint } from '../../../test/support/quic-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import {
  clientHello,
  extension,
  list,
  message,
  serverHello,
  serverName,
} from '../../../test/support/tls-wire.js';
import { tls } from './analyzer.js';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const udp = (options = {}) => new TestSession(tls, {}, { transport: 'udp', ...options });

const DESTINATION = hex('8394c8f03e515708');
const SERVER_ID = hex('f067a5502a4262b5');
/** RFC 9001 A.2: the ClientHello in its CRYPTO frame. */
const RFC_HELLO = hex(`060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c
  00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800
  100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71
  f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c0002
  4001003900320408ffffffffffffffff05048000ffff07048000ffff08011001048000753009011 00f088394c8f03e5157
  0806048000ffff`);
/** RFC 9001 A.3: the server's Initial packet. */
const RFC_ANSWER = hex(`cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69
  797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb
  19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee`);

const padded = (frames: Uint8Array, size = 1162) =>
  Buffer.concat([frames, Buffer.alloc(size - frames.length)]);
const first = () =>
  initial({ role: 'client', destination: DESTINATION, number: 2, frames: padded(RFC_HELLO) });
/** A packet with a short header. */
const SHORT = Buffer.concat([Buffer.from([0x41]), Buffer.alloc(40, 9)]);

describe('keys of Initial packets', () => {
  it.each([
    [
      1,
      'client',
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ],
    [
      1,
      'server',
      'cf3a5331653c364c88f0f379b6067e37',
      '0ac1493ca1905853b0bba03e',
      'c206b8d9b9f0f37644430b490eeaa314',
    ],
    [
      2,
      'client',
      '8b1a0bc121284290a29e0971b5cd045d',
      '91f73e2351d8fa91660e909f',
      '45b95e15235d6f45a6b19cbcb0294ba9',
    ],
    [
      2,
      'server',
      '82db637861d55e1d011f19ea71d5d2a7',
      'dd13c276499c0249d3310652',
      'edf6d05c83121201b436e16877593c3a',
    ],
  ] as const)(
    'of version %i and the %s are those of RFC 9001 A.1 and RFC 9369 A.1',
    (version, role, key, iv, hp) => {
      const keys = keysFor(version, DESTINATION, role);
      expect([keys.key, keys.iv, keys.hp].map((part) => part.toString('hex'))).toEqual([key, iv, hp]);
    },
  );

  it('seal the example packet as in RFC 9001 A.2', () => {
    const packet = first().toString('hex');
    expect(packet.length).toBe(2400);
    expect(packet.startsWith('c000000001088394c8f03e5157080000449e7b9aec34')).toBe(true);
    expect(packet.endsWith('e221af44860018ab0856972e194cd934')).toBe(true);
  });
});

describe('a handshake in QUIC', () => {
  it('of RFC 9001 A, with the end of it', () => {
    const t = udp().client(first()).server(RFC_ANSWER);
    expect(t.events()).toEqual([]);
    t.nanoseconds = 5_000_000;
    t.client(SHORT);
    expect(t.events()).toMatchObject([
      {
        type: 'tls',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.005,
        'tls.established': true,
        'tls.resumed': false,
        'tls.version': '1.3',
        'tls.version_protocol': 'tls',
        'tls.cipher': 'TLS_AES_128_GCM_SHA256',
        'tls.curve': 'x25519',
        'tls.client.server_name': 'example.com',
        'tls.client.ja4': expect.stringMatching(/^q13d0211an_/),
        'tls.server.ja4s': expect.stringMatching(/^q130200_1301_/),
        'tls.detailed.quic_version': '1',
        'tls.detailed.client_hello.extensions.application_layer_protocol_negotiation': ['alpn'],
      },
    ]);
    expect(t.commands.map(({ command }) => command)).toContain(2);
    expect(t.counters.snapshot()).toMatchObject({ 'tls.session.dropped': 0, 'tls.quic.undecryptable': 0 });
  });

  const hello = Buffer.from(
    message(
      1,
      clientHello({ extensions: [serverName('q.test'), extension(16, list(2, list(1, 0x68, 0x33)))] }),
    ),
  );
  const answer = Buffer.from(
    message(2, serverHello({ cipher: 0x1301, extensions: [extension(43, [3, 4])] })),
  );
  const server = (options: object = {}) =>
    initial({
      role: 'server',
      keysFrom: DESTINATION,
      destination: SERVER_ID,
      frames: crypto(0, answer),
      ...options,
    });

  it.each([1, 7, 0])('puts CRYPTO frames of %i bytes together, whatever their order and packet', (size) => {
    let at = 0;
    const frames = cut(hello, size || 13).map((piece) => {
      at += piece.length;
      return crypto(at - piece.length, piece);
    });
    if (size !== 1) frames.reverse();
    const t = udp();
    frames.forEach((frame, i) => {
      const parts = { role: 'client', destination: DESTINATION, number: i, numberBytes: 1 } as const;
      t.client(initial({ ...parts, frames: padded(frame, 60) }));
      // Again, and with a PING and an ACK before it.
      t.client(initial({ ...parts, frames: Buffer.concat([hex('0102050001030103010203'), frame]) }));
    });
    t.server(server()).client(SHORT);
    expect(t.events()).toMatchObject([{ status: 'OK', 'tls.client.server_name': 'q.test' }]);
  });

  it('of version 2, also where the server changes to it', () => {
    const parts = { role: 'client', destination: DESTINATION, frames: crypto(0, hello) } as const;
    const t = udp()
      .client(initial({ ...parts, version: 2 }))
      .server(server({ version: 2 }))
      .client(SHORT);
    t.end()
      .client(initial(parts))
      .server(server({ version: 2 }))
      .client(SHORT);
    expect(t.events()).toMatchObject([
      { status: 'OK', 'tls.detailed.quic_version': '2' },
      { status: 'OK', 'tls.detailed.quic_version': '2' },
    ]);
  });

  it('after a Retry, which brings new keys', () => {
    const retry = Buffer.concat([hex('f0000000010008'), SERVER_ID, Buffer.alloc(40)]);
    const frames = crypto(0, hello);
    const t = udp()
      .client(initial({ role: 'client', destination: DESTINATION, frames }))
      .server(retry);
    t.client(
      initial({ role: 'client', destination: SERVER_ID, token: Buffer.alloc(24, 1), frames, number: 1 }),
    );
    t.server(server({ keysFrom: SERVER_ID })).client(SHORT);
    expect(t.events()).toMatchObject([{ status: 'OK', 'tls.cipher': 'TLS_AES_128_GCM_SHA256' }]);
  });

  it('that fails: the error of a CONNECTION_CLOSE is an alert', () => {
    const close = Buffer.concat([Buffer.from([0x1c]), varint(0x128), Buffer.from([6, 0])]);
    const t = udp().client(initial({ role: 'client', destination: DESTINATION, frames: crypto(0, hello) }));
    t.server(server({ frames: close }));
    expect(t.events()).toMatchObject([
      {
        status: 'Error',
        'tls.established': false,
        'tls.detailed.alerts': [{ type: 'handshake_failure', code: 40, source: 'server' }],
      },
    ]);
  });

  it('that nobody answers', () => {
    const t = udp()
      .client(initial({ role: 'client', destination: DESTINATION, frames: crypto(0, hello) }))
      .wait(11);
    expect(t.events()).toMatchObject([
      { status: 'Error', 'tls.client.server_name': 'q.test', 'tls.version': '1.3' },
    ]);
    expect(t.client(SHORT).events()).toHaveLength(1);
  });

  it('with packets of several kinds in one datagram', () => {
    const handshake = Buffer.concat([hex('e00000000100004020'), Buffer.alloc(32, 7)]);
    const t = udp().client(initial({ role: 'client', destination: DESTINATION, frames: crypto(0, hello) }));
    t.server(Buffer.concat([server(), handshake, SHORT])).client(Buffer.concat([handshake, SHORT]));
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
  });

  it('is found by its content', () => {
    const t = udp({ detect: true }).client(first()).server(RFC_ANSWER).client(SHORT);
    expect(t.events()).toMatchObject([{ 'tls.client.server_name': 'example.com' }]);
    expect(udp({ detect: true }).client(SHORT).client(first().subarray(0, 600)).events()).toEqual([]);
  });
});

describe('what is no QUIC', () => {
  it.each([
    ['an unknown version', 'c0aabbccdd08000000000000000000000000'],
    ['a header cut short', 'c00000000108000000'],
    ['too long an id', `c000000001ff${'00'.repeat(300)}`],
    ['a length beyond the end', `c00000000100000044ff${'00'.repeat(30)}`],
    ['a first byte of neither', '00aabb'],
  ])('%s', (_, text) => {
    const t = udp().client(hex(text));
    expect(t.end().events()).toEqual([]);
    expect(t.counters.snapshot()['tls.session.dropped']).toBe(1);
  });

  it('a packet that does not open is counted, many end it', () => {
    const broken = first();
    broken[1199]! ^= 1;
    const t = udp();
    for (let i = 0; i < 20; i++) t.client(broken);
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'tls.session.dropped': 1, 'tls.quic.undecryptable': 9 });
  });

  it('frames that lie', () => {
    for (const frames of ['0680ffffffff4001', '06004fff', '02ffffffffffffffff', '063fff', '1c', '07']) {
      const t = udp().client(
        initial({ role: 'client', destination: DESTINATION, frames: padded(hex(frames), 40) }),
      );
      expect(t.end().events()).toEqual([]);
      expect(t.logs).toEqual([]);
    }
  });
});
