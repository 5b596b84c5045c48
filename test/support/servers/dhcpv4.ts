/** udhcpd in a namespace of hosts.ts, and udhcpc, whose script writes down what it was given. */
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

const PATIENCE_MS = 10_000;
/** Clients with an address of their own: more would need a larger network. */
export const MAX_CLIENTS = 100;

const hex = (n: number) => n.toString(16).padStart(2, '0');
export const macOf = (n: number): string => `02:00:00:00:01:${hex(n)}`;
export const addressOf = (n: number): string => `10.98.0.${100 + n}`;

const settings = (folder: string, device: string) => `
interface ${device}
start 10.98.0.100
end 10.98.0.240
max_leases 200
lease_file ${folder}/leases
pidfile ${folder}/pid
siaddr 10.98.0.9
sname boot.test
boot_file header.img
option subnet 255.255.255.0
option broadcast 10.98.0.255
option router 10.98.0.2 10.98.0.3
option dns 192.0.2.1 192.0.2.2
option ntpsrv 192.0.2.3
option timezone -3600
option domain example.test
option tftp tftp.test
option bootfile option.img
option lease 600
${Array.from({ length: MAX_CLIENTS }, (_, n) => `static_lease ${macOf(n)} ${addressOf(n)}`).join('\n')}
`;

/** On port 67: a lease of ten minutes for each client of macOf(), from a pool for others. */
export function startDhcp(host: NetHost): Promise<Server> {
  return Server.start(host, (folder) => {
    writeFileSync(join(folder, 'leases'), '');
    writeFileSync(join(folder, 'udhcpd.conf'), settings(folder, host.device));
    return { program: 'udhcpd', args: ['-f', join(folder, 'udhcpd.conf')], ports: [67] };
  });
}

/** What udhcpc told its script when it was bound: ip, router, dns, lease ... */
export type Lease = Readonly<Record<string, string>>;

/** The file is complete when it has its name. */
const script = (folder: string) => `#!/bin/sh
case "$1" in
  bound) ip address add "$ip/24" dev "$interface" ;;
  renew) ;;
  *) exit 0 ;;
esac
env >${folder}/$1.new
mv ${folder}/$1.new ${folder}/$1
`;

const REQUESTED = [
  'subnet',
  'router',
  'dns',
  'ntpsrv',
  'timezone',
  'domain',
  'tftp',
  'bootfile',
  'broadcast',
  'lease',
];

/** Client `n` gets a lease, renews it and gives it back. The host's device has its hardware address meanwhile. */
export async function lease(host: NetHost, folder: string, n: number): Promise<Lease> {
  const program = join(folder, 'script');
  writeFileSync(program, script(folder));
  chmodSync(program, 0o755);
  host.run('ip', ['link', 'set', host.device, 'address', macOf(n)]);
  const wanted = REQUESTED.flatMap((name) => ['-O', name]);
  const identity = ['-x', `hostname:pc${n}`, '-F', `pc${n}.example.test`, '-V', `class ${n}`];
  const args = [
    '-f',
    '-n',
    '-R',
    '-i',
    host.device,
    '-t',
    '5',
    '-T',
    '2',
    '-s',
    program,
    ...identity,
    ...wanted,
  ];
  const child = host.start('udhcpc', args, { stdio: 'ignore' });
  try {
    const got = await told(folder, 'bound');
    child.kill('SIGUSR1');
    expectSame(await told(folder, 'renew'), got);
    child.kill('SIGTERM');
    await once(child, 'exit');
    host.run('ip', ['address', 'del', `${got.ip}/24`, 'dev', host.device]);
    return got;
  } finally {
    child.kill('SIGKILL');
  }
}

/** What the script wrote down. */
async function told(folder: string, event: string): Promise<Lease> {
  const file = join(folder, event);
  for (const end = performance.now() + PATIENCE_MS; !existsSync(file); await sleep(5)) {
    if (performance.now() > end) throw new Error(`udhcpc was not told: ${event}`);
  }
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  rmSync(file);
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

function expectSame(renewed: Lease, got: Lease): void {
  if (renewed.ip !== got.ip) throw new Error(`renewed ${renewed.ip}, not ${got.ip}`);
}
