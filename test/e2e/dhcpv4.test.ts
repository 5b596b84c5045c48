/** DHCP on a live device: what udhcpc was given, and what a client of ours sent and was sent, is in the events, once each. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms } from '../support/hosts.js';
import { type Entry, LiveCapture, until } from '../support/live.js';
import { addressOf, lease, MAX_CLIENTS, macOf, startDhcp } from '../support/servers/dhcpv4.js';
import type { Server } from '../support/servers.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLIENT = join(ROOT, 'test/support/clients/dhcpv4.js');
const LONG = process.env.PBFAST_LONG === '1';
/** Three exchanges and a release each. */
const LEASES = LONG ? 200 : 25;
const MESSAGES = LONG ? 400 : 40;
const TYPES = ['', 'discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'];

const able = canNetns() && havePrograms('udhcpd', 'udhcpc');
if (!able) console.warn('dhcpv4: root, network namespaces, udhcpd and udhcpc are needed; tests are skipped');

const clientMac = (mac: string) => mac.toUpperCase().replaceAll(':', '-');
const address = (bytes: Buffer, at: number) =>
  bytes.readUInt32BE(at) ? bytes.subarray(at, at + 4).join('.') : undefined;

/** What a message says, read by an own decoder: name and class may be in several parts and in other fields. */
function said({ hex }: { hex: string }) {
  const bytes = Buffer.from(hex, 'hex');
  const options = new Map<number, Buffer>();
  const walk = (area: Buffer) => {
    for (let at = 0; at < area.length && area[at] !== 255; at += area[at] ? 2 + area[at + 1]! : 1) {
      if (area[at] === 0) continue;
      const data = area.subarray(at + 2, at + 2 + area[at + 1]!);
      options.set(area[at]!, Buffer.concat([options.get(area[at]!) ?? Buffer.alloc(0), data]));
    }
  };
  walk(bytes.subarray(240));
  const overloaded = options.get(52)?.[0] === 3;
  if (overloaded)
    for (const [from, to] of [
      [108, 236],
      [44, 108],
    ])
      walk(bytes.subarray(from, to));
  const text = (code: number) => options.get(code)?.toString();
  const relay = options.get(82);
  return {
    bytes: bytes.length,
    operation: bytes[0] === 1 ? 'bootrequest' : 'bootreply',
    transaction: `0x${hex.slice(8, 16)}`,
    seconds: bytes.readUInt16BE(8),
    flags: bytes[10]! & 0x80 ? 'broadcast' : 'unicast',
    mac: clientMac(hex.slice(56, 68).replace(/..\B/g, '$&:')),
    client: address(bytes, 12),
    assigned: address(bytes, 16),
    server: address(bytes, 20),
    relay: address(bytes, 24),
    type: TYPES[options.get(53)![0]!],
    hostname: text(12),
    kind: text(60),
    note: text(56),
    requested: options.get(50)?.join('.'),
    identifier: options.get(54)?.join('.'),
    circuit: relay?.subarray(2, 2 + relay[1]!).toString(),
    remote: relay?.subarray(4 + relay[1]!).toString('hex'),
  };
}

/** The same of an event. */
function reported({ source, dhcpv4 }: Entry) {
  const { option } = dhcpv4;
  return {
    bytes: source.bytes,
    operation: dhcpv4.op_code,
    transaction: dhcpv4.transaction_id,
    seconds: dhcpv4.seconds,
    flags: dhcpv4.flags,
    mac: dhcpv4.client_mac,
    client: dhcpv4.client_ip,
    assigned: dhcpv4.assigned_ip,
    server: dhcpv4.server_ip,
    relay: dhcpv4.relay_ip,
    type: option.message_type,
    hostname: option.hostname,
    kind: option.class_identifier,
    note: option.message,
    requested: option.requested_ip_address,
    identifier: option.server_identifier,
    circuit: option.relay_agent?.circuit_id,
    remote: option.relay_agent?.remote_id,
  };
}

describe.skipIf(!able)('dhcpv4', () => {
  let hosts: Hosts;
  let server: Server;
  let capture: LiveCapture;
  beforeAll(async () => {
    expect(existsSync(join(ROOT, 'dist/cli/main.js')), 'built: npm run setup').toBe(true);
    hosts = new Hosts();
    server = await startDhcp(hosts.server);
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    await server?.stop();
    hosts?.remove();
  });

  const ended = async (count: number) => {
    await until(() => capture.of('dhcpv4').length >= count);
    expect(await capture.end()).toContain('nothing lost');
    return capture.of('dhcpv4').map(({ event }) => event);
  };

  it('reports every message that a client of ours sent and was sent', async () => {
    const { client } = hosts;
    capture = await new LiveCapture(hosts.server, ['--no-flows']).capturing();
    const child = client.start(process.execPath, [CLIENT, client.address, `${MESSAGES}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: { sent: boolean; hex: string }[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    expect(log.filter(({ sent }) => !sent).length).toBeGreaterThan(MESSAGES / 2);
    const events = await ended(log.length);
    const text = (one: unknown) => JSON.stringify(one);
    expect(events.map((event) => text(reported(event))).sort()).toEqual(
      log.map((one) => text(said(one))).sort(),
    );
    for (const { source, client: c, server: s, dhcpv4 } of events) {
      const [asks, answers] = dhcpv4.op_code === 'bootreply' ? [c, s] : [s, c];
      expect([answers.ip, answers.bytes, asks.bytes]).toEqual([source.ip, source.bytes, undefined]);
    }
  }, 60_000);

  it('reports every lease that udhcpc got, renewed and gave back', async () => {
    const { client } = hosts;
    const folder = mkdtempSync(join(tmpdir(), 'pbfast-udhcpc-'));
    capture = await new LiveCapture(hosts.server, ['--no-flows']).capturing();
    try {
      const leases = [];
      for (let i = 0; i < LEASES; i++) leases.push(await lease(client, folder, i % MAX_CLIENTS));
      const events = await ended(LEASES * 7);
      expect(events.length).toBe(LEASES * 7);
      leases.forEach((got, i) => {
        const seven = events.splice(0, 7).map(({ dhcpv4 }) => dhcpv4);
        expectLease(seven, got, i % MAX_CLIENTS);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});

function expectLease(seven: Entry[], got: Readonly<Record<string, string>>, n: number): void {
  const [discover, offer, request, ack, renewal, renewed, release] = seven;
  expect(seven.map(({ option }) => option.message_type)).toEqual([
    'discover',
    'offer',
    'request',
    'ack',
    'request',
    'ack',
    'release',
  ]);
  expect(new Set(seven.slice(0, 4).map((one) => one.transaction_id)).size).toBe(1);
  expect(renewed.transaction_id).toBe(renewal.transaction_id);
  expect(seven.map((one) => one.client_mac)).toEqual(Array(7).fill(clientMac(macOf(n))));
  for (const { option } of [discover, request, renewal]) {
    expect(option).toMatchObject({
      hostname: `pc${n}`,
      fqdn: `pc${n}.example.test`,
      class_identifier: `class ${n}`,
      client_identifier: `01${macOf(n).replaceAll(':', '')}`,
    });
    expect(option.parameter_request_list).toEqual(
      expect.arrayContaining(['Router', 'Subnet Mask', 'Domain Name Server']),
    );
  }
  expect(got.ip).toBe(addressOf(n));
  expect(request.option).toMatchObject({ requested_ip_address: got.ip, server_identifier: got.serverid });
  for (const one of [offer, ack, renewed]) {
    expect(one).toMatchObject({
      assigned_ip: got.ip,
      server_ip: got.siaddr,
      server_name: got.sname,
      boot_file_name: got.boot_file,
    });
    expect(one.option).toMatchObject({
      subnet_mask: got.subnet,
      broadcast_address: got.broadcast,
      router: got.router!.split(' '),
      dns_servers: got.dns!.split(' '),
      ntp_servers: got.ntpsrv!.split(' '),
      domain_name: got.domain,
      tftp_server_name: got.tftp,
      boot_file_name: got.bootfile,
      // udhcpc shows it without a sign.
      utc_time_offset_sec: Number(got.timezone) | 0,
      ip_address_lease_time_sec: Number(got.lease),
      server_identifier: got.serverid,
    });
  }
  expect(renewal.client_ip).toBe(got.ip);
  expect(release).toMatchObject({ client_ip: got.ip, option: { server_identifier: got.serverid } });
}
