/** What scripts rely on: exit status, events alone on standard output, everything else on standard error. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';

const program = fileURLToPath(new URL('../../bin/pbfast.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pbfast-cli-'));
const demo = join(folder, 'demo.pcap');
writeFileSync(demo, buildDemo());
afterAll(() => rmSync(folder, { recursive: true }));

function pbfast(args: string[], input?: Uint8Array) {
  return spawnSync('node', [program, ...args], {
    encoding: 'utf8',
    cwd: folder,
    maxBuffer: 64 << 20,
    ...(input ? { input } : {}),
  });
}

const types = (stdout: string) =>
  [
    ...new Set(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ),
  ].sort();

describe('read', () => {
  it('writes one event a line, and nothing else, to standard output', () => {
    const { status, stdout, stderr } = pbfast(['read', demo]);
    expect(status).toBe(0);
    expect(types(stdout)).toEqual(['dns', 'flow', 'http', 'icmp', 'redis']);
    expect(stderr).toContain('packets');
    expect(stderr).toContain('nothing lost');
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^pbfast: /);
  });

  it('gives the same from standard input, plain and gzipped, and from a gzipped file', () => {
    const wanted = pbfast(['read', demo]).stdout;
    expect(pbfast(['read', '-'], buildDemo()).stdout).toBe(wanted);
    expect(pbfast(['read', '-'], gzipSync(buildDemo())).stdout).toBe(wanted);
    writeFileSync(join(folder, 'demo.pcap.gz'), gzipSync(buildDemo()));
    expect(pbfast(['read', 'demo.pcap.gz']).stdout).toBe(wanted);
  });

  it('is narrowed by --only, --no-flows and --filter, and silenced by -q', () => {
    expect(types(pbfast(['read', demo, '--only', 'dns,redis', '--no-flows']).stdout)).toEqual([
      'dns',
      'redis',
    ]);
    expect(types(pbfast(['read', demo, '--no-flows', '--filter', 'tcp port 80']).stdout)).toEqual(['http']);
    expect(pbfast(['read', demo, '-q']).stderr).toBe('');
  });

  it('does what a configuration file says', () => {
    writeFileSync(
      join(folder, 'conf.yml'),
      'packetbeat.protocols:\n- type: redis\n  ports: [6379]\n  tags: [cache]\nname: here\n',
    );
    const { stdout, status } = pbfast(['read', demo, '-c', 'conf.yml']);
    expect(status).toBe(0);
    expect(types(stdout)).toEqual(['redis']);
    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ tags: ['cache'], agent: { name: 'here' } });
  });

  it('writes files', () => {
    const { status, stdout } = pbfast(['read', demo, '--no-flows', '--file-path', join(folder, 'out')]);
    expect([status, stdout]).toEqual([0, '']);
  });
});

describe('errors', () => {
  it.each([
    [['read', 'absent.pcap'], 1, 'ERR_PBFAST_FILE', 'absent.pcap'],
    [['read', program], 1, 'ERR_PBFAST_FORMAT', 'no pcap or pcapng file'],
    [['read', demo, '--filter', 'tcp prt 80'], 2, 'ERR_PBFAST_FILTER', 'tcp prt 80'],
    [['read', demo, '-c', 'absent.yml'], 2, 'ERR_PBFAST_CONFIG', 'absent.yml'],
    [['read', demo, '--only', 'htp'], 2, 'ERR_PBFAST_USAGE', "no protocol 'htp'"],
    [['capture', '-i', 'nosuch0'], 1, 'ERR_PBFAST_DEVICE', 'there are: '],
  ])('%j', (args, status, code, text) => {
    const result = pbfast(args);
    expect(result.status).toBe(status);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(code);
    expect(result.stderr).toContain(text);
  });

  it('says where a configuration is wrong, and what was meant', () => {
    writeFileSync(join(folder, 'bad.yml'), 'packetbeat.flows:\n  timeout: soon\n');
    const wrong = pbfast(['read', demo, '-c', 'bad.yml']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain(
      'bad.yml:2:12: packetbeat.flows.timeout: a duration such as 10s, 1m or 500ms is expected',
    );
    writeFileSync(join(folder, 'typo.yml'), 'packetbeat.interfaces:\n  internal_network: [private]\n');
    expect(pbfast(['read', demo, '-c', 'typo.yml']).stderr).toContain(
      'typo.yml:2:3: packetbeat.interfaces.internal_network is not known, did you mean internal_networks?',
    );
    expect(pbfast(['read', demo, '--no-such-flag']).status).toBe(2);
    expect(pbfast(['nonsense']).status).toBe(2);
  });

  it('knows its version and devices', () => {
    expect(pbfast(['version']).stdout).toMatch(/^pbfast \d+\.\d+\.\d+ /);
    expect(pbfast(['devices']).status).toBe(0);
  });
});
