/** `packetbeat.interfaces`: one set of options or a list of them. */
import {
  configError,
  emptyMap,
  isSection,
  type MapSetting,
  type Position,
  type Setting,
} from './document.js';
import { type Cidr, NETWORK_NAMES, parseNetworks } from './networks.js';
import { readOptions } from './reader.js';
import { INTERFACE, INTERFACE_SILENT, type InterfaceSettings, type Settings } from './schema.js';

export interface Told {
  warn(setting: Setting, message: string): void;
  unknown(path: string, setting: Setting, known: readonly string[]): void;
}

const PATH = 'packetbeat.interfaces';

export function readInterfaces(
  section: Setting | undefined,
  at: Position,
  told: Told,
): InterfaceSettings & Pick<Settings, 'others' | 'file' | 'internalNetworks'> {
  const [first, ...others] = setsOf(section, at).map((map) => readSet(map, told));
  refuseTwice([first!, ...others]);
  for (const { map, file, networks } of others) {
    // As in Packetbeat.
    if (file !== undefined) told.warn(map, `${PATH}: file has an effect in the first set only`);
    if (networks.length > 0) told.warn(map, `${PATH}: internal_networks has an effect in the first set only`);
  }
  return {
    ...first!.options,
    file: first!.file,
    internalNetworks: toNetworks(first!, told),
    others: others.map(({ options }) => options),
  };
}

/** At least one, which may be empty. */
function setsOf(section: Setting | undefined, at: Position): MapSetting[] {
  if (section?.kind === 'list' && section.items.length > 0)
    return section.items.map((item) => {
      if (item.kind === 'map') return item;
      throw configError(item.at, `${PATH}: a set needs settings, for example device: eth0`);
    });
  return section?.kind !== 'list' && isSection(PATH, section) ? [section] : [emptyMap(at)];
}

interface Read {
  readonly map: MapSetting;
  readonly options: InterfaceSettings;
  readonly file: string | undefined;
  readonly networks: readonly string[];
}

function readSet(map: MapSetting, told: Told): Read {
  const values = readOptions(PATH, map, INTERFACE, INTERFACE_SILENT, told.unknown);
  const given = <T>(key: string) => (values[key] === '' ? undefined : (values[key] as T | undefined));
  const ring = given<number>('buffer_size_mb');
  return {
    map,
    options: {
      device: given<string>('device'),
      pollSeconds: given<number>('poll_default_route') ?? 0,
      snaplen: given<number>('snaplen'),
      // Packetbeat's default ring is too small to lose nothing; ours is the floor.
      ringBytes: ring === undefined ? undefined : Math.max(ring, 64) * 1048576,
      filter: given<string>('bpf_filter'),
      promiscuous: given<boolean>('auto_promisc_mode') ?? false,
    },
    file: given<string>('file'),
    networks: given<string[]>('internal_networks') ?? [],
  };
}

function refuseTwice(sets: readonly Read[]): void {
  const seen = new Set<string>();
  for (const { map, options } of sets) {
    const { device = '' } = options;
    if (sets.length > 1 && device === '')
      throw configError(map.at, `${PATH}: each of several sets needs its device`);
    if (seen.has(device)) throw configError(map.at, `${PATH}: ${device} is there twice`);
    seen.add(device);
  }
}

function toNetworks({ map, networks }: Read, told: Told): Cidr[] {
  const setting = map.entries.get('internal_networks')!;
  return networks.flatMap((entry) => {
    const known = parseNetworks(entry);
    if (known?.length === 0) told.warn(setting, `internal_networks: ${entry} has no effect yet`);
    if (known) return known;
    throw configError(
      setting.at,
      `${PATH}.internal_networks: '${entry}' is neither a network such as 10.0.0.0/8 nor one of ${NETWORK_NAMES.join(', ')}`,
    );
  });
}
