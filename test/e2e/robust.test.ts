/**
 * A capture whose devices come and go, several devices, the default route, loss under stress, the dump file: the program in
 * network namespaces.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms, type NetHost } from '../support/hosts.js';
import { readInProcess } from '../support/in-process.js';
import { LiveCapture, until } from '../support/live.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const able = canNetns() && havePrograms('ping');
if (!able) console.warn('robust: root, network namespaces and ping are needed; tests are skipped');

const folder = mkdtempSync(join(tmpdir(), 'pbfast-robust-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Sends n bytes to a server that throws them away, then ends. */
const FLOOD = `
const net = require('node:net');
const [address, n] = process.argv.slice(1);
const server = net.createServer((s) => s.resume()).listen(9999, address, () => {
  const s = net.connect(9999, address), block = Buffer.alloc(1 << 20);
  let left = Number(n);
  const more = () => { while (left > 0) { left -= block.length; if (!s.write(block)) return s.once('drain', more); } s.end(); };
  s.on('close', () => server.close());
  more();
});`;

describe.skipIf(!able)('a capture', () => {
  let hosts: Hosts;
  let capture: LiveCapture | undefined;
  beforeAll(() => {
    expect(existsSync(join(ROOT, 'dist/cli/main.js')), 'built: npm run setup').toBe(true);
    hosts = new Hosts();
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(() => hosts?.remove());

  const ip = (host: NetHost, ...args: string[]) => {
    const { status, stderr } = host.run('ip', args);
    expect([args.join(' '), status, stderr]).toEqual([args.join(' '), 0, '']);
  };
  const ping = (from: NetHost, to: string, count = 1) =>
    from.run('ping', ['-q', '-c', `${count}`, '-i', '0.02', '-W', '1', to]).status;
  /** What is pinged, by echo request. The hosts themselves send ICMPv6. */
  const paths = () =>
    capture!
      .of('icmp')
      .filter(({ event }) => event.icmp.version === 4)
      .map(({ event }) => event.path);
  const echoes = () => paths().length;
  /** A pair of devices between the hosts, addressed 10.99.<n>.1 and .2. */
  const link = (name: string, n: number) => {
    ip(
      hosts.client,
      'link',
      'add',
      name,
      'type',
      'veth',
      'peer',
      'name',
      name,
      'netns',
      hosts.server.namespace,
    );
    for (const [host, end] of [
      [hosts.client, 1],
      [hosts.server, 2],
    ] as const) {
      ip(host, 'address', 'add', `10.99.${n}.${end}/24`, 'dev', name);
      ip(host, 'link', 'set', name, 'up');
    }
  };
  const start = (args: string[], device: string | null = hosts.server.device) => {
    capture = new LiveCapture(hosts.server, ['--no-flows', '--only', 'icmp', ...args], device);
    return capture.capturing();
  };

  it('goes on when its device goes down and up, and says so once each time', async () => {
    await start([]);
    for (let i = 1; i <= 5; i++) {
      expect(ping(hosts.client, hosts.server.address)).toBe(0);
      await until(() => echoes() >= i);
      expect(echoes()).toBe(i);
      ip(hosts.server, 'link', 'set', 'eth0', 'down');
      await sleep(50);
      ip(hosts.server, 'link', 'set', 'eth0', 'up');
      await sleep(50);
    }
    const messages = await capture!.end();
    expect(messages.match(/'eth0' is down/g)).toHaveLength(5);
    expect(messages.match(/'eth0' is up again/g)).toHaveLength(5);
    expect(messages).not.toContain('unaccounted');
  });

  it('goes on within two seconds when its device is removed and made again, and under a new name', async () => {
    link('gone0', 1);
    await start([], 'gone0');
    expect(ping(hosts.client, '10.99.1.2')).toBe(0);
    await until(() => echoes() >= 1);
    ip(hosts.server, 'link', 'set', 'gone0', 'mtu', '9000');
    ip(hosts.server, 'link', 'set', 'gone0', 'name', 'other0');
    expect(ping(hosts.client, '10.99.1.2')).toBe(0);
    await until(() => echoes() >= 2);
    ip(hosts.server, 'link', 'del', 'other0');
    await until(() => capture!.messages.includes('is gone'));
    link('gone0', 1);
    const made = Date.now();
    await until(() => capture!.messages.includes("'gone0' is back"));
    expect(Date.now() - made).toBeLessThan(2000);
    expect(ping(hosts.client, '10.99.1.2')).toBe(0);
    await until(() => echoes() >= 3);
    const messages = await capture!.end();
    expect(messages).toContain("'gone0' is now called 'other0'");
    expect(echoes()).toBe(3);
    expect(messages).not.toContain('unaccounted');
    ip(hosts.server, 'link', 'del', 'gone0');
  });

  it('comes back in all of its workers', async () => {
    link('both0', 6);
    await start(['--workers', '2'], 'both0');
    expect(ping(hosts.client, '10.99.6.2')).toBe(0);
    await until(() => echoes() >= 1);
    ip(hosts.server, 'link', 'del', 'both0');
    await until(() => capture!.messages.includes('is gone'));
    link('both0', 6);
    await until(() => (capture!.messages.match(/'both0' is back/g) ?? []).length >= 2);
    for (let i = 0; i < 5; i++) expect(ping(hosts.client, '10.99.6.2')).toBe(0);
    await until(() => echoes() >= 6);
    const messages = await capture!.end();
    expect(echoes()).toBe(6);
    expect(messages).not.toContain('unaccounted');
    ip(hosts.server, 'link', 'del', 'both0');
  });

  it('shows what the loopback carries once, on lo and on any', async () => {
    for (const device of ['lo', 'any']) {
      await start([], device);
      expect(ping(hosts.server, '127.0.0.1', 10)).toBe(0);
      await until(() => echoes() >= 10);
      const messages = await capture!.end();
      expect([device, echoes()]).toEqual([device, 10]);
      // lo: 10 requests and replies. The kernel would count each of them twice.
      if (device === 'lo') expect(messages).toMatch(/ 20 packets = 20 processed \+ 0 lost/);
      expect(messages).toContain('nothing lost');
    }
  });

  it('takes several devices, each with its filter, and binds a protocol to one', async () => {
    link('two0', 2);
    link('three0', 3);
    const sets = '[{device: two0}, {device: three0, bpf_filter: "icmp[icmptype] == icmp-echo"}]';
    await start(['-E', `packetbeat.interfaces=${sets}`], null);
    expect(ping(hosts.client, '10.99.2.2', 5)).toBe(0);
    expect(ping(hosts.client, '10.99.3.2', 5)).toBe(0);
    await until(() => echoes() >= 10);
    const messages = await capture!.end();
    expect(messages).toContain('capturing from two0, three0');
    const answered = (net: number) =>
      capture!
        .of('icmp')
        .filter(({ event }) => event.path === `10.99.${net}.2`)
        .map(({ event }) => !!event.icmp.response);
    expect(answered(2)).toEqual(Array(5).fill(true));
    expect(answered(3)).toEqual(Array(5).fill(false));
    expect(messages).not.toContain('unaccounted');

    const bound = '[{type: icmp, enabled: true, interface: {device: three0}}]';
    await start(
      [
        '-E',
        `packetbeat.interfaces=[{device: two0}, {device: three0}]`,
        '-E',
        `packetbeat.protocols=${bound}`,
      ],
      null,
    );
    expect(ping(hosts.client, '10.99.2.2', 3)).toBe(0);
    expect(ping(hosts.client, '10.99.3.2', 3)).toBe(0);
    await until(() => echoes() >= 3);
    await capture!.end();
    expect(new Set(paths())).toEqual(new Set(['10.99.3.2']));
    expect(echoes()).toBe(3);
  });

  it('follows the default route', async () => {
    link('way0', 4);
    link('way1', 5);
    ip(hosts.server, 'route', 'add', 'default', 'via', '10.99.4.1');
    const options = '{device: default_route_ipv4, poll_default_route: 1s}';
    await start(['-E', `packetbeat.interfaces=${options}`], null);
    expect(capture!.messages).toContain('capturing from way0');
    expect(ping(hosts.client, '10.99.4.2')).toBe(0);
    await until(() => echoes() >= 1);
    ip(hosts.server, 'route', 'replace', 'default', 'via', '10.99.5.1');
    await until(() => capture!.messages.includes("now capturing from 'way1' in place of 'way0'"));
    expect(ping(hosts.client, '10.99.4.2')).toBe(0);
    expect(ping(hosts.client, '10.99.5.2')).toBe(0);
    await until(() => echoes() >= 2);
    const messages = await capture!.end();
    expect(paths()).toEqual(['10.99.4.2', '10.99.5.2']);
    expect(messages).not.toContain('unaccounted');
    ip(hosts.server, 'route', 'del', 'default');
  });

  it('writes what it sees to a file that gives the same events', async () => {
    const dump = join(folder, 'dump.pcapng');
    await start(['--dump', dump]);
    expect(ping(hosts.client, hosts.server.address, 10)).toBe(0);
    await until(() => echoes() >= 10);
    await capture!.end();
    const seen = capture!.of('icmp').map(({ event }) => [event['@timestamp'], event.path]);
    const { events, stats } = await readInProcess(dump, { precision: 3 });
    expect(events.filter(({ type }) => type === 'icmp').map((e) => [e['@timestamp'], e.path])).toEqual(seen);
    expect(stats.counters['capture.records.truncated']).toBe(0);
    if (!havePrograms('tcpdump')) return;
    const { status, stdout, stderr } = hosts.server.run('tcpdump', ['-nr', dump, 'icmp']);
    expect([status, stdout.split('\n').filter((l) => l.includes('ICMP echo')).length]).toEqual([0, 20]);
    expect(stderr).not.toMatch(/truncated|error/);
  });

  it('accounts for every packet when the kernel has to drop some, and fails if that is asked for', async () => {
    await start(['--fail-on-loss'], 'lo');
    // Nobody reads the ring: 64 MiB hold less than is sent.
    capture!.signal('SIGSTOP');
    expect(hosts.server.run(process.execPath, ['-e', FLOOD, '127.0.0.1', `${300 << 20}`]).status).toBe(0);
    capture!.signal('SIGCONT');
    await sleep(200);
    const messages = await capture!.end(3);
    const [, received, processed, lost] = /([\d,]+) packets = ([\d,]+) processed \+ ([\d,]+) lost$/m
      .exec(messages)!
      .map((n) => Number(n.replaceAll(',', '')));
    expect(lost).toBeGreaterThan(0);
    expect(received).toBe(processed! + lost!);
    expect(messages).toMatch(/lost: [\d,]+ packets dropped by the kernel/);
    expect(messages).not.toContain('unaccounted');
  });

  it('captures with real-time priority where that is allowed', async () => {
    await start(['--sched-fifo'], 'lo');
    expect(ping(hosts.server, '127.0.0.1', 3)).toBe(0);
    await until(() => echoes() >= 3);
    const classes = hosts.server.run('sh', ['-c', `ps -Lo cls= -p ${capture!.pid}`]).stdout;
    const messages = await capture!.end();
    if (messages.includes('real-time priority')) console.warn('robust: no right to real-time priority here');
    else expect(classes.split('\n').filter((line) => line.trim() === 'FF').length).toBeGreaterThan(0);
    expect(echoes()).toBe(3);
  });
});
