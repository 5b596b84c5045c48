/** Apache Cassandra in a namespace, by ../shared/servers/cassandra; user and password are `cassandra`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

const SCRIPT = fileURLToPath(new URL('../../../../shared/servers/cassandra', import.meta.url));
const FORWARD = fileURLToPath(new URL('../forward.js', import.meta.url));
const CACHE = process.env.PBFAST_SERVERS_CACHE ?? join(homedir(), '.cache/pbfast-servers');
const VERSION = process.env.PBFAST_CASSANDRA_VERSION ?? '5.0.2';
/** Where Cassandra itself listens, on loopback. */
const OWN_PORT = 19_042;
const PORT = 9042;

export interface Cassandra {
  stop(): Promise<void>;
}

/** What is missing to start it, or undefined. */
export function lacksCassandra(): string | undefined {
  if (!existsSync(SCRIPT)) return '../shared/servers/cassandra';
  // In a namespace nothing can be fetched.
  if (!existsSync(join(CACHE, `cassandra-${VERSION}`, '.done')))
    return `Cassandra's jars: start ${SCRIPT} once`;
  return undefined;
}

/** On port 9042; started means that it answers. */
export async function startCassandra(host: NetHost): Promise<Cassandra> {
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-cassandra-'));
  await script(host, 'start', `${OWN_PORT}`, folder);
  const forward = await Server.start(host, () => ({
    program: process.execPath,
    args: [FORWARD, `${PORT}`, `${OWN_PORT}`],
    ports: [PORT],
  }));
  return {
    async stop() {
      await forward.stop();
      await script(host, 'stop', folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function script(host: NetHost, ...args: string[]): Promise<void> {
  const inside = ['netns', 'exec', host.namespace, 'env', 'PBFAST_CASSANDRA_AUTH=1', SCRIPT, ...args];
  const child = spawn('ip', inside, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    told += text;
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`cassandra ${args[0]}: ${told.slice(-1000)}`);
}
