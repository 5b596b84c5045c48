/** memcached from the system, TCP and UDP, in memory only. */
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

export const MEMCACHED = 'memcached';

/** On port 11211. */
export function startMemcached(host: NetHost): Promise<Server> {
  const args = [
    '-u',
    'nobody',
    '-l',
    '0.0.0.0',
    '-p',
    '11211',
    '-U',
    '11211',
    '-m',
    '64',
    '-t',
    '2',
    '-I',
    '2m',
  ];
  return Server.start(host, () => ({ program: MEMCACHED, args, ports: [11211] }));
}
