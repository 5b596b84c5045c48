/** From settings of a configuration file to a run: protocols with their analyzers, flows, what processors drop. */
import { hostname } from 'node:os';
import { loadSettings as load, type Settings } from '../config/settings.js';
import { outputs } from '../outputs/registry.js';
import { fateOf } from '../processors/registry.js';
import { analyzers, findAnalyzer } from '../protocols/registry.js';
import { parseAddress } from './addresses.js';
import type { ProtocolRequest, RunRequest } from './plan.js';

export type { Settings } from '../config/settings.js';

/** Throws PbfastError ERR_PBFAST_CONFIG. */
export function loadSettings(files: readonly string[], overrides: readonly string[]): Settings {
  return load(files, overrides, {
    protocols: Object.fromEntries(analyzers.map(({ name, options }) => [name, options])),
    outputs: Object.fromEntries(outputs.map(({ name, options }) => [name, options])),
  });
}

/** What is taken without a configuration file: everything, by port and by content. */
export function defaultRequest(): RunRequest {
  return {
    source: {},
    protocols: analyzers.map((analyzer) => ({ analyzer })),
    flows: { timeout: 30, period: 10, delta: false, health: false },
    detect: true,
    precision: 3,
    internalNetworks: [],
    name: hostname(),
    linePrefix: '',
  };
}

/** `warn` is told what has no effect. */
export function toRequest(settings: Settings, warn: (message: string) => void): RunRequest {
  for (const warning of settings.warnings) warn(warning);
  const { flows, tags, fields, fieldsUnderRoot } = settings;
  const told = new Set<string>();
  const mutes = (type: string): boolean => {
    const { dropped, unsupported } = fateOf(type, settings.processors);
    for (const name of unsupported) {
      if (!told.has(name)) warn(`processor ${name} has no effect yet on events of type ${type}`);
      told.add(name);
    }
    return dropped;
  };
  return {
    source: definedOnly({
      device: settings.file === undefined ? settings.device : undefined,
      files: settings.file === undefined ? undefined : [settings.file],
      filter: settings.filter,
      snaplen: settings.snaplen,
      ringBytes: settings.ringBytes,
      promiscuous: settings.promiscuous,
    }),
    protocols: settings.protocols.map((protocol) => toProtocol(protocol, mutes)),
    flows: flows && { ...flows, muted: mutes('flow') },
    detect: settings.detect,
    workers: settings.workers,
    ordered: settings.ordered,
    precision: settings.precision,
    internalNetworks: settings.internalNetworks.map(({ address, bits }) => ({
      prefix: parseAddress(address)!,
      bits: address.includes(':') ? bits : bits + 96,
    })),
    name: settings.name ?? hostname(),
    tags,
    fields,
    fieldsUnderRoot,
    linePrefix: '',
    countedPorts: settings.countedPorts,
  };
}

function toProtocol(
  protocol: Settings['protocols'][number],
  mutes: (type: string) => boolean,
): ProtocolRequest {
  const { type, ports, options, tags, fields, fieldsUnderRoot } = protocol;
  const analyzer = findAnalyzer(type)!;
  // As in Packetbeat, a protocol without ports in its entry listens nowhere but by content.
  return {
    analyzer,
    options,
    ports: ports ?? analyzer.ports,
    tags,
    fields,
    fieldsUnderRoot,
    muted: mutes(type),
  };
}

function definedOnly<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
