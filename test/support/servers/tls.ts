/** Servers that speak TLS: nginx, and `openssl s_server` for what nginx does not do. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetHost } from '../hosts.js';
import { Server, type ServerPlan } from '../servers.js';
import { CA, CLIENT_CERTIFICATE, CLIENT_KEY, SERVER_CERTIFICATE, SERVER_KEY } from '../tls-wire.js';

/** Ports by what the server there does. */
export const PORTS = {
  nginx: 443,
  retry: 993,
  wantsCertificate: 8443,
  sessionIds: 9243,
  dtls: 8883,
} as const;

/** A folder with ca.pem, server.pem, client.pem (and .key), and rsa.pem of another authority. */
export class Keys {
  readonly folder = mkdtempSync(join(tmpdir(), 'pbfast-keys-'));

  constructor() {
    const files = {
      'ca.pem': CA,
      'server.pem': SERVER_CERTIFICATE,
      'server.key': SERVER_KEY,
      'client.pem': CLIENT_CERTIFICATE,
      'client.key': CLIENT_KEY,
    };
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(this.folder, name), `${content}\n`);
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '30',
      '-subj',
      '/O=Test/CN=rsa.test',
    ];
    const { status, stderr } = spawnSync(
      'openssl',
      [...request, '-keyout', this.path('rsa.key'), '-out', this.path('rsa.pem')],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`openssl req: ${stderr}`);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

const nginxConf = (folder: string, keys: Keys) => `
user root; worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server {
    listen ${PORTS.nginx} ssl http2; listen [::]:${PORTS.nginx} ssl http2;
    ssl_certificate ${keys.path('server.pem')}; ssl_certificate_key ${keys.path('server.key')};
    ssl_certificate ${keys.path('rsa.pem')}; ssl_certificate_key ${keys.path('rsa.key')};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:1m;
    location / { return 200 "hello\\n"; }
  }
}
`;

/** Its standard input stays open: at its end a server of DTLS would end too. The namespace's end is that of them all. */
function sServer(host: NetHost, keys: Keys, port: number, ...args: string[]): Promise<Server> {
  const own = ['-cert', keys.path('server.pem'), '-key', keys.path('server.key'), '-accept', `${port}`];
  const command = ['openssl', 's_server', '-quiet', ...own, ...args].join(' ');
  return Server.start(
    host,
    (): ServerPlan => ({ program: 'sh', args: ['-c', `tail -f /dev/null | ${command}`], ports: [port] }),
  );
}

export function startTls(host: NetHost, keys: Keys): Promise<Server[]> {
  const verify = ['-Verify', '2', '-verify_return_error', '-CAfile', keys.path('ca.pem')];
  return Promise.all([
    Server.start(host, (folder) => {
      writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, keys));
      return {
        program: 'nginx',
        args: ['-p', folder, '-c', join(folder, 'nginx.conf')],
        ports: [PORTS.nginx],
      };
    }),
    sServer(host, keys, PORTS.retry, '-www', '-groups', 'P-384'),
    sServer(host, keys, PORTS.wantsCertificate, '-www', ...verify),
    sServer(host, keys, PORTS.sessionIds, '-www', '-no_ticket', '-tls1_2'),
    sServer(host, keys, PORTS.dtls, '-dtls'),
  ]);
}
