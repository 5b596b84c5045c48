/** Standard output: readable lines on a terminal, the events as they are when piped. */
import { writeSync } from 'node:fs';
import { flag, text } from '../../base/options.js';
import { type Chunk, type Output, output, type Result } from '../output.js';
import { formatLine } from './line.js';

const options = {
  format: text(
    'auto',
    'auto: lines on a terminal, ecs when piped; ecs or json: one event a line; none: nothing.',
    ['auto', 'ecs', 'json', 'none'],
  ),
  pretty: flag(false, 'Indented JSON.'),
  'codec.json.pretty': flag(false, 'As pretty.'),
  'codec.json.escape_html': flag(false, 'Accepted, without effect.'),
  bulk_max_size: { kind: 'integer', value: 2048, about: 'Accepted, without effect.' } as const,
};

const STDOUT = 1;
const RETRY_MS = 2;
const pauseWord = new Int32Array(new SharedArrayBuffer(4));

class ConsoleOutput implements Output {
  readonly #format: 'line' | 'raw' | 'pretty' | 'none';
  readonly #colours: boolean;
  #broken = false;
  #written = 0;

  constructor(format: 'line' | 'raw' | 'pretty' | 'none', colours: boolean) {
    this.#format = format;
    this.#colours = colours;
  }

  async open(): Promise<void> {}

  async write({ bytes, events }: Chunk): Promise<Result> {
    if (this.#format === 'none') return {};
    // Whoever read us is gone: nobody misses the rest.
    if (this.#broken) return { dropped: events };
    if (!writeAll(this.#format === 'raw' ? bytes : this.#render(bytes))) {
      this.#broken = true;
      process.emit('SIGPIPE');
      return { dropped: events };
    }
    this.#written += events;
    return {};
  }

  async close(): Promise<void> {}

  counters(): Record<string, number> {
    return { 'output.console.events': this.#written };
  }

  #render(bytes: Uint8Array): Uint8Array {
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8').split('\n');
    const rendered = lines.filter((line) => line !== '').map((line) => this.#renderOne(JSON.parse(line)));
    return Buffer.from(`${rendered.join('\n')}\n`);
  }

  #renderOne(event: object): string {
    return this.#format === 'pretty' ? JSON.stringify(event, null, 2) : formatLine(event, this.#colours);
  }
}

/** Synchronous: order and completeness without a queue of Node's. False when the reader is gone. */
function writeAll(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pauseWord, 0, 0, RETRY_MS);
    }
  }
  return true;
}

export const consoleOutput = output({
  name: 'console',
  options,
  linePrefix: '',
  create(settings) {
    const terminal = process.stdout.isTTY === true;
    const pretty = settings.pretty || settings['codec.json.pretty'];
    const plain = pretty ? 'pretty' : 'raw';
    const format =
      settings.format === 'none'
        ? 'none'
        : settings.format === 'auto' && terminal && !pretty
          ? 'line'
          : plain;
    return new ConsoleOutput(format, terminal && !process.env.NO_COLOR);
  },
});
