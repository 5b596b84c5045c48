/** Real servers in a namespace of hosts.ts, each with a folder of its own; started means that it listens. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetHost } from './hosts.js';

const PATIENCE_MS = 10_000;
const STOP_MS = 3000;
const POLL_MS = 20;

export interface ServerPlan {
  readonly program: string;
  readonly args: readonly string[];
  readonly ports: readonly number[];
}

export class Server {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #host: NetHost;
  readonly #plan: ServerPlan;

  private constructor(host: NetHost, folder: string, plan: ServerPlan) {
    this.#host = host;
    this.#plan = plan;
    this.folder = folder;
    const log = openSync(this.#log, 'a');
    this.#child = host.start(plan.program, plan.args, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** Starts and waits until all its ports are open; rejects with the end of its log when it does not come up. */
  static async start(host: NetHost, plan: (folder: string) => ServerPlan): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'pbfast-server-'));
    const server = new Server(host, folder, plan(folder));
    try {
      await server.#listening();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get #log(): string {
    return join(this.folder, 'server.log');
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Stops it, with force after three seconds, and removes its folder. */
  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
      await once(this.#child, 'exit');
      clearTimeout(timer);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #listening(): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (!this.#plan.ports.every((port) => this.#host.listens(port))) {
      if (this.#ended || performance.now() > until) {
        throw new Error(
          `${this.#plan.program} does not listen: ${readFileSync(this.#log, 'utf8').slice(-1000)}`,
        );
      }
      await sleep(POLL_MS);
    }
  }
}

/** What nginx saw, in the order of its answers. */
export interface Access {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  /** Body bytes sent. */
  readonly bytes: number;
}

export interface Nginx {
  readonly server: Server;
  /** Its own record of what it answered. */
  accesses(): Access[];
}

const nginxConf = (folder: string) => `
user root;
worker_processes 1;
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  log_format own escape=json '{"method":"$request_method","uri":"$request_uri","status":$status,"bytes":$body_bytes_sent}';
  access_log ${folder}/access.log own;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000;
  default_type text/plain;
  server {
    listen 80; listen [::]:80;
    root ${folder}/files;
    location = /hello { return 200 "hello\\n"; }
    location = /error { return 500 "no\\n"; }
    location = /moved { return 301 /hello; }
    location = /post { return 201 "made\\n"; }
  }
}
`;

/** On port 80: /hello, /error, /moved, /post, and `files` by name. */
export async function startNginx(
  host: NetHost,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Nginx> {
  const server = await Server.start(host, (folder) => {
    mkdirSync(join(folder, 'files'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'files', name), content);
    writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder));
    return { program: 'nginx', args: ['-p', folder, '-c', join(folder, 'nginx.conf')], ports: [80] };
  });
  const accesses = (): Access[] => {
    const lines = readFileSync(join(server.folder, 'access.log'), 'utf8').split('\n');
    return lines.filter(Boolean).map((line) => JSON.parse(line) as Access);
  };
  return { server, accesses };
}

/** On port 6379, in memory only. */
export function startRedis(host: NetHost): Promise<Server> {
  const settings = [
    '--port',
    '6379',
    '--bind',
    '0.0.0.0',
    '-::',
    '--protected-mode',
    'no',
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  return Server.start(host, (folder) => ({
    program: 'redis-server',
    args: [...settings, '--dir', folder],
    ports: [6379],
  }));
}

/** On port 53: example.test with A, AAAA, MX and TXT, alias.example.test; all else below .test does not exist. */
export function startDns(host: NetHost): Promise<Server> {
  return Server.start(host, () => ({
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
      '--host-record=example.test,192.0.2.1,2001:db8::1',
      '--cname=alias.example.test,example.test',
      '--mx-host=example.test,mail.example.test,10',
      '--txt-record=example.test,v=spf1 -all',
    ],
    ports: [53],
  }));
}
