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
const ADDED: string[] = [];

const cases = present ? readdirSync(shared).filter(exists) : [];
const out = mkdtempSync(join(tmpdir(), 'pbfast-conformance-'));
afterAll(() => rmSync(out, { recursive: true }));

describe.skipIf(!present)('conformance', () => {
  it.each(cases)('%s', (name) => {
    const folder = join(shared, name);
    const read = spawnSync(
      'node',
      [join(root, 'bin/pbfast.js'), 'read', 'input.pcap', '-c', 'packetbeat.yml'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect(read.status, read.stderr).toBe(0);
    const actual = join(out, `${name}.ndjson`);
    writeFileSync(actual, read.stdout);
    const added = ADDED.flatMap((prefix) => ['--allow-added', prefix]);
    const compared = spawnSync('python3', [join(shared, 'compare'), folder, actual, ...added], {
      encoding: 'utf8',
    });
    expect(compared.status, compared.stdout + compared.stderr).toBe(0);
  });
});
