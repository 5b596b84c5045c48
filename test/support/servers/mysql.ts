/** MariaDB on port 3306 with a fresh data folder: user pb (password hunter2), schemas one and two. */
import { writeFileSync } from 'node:fs';
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
    const data = join(folder, 'data');
    writeFileSync(join(folder, 'accounts.sql'), ACCOUNTS);
    const common = `--no-defaults --user=root --datadir=${data} --innodb-buffer-pool-size=16M --innodb-log-file-size=8M`;
    const steps = [
      `mariadb-install-db ${common} --auth-root-authentication-method=normal --skip-test-db`,
      `mariadbd ${common} --bootstrap < ${folder}/accounts.sql`,
      `exec mariadbd ${common} --bind-address=0.0.0.0 --skip-name-resolve --local-infile=1 --skip-log-bin \
        --innodb-flush-log-at-trx-commit=0 --socket=${folder}/socket --pid-file=${folder}/pid`,
    ];
    return { program: 'sh', args: ['-c', steps.join(' && ')], ports: [3306] };
  });
}
