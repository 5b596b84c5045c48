/** A Thrift service of npm's thrift library, its code made by thrift-compiler when the test starts. */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetHost } from '../hosts.js';
import { Server } from '../servers.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const IDL = fileURLToPath(new URL('live.thrift', import.meta.url));
const PROGRAM = fileURLToPath(new URL('thrift-server.cjs', import.meta.url));
export const FIRST_PORT = 9090;
/** On FIRST_PORT and the following ones. */
export const FORMS = ['buffered binary', 'framed binary', 'buffered compact', 'framed compact'] as const;

/** live.thrift in every form; the generated code is in the server's folder, for the client as well. */
export function startThrift(host: NetHost): Promise<Server> {
  return Server.start(host, (folder) => {
    const made = spawnSync('thrift', ['--gen', 'js:node', '-out', folder, IDL], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`thrift: ${made.stderr}`);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return {
      program: process.execPath,
      args: ['--no-deprecation', PROGRAM, folder, `${FIRST_PORT}`],
      ports: FORMS.map((_, n) => FIRST_PORT + n),
    };
  });
}
