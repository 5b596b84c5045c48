/**
 * References in scalars, after the file is parsed: `${VAR}`, `${VAR:default}`, `${VAR:?message}` from the environment, and
 * `${other.setting}` from the file itself.
 */
import { configError, find, type MapSetting, type Position, parseValue, type Setting } from './document.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** LIMIT of references inside references. */
const MAX_ROUNDS = 8;
const REFERENCE = /\$\{([^}:]+)(?::([^}]*))?\}/;

export function expand(root: MapSetting, env: Environment): MapSetting {
  const visit = (setting: Setting): Setting => {
    if (setting.kind === 'map') {
      return {
        ...setting,
        entries: new Map([...setting.entries].map(([key, value]) => [key, visit(value)])),
      };
    }
    if (setting.kind === 'list') return { ...setting, items: setting.items.map(visit) };
    if (typeof setting.value !== 'string' || !setting.value.includes('${')) return setting;
    return retype(substitute(setting.value, setting, root, env), setting.at);
  };
  return visit(root) as MapSetting;
}

function substitute(text: string, setting: Setting, root: MapSetting, env: Environment): string {
  let result = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const match = REFERENCE.exec(result);
    if (!match) return result;
    result =
      result.slice(0, match.index) +
      resolve(match, setting, root, env) +
      result.slice(match.index + match[0].length);
  }
  throw configError(setting.at, `references inside references: ${text}`);
}

function resolve(
  [whole, name = '', fallback]: RegExpExecArray,
  setting: Setting,
  root: MapSetting,
  env: Environment,
): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined && value !== '') return value;
  const other = find(root, name);
  if (other?.kind === 'value' && other.value !== null && other !== setting) return String(other.value);
  if (fallback === undefined)
    throw configError(setting.at, `${whole}: neither a variable nor a setting of that name is set`);
  if (fallback.startsWith('?')) throw configError(setting.at, `${name} is not set: ${fallback.slice(1)}`);
  return fallback;
}

/** What came from a variable has the type it looks like: a number, true, a list in brackets. */
function retype(text: string, at: Position): Setting {
  const [first, last] = [text.at(0), text.at(-1)];
  if ((first === '[' && last === ']') || (first === '{' && last === '}')) return parseValue(text, at);
  if (text === 'true' || text === 'false') return { kind: 'value', at, value: text === 'true' };
  // Only a number that reads back the same: 0123 or 1.50 may be a password.
  const number = /^-?\d/.test(text) && String(Number(text)) === text;
  return { kind: 'value', at, value: number ? Number(text) : text };
}
