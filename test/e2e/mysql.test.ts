/**
 * MySQL against a real MariaDB server: mysql2 and the mariadb program, plain and compressed, on several connections at once.
 * What the clients saw and what pbfast reports is the same, once each.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { startMariaDb } from '../support/servers/mysql.js';
import type { Server } from '../support/servers.js';

const CLIENT = fileURLToPath(new URL('../support/clients/mysql.js', import.meta.url));
const EXCHANGES = process.env.PBFAST_LONG ? 600 : 100;

const able = canNetns() && havePrograms('mariadbd', 'mariadb-install-db', 'mariadb');
if (!able)
  console.warn('mysql: root, network namespaces and mariadb-server are needed; the live test is skipped');

const CONFIG = `
packetbeat.protocols:
- type: mysql
  ports: [3306]
  send_response: true
  send_all_commands: true
`;

/** One exchange as text, from the clients' log and from an event: what must be equal. */
const ofLog = ({ method, query, error, message, affected, insertId, rows, fields, params, user }: Entry) =>
  JSON.stringify([
    method,
    query,
    error,
    message ?? '',
    affected,
    insertId,
    rows,
    fields,
    params,
    user ?? null,
  ]);

function ofEvent({ method, query, mysql = {}, params, user, status }: Entry): string {
  expect(status).toBe(mysql.error_code ? 'Error' : 'OK');
  const {
    error_code = 0,
    error_message = '',
    affected_rows = 0,
    insert_id = 0,
    num_rows = 0,
    num_fields = 0,
  } = mysql;
  return JSON.stringify([
    method,
    query,
    error_code,
    error_message,
    affected_rows,
    insert_id,
    num_rows,
    num_fields,
    params ?? null,
    user?.name ?? null,
  ]);
}

describe.skipIf(!able)('mysql', () => {
  let hosts: Hosts;
  let server: Server;
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-mysql-'));
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startMariaDb(hosts.server);
    writeFileSync(join(folder, 'packetbeat.yml'), CONFIG);
  }, 40_000);
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
    rmSync(folder, { recursive: true });
  });

  it('reports every exchange once, as the clients saw it', { timeout: 120_000 }, async () => {
    const args = ['--no-flows', '-c', join(folder, 'packetbeat.yml')];
    const capture = await new LiveCapture(hosts.server, args).capturing();
    const log: Entry[] = [];
    const client = hosts.client.start(
      process.execPath,
      [CLIENT, hosts.server.address, `${EXCHANGES}`, folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    createInterface({ input: client.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(client, 'close');
    expect(client.exitCode).toBe(0);
    await until(() => capture.of('mysql').length >= log.length);
    expect(await capture.end()).toContain('nothing lost');

    const events = capture.of('mysql').map(({ event }) => event);
    // The text of an error of the mariadb program is not known.
    const unnamed = (text: string) =>
      text.replace(/(\["NONSENSE","nonsense of \d+",1064,").*?(",0,0,0,0,null,null\])$/, '$1$2');
    expect(events.map(ofEvent).map(unnamed).sort()).toEqual(log.map(ofLog).sort());
    expect(log.length).toBeGreaterThan(EXCHANGES);

    const responses = new Map(events.map(({ query, response }) => [query, response]));
    const known = log.filter(({ response }) => response !== undefined);
    expect(known.map(({ query }) => responses.get(query))).toEqual(known.map(({ response }) => response));
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });
});
