/**
 * Thrift on a live device: npm's thrift library on both sides, framed and buffered, binary and compact, many calls at a time.
 * Every call that the client made is one event with the values that it sent and got.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms, type NetHost } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { FIRST_PORT, FORMS, IDL, startThrift } from '../support/servers/thrift.js';
import type { Server } from '../support/servers.js';

const CLIENT = fileURLToPath(new URL('../support/clients/thrift.cjs', import.meta.url));
const CALLS = process.env.PBFAST_LONG === '1' ? 2000 : 144;

const able = canNetns() && havePrograms('thrift');
if (!able)
  console.warn('thrift: root, network namespaces and thrift-compiler are needed; its live tests are skipped');

async function drive(host: NetHost, folder: string, address: string): Promise<Entry[]> {
  const args = ['--no-deprecation', CLIENT, folder, address, `${FIRST_PORT}`, `${CALLS}`];
  const child = host.start(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const log: Entry[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
  return log;
}

/** What the client saw and what the event says, in the same words. */
const told = ({ form, query, value, exceptions }: Entry) =>
  `${FORMS[form]} ${query}: ${exceptions ? `exceptions ${exceptions}` : value}`;
const reported = ({ destination, query, status, thrift }: Entry) =>
  `${FORMS[destination.port - FIRST_PORT]} ${query}: ${
    status === 'Error' ? `exceptions ${thrift.exceptions}` : thrift.return_value
  }`;

/** The first lines that are on one side more often than on the other. */
function differences(actual: readonly string[], wanted: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of wanted) left.set(line, (left.get(line) ?? 0) + 1);
  for (const line of actual) left.set(line, (left.get(line) ?? 0) - 1);
  const unequal = [...left].filter(([, count]) => count !== 0);
  return unequal
    .slice(0, 5)
    .map(([line, count]) => `${count > 0 ? 'missing' : 'extra'} ${line.slice(0, 300)}`);
}

describe.skipIf(!able)('thrift', () => {
  let hosts: Hosts;
  let server: Server;
  let capture: LiveCapture | undefined;
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startThrift(hosts.server);
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  // The last port is left to the content.
  it.each([
    ['with IDL files', true],
    ['without', false],
  ])('reports every call once, as the client saw it (%s)', async (_, named) => {
    const config = join(server.folder, 'packetbeat.yml');
    const ports = FORMS.slice(0, 3).map((_, n) => FIRST_PORT + n);
    const files = named ? `\n  idl_files: [${IDL}]` : '';
    writeFileSync(
      config,
      `pbfast.detect: true\npacketbeat.protocols:\n- type: thrift\n  ports: [${ports}]${files}\n`,
    );
    capture = await new LiveCapture(hosts.server, ['-c', config, '--no-flows']).capturing();
    const log = await drive(hosts.client, server.folder, hosts.server.address);
    expect(log.length).toBe(CALLS);
    await until(() => capture!.of('thrift').length >= CALLS);
    const messages = await capture.end();
    const events = capture.of('thrift').map(({ event }) => event);
    expect(messages).toContain('nothing lost');
    expect(events.length).toBe(CALLS);
    expect(events.filter((event) => event.error)).toEqual([]);
    if (named) {
      expect(differences(events.map(reported), log.map(told))).toEqual([]);
      for (const { method, path, thrift } of events) {
        const service = { echo: 'Base', missing: 'Newer' }[method as string] ?? 'Live';
        expect([path, thrift.service]).toEqual([service, service]);
      }
    } else {
      const queries = log.map(({ query }) => unnamed(query));
      expect(
        differences(
          events.map(({ query }) => query),
          queries,
        ),
      ).toEqual([]);
    }
  });
});

/** Parameters as they are without names: by their position. */
function unnamed(query: string): string {
  const names = ['left|text|n|x|value|count|values|item|data|ms|why|what', 'right|size'];
  return names.reduce(
    (text, name, i) => text.replace(new RegExp(`([(] ?|, )(${name}): `), `$1${i + 1}: `),
    query,
  );
}
