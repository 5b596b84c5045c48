/**
 * Our events against those of the real Packetbeat (../shared/conformance), judged by its comparer. What differs on purpose
 * is argued in DIFFERENCES.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { analyzers } from '../../lib/protocols/registry.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shared = join(root, '../shared/conformance');
const present = existsSync(shared);
if (!present) console.warn('conformance: ../shared/conformance is absent, its cases are skipped');

/** Names of the cases begin with the protocol; those of flows ask no more than flows, but for these. */
const PROTOCOLS = ['flows', ...analyzers.map(({ name }) => name)];
const ALSO: Record<string, string> = { 'flows-memcache-udp': 'memcache', 'flows-mysql-long': 'mysql' };
const exists = (name: string) =>
  PROTOCOLS.includes(name.split('-', 1)[0]!) && PROTOCOLS.includes(ALSO[name] ?? 'flows');
/** Fields that we add, see DIFFERENCES.md. */
const ADDED: string[] = [
  'cassandra.request.batch',
  'cassandra.request.prepared_id',
  'cassandra.response.trace_id',
  'dhcpv4.option.client_identifier',
  'mysql.num_results',
  'mysql.schema',
  'sip.sdp.media',
  'tls.client.ja4',
  'tls.curve',
  'tls.server.ja3s',
  'tls.server.ja4s',
];

/**
 * Cases whose expected events keep faults that are righted in the case of the same capture with all parts: judged by that
 * case, which the comparer judges, but for the parts that their options leave out.
 */
const JUDGED_BY: Record<string, { readonly other: string; readonly without: readonly string[] }> = {
  'cassandra-mixed-no-bodies': { other: 'cassandra-mixed', without: ['cassandra'] },
  'cassandra-select-no-headers': {
    other: 'cassandra-select',
    without: ['cassandra.request.headers', 'cassandra.response.headers'],
  },
};

/** Lines of the capture's events under the case's configuration. */
function readCase(name: string): string {
  const read = spawnSync(
    'node',
    [join(root, 'bin/pbfast.js'), 'read', 'input.pcap', '-c', 'packetbeat.yml'],
    {
      cwd: join(shared, name),
      encoding: 'utf8',
    },
  );
  expect(read.status, read.stderr).toBe(0);
  return read.stdout;
}

/** The events of `lines` without these parts, in an order that does not depend on them. */
function partly(lines: string, without: readonly string[]): string[] {
  const events = lines.split('\n').filter(Boolean);
  return events.map((line) => JSON.stringify(JSON.parse(line), replacer(without))).sort();
}

/** Leaves out what lies at the paths. */
function replacer(paths: readonly string[]) {
  const gone = new Set(paths);
  const places = new WeakMap<object, string>();
  return function (this: object, key: string, value: unknown): unknown {
    const above = places.get(this);
    const path = above ? `${above}.${key}` : key;
    if (gone.has(path)) return undefined;
    if (typeof value === 'object' && value !== null) places.set(value, path);
    return value;
  };
}

const cases = present ? readdirSync(shared).filter(exists) : [];
const out = mkdtempSync(join(tmpdir(), 'pbfast-conformance-'));
afterAll(() => rmSync(out, { recursive: true }));

describe.skipIf(!present)('conformance', () => {
  it.each(cases.filter((name) => !(name in JUDGED_BY)))('%s', (name) => {
    const actual = join(out, `${name}.ndjson`);
    writeFileSync(actual, readCase(name));
    const added = ADDED.flatMap((prefix) => ['--allow-added', prefix]);
    const compared = spawnSync('python3', [join(shared, 'compare'), join(shared, name), actual, ...added], {
      encoding: 'utf8',
    });
    expect(compared.status, compared.stdout + compared.stderr).toBe(0);
  });

  it.each(cases.filter((name) => name in JUDGED_BY))('%s', (name) => {
    const { other, without } = JUDGED_BY[name]!;
    const events = partly(readCase(name), []);
    expect(events.length).toBeGreaterThan(0);
    expect(events).toEqual(partly(readCase(other), without));
  });
});
