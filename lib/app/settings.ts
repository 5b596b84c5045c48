/** From settings of a configuration file to a run: protocols with their analyzers, flows, what processors drop. */
import { hostname } from 'node:os';
import type { OptionSpec } from '../base/options.js';
import { pluginPaths } from '../config/plugins.js';
import { loadTree, readSettings, type Settings } from '../config/settings.js';
import { outputs } from '../outputs/registry.js';
import { fateOf } from '../processors/registry.js';
import { analyzers, findAnalyzer } from '../protocols/registry.js';
import { parseAddress } from './addresses.js';
import type { ProtocolRequest, RunRequest, SourceRequest } from './plan.js';
import { loadPlugins, NO_PLUGINS, type Plugins } from './plugins.js';

export type { Settings } from '../config/settings.js';

/** Throws PbfastError ERR_PBFAST_CONFIG. Without the plugins it names: see openSettings(). */
export function loadSettings(files: readonly string[], overrides: readonly string[]): Settings {
  return readSettings(loadTree(files, overrides), known(NO_PLUGINS));
}

/** The settings, and the plugins: `asked` for, and those that the settings name. */
export async function openSettings(
  files: readonly string[],
  overrides: readonly string[],
  asked: readonly string[],
): Promise<{ readonly settings: Settings; readonly plugins: Plugins }> {
  const tree = loadTree(files, overrides);
  const plugins = await loadPlugins([...asked, ...pluginPaths(tree)]);
  return { settings: readSettings(tree, known(plugins)), plugins };
}

const known = (plugins: Plugins) => ({
  protocols: optionsByName([...analyzers, ...plugins.analyzers]),
  outputs: optionsByName(outputs),
});

const optionsByName = (list: readonly { readonly name: string; readonly options: OptionSpec }[]) =>
  Object.fromEntries(list.map(({ name, options }) => [name, options]));

/** What is taken without a configuration file: everything, by port and by content. */
export function defaultRequest(plugins: Plugins = NO_PLUGINS): RunRequest {
  return {
    source: {},
    protocols: [...analyzers, ...plugins.analyzers].map((analyzer) => ({ analyzer })),
    plugins,
    flows: { timeout: 30, period: 10, delta: false, health: false },
    detect: true,
    precision: 3,
    internalNetworks: [],
    name: hostname(),
    linePrefix: '',
  };
}

/** `warn` is told what has no effect. */
export function toRequest(
  settings: Settings,
  warn: (message: string) => void,
  plugins: Plugins = NO_PLUGINS,
): RunRequest {
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
      ...(settings.file === undefined ? toDevices(settings) : { files: [settings.file] }),
      filter: settings.filter,
      snaplen: settings.snaplen,
      ringBytes: settings.ringBytes,
      promiscuous: settings.promiscuous,
    }),
    protocols: settings.protocols.map((protocol) => toProtocol(protocol, mutes, plugins)),
    plugins,
    flows: flows && { ...flows, muted: mutes('flow') },
    detect: settings.detect,
    tunnels: settings.tunnels,
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

/** As they are named: which devices they are is found out when the capture starts. */
function toDevices({ device, pollSeconds, others }: Settings): Partial<SourceRequest> {
  const wanted = others.map((other) => ({ ...definedOnly(other), device: other.device! }));
  return {
    ...definedOnly({ device }),
    pollSeconds,
    ...(wanted.length > 0 ? { others: wanted } : {}),
  };
}

function toProtocol(
  protocol: Settings['protocols'][number],
  mutes: (type: string) => boolean,
  plugins: Plugins,
): ProtocolRequest {
  const { type, ports, options, tags, fields, fieldsUnderRoot, device } = protocol;
  const analyzer = findAnalyzer(type, plugins.analyzers)!;
  // As in Packetbeat, a protocol without ports in its entry listens nowhere but by content.
  return {
    analyzer,
    options,
    ports: ports ?? analyzer.ports,
    tags,
    fields,
    fieldsUnderRoot,
    muted: mutes(type),
    device,
  };
}

function definedOnly<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
