/** MariaDB on port 3306 with a fresh data folder: user pb (password hunter2), schemas one and two. */
import { join } from 'node:path';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

const ACCOUNTS = `FLUSH PRIVILEGES;
CREATE DATABASE one;
CREATE DATABASE two;
CREATE USER 'pb'@'%' IDENTIFIED BY 'hunter2';
GRANT ALL ON *.* TO 'pb'@'%';
`;

export function startMariaDb(host: NetHost): Promise<Server> {
  return Server.start(host, (folder) => {
    const common = [
      '--no-defaults',
      '--user=root',
      `--datadir=${join(folder, 'data')}`,
      '--innodb-buffer-pool-size=16M',
      '--innodb-log-file-size=8M',
    ];
    // Before the server starts: this may take longer than a server is waited for.
    host.run('mariadb-install-db', [...common, '--auth-root-authentication-method=normal', '--skip-test-db']);
    host.run('mariadbd', [...common, '--bootstrap'], { input: ACCOUNTS });
    const args = [
      ...common,
      '--bind-address=0.0.0.0',
      '--skip-name-resolve',
      '--local-infile=1',
      '--skip-log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
    ];
    return { program: 'mariadbd', args, ports: [3306] };
  });
}
