import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from './hosts.js';
import { type Nginx, Server, startDns, startNginx, startRedis } from './servers.js';

const able = canNetns();
if (!able)
  console.warn(
    'hosts: network namespaces cannot be made here (root and iproute2 are needed), tests are skipped',
  );

describe.skipIf(!able)('hosts', () => {
  let hosts: Hosts;
  beforeAll(() => {
    hosts = new Hosts();
  });
  afterAll(() => hosts.remove());

  it.skipIf(!havePrograms('ping'))('reach each other over IPv4 and IPv6', () => {
    const { client, server } = hosts;
    for (const address of [server.address, server.address6]) {
      const { status, stdout } = client.run('ping', ['-c', '1', '-W', '2', address]);
      expect(status, stdout).toBe(0);
    }
  });

  it('run commands in their namespace, with status and output', () => {
    const { status, stdout, stderr } = hosts.client.run('sh', ['-c', 'ip -o link; echo no >&2; exit 7']);
    expect([status, stderr]).toEqual([7, 'no\n']);
    expect(stdout).toContain('eth0');
    expect(stdout.trim().split('\n').length).toBe(2);
  });

  it.skipIf(!havePrograms('nginx', 'curl'))('serve HTTP, with a log of what was answered', async () => {
    const nginx: Nginx = await startNginx(hosts.server, { 'a.txt': 'x'.repeat(50_000) });
    const url = (address: string, path: string) =>
      `http://${address.includes(':') ? `[${address}]` : address}${path}`;
    const fetched = hosts.client.run('curl', [
      '-s',
      url(hosts.server.address, '/a.txt'),
      url(hosts.server.address6, '/hello'),
    ]);
    expect(fetched.stdout).toBe(`${'x'.repeat(50_000)}hello\n`);
    expect(nginx.accesses()).toEqual([
      { method: 'GET', uri: '/a.txt', status: 200, bytes: 50_000 },
      { method: 'GET', uri: '/hello', status: 200, bytes: 6 },
    ]);
    await nginx.server.stop();
    expect(hosts.server.listens(80)).toBe(false);
    expect(existsSync(nginx.server.folder)).toBe(false);
  });

  it.skipIf(!havePrograms('redis-server', 'redis-cli'))('serve Redis', async () => {
    const redis = await startRedis(hosts.server);
    const { stdout } = hosts.client.run('redis-cli', ['-h', hosts.server.address, 'SET', 'a', 'b']);
    expect(stdout).toBe('OK\n');
    await redis.stop();
  });

  it.skipIf(!havePrograms('dnsmasq'))('serve DNS', async () => {
    const dns = await startDns(hosts.server);
    expect(hosts.server.listens(53)).toBe(true);
    await dns.stop();
  });

  it('say why a server does not come up', async () => {
    const plan = () => ({ program: 'sh', args: ['-c', 'echo cannot bind; exit 1'], ports: [9] });
    await expect(Server.start(hosts.server, plan)).rejects.toThrow('cannot bind');
  });

  it('leave nothing behind', () => {
    const others = new Hosts();
    const child = others.server.start('sleep', ['1000'], { stdio: 'ignore' });
    others.remove();
    const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
    expect(stdout).not.toContain(others.server.namespace);
    expect(stdout).not.toContain(others.client.namespace);
    expect(() => process.kill(child.pid!, 0)).not.toThrow();
    return new Promise<void>((resolve) => {
      child.once('exit', (_code, signal) => {
        expect(signal).toBe('SIGKILL');
        resolve();
      });
    });
  });
});
