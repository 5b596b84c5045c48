/** From what the user asked for to what a shard is told: analyzers with options and ports, static fields, limits. */
import { statSync } from 'node:fs';
import { availableParallelism, networkInterfaces } from 'node:os';
import { defaultsOf } from '../base/options.js';
import type { NetworkRange, ShardOptions } from '../handoff/addon.js';
import type { Analyzer, Transport } from '../protocols/analyzer.js';
import { parseAddress } from './addresses.js';
import type { PlannedUse, ShardPlan, StaticFields } from './messages.js';
import type { Plugins } from './plugins.js';
import { version } from './version.js';

export interface Labels {
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Put `fields` at the top of the event, not below `fields.` */
  readonly fieldsUnderRoot?: boolean;
}

export interface ProtocolRequest extends Labels {
  readonly analyzer: Analyzer;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly number[];
  readonly muted?: boolean;
  /** Only what comes from this device. */
  readonly device?: string | undefined;
}

export interface FlowRequest extends Labels {
  /** Seconds of silence that end a flow. */
  readonly timeout: number;
  /** Seconds between reports of a living flow; 0: none. */
  readonly period: number;
  readonly delta: boolean;
  /** TCP flows say how they went. */
  readonly health?: boolean;
  readonly muted?: boolean;
}

export type RouteFamily = 'ipv4' | 'ipv6';

/** The device is that of a default route, and changes with it. */
export interface RouteRequest {
  readonly families: readonly RouteFamily[];
  readonly pollSeconds: number;
}

export interface InterfaceRequest {
  readonly device: string;
  /** Of `device: default_route`, see devices.ts. */
  readonly pollSeconds?: number;
  readonly route?: RouteRequest;
  readonly filter?: string;
  readonly snaplen?: number;
  readonly ringBytes?: number;
  readonly promiscuous?: boolean;
}

/** One interface, or files. */
export interface SourceRequest extends Partial<InterfaceRequest> {
  readonly others?: readonly InterfaceRequest[];
  readonly files?: readonly string[];
  readonly realtime?: boolean;
  readonly dump?: string;
  readonly schedFifo?: boolean;
}

export interface RunRequest extends Labels {
  readonly source: SourceRequest;
  readonly protocols: readonly ProtocolRequest[];
  /** Those that `protocols` are from beside our own. */
  readonly plugins?: Plugins;
  readonly flows: FlowRequest | null;
  /** Recognise protocols on unknown ports by content. */
  readonly detect: boolean;
  /** Which are looked into: 'usual' (all but Teredo, the default), 'all', 'none'. */
  readonly tunnels?: string;
  readonly precision: 3 | 6 | 9;
  readonly internalNetworks: readonly NetworkRange[];
  readonly name: string;
  /** Before every event, see EncoderOptions. */
  readonly linePrefix: string;
  /** TCP ports whose connections are numbered although nobody analyzes them. */
  readonly countedPorts?: readonly number[];
  readonly chunkBytes?: number;
  readonly chunks?: number;
  /** Shards; default: live from the cores, files one. */
  readonly workers?: number | undefined;
  /** Files: the events of all shards in the order of time. */
  readonly ordered?: boolean | undefined;
}

const CHUNK_BYTES = 1 << 20;
const FILE_CHUNKS = 4;
const LIVE_CHUNKS = 64;
/** A number that no interface has. */
const NO_INTERFACE = 0xffff;
const MAX_DEFAULT_WORKERS = 8;
export const MAX_WORKERS = 64;

let groups = 0;

/** What each shard of a run is told. */
export function planShards(request: RunRequest): ShardPlan[] {
  const plan = planShard(request);
  const count = workersOf(request);
  if (count === 1) return [{ ...plan, ordered: false }];
  const group = ++groups;
  return Array.from({ length: count }, (_, index) => ({
    ...plan,
    source: { ...plan.source, ...dumpOf(request, index), shards: { group, index, count } },
  }));
}

/** A file for each shard. */
const dumpOf = ({ source: { dump } }: RunRequest, index: number) =>
  dump === undefined || index === 0 ? {} : { dump: `${dump}.${index}` };

/** Half of the cores: a shard has two threads. A file that can be read but once is one shard's. */
export function workersOf({ source, workers }: RunRequest, cores = availableParallelism()): number {
  if (source.device === undefined)
    return source.files?.every(isRegular) ? Math.min(workers ?? 1, MAX_WORKERS) : 1;
  const usual = cores <= 2 ? 1 : Math.min(Math.floor(cores / 2), MAX_DEFAULT_WORKERS);
  return Math.min(workers ?? usual, MAX_WORKERS);
}

const isRegular = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

export function planShard(request: RunRequest): ShardPlan {
  const live = request.source.device !== undefined;
  const sets = new StaticSets(request);
  return {
    plugins: request.plugins?.paths ?? [],
    source: planSource(request),
    routes: interfacesOf(request.source).flatMap(({ device, route }, number) =>
      route ? [{ number, device, route }] : [],
    ),
    uses: request.protocols.map((protocol) => planUse(protocol, sets, request.source)),
    detect: request.detect,
    flowStatics: request.flows ? sets.add(request.flows) : 0,
    flowsMuted: request.flows?.muted ?? false,
    statics: sets.sets,
    extraFields: sets.extra,
    encoder: {
      precision: request.precision,
      ownAddresses: ownAddresses(),
      internalNetworks: request.internalNetworks,
      linePrefix: request.linePrefix,
    },
    chunkBytes: request.chunkBytes ?? CHUNK_BYTES,
    chunks: request.chunks ?? (live ? LIVE_CHUNKS : FILE_CHUNKS),
    live,
    flushMs: 100,
    ordered: !live && (request.ordered ?? false),
  };
}

function planSource(request: RunRequest): ShardOptions {
  const ports = (transport: Transport) =>
    request.protocols.filter((p) => p.analyzer.transports.includes(transport)).flatMap((p) => portsOf(p));
  const probes = (transport: Transport) =>
    request.detect &&
    request.protocols.some((p) => p.analyzer.probe && p.analyzer.transports.includes(transport));
  const { flows } = request;
  return {
    ...request.source,
    tcpPorts: [...ports('tcp'), ...(request.countedPorts ?? [])],
    udpPorts: ports('udp'),
    icmp: request.protocols.some((p) => p.analyzer.transports.includes('icmp')),
    probeTcp: probes('tcp'),
    probeUdp: probes('udp'),
    teredo: request.tunnels === 'all',
    noTunnels: request.tunnels === 'none',
    flows: flows !== null,
    flowTimeout: flows?.timeout ?? 30,
    reportPeriod: flows?.period ?? 0,
    deltaReports: flows?.delta ?? false,
    tcpHealth: flows?.health ?? false,
  };
}

const portsOf = (protocol: ProtocolRequest) => protocol.ports ?? protocol.analyzer.ports;

/** In the order of their numbers. */
const interfacesOf = ({ device, route, others = [] }: SourceRequest) =>
  device === undefined ? [] : [{ device, ...(route ? { route } : {}) }, ...others];

/** What a protocol is bound to. Nothing comes from a device that is not captured from; files have no devices. */
function numberOf(device: string | undefined, source: SourceRequest): number | undefined {
  if (device === undefined || source.device === undefined) return undefined;
  const number = interfacesOf(source).findIndex((one) => one.device === device);
  return number < 0 ? NO_INTERFACE : number;
}

function planUse(protocol: ProtocolRequest, sets: StaticSets, source: SourceRequest): PlannedUse {
  return {
    name: protocol.analyzer.name,
    options: { ...defaultsOf(protocol.analyzer.options), ...protocol.options },
    ports: portsOf(protocol),
    statics: sets.add(protocol),
    muted: protocol.muted ?? false,
    interface: numberOf(protocol.device, source),
  };
}

/** Static field sets: what every event of one protocol carries. Equal sets share a number. */
class StaticSets {
  readonly sets: StaticFields[] = [];
  readonly extra: [string, 'keyword' | 'flattened'][] = [];
  readonly #numbers = new Map<string, number>();
  readonly #request: RunRequest;

  constructor(request: RunRequest) {
    this.#request = request;
  }

  add(own: Labels): number {
    const { name } = this.#request;
    const tags = [...(this.#request.tags ?? []), ...(own.tags ?? [])];
    const set: [string, string][] = [
      ['agent.name', JSON.stringify(name)],
      ['agent.type', '"pbfast"'],
      ['agent.version', JSON.stringify(version)],
      ['host.name', JSON.stringify(name)],
      ...(tags.length > 0 ? ([['tags', JSON.stringify(tags)]] as [string, string][]) : []),
      ...this.#fields(this.#request),
      ...this.#fields(own),
    ];
    const key = JSON.stringify(set);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.sets.push(set);
      this.#numbers.set(key, number);
    }
    return number;
  }

  #fields({ fields = {}, fieldsUnderRoot = false }: Labels): [string, string][] {
    return Object.entries(fields).map(([key, value]) => {
      const path = fieldsUnderRoot ? key : `fields.${key}`;
      const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (!this.extra.some(([known]) => known === path))
        this.extra.push([path, nested ? 'flattened' : 'keyword']);
      return [path, JSON.stringify(value)];
    });
  }
}

/** Addresses of this machine, for network.direction. */
function ownAddresses(): NetworkRange[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.flatMap(({ address }) => {
    const prefix = parseAddress(address);
    return prefix ? [{ prefix, bits: 128 }] : [];
  });
}
