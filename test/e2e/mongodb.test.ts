/** The npm driver against FerretDB on a live device: every command its own monitoring saw is one event with the same content. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { haveMongodb, startMongodb } from '../support/servers/mongodb.js';
import type { Server } from '../support/servers.js';

const CLIENT = fileURLToPath(new URL('../support/clients/mongodb.js', import.meta.url));
const ROUNDS = process.env.PBFAST_LONG === '1' ? 40 : 4;
const WANTED = process.env.PBFAST_LONG === '1' ? 500 : 50;
/** Sent by the driver for itself; its command monitoring does not tell of them. */
const OWN = ['hello', 'isMaster', 'ismaster', 'endSessions'];

const able = canNetns() && haveMongodb();
if (!able)
  console.warn('mongodb: root, network namespaces and ../shared/servers are needed; tests are skipped');

const settings = `
packetbeat.protocols:
- type: mongodb
  ports: [27017]
  send_response: true
  send_error_code: true
`;

/** What must be equal, from the client's log and from an event. */
const fromLog = ({
  method,
  resource,
  query,
  status,
  error,
  code,
  returned,
  cursor,
  response,
  unacknowledged,
}: Entry) =>
  JSON.stringify({
    method,
    resource,
    query,
    status,
    error,
    code,
    returned,
    cursor,
    response,
    unacknowledged,
  });

const fromEvent = ({ method, resource, query, status, mongodb = {}, error, response, destination }: Entry) =>
  JSON.stringify({
    method,
    resource,
    query,
    status,
    error: mongodb.error,
    code: status === 'Error' && mongodb.error?.[0] !== '[' ? error?.code : undefined,
    returned: mongodb.numberReturned,
    cursor: mongodb.numberReturned === undefined ? undefined : String(mongodb.cursorId),
    response: mongodb.numberReturned <= 10 ? (response ?? '') : undefined,
    unacknowledged: destination.bytes === undefined || undefined,
  });

describe.skipIf(!able)('mongodb', () => {
  let hosts: Hosts;
  let server: Server;
  let capture: LiveCapture | undefined;
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startMongodb(hosts.server);
    writeFileSync(join(server.folder, 'packetbeat.yml'), settings);
  }, 420_000);
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  it('reports every command once, as the driver saw it', async () => {
    const { client, server: host } = hosts;
    const config = join(server.folder, 'packetbeat.yml');
    capture = await new LiveCapture(host, ['--no-flows', '-c', config]).capturing();
    const child = client.start(process.execPath, [CLIENT, host.address, `${ROUNDS}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: Entry[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    expect(log.length).toBeGreaterThanOrEqual(WANTED);
    const commands = () => capture!.of('mongodb').filter(({ event }) => !OWN.includes(event.method));
    await until(() => commands().length >= log.length);
    expect(await capture.end()).toContain('nothing lost');
    expect(
      commands()
        .map(({ event }) => fromEvent(event))
        .sort(),
    ).toEqual(log.map(fromLog).sort());
    const unpaired = capture.of('mongodb').filter(({ event }) => event.error?.message !== undefined);
    expect(unpaired).toEqual([]);
  });
});
