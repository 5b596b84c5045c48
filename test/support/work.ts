/**
 * Counts work instead of time, so that it is the same on every run and machine: blocks of lib/ that ran, by the precise coverage
 * of V8, and what builtins that walk over bytes, texts or lists had before them. Code must be imported after start(): what was
 * compiled before has no counts for its blocks.
 */
import { type Profiler, Session } from 'node:inspector';

const inspector = new Session();

export function startCounting(): void {
  inspector.connect();
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
}

export function stopCounting(): void {
  post('Profiler.stopPreciseCoverage');
  inspector.disconnect();
}

/** What `run` cost. */
export function workOf(run: () => void): number {
  takeBlocks();
  const restore = watchBuiltins();
  try {
    run();
  } finally {
    restore();
  }
  return takeBlocks() + walked;
}

function post<T>(method: string, params: object = {}): T {
  let answer: T | undefined;
  // In the inspected thread itself the answer comes before post() returns.
  inspector.post(method, params, (error: Error | null, result?: unknown) => {
    if (error) throw error;
    answer = result as T;
  });
  return answer!;
}

/** Blocks that ran since the last call. */
function takeBlocks(): number {
  const { result } = post<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage');
  let blocks = 0;
  for (const { url, functions } of result) {
    if (!url.includes('/lib/')) continue;
    for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
  }
  return blocks;
}

let walked = 0;

type Builtin = (this: unknown, ...args: unknown[]) => unknown;
/** How many bytes, characters or elements a call walked over. */
type Walk = (self: unknown, args: unknown[], result: unknown) => number;

const sizeOf = (thing: unknown): number => Number((thing as { length?: number } | undefined)?.length ?? 0);
const whole: Walk = (self) => sizeOf(self);
const given: Walk = (_, [first]) => sizeOf(first);
const made: Walk = (_, __, result) => sizeOf(result);
const between =
  (first: number): Walk =>
  (self, args) =>
    Math.max(0, Number(args[first + 1] ?? sizeOf(self)) - Number(args[first] ?? 0));
/** From where the search began to what it found. */
const found: Walk = (self, [, from], result) =>
  Math.max(0, (Number(result) < 0 ? sizeOf(self) : Number(result)) - Number(from ?? 0));
const searched: Walk = (self, [, from]) => Math.max(0, sizeOf(self) - Number(from ?? 0));

/** V8 moves the beginning of a list, not its elements, unless it is a large object. */
const moved: Walk = (self) => (sizeOf(self) > 8192 ? sizeOf(self) : 1);

const BYTES: object = Object.getPrototypeOf(Uint8Array.prototype);
const BUILTINS: readonly [object, Record<string, Walk>][] = [
  [
    BYTES,
    {
      fill: between(1),
      copyWithin: between(1),
      set: given,
      slice: made,
      join: whole,
      indexOf: found,
      includes: searched,
      lastIndexOf: whole,
    },
  ],
  [
    Buffer.prototype,
    {
      indexOf: found,
      includes: searched,
      lastIndexOf: whole,
      latin1Slice: between(0),
      utf8Slice: between(0),
    },
  ],
  [TextDecoder.prototype, { decode: given }],
  [RegExp.prototype, { test: given, exec: given }],
  [
    String.prototype,
    {
      indexOf: found,
      includes: searched,
      lastIndexOf: whole,
      split: whole,
      replace: whole,
      replaceAll: whole,
      toLowerCase: whole,
      toUpperCase: whole,
    },
  ],
  [
    Array.prototype,
    {
      shift: moved,
      unshift: whole,
      splice: searched,
      indexOf: found,
      includes: searched,
      slice: made,
      join: whole,
      sort: whole,
      concat: made,
    },
  ],
];

function watchBuiltins(): () => void {
  walked = 0;
  const undo: (() => void)[] = [];
  for (const [owner, walks] of BUILTINS) {
    for (const [name, walk] of Object.entries(walks)) {
      const before = Object.getOwnPropertyDescriptor(owner, name)!;
      Object.defineProperty(owner, name, { ...before, value: counted(before.value as Builtin, walk) });
      undo.push(() => Object.defineProperty(owner, name, before));
    }
  }
  return () => {
    for (const again of undo) again();
  };
}

function counted(builtin: Builtin, walk: Walk): Builtin {
  return function (...args) {
    const result = builtin.apply(this, args);
    walked += 1 + walk(this, args, result);
    return result;
  };
}
