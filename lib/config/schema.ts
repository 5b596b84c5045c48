/**
 * What a configuration may hold: the typed result, the options of each section, and the names that Packetbeat knows and that
 * have no effect here.
 */

import type { PbfastError } from '../base/errors.js';
import { duration, flag, integer, integers, type OptionSpec, strings, text } from '../base/options.js';
import type { Cidr } from './networks.js';

/** What the rooms above tell of themselves: protocols and outputs by name, with their options. */
export interface Known {
  readonly protocols: Readonly<Record<string, OptionSpec>>;
  readonly outputs: Readonly<Record<string, OptionSpec>>;
}

export interface Labels {
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly fieldsUnderRoot: boolean;
}

export interface ProtocolSettings extends Labels {
  readonly type: string;
  readonly ports: readonly number[] | undefined;
  /** The device whose packets alone are its business. */
  readonly device: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface FlowSettings extends Labels {
  readonly timeout: number;
  readonly period: number;
  readonly delta: boolean;
  readonly health: boolean;
}

/** One set of `packetbeat.interfaces`. */
export interface InterfaceSettings {
  readonly device: string | undefined;
  /** Seconds between looks at the default route; 0: only at the start. */
  readonly pollSeconds: number;
  readonly snaplen: number | undefined;
  readonly ringBytes: number | undefined;
  readonly filter: string | undefined;
  readonly promiscuous: boolean;
}

export interface Settings extends Labels, InterfaceSettings {
  /** The sets behind the first one, which is in this object. */
  readonly others: readonly InterfaceSettings[];
  readonly file: string | undefined;
  readonly internalNetworks: readonly Cidr[];
  readonly flows: FlowSettings | null;
  readonly protocols: readonly ProtocolSettings[];
  /** The one enabled output. */
  readonly output: { readonly name: string; readonly options: Readonly<Record<string, unknown>> } | undefined;
  /** An output is asked for that does not exist: an error, unless another one is chosen. */
  readonly missingOutput: PbfastError | undefined;
  readonly processors: readonly unknown[];
  /** TCP ports of protocols that are not analyzed: their connections are numbered in flow.id, as Packetbeat does. */
  readonly countedPorts: readonly number[];
  readonly name: string | undefined;
  readonly precision: 3 | 6 | 9;
  readonly detect: boolean;
  readonly tunnels: string;
  readonly workers: number | undefined;
  readonly ordered: boolean;
  readonly warnings: readonly string[];
}

export const LABELS = {
  tags: strings([], 'Added to every event.'),
  fields_under_root: flag(false, 'Put `fields` at the top of the event.'),
};
export const INTERFACE = {
  device: text('', 'Device to capture from.'),
  file: text('', 'Capture file to read.'),
  snaplen: integer(65535, 'Bytes kept of a packet.', { min: 64, max: 262144 }),
  buffer_size_mb: integer(64, 'Size of the ring.', { min: 1, max: 4096 }),
  bpf_filter: text('', 'BPF filter.'),
  auto_promisc_mode: flag(false, 'Capture what is not for this host.'),
  internal_networks: strings([], 'For network.direction.'),
  poll_default_route: {
    ...duration(0, 'Between looks at the default route; 0: only at the start.'),
    min: 0,
  },
};
/** Known to Packetbeat, without effect here. */
export const INTERFACE_SILENT = ['type', 'with_vlans', 'metrics_interval', 'fanout_group', 'dump'];
export const FLOWS = {
  enabled: flag(true, 'Report flows.'),
  timeout: duration(30, 'Silence that ends a flow.'),
  period: duration(10, 'Between reports of a living flow; below 0: none.'),
  enable_delta_flow_reports: flag(false, 'Counters restart at each report.'),
  tcp_health: flag(false, 'TCP flows say how they went: retransmissions, round trips, resets ...'),
  ...LABELS,
};
export const PORTS = { ...integers([], 'Ports to listen on.'), min: 0, max: 65535 };
/** Of every entry of `protocols`; no analyzer may call an option so. */
export const ENTRY = [
  'type',
  'enabled',
  'ports',
  'fields',
  'processors',
  'keep_null',
  'index',
  'interface',
  ...Object.keys(LABELS),
];
/** Of an entry: known to Packetbeat, warned of. */
export const NO_EFFECT = ['processors', 'index', 'keep_null'];
/** Of an entry: what `interface` may hold. */
export const BOUND = { device: text('', 'The device whose packets alone are its business.') };
export const TUNNELS = text('usual', 'Which tunnels are looked into: all but Teredo, all, or none.', [
  'usual',
  'all',
  'none',
]);
export const WORKERS = integer(0, 'Shards; 0: as many as the cores suggest.', { min: 0, max: 64 });
export const PRECISIONS = { millisecond: 3, microsecond: 6, nanosecond: 9 } as const;
/** Top-level sections that Packetbeat knows and that have no effect here yet. */
export const SECTIONS = [
  'packetbeat',
  'pbfast',
  'output',
  'processors',
  'name',
  'tags',
  'fields',
  'fields_under_root',
  'timestamp',
  'max_procs',
  'gc_percent',
  'path',
  'features',
  'setup',
  'logging',
  'monitoring',
  'http',
  'queue',
  'cloud',
  'instrumentation',
  'keystore',
  'seccomp',
  'xpack',
  'migration',
  'shipper',
  'ssl',
];
export const SILENT = [
  'max_procs',
  'gc_percent',
  'path',
  'features',
  'setup',
  'logging',
  'monitoring',
  'http',
  'instrumentation',
  'seccomp',
  'migration',
  'keystore',
  'queue',
];
export const WATCHER = [
  'interfaces',
  'flows',
  'protocols',
  'procs',
  'ignore_outgoing',
  'shutdown_timeout',
  'overwrite_pipelines',
  'npcap',
  'detect',
  'tunnels',
  'workers',
  'ordered',
  'plugins',
];
