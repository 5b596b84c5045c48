import { beforeAll, describe, expect, it } from 'vitest';
import type { TestEvent } from '../../../test/support/decode-rows.js';
import { cut, TestSession } from '../../../test/support/session.js';
import {
  CA,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  type Conversation,
  clientHello,
  converse,
  extension,
  message,
  numbers,
  type Piece,
  record,
  serverHello,
  serverName,
} from '../../../test/support/tls-wire.js';
import { analyzer } from '../analyzer.js';
import { tls } from './analyzer.js';

const TLS12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
const TLS13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

/** What a handshake that was cut short says otherwise. */
const UNSURE = new Set([
  'end',
  'status',
  'tls.established',
  'tls.version',
  'tls.detailed.version',
  'tls.resumed',
  'tls.detailed.resumption_method',
]);

function play(t: TestSession, pieces: readonly Piece[]): TestSession {
  for (const [dir, bytes] of pieces) t.send(dir, bytes);
  return t;
}

function eventOf({ pieces }: { pieces: readonly Piece[] }, options = {}): TestEvent {
  const t = play(new TestSession(tls, options), pieces).end();
  const events = t.events();
  expect(events).toHaveLength(1);
  expect(t.rows.open).toBe(0);
  return events[0]!;
}

/** What must be equal whenever the same bytes are read. */
const essence = ({ start: _, end: __, ...rest }: TestEvent) => rest;

const hello = (parts = {}) => record(22, message(1, clientHello(parts)), 0x0301);
const answer = (parts = {}) => record(22, message(2, serverHello(parts)));
const CHANGE = record(20, [1]);
const DATA = record(23, Array(60).fill(0));

describe('a handshake of TLS 1.2', () => {
  let talk: Conversation;
  beforeAll(async () => {
    talk = await converse({ ALPNProtocols: ['h2'] }, { ...TLS12, ALPNProtocols: ['h2', 'http/1.1'] });
  });

  it('tells names, versions, ciphers and certificates', () => {
    expect(talk.error).toBeUndefined();
    expect(eventOf(talk)).toMatchObject({
      type: 'tls',
      status: 'OK',
      'tls.established': true,
      'tls.resumed': false,
      'tls.version': '1.2',
      'tls.version_protocol': 'tls',
      'tls.detailed.version': 'TLS 1.2',
      'tls.cipher': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'tls.curve': 'x25519',
      'tls.next_protocol': 'h2',
      'tls.client.server_name': 'server.test',
      'destination.domain': 'server.test',
      'tls.detailed.client_hello.version': '3.3',
      'tls.detailed.client_hello.extensions.server_name_indication': ['server.test'],
      'tls.detailed.client_hello.extensions.application_layer_protocol_negotiation': ['h2', 'http/1.1'],
      'tls.detailed.client_hello.extensions.session_ticket': '',
      'tls.detailed.client_hello.supported_compression_methods': ['NULL'],
      'tls.detailed.server_hello.version': '3.3',
      'tls.detailed.server_hello.selected_compression_method': 'NULL',
      'tls.detailed.server_hello.extensions.session_ticket': '',
      'tls.detailed.client_certificate_requested': false,
      'tls.server.subject': 'CN=server.test,OU=One,O=Test\\, Inc.,L=Munich,ST=Bavaria,C=DE',
      'tls.server.issuer': 'CN=Test CA,O=Test,C=DE',
      'tls.server.x509.serial_number': '0FD078DD48F1A2BD',
      'tls.server.x509.subject.organization': 'Test, Inc.',
      'tls.server.x509.public_key_algorithm': 'ECDSA',
      'tls.server.x509.public_key_size': 256,
      'tls.server.x509.signature_algorithm': 'ECDSA-SHA256',
    });
  });

  it('starts with the first packet and ends with the second ChangeCipherSpec', () => {
    const t = new TestSession(tls);
    for (const [dir, bytes] of talk.pieces) {
      t.send(dir, bytes);
      t.seconds++;
    }
    const changes = talk.pieces.findLastIndex(([, bytes]) => bytes[0] === 20 || bytes.includes(20, 1));
    expect(changes).toBeGreaterThan(0);
    const [event] = t.events();
    expect(event).toMatchObject({ start: 1_000_000 });
    expect(event!.end).toBeGreaterThan(event!.start);
  });

  it('is over with the handshake: the flow is only counted', () => {
    const t = play(new TestSession(tls), talk.pieces);
    expect(t.commands.map(({ command }) => command)).toContain(2);
    expect(t.counters.snapshot()['tls.session.dropped']).toBe(0);
  });

  it.each([1, 2, 7, 0])('gives the same event in pieces of %i bytes', (size) => {
    const whole = essence(eventOf(talk));
    const pieces = talk.pieces.flatMap(([dir, bytes]) =>
      cut(bytes, size, 3).map((piece) => [dir, piece] as Piece),
    );
    expect(essence(eventOf({ pieces }))).toEqual(whole);
  });

  it('gives the same event from records of 1 to 50 bytes', () => {
    const whole = essence(eventOf(talk));
    for (const size of [1, 3, 50]) {
      const pieces = talk.pieces.map(([dir, bytes]) => [dir, shred(bytes, size)] as Piece);
      expect(essence(eventOf({ pieces }))).toEqual(whole);
    }
  });

  it('gives one event at most when cut at any byte, and never one that is not true', () => {
    const whole = eventOf(talk);
    const sizes = talk.pieces.map(([, bytes]) => bytes.length);
    const total = sizes.reduce((a, b) => a + b);
    const t = new TestSession(tls);
    for (let at = 1; at < total; at++) {
      const before = t.events().length;
      let left = at;
      for (const [dir, bytes] of talk.pieces) {
        if (left > 0) t.send(dir, bytes.subarray(0, left));
        left = Math.max(0, left - bytes.length);
      }
      const events = t.end().events().slice(before);
      expect(events.length).toBeLessThanOrEqual(1);
      for (const [field, value] of Object.entries(events[0] ?? {})) {
        if (UNSURE.has(field)) continue;
        expect(value, field).toEqual(whole[field]);
      }
      expect(t.rows.open).toBe(0);
    }
  });

  it('follows its options', () => {
    const bare = eventOf(talk, { include_detailed_fields: false });
    expect(Object.keys(bare).filter((field) => /detailed|x509/.test(field))).toEqual([]);
    expect(bare).toHaveProperty(['tls.server.hash.sha1']);
    const raw = eventOf(talk, {
      send_certificates: false,
      include_raw_certificates: true,
      fingerprints: ['md5'],
    });
    expect(Object.keys(raw).filter((field) => /x509|sha1/.test(field))).toEqual([]);
    expect(raw['tls.server.certificate_chain']).toHaveLength(1);
    expect(raw['tls.server.hash.md5']).toMatch(/^[0-9A-F]{32}$/);
  });
});

/** The same handshake messages in records of `size` bytes; encrypted records stay whole. */
function shred(bytes: Uint8Array, size: number): Buffer {
  const parts: Buffer[] = [];
  let encrypted = false;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + ((bytes[at + 3]! << 8) | bytes[at + 4]!);
    if (bytes[at] === 20) encrypted = true;
    if (bytes[at] !== 22 || encrypted) parts.push(Buffer.from(bytes.subarray(at, end)));
    else for (const piece of cut(bytes.subarray(at + 5, end), size)) parts.push(record(22, piece));
    at = end;
  }
  return Buffer.concat(parts);
}

describe('TLS 1.3', () => {
  it('is known by supported_versions', async () => {
    expect(eventOf(await converse({}, TLS13))).toMatchObject({
      status: 'OK',
      'tls.established': true,
      'tls.resumed': false,
      'tls.version': '1.3',
      'tls.detailed.version': 'TLS 1.3',
      'tls.detailed.client_hello.version': '3.3',
      'tls.detailed.client_hello.extensions.supported_versions': ['TLS 1.3'],
      'tls.detailed.server_hello.extensions.supported_versions': 'TLS 1.3',
      'tls.cipher': 'TLS_AES_256_GCM_SHA384',
      'tls.curve': 'x25519',
    });
  });

  it('may ask for another hello', async () => {
    const talk = await converse({ ecdhCurve: 'P-384' }, { ...TLS13, ecdhCurve: 'X25519:P-384' });
    expect(talk.pieces.filter(([dir]) => dir === 0).length).toBeGreaterThan(2);
    expect(eventOf(talk)).toMatchObject({ status: 'OK', 'tls.established': true, 'tls.curve': 'secp384r1' });
  });

  it('is not resumed because the session id is echoed', async () => {
    const event = eventOf(await converse({}, TLS13));
    const id = event['tls.detailed.client_hello.session_id'];
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(event).toMatchObject({ 'tls.detailed.server_hello.session_id': id, 'tls.resumed': false });
  });
});

describe('resumption', () => {
  const twice = async (server: Record<string, unknown>, client: object) => {
    const { session } = await converse(server, client);
    expect(session).toBeDefined();
    return converse(server, { ...client, session: session! });
  };
  it.each([
    ['ticket', { tag: 1 }, TLS12],
    ['psk', { tag: 3 }, TLS13],
  ])('by %s', async (method, server, client) => {
    const event = eventOf(await twice(server, client));
    expect(event).toMatchObject({
      status: 'OK',
      'tls.established': true,
      'tls.resumed': true,
      'tls.detailed.resumption_method': method,
    });
    expect(event).not.toHaveProperty(['tls.server.subject']);
  });

  it('by id', () => {
    const t = new TestSession(tls).client(hello({ session: [1, 2, 3], extensions: [extension(35)] }));
    t.server(Buffer.concat([answer({ session: [1, 2, 3] }), CHANGE])).client(CHANGE);
    expect(t.events()).toMatchObject([{ 'tls.resumed': true, 'tls.detailed.resumption_method': 'id' }]);
  });

  it('is none when the server wants a whole handshake all the same', async () => {
    const { session } = await converse({ tag: 4 }, TLS12);
    const event = eventOf(await converse({ tag: 5 }, { ...TLS12, session: session! }));
    expect(event).toMatchObject({ 'tls.established': true, 'tls.resumed': false });
    expect(event).not.toHaveProperty(['tls.detailed.resumption_method']);
  });
});

describe('certificates of clients', () => {
  it('are told, where they can be seen', async () => {
    const talk = await converse(
      { requestCert: true, rejectUnauthorized: true, ca: CA },
      { ...TLS12, cert: CLIENT_CERTIFICATE, key: CLIENT_KEY },
    );
    expect(eventOf(talk)).toMatchObject({
      status: 'OK',
      'tls.detailed.client_certificate_requested': true,
      'tls.client.subject': expect.stringContaining('CN=client.test'),
      'tls.client.x509.subject.common_name': 'client.test',
      'tls.server.x509.subject.common_name': 'server.test',
    });
  });
});

describe('handshakes that fail', () => {
  it('for an unknown authority', () => {
    const t = new TestSession(tls)
      .client(hello())
      .server(answer())
      .client(record(21, [2, 48]));
    expect(t.events()).toMatchObject([
      {
        status: 'Error',
        end: 1_000_000,
        'tls.established': false,
        'tls.detailed.alert_types': ['unknown_ca'],
        'tls.detailed.alerts': [{ severity: 'fatal', code: 48, type: 'unknown_ca', source: 'client' }],
      },
    ]);
  });

  it('for lack of a common version', async () => {
    const talk = await converse({ ...TLS13 }, { ...TLS12 });
    expect(eventOf(talk)).toMatchObject({
      status: 'Error',
      'tls.established': false,
      'tls.version': '1.2',
      'tls.detailed.alerts': [{ severity: 'fatal', code: 70, type: 'protocol_version', source: 'server' }],
    });
  });
});

describe('what is missing', () => {
  const named = hello({ extensions: [serverName('a.test')] });

  it('an answer: an event without an end', () => {
    const t = new TestSession(tls).client(named).end();
    const [event] = t.events();
    expect(event).toMatchObject({
      status: 'Error',
      'tls.established': false,
      'tls.version': '1.2',
      'destination.domain': 'a.test',
    });
    expect(event).not.toHaveProperty('end');
  });

  it('the rest, after a time-out: one event, then silence', () => {
    const t = new TestSession(tls).client(named).wait(5).server(answer()).wait(9);
    expect(t.events()).toEqual([]);
    t.wait(2);
    expect(t.events()).toMatchObject([
      { status: 'Error', 'tls.cipher': 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
    ]);
    t.client(CHANGE).server(CHANGE).end();
    expect(t.events()).toHaveLength(1);
    expect(t.rows.open).toBe(0);
  });

  it('the beginning: an encrypted connection is none of ours', () => {
    const t = new TestSession(tls).client(DATA).server(DATA).end();
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'tls.stream.midway': 1, 'tls.session.dropped': 0 });
  });

  it('the side of the client', () => {
    const t = new TestSession(tls).server(answer()).server(CHANGE).server(DATA).end();
    expect(t.events()).toMatchObject([{ status: 'OK', 'tls.established': true }]);
  });

  it('bytes of the server: the rest is found again', () => {
    const t = new TestSession(tls)
      .client(named)
      .server(answer())
      .server(record(22, message(11, [0, 0, 9])));
    t.gap(1, 3000).server('garbage').client(CHANGE).server(CHANGE);
    expect(t.events()).toMatchObject([
      { status: 'OK', 'tls.established': true, 'tls.client.server_name': 'a.test' },
    ]);
  });

  it('both ChangeCipherSpecs: encrypted data of the server proves it', () => {
    const t = new TestSession(tls).client(named).server(answer()).gap(0, 100).gap(1, 100).server(DATA);
    expect(t.events()).toMatchObject([{ status: 'OK', 'tls.established': true }]);
  });

  it('the first packet: the client is known by its hello', () => {
    const t = new TestSession(tls, {}, { detect: true, reversed: true });
    t.client(named).server(answer()).client(CHANGE).server(CHANGE);
    expect(t.events()).toMatchObject([{ status: 'OK', swapped: true, 'tls.client.server_name': 'a.test' }]);
  });
});

describe('alerts', () => {
  it('are told in both directions', () => {
    const t = new TestSession(tls)
      .client(hello())
      .server(record(21, [1, 112]))
      .client(record(21, [2, 40]));
    expect(t.events()).toMatchObject([
      {
        status: 'Error',
        'tls.detailed.alert_types': ['handshake_failure', 'unrecognized_name'],
        'tls.detailed.alerts': [
          { severity: 'fatal', code: 40, type: 'handshake_failure', source: 'client' },
          { severity: 'warning', code: 112, type: 'unrecognized_name', source: 'server' },
        ],
      },
    ]);
  });

  it('are told without any hello', () => {
    const t = new TestSession(tls).client(record(21, [2, 0x2d])).end();
    expect(t.events()).toMatchObject([
      { status: 'Error', 'tls.detailed.alert_types': ['certificate_expired'] },
    ]);
    expect(
      new TestSession(tls)
        .client(record(21, [1, 2, 3]))
        .end()
        .events(),
    ).toEqual([]);
  });

  it('that are encrypted end a handshake of TLS 1.3', () => {
    const modern = { extensions: [extension(43, [3, 4])], cipher: 0x1301 };
    const t = new TestSession(tls).client(hello()).server(answer(modern)).server(CHANGE).server(DATA);
    t.client(CHANGE).client(record(23, Array(19).fill(1)));
    expect(t.events()).toMatchObject([{ status: 'Error', 'tls.established': false, 'tls.version': '1.3' }]);
    expect(t.counters.snapshot()['tls.handshake.encrypted_alerts']).toBe(1);
  });
});

describe('hellos', () => {
  it('leave GREASE out everywhere', () => {
    const grease = 0x4a4a;
    const greased = hello({
      ciphers: [grease, 0x1301],
      extensions: [
        extension(grease),
        extension(10, [0, 4, ...numbers(0x3a3a, 29)]),
        extension(43, [4, ...numbers(0x2a2a, 0x0304)]),
        extension(13, [0, 4, ...numbers(0x1a1a, 0x0403)]),
        extension(0xfafa, [0]),
      ],
    });
    const plain = hello({
      ciphers: [0x1301],
      extensions: [
        extension(10, [0, 2, ...numbers(29)]),
        extension(43, [2, ...numbers(0x0304)]),
        extension(13, [0, 2, ...numbers(0x0403)]),
      ],
    });
    const [a] = new TestSession(tls).client(greased).end().events();
    const [b] = new TestSession(tls).client(plain).end().events();
    expect(a).toEqual(b);
    expect(a).toMatchObject({
      'tls.client.supported_ciphers': ['TLS_AES_128_GCM_SHA256'],
      'tls.detailed.client_hello.extensions.supported_groups': ['x25519'],
    });
  });

  it('name what they can and list the rest', () => {
    const [event] = new TestSession(tls)
      .client(
        hello({
          ciphers: [0xff85, 0x002f],
          extensions: [
            extension(1, [2]),
            extension(2),
            extension(4, [1]),
            extension(5, [1, 0, 2, 9, 9, 0, 3, 1, 1, 1]),
            extension(9, [2, 0, 1]),
            extension(10, [0, 2, 0x99, 0x99]),
            extension(11, [3, 0, 1, 9]),
            extension(12, [2, 0x61, 0x62]),
            extension(35, [1, 2, 3]),
            extension(0x1234, [1]),
            extension(0xff01, [0]),
            extension(16, [0, 9, 1]),
          ],
        }),
      )
      .end()
      .events();
    const at = (name: string) => event![`tls.detailed.client_hello.extensions.${name}`];
    expect(event!['tls.client.supported_ciphers']).toEqual([
      '(unknown:0xff85)',
      'TLS_RSA_WITH_AES_128_CBC_SHA',
    ]);
    expect(at('max_fragment_length')).toBe('2^10');
    expect(at('client_certificate_url')).toBe('');
    expect(at('truncated_hmac')).toBe('(expected empty: found 1 bytes)');
    expect(at('status_request.type')).toBe('ocsp');
    expect(at('status_request.responder_id_list_length')).toBe(2);
    expect(at('status_request.request_extensions')).toBe(3);
    expect(at('cert_type')).toEqual(['X.509', 'OpenPGP']);
    expect(at('supported_groups')).toEqual(['(unknown:0x9999)']);
    expect(at('ec_points_formats')).toEqual(['uncompressed', 'ansiX962_compressed_prime', '(unknown:0x09)']);
    expect(at('srp')).toBe('ab');
    expect(at('session_ticket')).toBe('(3 bytes)');
    expect(at('_unparsed_')).toEqual([
      '4660',
      'renegotiation_info',
      'application_layer_protocol_negotiation',
    ]);
  });

  it('say which version of SSL', () => {
    const [event] = new TestSession(tls)
      .client(hello({ version: 0x0300 }))
      .server(answer({ version: 0x0300, cipher: 5 }))
      .client(CHANGE)
      .server(CHANGE)
      .events();
    expect(event).toMatchObject({
      'tls.version': '3.0',
      'tls.version_protocol': 'ssl',
      'tls.detailed.version': 'SSL 3.0',
      'tls.cipher': 'TLS_RSA_WITH_RC4_128_SHA',
    });
  });

  it('give the same event whether they are remembered or not', () => {
    const t = new TestSession(tls);
    const first = hello({ session: [1, 2], extensions: [serverName('a.test'), extension(35, [1])] });
    const second = hello({ session: [3], extensions: [serverName('other.test'), extension(35)] });
    for (const bytes of [first, second, first]) t.client(bytes).end();
    const [a, b, c] = t.events();
    expect(c).toEqual(a);
    expect(b).toMatchObject({
      'tls.client.server_name': 'other.test',
      'tls.detailed.client_hello.session_id': '03',
      'tls.detailed.client_hello.extensions.session_ticket': '',
    });
    expect(b!['tls.client.ja4']).toBe(a!['tls.client.ja4']);
  });
});

describe('hostile input', () => {
  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['a single byte', 'x'],
    ['another version', '\x16\x05\x01\x00\x05abcde'],
    ['too long a record', '\x16\x03\x01\xff\xff'],
    ['a hello that ends early', record(22, message(1, [3, 3, 1])).toString('latin1')],
    [
      'too long a session id',
      record(22, message(1, [3, 3, ...Array(32).fill(0), 33, 0, 0, 0])).toString('latin1'),
    ],
    ['too long a message', '\x16\x03\x03\x00\x08\x0b\x02\x00\x00abcd'],
  ])('drops %s', (_, bytes) => {
    const t = new TestSession(tls).client(bytes);
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'tls.session.dropped': 1, 'tls.stream.not_tls': 1 });
  });

  it('refuses a hello in the form of SSL 2.0', () => {
    const t = new TestSession(tls).client('\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'tls.session.dropped': 1, 'tls.hello.sslv2': 1 });
  });

  it('tells a hello that was answered with something else', () => {
    const t = new TestSession(tls).client(hello()).server('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(t.events()).toMatchObject([{ status: 'Error', 'tls.established': false }]);
  });

  it('reads lists that lie about their length', () => {
    const lies = [
      extension(0, [0, 200, 0, 0, 50, 0x61]),
      extension(10, [0xff, 0xff, 0, 1]),
      extension(11, [200, 0]),
      extension(13, [0]),
      extension(16, [0, 3, 200, 0x61, 0x62]),
      extension(43, [0xff, 3]),
      extension(5, [1, 0xff, 0xff]),
    ];
    const t = new TestSession(tls)
      .client(hello({ extensions: lies }))
      .server(answer({ extensions: lies }))
      .end();
    expect(t.events()).toMatchObject([
      { 'tls.detailed.client_hello.extensions._unparsed_': expect.arrayContaining(['supported_groups']) },
    ]);
  });

  it('is not held up by endless small records, nor by 30,000 cipher suites', () => {
    const t = new TestSession(tls);
    const ciphers = Array.from({ length: 30_000 }, (_, i) => i);
    const body = message(1, clientHello({ ciphers }));
    for (const piece of cut(Buffer.from(body), 1000)) t.client(record(22, piece));
    for (let i = 0; i < 20_000; i++) t.client(record(22, []));
    expect(t.end().events()).toHaveLength(1);
    expect(t.rows.overflowed).toBe(1);
  });
});

describe('content detection', () => {
  const found = (bytes: string | Uint8Array, dir: 'client' | 'server' = 'client') => {
    const t = new TestSession(tls, {}, { detect: true });
    t[dir](bytes).end();
    return t.events().length;
  };

  it('finds hellos', () => {
    expect(found(hello())).toBe(1);
    expect(found(answer(), 'server')).toBe(1);
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\x16\x03\x01',
    '\x16\x03\x01\x00\x05\x02aaaaaaaaaa',
    '\x16\x09\x01\x00\x05\x01aaaaaaaaaa',
    '\x00\x1d\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00',
  ])('leaves %j to others', (bytes) => {
    expect(found(bytes)).toBe(0);
  });
});

describe('a connection that becomes TLS', () => {
  /** Says one line each way, then gives way. */
  const starts = analyzer({
    name: 'starts',
    transports: ['tcp'],
    ports: [4242],
    options: {},
    fields: {},
    create: () => () => ({
      data: (dir, bytes) => {
        if (bytes.find(10) < 0) return 'ok';
        bytes.skip(bytes.scanned + 1 - bytes.pos);
        return dir === 1 ? 'tls' : 'ok';
      },
    }),
  });

  it('is read from there on', async () => {
    const { pieces } = await converse({}, TLS12);
    const t = new TestSession(starts, {}, { beside: [tls] }).client('STARTTLS\n').server('220 ready\n');
    expect(play(t, pieces).events()).toMatchObject([
      { type: 'tls', status: 'OK', 'tls.client.server_name': 'server.test', 'tls.version': '1.2' },
    ]);
  });
});
