/** PostgreSQL live: what real clients (pg, psql, pgbench) saw of a real server and what pbfast reports is the same, once each. */
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { havePgsql, PGSQL_USERS, startPgsql } from '../support/servers/pgsql.js';
import type { Server } from '../support/servers.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLIENT = join(ROOT, 'test/support/clients/pgsql.js');
const LONG = process.env.PBFAST_LONG === '1';
const [ROUNDS, CLIENTS, TRANSACTIONS] = LONG ? [8, 5, 50] : [1, 2, 5];

const able = canNetns() && havePgsql() && havePrograms('psql', 'pgbench', 'setpriv', 'openssl');
if (!able)
  console.warn(
    'pgsql: root, network namespaces, postgresql 15, setpriv and openssl are needed; tests are skipped',
  );

const CONFIG = `
packetbeat.protocols:
- type: pgsql
  ports: [5432]
  send_params: true
  send_response: true
  max_rows: 3
- type: tls
  ports: [443]
`;
const TABLES = `create table t (id int, v text); create table u (id int primary key, v text); insert into u values (1, 'one');
insert into t values (-1, 'first');`;

/** What must be equal: of the client's log, and of an event. Passwords are masked in both. */
const text = (...parts: unknown[]) => JSON.stringify(parts.map((part) => part ?? null));
const ofLog = ({ query, params, rows, fields, code }: Entry) =>
  code === 'skipped'
    ? text(query, params, 'Error', null, null, null)
    : text(
        mask(query),
        params,
        code ? 'Error' : 'OK',
        code ? undefined : rows,
        code ? undefined : fields,
        code,
      );
const ofEvent = ({ query, params, status, pgsql = {} }: Entry) =>
  pgsql.error_code
    ? text(query, params, status, null, null, pgsql.error_code)
    : text(query, params, status, pgsql.num_rows, pgsql.num_fields, null);
const mask = (query?: string) => query?.replace(/password '.*'/, "password 'xxxxx'");

describe.skipIf(!able)('pgsql, live', () => {
  let hosts: Hosts;
  let server: Server;
  let capture: LiveCapture | undefined;

  const psql = (input: string, ...args: string[]) => {
    const target = `host=${hosts.server.address} user=tester dbname=test sslmode=disable`;
    const ran = hosts.client.run('psql', ['-X', '-q', '-At', '-d', target, ...args], { input });
    return ran.stdout;
  };
  const start = async () => {
    const config = join(server.folder, 'packetbeat.yml');
    writeFileSync(config, CONFIG);
    capture = await new LiveCapture(hosts.server, ['-c', config, '--no-flows']).capturing();
    return capture;
  };
  /** The events, when there are `count` and the capture ended without a loss. */
  const events = async (count: number): Promise<Entry[]> => {
    await until(() => capture!.of('pgsql').length >= count);
    const messages = await capture!.end();
    expect(messages).toContain('nothing lost');
    return capture!.of('pgsql').map(({ event }) => event);
  };

  beforeAll(async () => {
    expect(existsSync(join(ROOT, 'dist/cli/main.js')), 'built: npm run setup').toBe(true);
    hosts = new Hosts();
    server = await startPgsql(hosts.server);
    psql(TABLES);
  }, 60_000);
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  it(
    'reports every statement and execution of pg once, as the client saw it',
    { timeout: 120_000 },
    async () => {
      await start();
      const { address } = hosts.server;
      const users = JSON.stringify(PGSQL_USERS);
      const child = hosts.client.start(
        process.execPath,
        [CLIENT, address, `${ROUNDS}`, `${CLIENTS}`, users],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const log: Entry[] = [];
      createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
      await once(child, 'close');
      expect(child.exitCode).toBe(0);
      expect(log.length).toBeGreaterThan(LONG ? 500 : 50);
      const found = await events(log.length);
      expect(found.map(ofEvent).sort()).toEqual(log.map(ofLog).sort());
      console.log(`pgsql: ${log.length} exchanges of pg, all found once`);

      const whole = JSON.stringify(found);
      for (const secret of [...Object.values(PGSQL_USERS), 'hidden by TLS'])
        expect(whole).not.toContain(secret);
      const [one, two] = found.filter(({ query }) => query?.startsWith('select 1::int2'));
      expect(one.response).toBe(two.response);
      expect(one.response).toContain('9007199254740993');
      const refused = found.filter(({ method }) => method === 'STARTUP');
      expect(refused.map(({ user }) => user.name).sort()).toEqual(Object.keys(PGSQL_USERS).sort());
      for (const { source, destination } of found) {
        expect(source.ip).toBe(hosts.client.address);
        expect(destination.port).toBe(5432);
      }
    },
  );

  it('reports what psql sends: several statements, COPY, errors', { timeout: 60_000 }, async () => {
    await start();
    const copies = psql(
      'copy t from stdin;\n1\ta\n2\tb;\n\\.\ncopy (select 1 from t limit 2) to stdout;\nselect 5;\n',
    );
    expect(copies).toBe('1\n1\n5\n');
    psql('', '-c', "begin; select 'a;b'; commit");
    psql('', '-c', 'select 1 / 0');
    psql("select 'c' \\; select 'd;' \\; -- e\n;\nfetch 2 from nothing;\n");
    const found = await events(10);
    expect(found.map(ofEvent)).toEqual(
      [
        { query: 'copy t from stdin' },
        { query: 'copy (select 1 from t limit 2) to stdout' },
        { query: 'select 5', rows: 1, fields: 1 },
        { query: 'begin' },
        { query: "select 'a;b'", rows: 1, fields: 1 },
        { query: 'commit' },
        { query: 'select 1 / 0', code: '22012' },
        { query: "select 'c'", rows: 1, fields: 1 },
        { query: "select 'd;'", rows: 1, fields: 1 },
        { query: 'fetch 2 from nothing', code: '34000' },
      ].map((entry) => ofLog({ rows: 0, fields: 0, ...entry })),
    );
    // The query, the data with its end in one message, CopyDone.
    expect(found[0].source.bytes).toBe(
      5 + 'copy t from stdin;'.length + 1 + 5 + '1\ta\n2\tb;\n\\.\n'.length + 5,
    );
  });

  it.each(['simple', 'extended', 'prepared', 'pipeline'])(
    'counts what pgbench does (%s)',
    { timeout: 60_000 },
    async (mode) => {
      await start();
      const script = join(server.folder, 'bench.sql');
      const [before, after] = mode === 'pipeline' ? ['\\startpipeline\n', '\\endpipeline\n'] : ['', ''];
      writeFileSync(
        script,
        `\\set a random(1, 100000)\n${before}begin;\nselect :a + 1 as s, 'x';\nupdate u set v = :a where id = 1;\ncommit;\n${after}`,
      );
      const target = `host=${hosts.server.address} user=tester dbname=test sslmode=disable`;
      const protocol = mode === 'pipeline' ? 'prepared' : mode;
      const { stdout, stderr } = hosts.client.run(
        'pgbench',
        ['-n', '-f', script, '-M', protocol, '-c', '4', '-t', `${TRANSACTIONS}`, target],
        {},
      );
      const done = TRANSACTIONS * 4;
      expect(stdout + stderr).toContain(`${done}/${done}`);
      const found = await events(done * 4);
      const counts: Record<string, number> = {};
      for (const { method, status, pgsql, params } of found) {
        const key = `${method} ${status} ${pgsql.num_rows} ${params ? params.length : 0}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      const parameters = mode === 'simple' ? 0 : 1;
      expect(counts).toEqual({
        'BEGIN OK 0 0': done,
        [`SELECT OK 1 ${parameters}`]: done,
        [`UPDATE OK 0 ${parameters}`]: done,
        'COMMIT OK 0 0': done,
      });
    },
  );
});
