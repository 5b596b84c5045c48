/**
 * NFS on a live device: nfs-ganesha, a client that makes every kind of call by hand over TCP and UDP, and the tools of libnfs
 * with versions 3 and 4. What the client sent and got is what the events say; what the tools did is what tcpdump saw.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { MOUNT_PORT, NFS_PORT, type Nfs, startNfs } from '../support/servers/nfs.js';

const CLIENT = fileURLToPath(new URL('../support/clients/nfs.js', import.meta.url));
/** On each of three connections. */
const CALLS = process.env.PBFAST_LONG === '1' ? 500 : 70;

const able = canNetns() && havePrograms('ganesha.nfsd', 'rpcbind', 'nfs-ls', 'nfs-cp', 'nfs-cat', 'tcpdump');
if (!able)
  console.warn(
    'nfs: root, network namespaces, nfs-ganesha, rpcbind, libnfs-utils and tcpdump are needed; its live tests are skipped',
  );

const CONFIG = `packetbeat.protocols:\n- type: nfs\n  ports: [${NFS_PORT}]\n`;

describe.skipIf(!able)('nfs', () => {
  let hosts: Hosts;
  let server: Nfs;
  let capture: LiveCapture | undefined;
  const large = Buffer.alloc(3_000_000, 'what is in the file\n');
  // libnfs 4.0 writes no more in version 4.
  const small = large.subarray(0, 1000);
  beforeAll(async () => {
    hosts = new Hosts();
    server = await startNfs(hosts.server, { large, small });
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  async function capturing(): Promise<LiveCapture> {
    const config = join(server.exported, '../packetbeat.yml');
    writeFileSync(config, CONFIG);
    return new LiveCapture(hosts.server, ['-c', config, '--no-flows']).capturing();
  }

  it('reports every call once, as the client saw it', async () => {
    capture = await capturing();
    const args = [CLIENT, hosts.server.address, `${MOUNT_PORT}`, server.exported, `${CALLS}`];
    const child = hosts.client.start(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const log: Entry[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    expect(log.length).toBeGreaterThan(CALLS * 2.9);
    await until(() => capture!.of('nfs').length >= log.length);
    const messages = await capture.end();
    expect(messages).toContain('nothing lost');
    const events = capture.of('nfs').map(({ event }) => event);
    expect(events.map(reported).sort()).toEqual(log.map(told).sort());
    for (const { status, event, nfs, rpc } of events) {
      const failed = rpc.status !== 'success' || nfs.status !== 'NFS_OK';
      expect([status, event.outcome]).toEqual(failed ? ['Error', 'failure'] : ['OK', undefined]);
    }
    expect(new Set(events.map(({ nfs }) => nfs.status)).size).toBeGreaterThan(6);
  });

  it.each([
    ['version=3', 'LOOKUP', `&mountport=${MOUNT_PORT}`],
    ['version=4', 'OPEN_CONFIRM', ''],
  ])('reports what the tools of libnfs do with %s', async (version, typical, more) => {
    capture = await capturing();
    const dump = join(server.exported, '../seen.pcap');
    const filter = ['tcp', 'port', `${NFS_PORT}`];
    const tcpdump = hosts.client.start(
      'tcpdump',
      ['-U', '--immediate-mode', '-i', hosts.client.device, '-w', dump, ...filter],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    await once(tcpdump.stderr!, 'data');
    const base = version === 'version=3' ? server.exported : '/export';
    const url = (name: string) =>
      `nfs://${hosts.server.address}${base}/${name}?${version}&nfsport=${NFS_PORT}${more}`;
    expect(hosts.client.run('nfs-ls', [url('')]).stdout).toContain('large');
    const counted = hosts.client.run('sh', ['-c', `nfs-cat '${url('large')}' | wc -c`]);
    expect(Number(counted.stdout)).toBe(large.length);
    const copied = hosts.client.run('nfs-cp', [join(server.exported, 'small'), url(version)]);
    expect(copied.status, copied.stderr).toBe(0);
    expect(readFileSync(join(server.exported, version)).length).toBe(small.length);
    expect(hosts.client.run('nfs-cat', [url('none')]).status).not.toBe(0);
    await sleep(300);
    tcpdump.kill('SIGTERM');
    await once(tcpdump, 'exit');
    const seen = exchanges(hosts.client.run('tcpdump', ['-n', '-r', dump]).stdout);
    await until(() => capture!.of('nfs').length >= seen.size);
    const messages = await capture.end();
    expect(messages).toContain('nothing lost');
    const events = capture.of('nfs').map(({ event }) => event);
    const byXid = new Map(events.map((event) => [event.rpc.xid, event]));
    expect(byXid.size, 'an event each').toBe(events.length);
    expect(seen.size).toBeGreaterThan(20);
    for (const [xid, size] of seen) {
      const event = byXid.get(xid);
      expect(event, `xid ${xid}`).toBeDefined();
      // Of a call longer than its packet tcpdump knows the packet only.
      if (event!.source.bytes < 1400) expect(event!.source.bytes).toBe(size);
      else expect(event!.source.bytes).toBeGreaterThanOrEqual(size);
      expect(event!.status).not.toBe('NO_REPLY');
    }
    expect(events.map(({ nfs }) => nfs.opcode)).toEqual(expect.arrayContaining([typical, 'READ', 'WRITE']));
    expect(events.map(({ nfs }) => nfs.status)).toContain('NFSERR_NOENT');
  });
});

const told = ({ transport, xid, version, opcode, rpc, nfs, sent, received }: Entry) =>
  `${transport} ${xid} ${version} ${opcode}: ${rpc} ${nfs}, ${sent} ${received} bytes`;
const reported = ({ network, rpc, nfs, source, destination }: Entry) =>
  `${network.transport} ${rpc.xid} ${nfs.version} ${nfs.opcode}: ${rpc.status} ${nfs.status}, ${source.bytes} ${destination?.bytes} bytes`;

/** Sizes of the calls by xid, as tcpdump prints them: `NFS request xid 8 212 getattr`. It sees the first of a segment only. */
function exchanges(printed: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, xid, size] of printed.matchAll(/NFS request xid (\d+) (\d+) /g)) {
    found.set(Number(xid).toString(16).padStart(8, '0'), Number(size));
  }
  return found;
}
