/**
 * Finds and loads the native addon, and types what it offers. When it cannot be loaded, the error says what was tried and
 * what to do.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface Device {
  readonly name: string;
  readonly description: string;
  /** Separated by blanks. */
  readonly addresses: string;
  readonly up: boolean;
  readonly loopback: boolean;
}

/** Live capture from one device. */
export interface DeviceOptions {
  readonly device: string;
  readonly filter?: string;
  readonly snaplen?: number;
  readonly ringBytes?: number;
  readonly promiscuous?: boolean;
}

/** Live: `device` and the options of that interface; else `files`. */
export interface ShardOptions extends Partial<DeviceOptions> {
  /** More interfaces, numbered from 1 on: the one above is 0. */
  readonly others?: readonly DeviceOptions[];
  /** Live: a pcapng file that is written too. */
  readonly dump?: string;
  /** The engine's thread goes before all that has no real-time priority. */
  readonly schedFifo?: boolean;
  readonly files?: readonly string[];
  /** Play files at the speed they were recorded with. */
  readonly realtime?: boolean;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  readonly icmp: boolean;
  readonly probeTcp: boolean;
  readonly probeUdp: boolean;
  readonly flows: boolean;
  /** Seconds. */
  readonly flowTimeout: number;
  /** Seconds; 0: reports at the end of flows only. */
  readonly reportPeriod: number;
  readonly deltaReports: boolean;
  readonly tcpHealth?: boolean;
  /** Look into Teredo too. */
  readonly teredo?: boolean;
  /** Look into no tunnel. */
  readonly noTunnels?: boolean;
  readonly maxFlows?: number;
  /** This shard is one of several. */
  readonly shards?: ShardPlace;
}

/** Shards of one capture have the same `group` and `count`; `index` is from 0. */
export interface ShardPlace {
  readonly group: number;
  readonly index: number;
  readonly count: number;
}

export interface NativeShard {
  memory(): ArrayBuffer;
  /** Empty, or why the engine did not get the priority that was asked for. */
  start(): string;
  /** Number of records of the next batch within waitMs; its first word is then in `position[0]`. */
  poll(waitMs: number): number;
  /** The batch of the last poll() may be filled again. */
  release(): void;
  /** COMMAND_WORDS each; returns how many the engine's queue took. */
  sendCommands(words: Uint32Array, count: number): number;
  stop(): void;
  close(): void;
  /** Cause of an early end, or ''. */
  error(): string;
  /** Lines for the log: what became of the devices. */
  notices(): string[];
  /** Captures interface `number` from another device from now on. */
  retarget(number: number, device: string): void;
}

export interface NetworkRange {
  /** 16 bytes, IPv4 as IPv4-mapped. */
  readonly prefix: Uint8Array;
  readonly bits: number;
}

export interface EncoderOptions {
  /** Field paths by id; index 0 unused. */
  readonly paths: readonly string[];
  readonly precision: 3 | 6 | 9;
  readonly ownAddresses: readonly NetworkRange[];
  readonly internalNetworks: readonly NetworkRange[];
  readonly linePrefix: string;
}

export interface NativeEncoder {
  addConstants(texts: readonly string[]): void;
  setStatics(number: number, literals: readonly (readonly [number, string])[]): void;
  openCard(number: number, offset: number): void;
  /** progress: words consumed, bytes written, events. */
  encode(rows: Uint32Array, from: number, words: number, out: Uint8Array, outFrom: number): void;
  losses(): Record<string, number>;
}

/** lz4: one block; snappy: one block with its length in front; zlib with its header; zstd: one frame. */
export type Compression = 'zlib' | 'lz4' | 'snappy' | 'zstd';

export interface Addon {
  readonly Shard: new (options: ShardOptions, position: Uint32Array) => NativeShard;
  readonly Encoder: new (options: EncoderOptions, memory: Uint8Array, progress: Uint32Array) => NativeEncoder;
  devices(): Device[];
  counterNames(): string[];
  recordLayout(): Record<string, number>;
  /** Unpacks [start, end) of `from` into at most `size` bytes of `to`; returns how many, or -1. */
  decompress(
    kind: Compression,
    from: Uint8Array,
    start: number,
    end: number,
    to: Uint8Array,
    size: number,
  ): number;
}

let loaded: Addon | undefined;

/** The addon; throws an Error with code ERR_PBFAST_ADDON when it is not there. */
export function loadAddon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  const require = createRequire(import.meta.url);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  try {
    return require('node-gyp-build')(root) as Addon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(
      new Error(
        `the native part of pbfast cannot be loaded on ${process.platform}-${process.arch}, Node ${process.versions.node}: ${reason}`,
      ),
      { code: 'ERR_PBFAST_ADDON', hint: `build it: cd ${root} && npm run setup` },
    );
  }
}
