/** FerretDB of ../shared/servers in a namespace of hosts.ts, in the place of mongod; built on first use. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

const PORT = 27_017;
/** Only to have it built: it is started and stopped once, on loopback. */
const BUILD_PORT = 27_918;
const BUILD_MS = 400_000;
const script = fileURLToPath(new URL('../../../../shared/servers/mongodb', import.meta.url));
const cache = process.env.PBFAST_SERVERS_CACHE ?? join(homedir(), '.cache/pbfast-servers');
const program = join(cache, 'ferretdb');

export const haveMongodb = (): boolean => existsSync(program) || existsSync(script);

function build(): void {
  if (existsSync(program)) return;
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-ferretdb-'));
  try {
    execFileSync(script, ['start', `${BUILD_PORT}`, folder], { stdio: 'ignore', timeout: BUILD_MS });
    execFileSync(script, ['stop', folder], { stdio: 'ignore' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** On port 27017, with files of its own. */
export function startMongodb(host: NetHost): Promise<Server> {
  build();
  return Server.start(host, (folder) => {
    mkdirSync(join(folder, 'db'));
    return { program, args: [`0.0.0.0:${PORT}`, join(folder, 'db')], ports: [PORT] };
  });
}
