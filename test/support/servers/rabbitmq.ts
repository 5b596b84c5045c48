/** RabbitMQ from the system, with its own epmd in the namespace; user and password guest. It takes 7 to 19 s to start. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetHost } from '../hosts.js';

export const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const PORT = 5672;
const PATIENCE_MS = 90_000;
const POLL_MS = 200;
const STOP_MS = 3000;

const CONF = `
listeners.tcp.1 = 0.0.0.0:${PORT}
loopback_users = none
vm_memory_high_watermark.absolute = 256MB
disk_free_limit.absolute = 50MB
`;

export interface RabbitMq {
  stop(): Promise<void>;
}

/** On port 5672; rejects with the end of its log when it does not come up. */
export async function startRabbitMq(host: NetHost): Promise<RabbitMq> {
  const folder = mkdtempSync(join(tmpdir(), 'pbfast-rabbitmq-'));
  writeFileSync(join(folder, 'rabbitmq.conf'), CONF);
  writeFileSync(join(folder, 'plugins'), '[].');
  const log = openSync(join(folder, 'log'), 'a');
  const child = host.start(RABBITMQ, [], { stdio: ['ignore', log, log], env: environment(folder) });
  closeSync(log);
  const stop = () => stopped(child, folder);
  try {
    await listening(host, child, folder);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function environment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: 'pbfast@localhost',
    RABBITMQ_BASE: folder,
    RABBITMQ_MNESIA_BASE: join(folder, 'db'),
    RABBITMQ_LOG_BASE: join(folder, 'logs'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1',
  };
}

async function listening(host: NetHost, child: ChildProcess, folder: string): Promise<void> {
  // The port opens before the plugins are up; clients are served from then on.
  for (const until = performance.now() + PATIENCE_MS; !host.listens(PORT); ) {
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(`RabbitMQ does not listen: ${readFileSync(join(folder, 'log'), 'utf8').slice(-1000)}`);
    await sleep(POLL_MS);
  }
}

async function stopped(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    kill(join(folder, 'pid'));
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** The virtual machine, which the script has started and waits for. */
function kill(file: string): void {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  } catch {
    // It ended by itself, or never began.
  }
}
