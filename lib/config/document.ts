/**
 * A configuration file as a tree of settings with their positions. Dotted and nested keys are the same; several files are
 * merged, the later one wins.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type ScalarTag,
  type YAMLMap,
} from 'yaml';
import { PbfastError } from '../base/errors.js';

export interface Position {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The line's text. */
  readonly text: string;
}

export type Setting =
  | { readonly kind: 'map'; readonly at: Position; readonly entries: Map<string, Setting> }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly Setting[] }
  | { readonly kind: 'value'; readonly at: Position; readonly value: string | number | boolean | null };

export type MapSetting = Extract<Setting, { kind: 'map' }>;

/** LIMIT of nesting, against aliases that contain themselves. */
const MAX_DEPTH = 64;

/** 0600 is octal, as Packetbeat reads it (YAML 1.1). */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (digits) => Number.parseInt(digits, 8),
};

export function configError(at: Position, what: string): PbfastError {
  const place = at.line > 0 ? `${at.file}:${at.line}:${at.column}` : at.file;
  const caret = at.text ? `\n  ${at.text}\n  ${' '.repeat(Math.max(0, at.column - 1))}^` : '';
  return new PbfastError('ERR_PBFAST_CONFIG', `${place}: ${what}${caret}`);
}

/** Parses the text of one file; an empty one is an empty map. */
export function parseSettings(file: string, text: string): MapSetting {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, customTags: (tags) => [OCTAL, ...tags] });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, text: text.split('\n')[line - 1] ?? '' };
  };
  const [error] = document.errors;
  if (error)
    throw configError(place(error.pos[0]), error.message.split('\n')[0]!.replace(/ at line .*$/, ''));
  const tree = document.contents ? new Converter(document, place).convert(document.contents, 0) : undefined;
  const at = { file, line: 1, column: 1, text: '' };
  if (tree === undefined || (tree.kind === 'value' && tree.value === null)) return emptyMap(at);
  if (tree.kind !== 'map') throw configError(tree.at, 'settings are expected: key: value');
  return tree;
}

/** A single value that stands at `at`: from a variable or the command line. Text that is no YAML stays text. */
export function parseValue(text: string, at: Position): Setting {
  const document = parseDocument(`value: ${text}`, { customTags: (tags) => [OCTAL, ...tags] });
  const tree =
    document.errors.length === 0
      ? new Converter(document, () => at).convert(document.contents, 0)
      : undefined;
  const value = tree?.kind === 'map' ? tree.entries.get('value') : undefined;
  return value ?? { kind: 'value', at, value: text };
}

export const emptyMap = (at: Position): MapSetting => ({ kind: 'map', at, entries: new Map() });

/** Nodes to settings; aliases and merge keys (<<) are followed. */
class Converter {
  readonly #document: Document.Parsed;
  readonly #place: (offset: number) => Position;

  constructor(document: Document.Parsed, place: (offset: number) => Position) {
    this.#document = document;
    this.#place = place;
  }

  convert(node: Node | null, depth: number): Setting {
    const at = this.#at(node);
    if (depth > MAX_DEPTH) throw configError(at, 'nested too deeply');
    if (isAlias(node)) {
      const aim = node.resolve(this.#document);
      if (!aim) throw configError(at, `nothing is named &${node.source}`);
      return this.convert(aim, depth + 1);
    }
    if (isMap(node)) return this.#map(node, at, depth);
    if (isSeq(node))
      return { kind: 'list', at, items: node.items.map((item) => this.convert(item as Node, depth + 1)) };
    return { kind: 'value', at, value: toValue(isScalar(node) ? node.value : null) };
  }

  #map(node: YAMLMap, at: Position, depth: number): MapSetting {
    const map = emptyMap(at);
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const keyAt = this.#at(key as Node);
      const setting: Setting = value
        ? this.convert(value as Node, depth + 1)
        : { kind: 'value', at: keyAt, value: null };
      if (name === '<<') mergeKey(map, setting);
      else put(map, name.split('.'), { ...setting, at: setting.kind === 'value' ? setting.at : keyAt });
    }
    return map;
  }

  #at(node: Node | null): Position {
    return this.#place(node?.range?.[0] ?? 0);
  }
}

/** Lays what << names below what is there: the map's own settings win. */
function mergeKey(map: MapSetting, setting: Setting): void {
  const from = setting.kind === 'list' ? setting.items : [setting];
  for (const base of from) {
    if (base.kind !== 'map') throw configError(setting.at, '<<: settings are expected');
    for (const [key, value] of base.entries) if (!map.entries.has(key)) map.entries.set(key, value);
  }
}

function toValue(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

/** Puts a setting at a path; maps that meet are merged. */
export function put(into: MapSetting, path: readonly string[], setting: Setting): void {
  const [head, ...rest] = path as [string, ...string[]];
  const known = into.entries.get(head);
  if (rest.length > 0) {
    const map = known?.kind === 'map' ? known : emptyMap(setting.at);
    into.entries.set(head, map);
    put(map, rest, setting);
  } else if (known?.kind === 'map' && setting.kind === 'map') {
    merge(known, setting);
  } else {
    into.entries.set(head, setting);
  }
}

/** Lays `over` on `base`. */
export function merge(base: MapSetting, over: MapSetting): void {
  for (const [key, setting] of over.entries) put(base, [key], setting);
}

/** The setting at a dotted path. */
export function find(map: MapSetting, path: string): Setting | undefined {
  let at: Setting | undefined = map;
  for (const key of path.split('.')) at = at?.kind === 'map' ? at.entries.get(key) : undefined;
  return at;
}

/** Whether a section has settings; one that has something else is an error, an empty one is none. */
export function isSection(
  name: string,
  section: Setting | undefined,
  expected = 'settings',
): section is MapSetting {
  if (section === undefined || section.kind === 'map') return section !== undefined;
  if (section.kind === 'value' && section.value === null) return false;
  throw configError(section.at, `${name}: ${expected} ${expected === 'settings' ? 'are' : 'is'} expected`);
}

/** Plain JavaScript data. */
export function toData(setting: Setting): unknown {
  if (setting.kind === 'value') return setting.value;
  if (setting.kind === 'list') return setting.items.map(toData);
  return Object.fromEntries([...setting.entries].map(([key, value]) => [key, toData(value)]));
}
