/**
 * The contract of an output: it sends one chunk and says what to send again; it throws only when it cannot go on. Queue,
 * retry and back-off are in kit/. One folder an output, named as its configuration key, one line in registry.ts.
 */
import type { OptionSpec, OptionsOf } from '../base/options.js';
import type { Catalogue } from '../events/fields.js';

/** Whole NDJSON lines; with a line prefix, each event's line comes behind it. Lent until write() is done. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly events: number;
}

export interface Result {
  /** To be sent again, after a pause. */
  readonly retry?: Chunk;
  /** Events given up, counted by the output by cause. */
  readonly dropped?: number;
  /** Why events were given up: for people. */
  readonly reason?: string | undefined;
}

export interface Output {
  /** Connects and prepares; rejects with a coded error when that is hopeless. */
  open(): Promise<void>;
  write(chunk: Chunk): Promise<Result>;
  /** Writes out what it holds. */
  close(): Promise<void>;
  /** Counters by name: output.<name>.<what>. */
  counters(): Readonly<Record<string, number>>;
}

/** What an output may need to know of the run. */
export interface OutputContext {
  readonly catalogue: Catalogue;
  readonly version: string;
  readonly precision: 3 | 6 | 9;
}

export interface OutputDefinition<S extends OptionSpec = OptionSpec> {
  readonly name: string;
  readonly options: S;
  /** Written before each event, see Chunk. */
  readonly linePrefix: string;
  create(options: OptionsOf<S>, context: OutputContext): Output;
}

/** Fixes the option types of a definition. */
export function output<const S extends OptionSpec>(definition: OutputDefinition<S>): OutputDefinition<S> {
  return definition;
}
