/** The modules that `pbfast.plugins` names: read before all else, because they bring protocols and options of their own. */
import { dirname, resolve } from 'node:path';
import { strings } from '../base/options.js';
import { find, type MapSetting, type Setting } from './document.js';
import { readOption } from './reader.js';

const PATHS = strings([], 'Modules of analyzers.');

/** Absolute paths; they stand in the file relative to it, on the command line to the working folder. */
export function pluginPaths(tree: MapSetting): string[] {
  return ['packetbeat.plugins', 'pbfast.plugins'].flatMap((name) => {
    const setting = find(tree, name);
    if (!setting) return [];
    const paths = readOption(name, setting, PATHS);
    const items: readonly Setting[] = setting.kind === 'list' ? setting.items : [setting];
    return paths.map((path, i) => resolve(folderOf(items[i]!), path));
  });
}

const folderOf = ({ at }: Setting): string => (at.line > 0 ? dirname(at.file) : '.');
