/** The worker's end of a shard: takes batches of records, collects commands, gives batches back. */
import type { NativeShard } from './addon.js';
import { COMMAND_WORDS } from './record.js';

const MAX_COMMANDS = 4096;

export class Batches {
  /** All batches, as bytes: offsets in records lead into it. */
  readonly memory: Uint8Array;
  /** The same memory as words, for the records. */
  readonly words: Uint32Array;
  /** First word of the batch that take() found. */
  get at(): number {
    return this.#position[0]!;
  }
  /** Commands that found no room in the engine's queue and were given up. */
  lostCommands = 0;

  readonly #shard: NativeShard;
  readonly #position: Uint32Array;
  readonly #commands = new Uint32Array(MAX_COMMANDS * COMMAND_WORDS);
  #count = 0;

  constructor(shard: NativeShard, position: Uint32Array) {
    this.#shard = shard;
    this.#position = position;
    const buffer = shard.memory();
    this.memory = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** Number of records of the next batch; 0 when none came within waitMs. */
  take(waitMs: number): number {
    return this.#shard.poll(waitMs);
  }

  /** Sends the commands collected, gives the batch back. */
  release(): void {
    this.#send();
    this.#shard.release();
  }

  /** A COMMAND about a flow; `value` is a stream offset of up to 2^53. */
  command(command: number, dir: number, flow: number, generation: number, value: number): void {
    if (this.#count === MAX_COMMANDS) this.#send();
    const at = this.#count++ * COMMAND_WORDS;
    const words = this.#commands;
    words[at] = command | (dir << 8);
    words[at + 1] = flow;
    words[at + 2] = generation;
    words[at + 3] = 0;
    words[at + 4] = value >>> 0;
    words[at + 5] = (value / 4294967296) >>> 0;
  }

  #send(): void {
    if (this.#count === 0) return;
    this.lostCommands += this.#count - this.#shard.sendCommands(this.#commands, this.#count);
    this.#count = 0;
  }
}
