/** Reads typed values out of settings; what does not fit is an error with its place and what was expected. */
import type { Option, OptionSpec } from '../base/options.js';
import { configError, type MapSetting, type Setting } from './document.js';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** Seconds of `10s`, `1m30s`, `500ms`, `-1s` or a bare number of seconds; undefined when it is none. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const match = /^(-?)((?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(value.trim());
  if (!match) return undefined;
  let seconds = 0;
  for (const [, n, unit] of match[2]!.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    seconds += Number(n) * UNITS[unit!]!;
  return match[1] ? -seconds : seconds;
}

const EXPECTED: Readonly<Record<Option<unknown>['kind'], string>> = {
  flag: 'true or false',
  integer: 'a whole number',
  text: 'a text',
  duration: 'a duration such as 10s, 1m or 500ms',
  strings: 'a list of texts',
  integers: 'a list of whole numbers',
};

/** The value of `setting` as `option` declares it; `name` is for the error. */
export function readOption<T>(name: string, setting: Setting, option: Option<T>): T {
  const value = convert(setting, option as Option<unknown>);
  if (value === undefined) throw configError(setting.at, `${name}: ${EXPECTED[option.kind]} is expected`);
  checkRange(name, setting, value, option as Option<unknown>);
  return value as T;
}

function convert(setting: Setting, { kind }: Option<unknown>): unknown {
  switch (kind) {
    case 'flag':
      return setting.kind === 'value' && typeof setting.value === 'boolean' ? setting.value : undefined;
    case 'integer':
      return setting.kind === 'value' && Number.isSafeInteger(setting.value) ? setting.value : undefined;
    case 'text':
      return setting.kind === 'value' && setting.value !== null ? String(setting.value) : undefined;
    case 'duration':
      return setting.kind === 'value' ? parseDuration(setting.value) : undefined;
    case 'strings':
      return list(setting, (value) => (value === null ? undefined : String(value)));
    case 'integers':
      return list(setting, (value) =>
        /^-?\d+$/.test(String(value)) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined,
      );
  }
}

/** A single value is a list of one; nothing is an empty list. */
function list<T>(
  setting: Setting,
  read: (value: string | number | boolean | null) => T | undefined,
): T[] | undefined {
  if (setting.kind === 'map') return undefined;
  if (setting.kind === 'value' && setting.value === null) return [];
  const items = setting.kind === 'list' ? setting.items : [setting];
  const values = items.map((item) => (item.kind === 'value' ? read(item.value) : undefined));
  return values.includes(undefined) ? undefined : (values as T[]);
}

function checkRange(
  name: string,
  setting: Setting,
  value: unknown,
  { min, max, oneOf }: Option<unknown>,
): void {
  for (const n of [value].flat()) {
    if (typeof n === 'number' && min !== undefined && n < min)
      throw configError(setting.at, `${name}: at least ${min} is expected`);
    if (typeof n === 'number' && max !== undefined && n > max)
      throw configError(setting.at, `${name}: at most ${max} is expected`);
  }
  if (!oneOf) return;
  const names = Array.isArray(value) ? value.map((one) => String(one).trim().toUpperCase()) : [String(value)];
  if (!names.every((one) => oneOf.includes(one))) {
    throw configError(setting.at, `${name}: one of ${oneOf.join(', ')} is expected`);
  }
}

/** Reads those options that `map` has; what else it has is told to `unknown`, unless in `known`. */
export function readOptions(
  path: string,
  map: MapSetting,
  spec: OptionSpec,
  known: readonly string[],
  unknown: (path: string, setting: Setting, near: readonly string[]) => void,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of map.entries) {
    const option = Object.hasOwn(spec, key) ? spec[key] : undefined;
    if (option) values[key] = readOption(`${path}.${key}`, setting, option);
    else if (!known.includes(key)) unknown(`${path}.${key}`, setting, [...Object.keys(spec), ...known]);
  }
  return values;
}

/** The known name that `name` is most likely a misspelling of. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const scored = known
    .map((candidate) => [distance(name, candidate), candidate] as const)
    .sort((a, b) => a[0] - b[0]);
  const [best] = scored;
  return best && best[0] <= Math.max(2, name.length / 3) ? best[1] : undefined;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
