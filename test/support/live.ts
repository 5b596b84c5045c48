/** `pbfast capture` running in a namespace of hosts.ts, and what it has written so far. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { NetHost } from './hosts.js';

const PROGRAM = fileURLToPath(new URL('../../bin/pbfast.js', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: events and log entries of any protocol
export type Entry = any;

export interface Arrived {
  readonly event: Entry;
  /** Milliseconds since the epoch, when the line was read. */
  readonly at: number;
}

/** How long to wait for events that are missing before the capture is ended. */
const PATIENCE_MS = 5000;

/** A running `pbfast capture` in a namespace and the events it has written so far. */
export class LiveCapture {
  readonly arrived: Arrived[] = [];
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #closed: Promise<unknown>;
  messages = '';

  /** `device` null: what the arguments say. */
  constructor(host: NetHost, args: readonly string[], device: string | null = host.device) {
    this.#child = host.start(
      process.execPath,
      [PROGRAM, 'capture', ...(device === null ? [] : ['-i', device]), '-o', 'ecs', ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#closed = once(this.#child, 'close');
    this.#child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.messages += text;
    });
    this.#lines = createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.arrived.push({ event: JSON.parse(line), at: Date.now() });
    });
  }

  async capturing(): Promise<this> {
    await until(() => this.messages.includes('capturing from') || this.#child.exitCode !== null);
    expect(this.messages).toContain('capturing from');
    return this;
  }

  of(type: string): Arrived[] {
    return this.arrived.filter(({ event }) => event.type === type);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Reads no more of its events, until release(). */
  hold(): void {
    this.#lines.pause();
  }

  release(): void {
    this.#lines.resume();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it as Ctrl-C does; its messages, the summary among them. */
  async end(status = 0): Promise<string> {
    this.#child.kill('SIGINT');
    await this.#closed;
    expect(this.#child.exitCode, this.messages).toBe(status);
    return this.messages;
  }
}

/** Until `done`, or PATIENCE_MS passed: the caller checks what it then finds. */
export async function until(done: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !done() && performance.now() < end; ) await sleep(10);
}
