/** The program against a real memcached on a live device: what scripted clients saw and what pbfast reports is the same. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { MEMCACHED, startMemcached } from '../support/servers/memcache.js';
import type { Server } from '../support/servers.js';

const CLIENT = fileURLToPath(new URL('../support/clients/memcache.js', import.meta.url));
const ROUNDS = process.env.PBFAST_LONG === '1' ? 10 : 1;

const able = canNetns() && havePrograms(MEMCACHED);
if (!able) console.warn('memcache: root, network namespaces and memcached are needed; tests are skipped');

/** One exchange as text, from the clients' log and from an event. */
const logText = ({ protocol, transport, command, keys, status, response, value, bytes, stats }: Entry) =>
  [protocol, transport, command, keys, status, response, value, bytes, stats].join(' | ');

function eventText({ memcache, network, status }: Entry): string {
  const { protocol_type: protocol, request, response } = memcache;
  const word = protocol === 'text' ? response?.command : response?.status;
  const keys = (request.keys ?? []).join(',');
  const { value, bytes, stats } = response ?? {};
  return [protocol, network.transport, request.command, keys, status, word, value, bytes, stats?.length].join(
    ' | ',
  );
}

describe.skipIf(!able)('memcache, live', () => {
  let hosts: Hosts;
  let server: Server;
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startMemcached(hosts.server);
  });
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  it('reports every command once, as the clients saw it', { timeout: 120_000 }, async () => {
    const capture = await new LiveCapture(hosts.server, ['--no-flows']).capturing();
    const child = hosts.client.start(process.execPath, [CLIENT, `${ROUNDS}`, hosts.server.address], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: Entry[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    await until(() => capture.of('memcache').length >= log.length);
    const messages = await capture.end();
    const events = capture.of('memcache').map(({ event }) => eventText(event));
    expect(events.sort()).toEqual(log.map(logText).sort());
    expect(log.length).toBeGreaterThan(ROUNDS * 100);
    expect(messages).toContain('nothing lost');
  });
});
