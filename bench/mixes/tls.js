/**
 * TLS handshakes, one a connection, and a little data: 1.2 with certificates (half of them never seen before), 1.2 resumed,
 * 1.3, refused with an alert.
 */
import { be, join, noise, sized } from '../bytes.js';
import { certificate } from '../certificate.js';
import { NUMBER } from '../template.js';
import { round, tcpMix } from './mix.js';

const RECORD = { change: 20, alert: 21, handshake: 22, data: 23 };
const MESSAGE = { client: 1, server: 2, ticket: 4, certificate: 11, exchange: 12, done: 14, key: 16 };
const TLS12 = be(2, 0x0303);
const TLS13 = be(2, 0x0304);
const CIPHER = { ecdhe: 0xc02f, tls13: 0x1301 };
const CIPHERS = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d,
];

const record = (type, ...parts) => join(type, TLS12, sized(2, parts));
const message = (type, ...parts) => join(type, sized(3, parts));
const handshake = (...messages) => record(RECORD.handshake, messages);
const change = record(RECORD.change, 1);
const secret = (type, size) => record(type, noise(size, size));
const extension = (type, ...parts) => join(be(2, type), sized(2, parts));
const list16 = (values) =>
  sized(
    2,
    values.map((value) => be(2, value)),
  );
const random = (seed) => join(noise(24, seed), '00000000');
const session = (seed) => sized(1, noise(24, seed), '00000000');

const key = extension(0x33, sized(2, be(2, 29), sized(2, noise(24, 71), '00000000')));
const share = extension(0x33, be(2, 29), sized(2, noise(24, 72), '00000000'));
const protocols = extension(16, sized(2, sized(1, 'h2'), sized(1, 'http/1.1')));

function clientHello(seed, host, versions, more = []) {
  const extensions = [
    extension(0, sized(2, 0, sized(2, host))),
    extension(0x17),
    extension(10, list16([29, 23, 24])),
    extension(11, sized(1, 0)),
    extension(13, list16([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501])),
    protocols,
    versions ? [extension(0x2b, sized(1, versions)), key, extension(0x2d, sized(1, 1))] : [],
    more,
  ];
  const body = [TLS12, random(seed), session(seed), list16(CIPHERS), sized(1, 0), sized(2, extensions)];
  return handshake(message(MESSAGE.client, body));
}

function serverHello(seed, id, cipher, extensions) {
  return message(MESSAGE.server, TLS12, random(seed + 9), id, be(2, cipher), 0, sized(2, extensions));
}

const OLD = [extension(0xff01, 0), extension(11, sized(1, 0)), extension(16, sized(2, sized(1, 'http/1.1')))];
const NEW = [extension(0x2b, TLS13), share];
const ISSUER = 'Example CA R3';
const intermediate = certificate([ISSUER], 'Example Root', join(0x41, noise(12, 4)), 90);
const finished = join(change, secret(RECORD.handshake, 40));
const conversation = (sizes) =>
  sizes.map((size, i) => ({ [i % 2 ? 'server' : 'client']: secret(RECORD.data, size) }));
const goodbye = { client: secret(RECORD.alert, 26) };

/** Version 1.2 with all its messages. */
function full(seed, serial) {
  const host = `shop-${seed}.example.com`;
  const own = certificate([host, `www.${host}`, 'shop.example.org'], ISSUER, serial, seed);
  const chain = sized(3, sized(3, own), sized(3, intermediate));
  const exchange = [
    3,
    be(2, 29),
    sized(1, noise(24, 73), '00000000'),
    be(2, 0x0804),
    sized(2, noise(256, 74)),
  ];
  return round(
    1,
    { client: clientHello(seed, host) },
    {
      server: handshake(
        serverHello(seed, session(seed + 1), CIPHER.ecdhe, OLD),
        message(MESSAGE.certificate, chain),
        message(MESSAGE.exchange, exchange),
        message(MESSAGE.done),
      ),
    },
    { client: join(handshake(message(MESSAGE.key, sized(1, noise(24, 75), '00000000'))), finished) },
    { server: join(handshake(message(MESSAGE.ticket, be(4, 7200), sized(2, noise(192, 76)))), finished) },
    ...conversation([420, 1300]),
    goodbye,
  );
}

const resumed = (seed) =>
  round(
    1,
    { client: clientHello(seed, `shop-${seed}.example.com`, undefined, extension(0x23, noise(192, seed))) },
    { server: join(handshake(serverHello(seed, session(seed), CIPHER.ecdhe, OLD)), finished) },
    { client: finished },
    ...conversation([380, 900]),
    goodbye,
  );

const modern = (seed) =>
  round(
    1,
    { client: clientHello(seed, `api-${seed}-00000000.example.com`, join(TLS13, TLS12)) },
    {
      server: join(
        handshake(serverHello(seed, session(seed), CIPHER.tls13, NEW)),
        change,
        ...[32, 2100, 281, 53].map((size) => secret(RECORD.data, size)),
      ),
    },
    { client: join(change, secret(RECORD.data, 53), secret(RECORD.data, 460)) },
    ...conversation([200, 1200]).map((step, i) =>
      i === 0 ? { server: step.client } : { client: step.server },
    ),
  );

const refused = round(
  1,
  { client: clientHello(40, 'no-such-00000000.example.com') },
  { server: record(RECORD.alert, 2, 112) },
);

const known = (seed) => join(0x41, noise(15, seed));
const fresh = (seed) => join(0x41, noise(12, seed), NUMBER);

export const tls = tcpMix({
  name: 'm5-tls',
  about: 'TLS, a handshake a connection: 1.2 with certificates, resumed, 1.3, refused',
  protocol: 'tls',
  port: 443,
  rounds: [
    full(1, known(1)),
    modern(2),
    full(3, fresh(3)),
    modern(4),
    resumed(5),
    full(6, known(6)),
    modern(7),
    full(8, fresh(8)),
    modern(9),
    refused,
  ],
  turns: 1,
});
