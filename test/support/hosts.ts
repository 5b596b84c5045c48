/**
 * Two hosts for a test: network namespaces joined by a veth pair, made for this process and removed with all that runs in
 * them. Needs root and iproute2; ask canNetns() and skip visibly.
 *
 *   const hosts = new Hosts();
 *   hosts.client.run('ping', ['-c', '1', hosts.server.address]);
 *   hosts.remove();
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';

const DEVICE = 'eth0';
let made = 0;

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** Whether namespaces can be made here: root, iproute2, and a kernel that allows it. */
export function canNetns(): boolean {
  if (process.getuid?.() !== 0) return false;
  const name = `pbfast-${process.pid}-probe`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false;
  const works = spawnSync('ip', ['netns', 'exec', name, 'true']).status === 0;
  spawnSync('ip', ['netns', 'del', name]);
  return works;
}

/** Whether all these programs are installed. */
export function havePrograms(...names: string[]): boolean {
  return names.every((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);
}

export class NetHost {
  readonly device = DEVICE;
  readonly namespace: string;
  readonly address: string;
  readonly address6: string;
  readonly #children = new Set<ChildProcess>();

  constructor(namespace: string, n: number) {
    this.namespace = namespace;
    this.address = `10.98.0.${n}`;
    this.address6 = `fd98::${n}`;
  }

  /** Addresses the device and sets it up; the peer must exist. */
  configure(): void {
    const { namespace } = this;
    ip('-n', namespace, 'address', 'add', `${this.address}/24`, 'dev', DEVICE);
    ip('-n', namespace, 'address', 'add', `${this.address6}/64`, 'dev', DEVICE, 'nodad');
    for (const device of ['lo', DEVICE]) ip('-n', namespace, 'link', 'set', device, 'up');
  }

  /** Runs a command to its end. */
  run(
    program: string,
    args: readonly string[] = [],
    options: { input?: string; cwd?: string } = {},
  ): RunResult {
    const { status, stdout, stderr, error } = spawnSync('ip', this.#exec(program, args), {
      encoding: 'utf8',
      ...options,
    });
    if (error) throw error;
    return { status: status ?? 128, stdout, stderr };
  }

  /** Starts a command; it is killed with the namespace at the latest. */
  start(program: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    // `ip netns exec` becomes the program: signals reach it.
    const child = spawn('ip', this.#exec(program, args), options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Whether something listens on the port; asks the kernel, sends nothing. */
  listens(port: number): boolean {
    return this.run('ss', ['-Hltun', `sport = :${port}`]).stdout.trim() !== '';
  }

  /** Kills what still runs in the namespace and removes it. */
  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    const { stdout } = spawnSync('ip', ['netns', 'pids', this.namespace], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(Boolean)) kill(Number(pid));
    spawnSync('ip', ['netns', 'del', this.namespace]);
  }

  #exec(program: string, args: readonly string[]): string[] {
    return ['netns', 'exec', this.namespace, program, ...args];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

export class Hosts {
  readonly client: NetHost;
  readonly server: NetHost;
  readonly #atExit = () => this.remove();

  constructor() {
    const name = `pbfast-${process.pid}-${made++}`;
    this.client = new NetHost(`${name}-client`, 1);
    this.server = new NetHost(`${name}-server`, 2);
    process.once('exit', this.#atExit);
    try {
      this.#make();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  remove(): void {
    process.off('exit', this.#atExit);
    this.client.remove();
    this.server.remove();
  }

  #make(): void {
    const { client, server } = this;
    for (const { namespace } of [client, server]) ip('netns', 'add', namespace);
    ip(
      '-n',
      client.namespace,
      'link',
      'add',
      DEVICE,
      'type',
      'veth',
      'peer',
      'name',
      DEVICE,
      'netns',
      server.namespace,
    );
    client.configure();
    server.configure();
  }
}
