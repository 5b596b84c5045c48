/**
 * Files of NDJSON with rotation: NAME-YYYYMMDD.ndjson, then -1, -2 ... A line is never torn: after a failed write the file is
 * cut back to its last whole line and the rest is tried again.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { PbfastError } from '../../base/errors.js';
import { flag, integer, text } from '../../base/options.js';
import { countLines } from '../kit/lines.js';
import { type Chunk, type Output, output, type Result } from '../output.js';

const options = {
  path: text('', 'Folder; made when it is not there.'),
  filename: text('packetbeat', 'Begin of the file names.'),
  rotate_every_kb: integer(10_240, 'Size at which the next file begins.', { min: 1 }),
  number_of_files: integer(7, 'Files kept; the oldest are removed.', { min: 2, max: 1024 }),
  permissions: integer(0o600, 'Permissions of the files, as in 0600.', { min: 0, max: 0o777 }),
  rotate_on_startup: flag(true, 'Begin a new file at start.'),
  'codec.json.pretty': flag(false, 'Accepted, without effect: a file holds one event a line.'),
};

interface Settings {
  readonly path: string;
  readonly filename: string;
  readonly rotate_every_kb: number;
  readonly number_of_files: number;
  readonly permissions: number;
  readonly rotate_on_startup: boolean;
}

const LF = 10;
const OWN_ENDING = /^-\d{8}(-\d+)?\.ndjson$/;
const TAIL_BYTES = 65_536;

class FileOutput implements Output {
  readonly #settings: Settings;
  readonly #limit: number;
  #fd = -1;
  #size = 0;
  #events = 0;
  #failures = 0;
  #rotations = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#limit = settings.rotate_every_kb * 1024;
  }

  async open(): Promise<void> {
    const { path } = this.#settings;
    if (!path)
      throw new PbfastError(
        'ERR_PBFAST_OUTPUT',
        'output.file.path is not set',
        'name the folder to write to',
      );
    try {
      mkdirSync(path, { recursive: true });
      this.#openFile(!this.#settings.rotate_on_startup);
      this.#removeOld();
    } catch (error) {
      throw new PbfastError('ERR_PBFAST_OUTPUT', `output.file: ${(error as Error).message}`);
    }
  }

  async write({ bytes, events }: Chunk): Promise<Result> {
    let written = 0;
    for (let at = 0; at < bytes.length; ) {
      const rest = bytes.subarray(at);
      const ready = this.#size < this.#limit || this.#rotate();
      const end = this.#cut(bytes, at);
      if (!ready || !this.#append(bytes.subarray(at, end))) {
        this.#failures++;
        this.#events += written;
        return { retry: { bytes: rest, events: events - written } };
      }
      written += end === bytes.length ? events - written : countLines(bytes.subarray(at, end));
      at = end;
    }
    this.#events += written;
    return {};
  }

  async close(): Promise<void> {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  counters(): Record<string, number> {
    return {
      'output.file.events': this.#events,
      'output.file.failures': this.#failures,
      'output.file.rotations': this.#rotations,
    };
  }

  /** End of the lines that still belong into this file: the one that passes the limit is its last. */
  #cut(bytes: Uint8Array, at: number): number {
    const room = this.#limit - this.#size;
    if (bytes.length - at <= room) return bytes.length;
    const end = bytes.indexOf(LF, at + room - 1);
    return end < 0 ? bytes.length : end + 1;
  }

  #append(bytes: Uint8Array): boolean {
    let done = 0;
    try {
      while (done < bytes.length)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      this.#size += done;
      return true;
    } catch {
      // Disk full, most likely: no torn line may stay.
      if (done > 0) ftruncateSync(this.#fd, this.#size);
      return false;
    }
  }

  /** False when the next file cannot be made. */
  #rotate(): boolean {
    try {
      this.#openFile(false);
      this.#rotations++;
      this.#removeOld();
      return true;
    } catch {
      return false;
    }
  }

  #openFile(append: boolean): void {
    const { path, permissions } = this.#settings;
    const files = this.#files();
    const newest = files.at(-1);
    const name = append && newest !== undefined ? newest : this.#nextName(files);
    const fd = openSync(join(path, name), append ? 'a+' : 'w+', permissions);
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = fd;
    this.#size = wholeLines(fd);
    // What a crash has torn is cut off.
    if (this.#size < fstatSync(fd).size) ftruncateSync(fd, this.#size);
  }

  #nextName(files: readonly string[]): string {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    const base = `${this.#settings.filename}-${day}`;
    const today = files.filter((file) => file.startsWith(base));
    if (today.length === 0) return `${base}.ndjson`;
    // Never a name again whose file was removed: it would count as the oldest.
    const last = Math.max(...today.map((file) => numberOf(file, base)));
    return `${base}-${last + 1}.ndjson`;
  }

  /** Own files, oldest first. */
  #files(): string[] {
    const { path, filename } = this.#settings;
    const own = readdirSync(path).filter(
      (file) => file.startsWith(`${filename}-`) && OWN_ENDING.test(file.slice(filename.length)),
    );
    const key = (file: string): [string, number] => {
      const day = file.slice(filename.length + 1, filename.length + 9);
      return [day, numberOf(file, `${filename}-${day}`)];
    };
    return own.sort((a, b) => {
      const [dayA, numberA] = key(a);
      const [dayB, numberB] = key(b);
      return dayA === dayB ? numberA - numberB : dayA < dayB ? -1 : 1;
    });
  }

  #removeOld(): void {
    const { path, number_of_files: keep } = this.#settings;
    const files = this.#files();
    for (const file of files.slice(0, Math.max(0, files.length - keep))) {
      if (statSync(join(path, file)).isFile()) unlinkSync(join(path, file));
    }
  }
}

/** Bytes of a file up to its last line end. */
function wholeLines(fd: number): number {
  const tail = Buffer.alloc(TAIL_BYTES);
  for (let end = fstatSync(fd).size; end > 0; ) {
    const from = Math.max(0, end - TAIL_BYTES);
    const read = readSync(fd, tail, 0, end - from, from);
    const at = tail.subarray(0, read).lastIndexOf(LF);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

/** The number behind `base-` in a file name; 0 without one. */
function numberOf(file: string, base: string): number {
  const number = Number(file.slice(base.length + 1, -'.ndjson'.length));
  return Number.isInteger(number) && number > 0 ? number : 0;
}

export const fileOutput = output({
  name: 'file',
  options,
  linePrefix: '',
  create: (settings) => new FileOutput(settings),
});
