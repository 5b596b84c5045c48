/**
 * Makes handshakes of many kinds and prints what each was, as its client saw it:
 *   node tls.js COUNT SERVER OWN KEYS
 * SERVER and OWN are addresses, KEYS the folder of test/support/servers/tls.ts. One JSON line a handshake; its key are the
 * ports.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';

const [count, host, own, folder] = process.argv.slice(2);
const path = (name) => join(folder, name);
const read = (name) => readFileSync(path(name));
const TLS12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' };
const TLS13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' };
const CLIENT = { cert: read('client.pem'), key: read('client.key') };
const RSA = { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', rejectUnauthorized: false };
const print = (entry) => console.log(JSON.stringify({ ...entry, at: Date.now() }));

/** By node's own client. Gives the session, for the next time. */
function byNode(kind, port, options) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, ca: read('ca.pem'), servername: 'server.test', ...options });
    let session;
    socket.on('session', (data) => {
      session = data;
    });
    socket.on('error', (error) => {
      console.error(kind, error.message);
      resolve(undefined);
    });
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate?.();
      print({
        kind,
        ports: [socket.localPort, port],
        version: socket.getProtocol().slice(4),
        cipher: socket.getCipher().standardName,
        resumed: socket.isSessionReused(),
        name: options.servername ?? 'server.test',
        protocol: socket.alpnProtocol || undefined,
        sha1: certificate?.fingerprint.replaceAll(':', ''),
        serial: certificate?.serialNumber,
        established: true,
      });
      socket.write('GET / HTTP/1.0\r\n\r\n');
    });
    socket.on('data', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(session));
    setTimeout(() => socket.destroy(), 3000).unref();
  });
}

// Below those that the kernel gives out.
let port = 20_000;
/** By `openssl s_client`; it says what it saw, and which port is its own is ours to choose. */
function byOpenssl(kind, serverPort, args, entry) {
  const mine = ++port;
  const all = [
    's_client',
    '-connect',
    `${host}:${serverPort}`,
    '-bind',
    `${own}:${mine}`,
    '-servername',
    'server.test',
  ];
  return new Promise((resolve) => {
    const child = execFile('openssl', [...all, ...args], { timeout: 5000 }, (_, stdout) => {
      const version = /Protocol {2}: (D?TLSv[\d.]+)|, (D?TLSv[\d.]+), Cipher is/.exec(stdout);
      print({
        kind,
        ports: [mine, serverPort],
        name: 'server.test',
        established: stdout.includes(', Cipher is ') && !stdout.includes('Cipher is (NONE)'),
        resumed: stdout.includes('\nReused,'),
        ...(version ? { version: (version[1] ?? version[2]).replace(/D?TLSv/, '') } : {}),
        ...entry,
      });
      resolve();
    });
    // The words of the handshake are read first: a client that is told to end at once may not wait for it.
    setTimeout(() => child.stdin.end(), entry.wait ?? 150);
  });
}

const wrongAuthority = ['-verify_return_error', '-CAfile', path('rsa.pem')];
const alert = (alert, source) => ({ established: false, resumed: false, alert, source, version: undefined });
const sessions = {};
const again = async (kind, at, options) => {
  sessions[kind] ??= await byNode(`${kind} first`, at, options);
  return byNode(kind, at, { ...options, session: sessions[kind] });
};

const kinds = [
  () => byNode('1.2', 443, { ...TLS12, servername: 'a.server.test', ALPNProtocols: ['http/1.1'] }),
  () => byNode('1.3', 443, { ...TLS13, ALPNProtocols: ['spdy/3', 'http/1.1'] }),
  () => byNode('rsa', 443, { ...TLS12, ...RSA, servername: 'rsa.test' }),
  () => again('ticket', 443, TLS12),
  () => again('psk', 443, TLS13),
  () => byNode('retry', 993, { ...TLS13, ecdhCurve: 'X25519:P-384' }),
  () => byNode('client certificate 1.2', 8443, { ...TLS12, ...CLIENT }),
  () => byNode('client certificate 1.3', 8443, { ...TLS13, ...CLIENT }),
  () => byOpenssl('no certificate', 8443, ['-tls1_2'], alert('handshake_failure', 'server')),
  () =>
    byOpenssl('unknown authority 1.2', 443, ['-tls1_2', ...wrongAuthority], alert('unknown_ca', 'client')),
  () =>
    byOpenssl('unknown authority 1.3', 443, ['-tls1_3', ...wrongAuthority], alert('unknown_ca', 'client')),
  () =>
    byOpenssl(
      'no common cipher',
      8443,
      ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'],
      alert('handshake_failure', 'server'),
    ),
  () =>
    byOpenssl(
      'old version',
      443,
      ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
      alert('protocol_version', 'server'),
    ),
  () => byOpenssl('session id', 9243, ['-tls1_2', '-no_ticket', '-sess_in', path('session')], {}),
  () => byOpenssl('dtls', 8883, ['-dtls1_2'], { dtls: true, version: '1.2' }),
];

await byOpenssl('session id first', 9243, ['-tls1_2', '-no_ticket', '-sess_out', path('session')], {});
for (const kind of ['ticket', 'psk']) await again(kind, 443, kind === 'psk' ? TLS13 : TLS12);
for (let i = 0; i < Number(count); i += 5)
  await Promise.all(
    kinds
      .map((_, k) => k)
      .filter((k) => k >= i % 15 && k < (i % 15) + 5)
      .map((k) => kinds[k]()),
  );
