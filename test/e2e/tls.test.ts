/** Handshakes of real clients with real servers: what the client saw and what the event says is the same. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { Keys, startTls } from '../support/servers/tls.js';
import type { Server } from '../support/servers.js';

const CLIENT = fileURLToPath(new URL('../support/clients/tls.js', import.meta.url));
const COUNT = process.env.PBFAST_LONG === '1' ? 600 : 60;

const able = canNetns() && havePrograms('nginx', 'openssl', 'ss');
if (!able) console.warn('tls: root, network namespaces, nginx and openssl are needed; tests are skipped');

/** What the client's log and the event must agree on. */
const fromLog = ({ ports, established, resumed, version, cipher, name, protocol, alert, source }: Entry) => ({
  ports,
  status: established ? 'OK' : 'Error',
  established,
  resumed,
  name,
  ...(version ? { version } : {}),
  ...(cipher ? { cipher } : {}),
  // TLS 1.3 encrypts the protocol that was chosen.
  ...(protocol && version === '1.2' ? { protocol } : {}),
  ...(alert ? { alert: [alert], source } : {}),
});

const fromEvent = (log: Entry, { source, status, destination, tls }: Entry) => ({
  ports: [source.port, destination.port],
  status,
  established: tls.established,
  resumed: tls.resumed,
  name: destination.domain,
  ...(log.version ? { version: tls.version } : {}),
  ...(log.cipher ? { cipher: tls.cipher } : {}),
  ...(tls.next_protocol ? { protocol: tls.next_protocol } : {}),
  ...(tls.detailed.alerts ? { alert: tls.detailed.alert_types, source: tls.detailed.alerts[0].source } : {}),
});

/** What is known of a kind of handshake besides. */
const MORE: Record<string, Entry> = {
  ticket: { tls: { detailed: { resumption_method: 'ticket' } } },
  psk: { tls: { detailed: { resumption_method: 'psk' } } },
  'session id': { tls: { detailed: { resumption_method: 'id' } } },
  retry: { tls: { curve: 'secp384r1' } },
  dtls: {
    network: { transport: 'udp' },
    tls: { version_protocol: 'dtls', client: { ja4: expect.stringMatching(/^dd2d/) } },
  },
  'client certificate 1.2': {
    tls: {
      client: { x509: { subject: { common_name: 'client.test' } } },
      detailed: { client_certificate_requested: true },
    },
  },
  rsa: { tls: { server: { x509: { public_key_algorithm: 'RSA', public_key_size: 2048 } } } },
};

describe.skipIf(!able)('live TLS', () => {
  let hosts: Hosts;
  let keys: Keys;
  let capture: LiveCapture | undefined;
  let servers: Server[] = [];
  beforeAll(async () => {
    hosts = new Hosts();
    keys = new Keys();
    servers = await startTls(hosts.server, keys);
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    for (const server of servers) await server.stop();
    keys?.remove();
    hosts?.remove();
  });

  it('tells every handshake once, as the client saw it', { timeout: 600_000 }, async () => {
    const { client, server } = hosts;
    capture = await new LiveCapture(server, ['--no-flows']).capturing();
    const child = client.start(
      process.execPath,
      [CLIENT, `${COUNT}`, server.address, client.address, keys.folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const log: Entry[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    expect(log.length).toBeGreaterThanOrEqual(COUNT);
    await until(() => capture!.of('tls').length >= log.length);
    expect(await capture.end()).toContain('nothing lost');
    const events = capture.of('tls').map(({ event }) => event);
    expect(events.length).toBe(log.length);
    // Ports may come again: in the order of time.
    events.sort((a, b) => (a['@timestamp'] < b['@timestamp'] ? -1 : 1));
    for (const entry of log) {
      const at = events.findIndex(
        ({ source, destination }) => `${source.port} ${destination.port}` === entry.ports.join(' '),
      );
      const [event] = at < 0 ? [] : events.splice(at, 1);
      expect(event, entry.kind).toBeDefined();
      expect(fromEvent(entry, event), entry.kind).toEqual(fromLog(entry));
      expect(event, entry.kind).toMatchObject(MORE[entry.kind] ?? {});
      // Certificates can be seen in whole handshakes of TLS 1.2 only.
      if (!entry.sha1 || entry.version !== '1.2' || entry.resumed) continue;
      expect(event.tls.server.hash.sha1).toBe(entry.sha1);
      expect(event.tls.server.x509.serial_number).toBe(entry.serial);
    }
  });
});
