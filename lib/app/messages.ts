/** What the main thread and a shard's worker say to each other. All of it is structured-cloneable. */
import type { EncoderOptions, ShardOptions } from '../handoff/addon.js';
import type { Marks } from './ordered.js';
import type { RouteRequest } from './plan.js';

/** An analyzer at work, by name: functions do not cross threads. */
export interface PlannedUse {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly ports: readonly number[];
  readonly statics: number;
  /** Its events are wanted by nobody: a processor drops them all. */
  readonly muted: boolean;
  /** Number of the only interface it looks at. */
  readonly interface?: number | undefined;
}

/** JSON literals that every event of a kind carries, by field path. */
export type StaticFields = readonly (readonly [path: string, json: string])[];

export interface ShardPlan {
  /** Modules of analyzers of the user's own. */
  readonly plugins: readonly string[];
  readonly source: ShardOptions;
  /** Interfaces, by number, whose device follows a default route. */
  readonly routes: readonly {
    readonly number: number;
    readonly device: string;
    readonly route: RouteRequest;
  }[];
  readonly uses: readonly PlannedUse[];
  readonly detect: boolean;
  readonly flowStatics: number;
  readonly flowsMuted: boolean;
  /** Set number i + 1 is statics[i]. */
  readonly statics: readonly StaticFields[];
  /** Extra field declarations that the configuration brings: path and type. */
  readonly extraFields: readonly (readonly [path: string, type: 'keyword' | 'flattened'])[];
  readonly encoder: Omit<EncoderOptions, 'paths'>;
  readonly chunkBytes: number;
  /** Chunks that may be under way; what the main thread does not give back in time is back-pressure or, live, loss. */
  readonly chunks: number;
  readonly live: boolean;
  /** Milliseconds after which an unfinished chunk is sent. */
  readonly flushMs: number;
  /** Chunks say when their events happened, see ordered.ts. */
  readonly ordered: boolean;
}

export type ToWorker =
  | { readonly type: 'chunk'; readonly buffer: SharedArrayBuffer }
  | { readonly type: 'stop' }
  | { readonly type: 'stats' };

export interface TallySnapshot {
  readonly events: number;
  readonly errors: number;
  /** Counts by duration bucket, see tally.ts. */
  readonly buckets: readonly number[];
}

export interface ShardStats {
  readonly counters: Readonly<Record<string, number>>;
  /** By dataset. */
  readonly tallies: Readonly<Record<string, TallySnapshot>>;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | {
      readonly type: 'failed';
      readonly code: string;
      readonly message: string;
      readonly hint?: string | undefined;
    }
  | {
      readonly type: 'chunk';
      readonly buffer: SharedArrayBuffer;
      readonly bytes: number;
      readonly events: number;
      /** With ShardPlan.ordered: the chunk's events by time. */
      readonly marks: Marks | undefined;
    }
  /** With ShardPlan.ordered: no event before this time will come. */
  | { readonly type: 'progress'; readonly seconds: number; readonly nanoseconds: number }
  | { readonly type: 'stats'; readonly stats: ShardStats }
  | { readonly type: 'log'; readonly message: string }
  | { readonly type: 'end'; readonly error: string; readonly stats: ShardStats };
