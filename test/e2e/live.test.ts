/**
 * The program against real servers on a live device: what scripted clients saw and what pbfast reports is the same, once
 * each and within a second.
 */
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canNetns, Hosts, havePrograms, type NetHost } from '../support/hosts.js';
import { type Arrived, type Entry, LiveCapture, until } from '../support/live.js';
import { Server, startRedis } from '../support/servers.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DRIVER = join(ROOT, 'test/support/drive-clients.js');
const REQUESTS = 1000;
const VISIBLE_MS = 1000;

const able = canNetns() && havePrograms('nginx', 'redis-server', 'dnsmasq', 'ping');
if (!able)
  console.warn(
    'live: root, network namespaces, nginx, redis-server, dnsmasq and ping are needed; tests are skipped',
  );

/** Runs the scripted clients; what they saw. */
async function drive(
  host: NetHost,
  protocol: string,
  count: number,
  ...addresses: string[]
): Promise<Entry[]> {
  const child = host.start(process.execPath, [DRIVER, protocol, `${count}`, ...addresses], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: Entry[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
  return log;
}

/** IPv4 packets of the namespace, as its kernel counts them; clients always speak first here. */
function kernelPackets(host: NetHost): { received: number; sent: number } {
  const { stdout } = host.run('cat', ['/proc/net/snmp']);
  const [names, values] = stdout
    .split('\n')
    .filter((line) => line.startsWith('Ip:'))
    .map((line) => line.split(' '));
  const value = (name: string) => Number(values![names!.indexOf(name)]);
  return { received: value('InReceives'), sent: value('OutRequests') };
}

const nginxConf = (folder: string) => `
user root; worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off; keepalive_requests 100000;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server {
    listen 80; listen [::]:80;
    location ~ "^/r/\\d*0$" { return 404 "none\\n"; }
    location ~ "^/r/\\d*5$" { return 500 "no\\n"; }
    location ~ "^/r/\\d*6$" { return 204; }
    location ~ "^/r/\\d*7$" { return 201 "made\\n"; }
    location ~ "^/r/\\d*8$" { return 301 /r/1; }
    location ~ "^/r/\\d+$" { return 200 "hello\\n"; }
  }
}
`;

const startHttp = (host: NetHost) =>
  Server.start(host, (folder) => {
    writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder));
    return { program: 'nginx', args: ['-p', folder, '-c', join(folder, 'nginx.conf')], ports: [80] };
  });

/** All below four.test and six.test has an address, nothing else below test exists. */
const startNames = (host: NetHost) =>
  Server.start(host, () => ({
    program: 'dnsmasq',
    args: [
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--user=root',
      '--pid-file=',
      '--log-facility=-',
      '--no-resolv',
      '--no-hosts',
      '--local=/test/',
      '--address=/four.test/192.0.2.7',
      '--address=/six.test/2001:db8::7',
    ],
    ports: [53],
  }));

/** One exchange as text, from the clients' log and from an event: what must be equal. */
const TEXTS: Record<string, { log(entry: Entry): string; event(event: Entry): string }> = {
  http: {
    log: ({ method, path, status, host }) => `${method} ${path} on ${host}: ${status}`,
    event: ({ http, url, destination }) =>
      `${http.request.method} ${url.path} on ${destination.ip}: ${http.response?.status_code}`,
  },
  redis: {
    log: ({ command, reply, error }) => `${command}: ${error ? 'error ' : ''}${reply}`,
    event: ({ query, redis }) =>
      `${query}: ${redis.error === undefined ? redis.return_value : `error ${redis.error}`}`,
  },
  dns: {
    log: ({ name, type, rcode, answers }) => `${name} ${type}: ${rcode} ${answers}`,
    event: ({ dns }) =>
      `${dns.question.name} ${dns.question.type}: ${dns.response_code} ${(dns.answers ?? []).map((a: Entry) => a.data)}`,
  },
};

/** Packets in both directions, by the last report of each flow. */
function countedPackets(flows: readonly Arrived[]): { received: number; sent: number } {
  const ipv4 = flows.filter(({ event }) => event.network.type === 'ipv4');
  const last = new Map(ipv4.map(({ event }) => [event.flow.id, event]));
  let [received, sent] = [0, 0];
  for (const { source, destination, network } of last.values()) {
    received += source.packets;
    sent += destination.packets ?? 0;
    expect(network.packets).toBe(source.packets + (destination.packets ?? 0));
  }
  return { received, sent };
}

/** Milliseconds from each answer to its event. */
function delays(log: readonly Entry[], events: readonly Arrived[], protocol: string): number[] {
  const { log: logText, event: eventText } = TEXTS[protocol]!;
  const answered = new Map(log.map((entry) => [logText(entry), entry.at as number]));
  return events.map(({ event, at }) => at - answered.get(eventText(event))!);
}

function expectVisible(milliseconds: readonly number[]): void {
  expect(milliseconds.length).toBeGreaterThan(0);
  expect(Math.max(...milliseconds)).toBeLessThanOrEqual(VISIBLE_MS);
}

describe.skipIf(!able)('live', () => {
  let hosts: Hosts;
  let capture: LiveCapture | undefined;
  const servers: Server[] = [];
  beforeAll(async () => {
    expect(existsSync(join(ROOT, 'dist/cli/main.js')), 'built: npm run setup').toBe(true);
    hosts = new Hosts();
    for (const start of [startHttp, startRedis, startNames]) servers.push(await start(hosts.server));
  });
  afterEach(() => capture?.end().catch(() => {}));
  afterAll(async () => {
    for (const server of servers) await server.stop();
    hosts?.remove();
  });

  it.each(Object.keys(TEXTS))('reports every %s exchange once, as the client saw it', async (protocol) => {
    const { client, server } = hosts;
    const { log: logText, event: eventText } = TEXTS[protocol]!;
    capture = await new LiveCapture(server, ['--no-flows']).capturing();
    const addresses = protocol === 'http' ? [server.address, server.address6] : [server.address];
    const log = await drive(client, protocol, REQUESTS, ...addresses);
    expect(log.length).toBe(REQUESTS);
    await until(() => capture!.of(protocol).length >= REQUESTS);
    const before = capture.of(protocol).length;
    const messages = await capture.end();
    const events = capture.of(protocol);
    expect(events.map(({ event }) => eventText(event)).sort()).toEqual(log.map(logText).sort());
    expect(before, 'visible before the end').toBe(REQUESTS);
    expect(messages).toContain('nothing lost');

    expectVisible(delays(log, events, protocol));
  });

  it('shows an exchange that nothing follows within a second', async () => {
    const { client, server } = hosts;
    capture = await new LiveCapture(server, ['--no-flows']).capturing();
    for (const protocol of Object.keys(TEXTS)) {
      const log = await drive(client, protocol, 1, server.address);
      await until(() => capture!.of(protocol).length > 0);
      expectVisible(delays(log, capture.of(protocol), protocol));
    }
    expect(await capture.end()).toContain('nothing lost');
  });

  it('reports every echo request once, with its reply', async () => {
    const { client, server } = hosts;
    capture = await new LiveCapture(server, ['--no-flows']).capturing();
    const log = await drive(client, 'icmp', REQUESTS, server.address);
    expect(log.map(({ sequence }) => sequence)).toEqual(Array.from({ length: REQUESTS }, (_, i) => i + 1));
    const echoes = () => capture!.of('icmp').filter(({ event }) => event.icmp.version === 4);
    await until(() => echoes().length >= REQUESTS);
    expect(await capture.end()).toContain('nothing lost');
    const wanted = {
      source: client.address,
      path: server.address,
      request: 'EchoRequest',
      response: 'EchoReply',
    };
    const events = echoes();
    expect(
      events.map(({ event: { source, path, icmp } }) => ({
        source: source.ip,
        path,
        request: icmp.request.message,
        response: icmp.response?.message,
      })),
    ).toEqual(Array(REQUESTS).fill(wanted));
    // One by one: the events are in the order of the requests.
    expectVisible(events.map(({ at }, i) => at - log[i].at));
  });

  it('counts in flows what the kernel counted', async () => {
    const { client, server } = hosts;
    capture = await new LiveCapture(server, []).capturing();
    const before = kernelPackets(server);
    await drive(client, 'http', 100, server.address);
    await drive(client, 'redis', 100, server.address);
    await drive(client, 'dns', 100, server.address);
    await drive(client, 'icmp', 50, server.address);
    // The last acknowledgments of closed connections.
    await sleep(100);
    const after = kernelPackets(server);
    expect(await capture.end()).toContain('nothing lost');
    const counted = countedPackets(capture.of('flow'));
    expect(counted).toEqual({ received: after.received - before.received, sent: after.sent - before.sent });
    expect(counted.received).toBeGreaterThan(300);
  });

  it('shares a device between two workers: every exchange and every packet once', async () => {
    const { client, server } = hosts;
    capture = await new LiveCapture(server, ['--workers', '2']).capturing();
    const sockets = server.run('cat', ['/proc/net/packet']).stdout.trim().split('\n').length - 1;
    expect(sockets, 'sockets').toBe(2);
    const before = kernelPackets(server);
    const protocols = Object.keys(TEXTS).flatMap((protocol) => Array<string>(4).fill(protocol));
    const logs = await Promise.all(
      protocols.map(async (protocol) => ({
        protocol,
        log: await drive(client, protocol, 250, server.address),
      })),
    );
    await sleep(100);
    const after = kernelPackets(server);
    expect(await capture.end()).toContain('nothing lost');
    for (const [protocol, { log: logText, event: eventText }] of Object.entries(TEXTS)) {
      const wanted = logs.filter((one) => one.protocol === protocol).flatMap(({ log }) => log.map(logText));
      expect(wanted.length).toBe(1000);
      expect(
        capture
          .of(protocol)
          .map(({ event }) => eventText(event))
          .sort(),
      ).toEqual(wanted.sort());
    }
    const counted = countedPackets(capture.of('flow'));
    expect(counted).toEqual({ received: after.received - before.received, sent: after.sent - before.sent });
  });
});
