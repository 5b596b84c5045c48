/** Content detection of one flow on an unknown port: keeps its first bytes and asks the candidates. */
import { Cursor } from '../base/cursor.js';
import type { Direction } from './analyzer.js';
import type { Running } from './running.js';

/** LIMIT: bytes looked at, both directions together; undecided beyond means none. */
export const MAX_PROBE_BYTES = 4096;
const MAX_PIECES = 16;

interface Piece {
  readonly dir: Direction;
  readonly bytes: Uint8Array;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export class Probe {
  readonly pieces: Piece[] = [];
  #candidates: Running[];
  #size = 0;

  constructor(candidates: readonly Running[]) {
    this.#candidates = [...candidates];
  }

  /** Copies the bytes and asks. */
  add(
    dir: Direction,
    memory: Uint8Array,
    start: number,
    end: number,
    seconds: number,
    nanoseconds: number,
  ): Running | 'more' | 'none' {
    this.pieces.push({ dir, bytes: memory.slice(start, end), seconds, nanoseconds });
    this.#size += end - start;
    const seen = this.#seen(dir);
    const still: Running[] = [];
    for (const running of this.#candidates) {
      const answer = ask(running, seen, dir);
      if (answer === 'yes') return running;
      if (answer === 'more') still.push(running);
    }
    this.#candidates = still;
    if (still.length === 0) return 'none';
    return this.#size >= MAX_PROBE_BYTES || this.pieces.length >= MAX_PIECES ? 'none' : 'more';
  }

  /** All bytes of one direction so far. */
  #seen(dir: Direction): Uint8Array {
    const own = this.pieces.filter((piece) => piece.dir === dir).map((piece) => piece.bytes);
    return own.length === 1 ? own[0]! : Buffer.concat(own);
  }
}

function ask(running: Running, bytes: Uint8Array, dir: Direction): 'yes' | 'no' | 'more' {
  const cursor = new Cursor();
  cursor.reset(bytes, 0, bytes.length, 0, 0);
  try {
    return running.analyzer.probe!(cursor, dir);
  } catch {
    running.crashes.value++;
    return 'no';
  }
}
