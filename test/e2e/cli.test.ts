/** The command line beyond what scripts rely on (contract-cli.test.ts): wrong use, speed, and rights. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import { host, udpFrame } from '../../lib/demo/packets.js';
import { PcapImage } from '../../lib/demo/pcap.js';

const program = fileURLToPath(new URL('../../bin/pbfast.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pbfast-e2e-'));
chmodSync(folder, 0o755);
const demo = join(folder, 'demo.pcap');
writeFileSync(demo, buildDemo());
afterAll(() => rmSync(folder, { recursive: true }));

const run = (command: string, args: string[], input?: Uint8Array) =>
  spawnSync(command, args, {
    encoding: 'utf8',
    cwd: folder,
    maxBuffer: 64 << 20,
    timeout: 30_000,
    ...(input ? { input } : {}),
  });
const pbfast = (args: string[], input?: Uint8Array) => run('node', [program, ...args], input);
const lines = (text: string) => text.split('\n').filter(Boolean);

/** Two UDP packets, `seconds` apart. */
function twoPackets(seconds: number): Buffer {
  const image = new PcapImage();
  const frame = udpFrame(host(1), host(2), 4000, 5000, Buffer.from('x'));
  image.frame(0, frame);
  image.frame(seconds * 1e9, frame);
  return image.image();
}

describe('wrong use', () => {
  it.each([
    [[], /Usage: pbfast/],
    [['read'], /missing required argument 'file'/],
    [['read', demo, '--output', 'kafka'], /Allowed choices are console, file, es/],
    [['read', demo, '-o', 'xml'], /Allowed choices are json, ecs, none/],
    [['read', demo, '-E', 'nothing'], /-E: key=value is expected/],
    [['read', demo, '-E', 'packetbeat.flows.timeout=soon'], /a duration such as 10s/],
    [['read', demo, '-E', 'output.kafka.hosts=[a]'], /output\.kafka is not there yet/],
    [['capture', '-i', 'lo', 'tcp', 'prt', '80'], /tcp prt 80.*syntax error/],
  ])('%j is status 2, on standard error', (args, text) => {
    const { status, stdout, stderr } = pbfast(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(text);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('shows the line with a caret where the configuration is no YAML', () => {
    writeFileSync(join(folder, 'torn.yml'), 'name: x\npacketbeat.protocols: [http\nname: y\n');
    const { status, stderr } = pbfast(['read', demo, '-c', 'torn.yml']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/torn\.yml:\d:\d+: .*\n {2}.*\n +\^\n/);
  });

  it('gives help on standard output, status 0', () => {
    for (const args of [['--help'], ['read', '--help'], ['capture', '--help'], ['--version']]) {
      const { status, stdout, stderr } = pbfast(args);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toBe('');
    }
  });
});

describe('files', () => {
  it('that end inside a record are read so far, and it is said', () => {
    const { status, stdout, stderr } = pbfast(['read', '-'], buildDemo().subarray(0, 100_001));
    expect(status).toBe(0);
    expect(lines(stdout).length).toBeGreaterThan(10);
    expect(stderr).toContain('capture file ends inside a record');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a header', buildDemo().subarray(0, 20)],
    ['text', Buffer.from('no capture file\n'.repeat(100))],
  ])('of %s are refused, from standard input too', (name, content) => {
    writeFileSync(join(folder, 'bad'), content);
    for (const { status, stdout, stderr } of [pbfast(['read', 'bad']), pbfast(['read', '-'], content)]) {
      expect([name, status, stdout]).toEqual([name, 1, '']);
      expect(stderr).toMatch(/ERR_PBFAST_(FORMAT|FILE)/);
    }
  });

  it('may be several', () => {
    const one = pbfast(['read', demo, '--no-flows', '--only', 'icmp']).stdout;
    const two = pbfast(['read', demo, demo, '--no-flows', '--only', 'icmp']);
    expect(two.status).toBe(0);
    expect(lines(two.stdout).length).toBeGreaterThan(lines(one).length);
    expect(pbfast(['read', demo, 'absent.pcap']).status).toBe(1);
  });

  it('are read at the speed of the recording with --realtime', () => {
    const image = twoPackets(1);
    const took = (args: string[]) => {
      const started = performance.now();
      const { status, stdout } = pbfast(['read', '-', '-q', ...args], image);
      expect([status, JSON.parse(lines(stdout)[0]!).type]).toEqual([0, 'flow']);
      return performance.now() - started;
    };
    const fast = took([]);
    expect(took(['--realtime']) - fast).toBeGreaterThan(500);
  });
});

it('captures from the file that a configuration names in place of a device', () => {
  writeFileSync(
    join(folder, 'file.yml'),
    `packetbeat.interfaces.file: ${demo}\npacketbeat.protocols:\n- type: dns\n`,
  );
  const { status, stdout } = pbfast(['capture', '-c', join(folder, 'file.yml'), '-o', 'ecs']);
  expect(status).toBe(0);
  expect(new Set(lines(stdout).map((line) => JSON.parse(line).type))).toEqual(new Set(['dns']));
});

describe('output', () => {
  it('that cannot be reached is said to be, by the client that is loaded only then', () => {
    const { status, stderr } = pbfast(['read', demo, '--es', 'http://127.0.0.1:1']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('ERR_PBFAST_OUTPUT')]);
  });

  it('has a summary that agrees with the lines', () => {
    const { stdout, stderr } = pbfast(['read', demo]);
    const counts = new Map<string, number>();
    for (const line of lines(stdout)) {
      const { type } = JSON.parse(line);
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    expect(counts.size).toBe(5);
    for (const [type, n] of counts)
      expect(stderr).toMatch(new RegExp(`${type} +${n.toLocaleString('en')} events`));
    expect(stderr).toMatch(
      /http +\d+ events +[1-9]\d* errors +p50 [\d.]+ [mµ]?s {2}p95 [\d.]+ [mµ]?s {2}p99/,
    );
    expect(stderr).toMatch(/^pbfast: [\d,]+ packets, [\d.]+ kB in \d+\.\d s$/m);
  });

  it('goes to files as to the console', () => {
    const wanted = pbfast(['read', demo, '-q']).stdout;
    expect(pbfast(['read', demo, '--output', 'file', '--file-path', join(folder, 'out')]).status).toBe(0);
    const [file] = readdirSync(join(folder, 'out'));
    expect(readFileSync(join(folder, 'out', file!), 'utf8')).toBe(wanted);
  });

  it('is nothing with -o none, and indented with pretty', () => {
    expect(pbfast(['read', demo, '-o', 'none']).stdout).toBe('');
    const { stdout } = pbfast([
      'read',
      demo,
      '--only',
      'icmp',
      '--no-flows',
      '-E',
      'output.console.pretty=true',
    ]);
    expect(stdout).toMatch(/^\{\n {2}"/);
  });

  it('ends quietly when its reader goes away', async () => {
    const child = spawn('sh', ['-c', `node ${program} read ${demo} ${demo} ${demo} | head -n 1`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    await once(child, 'close');
    expect(lines(out).length).toBe(1);
    expect(err).not.toMatch(/EPIPE|^ +at /m);
  });

  it('fails when the output cannot be reached, and says which', () => {
    const { status, stdout, stderr } = pbfast(['read', demo, '--file-path', join(demo, 'below-a-file')]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('ERR_PBFAST_OUTPUT');
  });
});

describe('devices', () => {
  it('are listed one a line, and in the error about an unknown one', () => {
    const { status, stdout } = pbfast(['devices']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+: lo .*127\.0\.0\.1/m);
    const wrong = pbfast(['capture', '-i', 'nosuch0']);
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toMatch(/there are: .*\blo\b/);
  });
});

it('gives an ordinary user the exact command that lacks only the right', ({ skip }) => {
  const asNobody = (args: string[]) =>
    run('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', ...args]);
  const able = process.getuid?.() === 0 && asNobody(['node', program, 'version']).status === 0;
  if (!able) {
    console.warn('cli: not root, or the program cannot be read by others: the missing right is skipped');
    skip();
    return;
  }
  const { status, stdout, stderr } = asNobody([
    'node',
    program,
    'capture',
    '-i',
    'lo',
    'tcp',
    'port',
    '8080',
  ]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('ERR_PBFAST_PERMISSION');
  const command = /sudo (setpriv .*)$/m.exec(stderr)?.[1];
  expect(command).toContain('--ambient-caps +net_raw');
  expect(command).toContain('capture -i lo tcp port 8080');
  // It works: with the right, only the interrupt ends it.
  const granted = run('timeout', ['-s', 'INT', '3', 'sh', '-c', `exec ${command}`]);
  expect(granted.stderr).toContain('capturing from lo');
  expect(granted.stderr).not.toContain('ERR_PBFAST_PERMISSION');
});
