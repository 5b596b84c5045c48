/**
 * Analyzers of the user's own: loads the modules and checks what they export. The main thread and every worker load them,
 * each for itself, because functions do not cross threads.
 */
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PbfastError } from '../base/errors.js';
import type { Analyzer } from '../protocols/analyzer.js';
import { analyzers } from '../protocols/registry.js';
import { DIST } from './dist.js';
import { checkAnalyzer } from './plugin-check.js';

export interface Plugins {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly analyzers: readonly Analyzer[];
  /** By the name of an analyzer: the path it came from. */
  readonly origins: ReadonlyMap<string, string>;
}

type Importer = typeof import('./plugin-import.js');

export const NO_PLUGINS: Plugins = { paths: [], analyzers: [], origins: new Map() };

let hooked = false;

/** Loads the modules at `paths`, each once. Rejects with ERR_PBFAST_PLUGIN. */
export async function loadPlugins(paths: readonly string[]): Promise<Plugins> {
  if (paths.length === 0) return NO_PLUGINS;
  if (!hooked) register(new URL('app/plugin-hooks.js', DIST), { data: { dist: DIST.href } });
  hooked = true;
  const absolute = [...new Set(paths.map((path) => resolve(path)))];
  const known = [...analyzers];
  const origins = new Map<string, string>();
  for (const path of absolute) {
    for (const exported of await load(path)) {
      const analyzer = checkAnalyzer(exported, path, known);
      known.push(guarded(analyzer, path));
      origins.set(analyzer.name, path);
    }
  }
  return { paths: absolute, analyzers: known.slice(analyzers.length), origins };
}

/** A create() that throws is the plugin's fault, and is said to be. */
function guarded(analyzer: Analyzer, path: string): Analyzer {
  const create: Analyzer['create'] = (options, emit) => {
    try {
      return analyzer.create(options, emit);
    } catch (error) {
      throw refusalOf(path, error);
    }
  };
  return { ...analyzer, create };
}

/** What the module exports. */
async function load(path: string): Promise<readonly unknown[]> {
  if (!existsSync(path)) throw refusal(`${path}: there is no such file`, 'check the path of the plugin');
  let exported: { readonly default?: unknown };
  try {
    const { importPlugin }: Importer = await import(new URL('app/plugin-import.js', DIST).href);
    exported = await importPlugin(pathToFileURL(path).href);
  } catch (error) {
    throw refusalOf(path, error);
  }
  if (exported.default === undefined)
    throw refusal(`${path}: nothing is exported as default`, 'export default analyzer({ name, … })');
  return [exported.default].flat();
}

const refusal = (message: string, hint?: string) => new PbfastError('ERR_PBFAST_PLUGIN', message, hint);

function refusalOf(path: string, error: unknown): unknown {
  const { code, message, stack = '' } = error as Error & { code?: string };
  if (code === 'ERR_PBFAST_PLUGIN') return PbfastError.from(error);
  // A syntax error's own stack begins with its place, any other error's has it in the first line.
  const places = [...stack.matchAll(/file:\/\/\S+?:\d+/g)].map(([place]) => place);
  const place = fileURLToPath(places.find((one) => !one.startsWith(DIST.href)) ?? pathToFileURL(path));
  return refusal(`${place.startsWith(path) ? place : `${path} (${place})`}: ${message}`);
}
