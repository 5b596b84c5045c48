/** A real PostgreSQL in a namespace of hosts.ts, run as its own user, without durability: it lives for one test. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

const BIN = '/usr/lib/postgresql/15/bin';
const USER = 'postgres';

/** Passwords by user: each proves itself in another way. */
export const PGSQL_USERS = { scram: 'open-sesame-1', md5: 'open-sesame-2', clear: 'open-sesame-3' } as const;

const HBA = `local all all trust
host all scram all scram-sha-256
host all md5 all md5
host all clear all password
host replication tester all trust
host all tester all trust
`;

const SETTINGS = `listen_addresses = '*'
port = 5432
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 16MB
max_connections = 40
wal_level = logical
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
`;

const SQL = `create role tester superuser replication login;
create role scram login password '${PGSQL_USERS.scram}';
create role clear login password '${PGSQL_USERS.clear}';
set password_encryption = md5;
create role md5 login password '${PGSQL_USERS.md5}';
create database test owner tester;
`;

/** Whether PostgreSQL 15 and what runs it as another user are installed. */
export function havePgsql(): boolean {
  return existsSync(`${BIN}/postgres`) && spawnSync('id', ['-u', USER]).status === 0;
}

function run(program: string, args: readonly string[], input = ''): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', input, cwd: '/' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}

const asUser = (program: string, args: readonly string[]): string[] => [
  `--reuid=${USER}`,
  `--regid=${USER}`,
  '--clear-groups',
  program,
  ...args,
];

/** On port 5432, with TLS: users of PGSQL_USERS, and tester, who may do all, without a password; database test. */
export function startPgsql(host: NetHost): Promise<Server> {
  return Server.start(host, (folder) => {
    const data = join(folder, 'data');
    chmodSync(folder, 0o755);
    run('install', ['-d', '-o', USER, '-g', USER, '-m', '700', data]);
    run('setpriv', asUser(`${BIN}/initdb`, ['-D', data, '-A', 'trust', '-N', '--locale=C', '-E', 'UTF8']));
    writeFileSync(join(data, 'pg_hba.conf'), HBA);
    writeFileSync(join(data, 'postgresql.conf'), `${SETTINGS}unix_socket_directories = '${data}'\n`);
    const [certificate, key] = [join(data, 'server.crt'), join(data, 'server.key')];
    const subject = ['-nodes', '-days', '2', '-subj', '/CN=pgsql.test'];
    run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', certificate, ...subject]);
    run('chown', [`${USER}:${USER}`, key, certificate]);
    chmodSync(key, 0o600);
    run('setpriv', asUser(`${BIN}/postgres`, ['--single', '-D', data, 'postgres']), SQL);
    return { program: 'setpriv', args: asUser(`${BIN}/postgres`, ['-D', data]), ports: [5432] };
  });
}
