/**
 * Cassandra live: npm's driver, and a client of our own for version 5 and lz4, against a real server. What they saw and what
 * pbfast reports is the same, once each. PBFAST_LONG=1 does more of it.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { type Cassandra, lacksCassandra, startCassandra } from '../support/servers/cassandra.js';

const CLIENT = fileURLToPath(new URL('../support/clients/cassandra.js', import.meta.url));
const LONG = process.env.PBFAST_LONG === '1';
const COUNT = LONG ? 600 : 60;
const lacking = canNetns() ? lacksCassandra() : 'root and network namespaces';
if (lacking) console.warn(`live cassandra: ${lacking} is needed; tests are skipped`);

/** LIMIT of text that is compared: events cut it at 64 KiB. */
const shown = (text: string) => text.replaceAll('hunter2', 'REDACTED').slice(0, 60_000);
const texts = (query: unknown) =>
  query === undefined ? '' : [query].flat().map(String).map(shown).join('; ');

/** One exchange as text, from the client's log and from an event: what must be equal. */
function logged({ version, op, query, answer, type, rows, code, change }: Entry): string {
  if (op === 'EVENT') return `EVENT ${type} ${change}`;
  return `${version} ${op} ${texts(query)} → ${answer} ${type ?? ''} ${rows ?? ''} ${code ?? ''}`;
}

function reported({ cassandra: { request, response, no_request } }: Entry): string {
  const { result, error, event } = response ?? {};
  if (no_request) return `EVENT ${event.type} ${event.change ?? event.schema_change.change}`;
  const { headers, query } = request;
  const answered = `${response?.headers.op} ${result?.type ?? ''} ${result?.rows?.num_rows ?? ''} ${error?.code ?? ''}`;
  return `${headers.version} ${headers.op} ${texts(query)} → ${answered}`;
}

describe.skipIf(lacking !== undefined)('live cassandra', () => {
  let hosts: Hosts;
  let server: Cassandra;
  let capture: LiveCapture | undefined;
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startCassandra(hosts.server);
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  async function drive(...args: string[]): Promise<Entry[]> {
    const child = hosts.client.start(process.execPath, [CLIENT, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: Entry[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    return log;
  }

  it.each([
    ["npm's driver", ['driver'], []],
    ...(LONG ? ([['version 3', ['wire'], ['3', 'none']]] as const) : []),
    ['version 4 with lz4', ['wire'], ['4', 'lz4']],
    ['version 5', ['wire'], ['5', 'none']],
    ['version 5 with lz4', ['wire'], ['5', 'lz4']],
  ] as const)('reports every exchange of %s once, as the client saw it', async (_, [mode], more) => {
    capture = await new LiveCapture(hosts.server, ['--no-flows']).capturing();
    const log = await drive(mode, hosts.server.address, `${COUNT}`, ...more);
    expect(log.length).toBeGreaterThan(COUNT);
    await until(() => capture!.of('cassandra').length >= log.length);
    const messages = await capture.end();
    const events = capture.of('cassandra').map(({ event }) => event);
    expect(events.map(reported).sort()).toEqual(log.map(logged).sort());
    // The long statements are cut, nothing else is lost.
    expect(messages).toMatch(/nothing lost|lost: \d+ text fields cut at 64 KiB \(events\.fields\.cut\)\n$/);
    expect(JSON.stringify(events)).not.toContain('hunter2');
    const failed = events.filter(({ cassandra }) => cassandra.response.headers.op === 'ERROR');
    expect(failed.length).toBeGreaterThan(0);
    expect(events.filter(({ status }) => status !== 'OK').length).toBe(failed.length);
  });
});
