/**
 * packetbeat.yml to settings: what pbfast understands of it, typed; what it does not know is warned of once a line, wrong
 * values are errors with their place.
 */
import { readFileSync } from 'node:fs';
import { PbfastError } from '../base/errors.js';
import { flag, type OptionSpec, text } from '../base/options.js';
import {
  configError,
  emptyMap,
  find,
  isSection,
  type MapSetting,
  merge,
  parseSettings,
  parseValue,
  put,
  type Setting,
  toData,
} from './document.js';
import { readInterfaces } from './interfaces.js';
import { nearest, readOption, readOptions } from './reader.js';
import {
  BOUND,
  ENTRY,
  FLOWS,
  type FlowSettings,
  type Known,
  LABELS,
  type Labels,
  NO_EFFECT,
  PORTS,
  PRECISIONS,
  type ProtocolSettings,
  SECTIONS,
  type Settings,
  SILENT,
  TUNNELS,
  WATCHER,
  WORKERS,
} from './schema.js';
import { type Environment, expand } from './variables.js';

export type { Settings } from './schema.js';

/** Reads and merges the files; `overrides` are `key=value`. Throws PbfastError ERR_PBFAST_CONFIG. */
export function loadSettings(
  files: readonly string[],
  overrides: readonly string[],
  known: Known,
  env: Environment = process.env,
): Settings {
  return readSettings(loadTree(files, overrides, env), known);
}

/** The settings as they stand in the files, references resolved. */
export function loadTree(
  files: readonly string[],
  overrides: readonly string[],
  env: Environment = process.env,
): MapSetting {
  const root = emptyMap({ file: files[0] ?? 'settings', line: 0, column: 0, text: '' });
  for (const file of files) merge(root, parseSettings(file, readText(file)));
  for (const override of overrides) merge(root, parseOverride(override));
  return expand(root, env);
}

export const readSettings = (tree: MapSetting, known: Known): Settings =>
  new SettingsReader(tree, known).read();

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new PbfastError(
      'ERR_PBFAST_CONFIG',
      `${file}: ${(error as Error).message}`,
      'check the path given with -c',
    );
  }
}

function parseOverride(override: string): MapSetting {
  const at = override.indexOf('=');
  if (at < 1) throw new PbfastError('ERR_PBFAST_USAGE', '-E: key=value is expected');
  const key = override.slice(0, at);
  // Errors name the key only: the value may be a password.
  const hidden = { file: `-E ${key}`, line: 0, column: 0, text: '' };
  const value = parseValue(override.slice(at + 1), hidden);
  const map = emptyMap(value.at);
  put(map, key.split('.'), value);
  return map;
}

class SettingsReader {
  readonly #root: MapSetting;
  readonly #watcher: MapSetting;
  readonly #known: Known;
  readonly #warnings: string[] = [];
  readonly #countedPorts: number[] = [];
  #missingOutput: PbfastError | undefined;

  constructor(root: MapSetting, known: Known) {
    this.#root = root;
    this.#known = known;
    this.#watcher = emptyMap(root.at);
    for (const name of ['packetbeat', 'pbfast']) {
      const section = root.entries.get(name);
      if (isSection(name, section)) merge(this.#watcher, section);
    }
  }

  read(): Settings {
    this.#checkSections();
    return {
      ...readInterfaces(this.#watcher.entries.get('interfaces'), this.#root.at, {
        warn: (setting, message) => this.#warn(setting, message),
        unknown: this.#unknown,
      }),
      ...this.#labels('', this.#root),
      flows: this.#flows(),
      protocols: this.#protocols(),
      output: this.#output(),
      missingOutput: this.#missingOutput,
      processors: this.#processors(),
      countedPorts: this.#countedPorts,
      name: this.#text('name'),
      precision: this.#precision(),
      detect: this.#flag('detect'),
      tunnels: this.#tunnels(),
      workers: this.#workers(),
      ordered: this.#flag('ordered'),
      warnings: this.#warnings,
    };
  }

  #warn(setting: Setting, message: string): void {
    const { file, line, column } = setting.at;
    this.#warnings.push(line > 0 ? `${file}:${line}:${column}: ${message}` : message);
  }

  #unknown = (path: string, setting: Setting, known: readonly string[]): void => {
    const name = path.split('.').pop()!;
    const near = nearest(name, known);
    this.#warn(setting, `${path} is not known${near ? `, did you mean ${near}?` : ''}`);
  };

  #checkSections(): void {
    for (const [name, setting] of this.#root.entries) {
      if (!SECTIONS.includes(name)) this.#unknown(name, setting, SECTIONS);
      else if (name === 'cloud' || name === 'xpack' || name === 'ssl')
        this.#warn(setting, `${name} has no effect yet`);
      else if (SILENT.includes(name)) continue;
    }
    for (const [name, setting] of this.#watcher.entries) {
      if (!WATCHER.includes(name)) this.#unknown(`packetbeat.${name}`, setting, WATCHER);
    }
  }

  #text(path: string): string | undefined {
    const setting = find(this.#root, path);
    return setting ? readOption(path, setting, text('', '')) : undefined;
  }

  #flag(path: string): boolean {
    const setting = find(this.#watcher, path);
    return setting ? readOption(`pbfast.${path}`, setting, flag(false, '')) : false;
  }

  #tunnels(): string {
    const setting = find(this.#watcher, 'tunnels');
    return setting ? readOption('pbfast.tunnels', setting, TUNNELS) : TUNNELS.value;
  }

  /** 0 is what it is without the setting. */
  #workers(): number | undefined {
    const setting = find(this.#watcher, 'workers');
    return (setting && readOption('pbfast.workers', setting, WORKERS)) || undefined;
  }

  #precision(): 3 | 6 | 9 {
    const setting = find(this.#root, 'timestamp.precision');
    if (!setting) return 3;
    const name = readOption('timestamp.precision', setting, text('', '', Object.keys(PRECISIONS)));
    return PRECISIONS[name as keyof typeof PRECISIONS];
  }

  #labels(path: string, map: MapSetting): Labels {
    const own = emptyMap(map.at);
    for (const key of Object.keys(LABELS)) {
      const setting = map.entries.get(key);
      if (setting) own.entries.set(key, setting);
    }
    const values = readOptions(path, own, LABELS, [], this.#unknown);
    const fields = map.entries.get('fields');
    return {
      tags: (values.tags as string[] | undefined) ?? [],
      fields: fields?.kind === 'map' ? (toData(fields) as Record<string, unknown>) : {},
      fieldsUnderRoot: (values.fields_under_root as boolean | undefined) ?? false,
    };
  }

  #flows(): FlowSettings | null {
    const section = this.#watcher.entries.get('flows');
    if (section === undefined) return null;
    const map = isSection('packetbeat.flows', section) ? section : emptyMap(section.at);
    const values = readOptions(
      'packetbeat.flows',
      map,
      FLOWS,
      ['fields', 'processors', 'keep_null', 'index'],
      this.#unknown,
    );
    if (values.enabled === false) return null;
    const timeout = (values.timeout as number | undefined) ?? 30;
    if (timeout < 1)
      throw configError(map.entries.get('timeout')!.at, 'packetbeat.flows.timeout: at least 1s is expected');
    const period = (values.period as number | undefined) ?? 10;
    if (period > 0 && period < 1)
      throw configError(
        map.entries.get('period')!.at,
        'packetbeat.flows.period: at least 1s, or -1s, is expected',
      );
    return {
      ...this.#labels('packetbeat.flows', map),
      timeout,
      period: Math.max(0, period),
      delta: (values.enable_delta_flow_reports as boolean | undefined) ?? false,
      health: (values.tcp_health as boolean | undefined) ?? false,
    };
  }

  #protocols(): ProtocolSettings[] {
    const section = this.#watcher.entries.get('protocols');
    if (!section) return [];
    if (section.kind === 'list')
      return section.items.flatMap((item) => this.#protocol(this.#typeOf(item), item));
    if (!isSection('packetbeat.protocols', section, 'a list of protocols')) return [];
    return [...section.entries].flatMap(([type, setting]) => this.#protocol(type, setting));
  }

  #typeOf(item: Setting): string {
    const type = item.kind === 'map' ? item.entries.get('type') : undefined;
    if (type?.kind !== 'value')
      throw configError(item.at, 'packetbeat.protocols: an entry needs its type, for example type: http');
    return String(type.value);
  }

  #protocol(type: string, setting: Setting): ProtocolSettings[] {
    const map = setting.kind === 'map' ? setting : emptyMap(setting.at);
    const path = `packetbeat.protocols.${type}`;
    const spec = Object.hasOwn(this.#known.protocols, type) ? this.#known.protocols[type] : undefined;
    if (!spec) {
      const near = nearest(type, Object.keys(this.#known.protocols));
      this.#warn(setting, `protocol ${type} is not analyzed${near ? `, did you mean ${near}?` : ''}`);
      const counted = map.entries.get('ports');
      if (counted) this.#countedPorts.push(...readOption(`${path}.ports`, counted, PORTS));
      return [];
    }
    const enabled = map.entries.get('enabled');
    if (enabled && !readOption(`${path}.enabled`, enabled, flag(true, ''))) return [];
    const ports = map.entries.get('ports');
    for (const key of NO_EFFECT) {
      const ignored = map.entries.get(key);
      if (ignored) this.#warn(ignored, `${path}.${key} has no effect yet`);
    }
    return [
      {
        ...this.#labels(path, map),
        type,
        device: this.#boundTo(path, map),
        ports: ports ? readOption(`${path}.ports`, ports, PORTS) : undefined,
        options: readOptions(path, map, spec, ENTRY, this.#unknown),
      },
    ];
  }

  #boundTo(path: string, map: MapSetting): string | undefined {
    const bound = map.entries.get('interface');
    if (!isSection(`${path}.interface`, bound)) return undefined;
    const { device } = readOptions(`${path}.interface`, bound, BOUND, [], this.#unknown);
    return device === '' ? undefined : (device as string | undefined);
  }

  #output(): Settings['output'] {
    const section = this.#root.entries.get('output');
    if (!isSection('output', section)) return undefined;
    const enabled = [...section.entries].filter(([, setting]) => {
      const flagged = setting.kind === 'map' ? setting.entries.get('enabled') : undefined;
      return !flagged || readOption('output.enabled', flagged, flag(true, ''));
    });
    if (enabled.length > 1) throw configError(enabled[1]![1].at, 'only one output may be enabled');
    const [name, setting] = enabled[0] ?? [];
    if (name === undefined || setting === undefined) return undefined;
    const spec = Object.hasOwn(this.#known.outputs, name) ? this.#known.outputs[name] : undefined;
    if (!spec) {
      const message = `output.${name} is not there yet: use ${Object.keys(this.#known.outputs).join(', ')}`;
      this.#missingOutput = configError(setting.at, message);
      return undefined;
    }
    const map = setting.kind === 'map' ? setting : emptyMap(setting.at);
    return {
      name,
      options: readOptions(`output.${name}`, flatten(map, spec), spec, ['enabled'], this.#unknown),
    };
  }

  #processors(): unknown[] {
    const section = this.#root.entries.get('processors');
    return section?.kind === 'list' ? section.items.map(toData) : [];
  }
}

/** Nested settings that the specification names with dots: `backoff: { init: 1s }` is `backoff.init`. */
function flatten(map: MapSetting, spec: OptionSpec): MapSetting {
  const flat = emptyMap(map.at);
  const visit = (from: MapSetting, prefix: string): void => {
    for (const [key, setting] of from.entries) {
      const path = prefix + key;
      const deeper = Object.keys(spec).some((name) => name.startsWith(`${path}.`));
      if (setting.kind === 'map' && deeper && !(path in spec)) visit(setting, `${path}.`);
      else flat.entries.set(path, setting);
    }
  };
  visit(map, '');
  return flat;
}
