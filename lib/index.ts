/**
 * pbfast as a library.
 *
 *   import { capture, readPcap } from 'pbfast';
 *   for await (const event of await capture({ device: 'eth0' })) if (event.type === 'http') …
 *
 * Captures run on their own threads; the caller's event loop only sees finished events.
 */
import { hostname } from 'node:os';
import { Capture, type CaptureOptions } from './app/capture.js';
import { MAX_WORKERS, type RunRequest, type SourceRequest } from './app/plan.js';
import { loadPlugins, type Plugins } from './app/plugins.js';
import type { PbfastEvent } from './protocols/events.js';
import { analyzers, findAnalyzer } from './protocols/registry.js';

export {
  Capture,
  type CaptureOptions,
  type Overflow,
  type ProtocolStats,
  type Stats,
} from './app/capture.js';
export { version } from './app/version.js';
export type { Device } from './handoff/addon.js';

export type * from './protocols/events.js';

export interface ProtocolOptions {
  /** Ports instead of the protocol's own. */
  readonly ports?: readonly number[];
  readonly [option: string]: unknown;
}

export interface AnalyzeOptions extends CaptureOptions {
  /** BPF filter. */
  readonly filter?: string;
  /** Names, or names with options; default: all, on their ports and by content. */
  readonly protocols?: readonly string[] | Readonly<Record<string, ProtocolOptions>>;
  /** Modules of analyzers of your own, .js or .ts: CONTRIBUTING.md. Relative to the working folder. */
  readonly plugins?: readonly string[];
  /** Flow events too; default true. Seconds. */
  readonly flows?:
    | boolean
    | {
        readonly timeout?: number;
        readonly period?: number;
        readonly delta?: boolean;
        readonly health?: boolean;
      };
  /** Recognise protocols on other ports by their content; default true. */
  readonly detect?: boolean;
  /** Digits of the second in dates. */
  readonly precision?: 3 | 6 | 9;
  /** Shards, two threads each; default: live half of the cores, at most 8; files 1. */
  readonly workers?: number;
}

export interface ReadOptions extends AnalyzeOptions {
  /** With several workers: the events in the order in which their packets lie in the files. */
  readonly ordered?: boolean;
}

export interface LiveOptions extends AnalyzeOptions {
  readonly device: string;
  readonly promiscuous?: boolean;
  /** Size of the kernel's ring. */
  readonly ringBytes?: number;
}

/**
 * Captures from a device. Rejects with ERR_PBFAST_PERMISSION, _DEVICE, _FILTER, _CAPTURE or _PLUGIN. `E`: the events of
 * plugins.
 */
export async function capture<E = never>(options: LiveOptions): Promise<Capture<PbfastEvent | E>> {
  const { device, promiscuous = false, ringBytes } = options;
  const source = { device, promiscuous, ...(ringBytes === undefined ? {} : { ringBytes }) };
  return Capture.start(await toRequest(source, options), options);
}

/** Reads capture files (pcap, pcapng, gzipped too; '-' is standard input). Rejects with ERR_PBFAST_FILE, _FORMAT or _PLUGIN. */
export async function readPcap<E = never>(
  files: string | readonly string[],
  options: ReadOptions = {},
): Promise<Capture<PbfastEvent | E>> {
  const source = { files: typeof files === 'string' ? [files] : files };
  return Capture.start(await toRequest(source, options), options);
}

async function toRequest(source: SourceRequest, options: AnalyzeOptions): Promise<RunRequest> {
  const plugins = await loadPlugins(options.plugins ?? []);
  const { flows = true } = options;
  const given = typeof flows === 'object' ? flows : {};
  return {
    source: options.filter === undefined ? source : { ...source, filter: options.filter },
    protocols: toProtocols(options.protocols, plugins),
    plugins,
    flows: flows === false ? null : { timeout: 30, period: 10, delta: false, ...given },
    detect: options.detect ?? true,
    precision: options.precision ?? 3,
    workers: options.workers === undefined ? undefined : checkWorkers(options.workers),
    ordered: (options as ReadOptions).ordered,
    internalNetworks: [],
    name: hostname(),
    linePrefix: '',
    chunkBytes: 1 << 18,
  };
}

function checkWorkers(workers: number): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_WORKERS) return workers;
  throw Object.assign(new RangeError(`workers: ${workers} is not a number from 1 to ${MAX_WORKERS}`), {
    code: 'ERR_PBFAST_USAGE',
  });
}

function toProtocols(asked: AnalyzeOptions['protocols'], plugins: Plugins): RunRequest['protocols'] {
  const all = [...analyzers, ...plugins.analyzers];
  if (asked === undefined) return all.map((analyzer) => ({ analyzer }));
  const entries: [string, ProtocolOptions][] = Array.isArray(asked)
    ? asked.map((name: string) => [name, {}])
    : Object.entries(asked as Record<string, ProtocolOptions>);
  return entries.map(([name, { ports, ...options }]) => {
    const analyzer = findAnalyzer(name, plugins.analyzers);
    if (!analyzer) {
      const known = all.map((a) => a.name).join(', ');
      throw Object.assign(new TypeError(`no protocol '${name}': there are ${known}`), {
        code: 'ERR_PBFAST_USAGE',
      });
    }
    return ports === undefined ? { analyzer, options } : { analyzer, options, ports };
  });
}
