/** The flags that capture and read share, and how they become a run. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { findOutput, protocolNames } from '../app/lists.js';
import { MAX_WORKERS, type RunRequest } from '../app/plan.js';
import { loadPlugins, NO_PLUGINS, type Plugins } from '../app/plugins.js';
import type { RunOutput } from '../app/run.js';
import { defaultRequest, openSettings, type Settings, toRequest } from '../app/settings.js';
import { PbfastError } from '../base/errors.js';
import { log } from '../base/log.js';

export interface Flags {
  readonly config: string[];
  readonly set: string[];
  readonly plugin: string[];
  readonly only?: string;
  readonly flows: boolean;
  readonly output?: 'console' | 'file' | 'es';
  readonly es?: string;
  readonly filePath?: string;
  readonly format?: 'json' | 'ecs' | 'none';
  readonly workers?: number;
  readonly ordered?: boolean;
  readonly failOnLoss: boolean;
  readonly quiet: boolean;
}

function toWorkers(value: string): number {
  const workers = Number(value);
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_WORKERS) return workers;
  throw new PbfastError(
    'ERR_PBFAST_USAGE',
    `--workers ${value}: a number from 1 to ${MAX_WORKERS} is expected`,
    'leave it out for as many as the cores suggest',
  );
}

const collect = (value: string, all: string[]) => [...all, value];

export function addFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'packetbeat.yml to read; may be repeated', collect, [])
    .option('-E, --set <key=value>', 'override one setting; may be repeated', collect, [])
    .option('--plugin <file>', 'analyzer of your own, .ts or .js; may be repeated', collect, [])
    .option('--only <protocols>', 'analyze only these, for example http,dns')
    .option('--no-flows', 'no flow events')
    .addOption(new Option('--output <name>', 'where events go').choices(['console', 'file', 'es']))
    .option('--es <url>', 'Elasticsearch to write to', undefined)
    .option('--file-path <folder>', 'folder for --output file')
    .addOption(new Option('-o, --format <format>', 'of the console').choices(['json', 'ecs', 'none']))
    .addOption(
      new Option('--workers <n>', 'threads that analyze; default: live half of the cores, files 1').argParser(
        toWorkers,
      ),
    )
    .option('--fail-on-loss', 'end with status 3 when anything was lost', false)
    .option('-q, --quiet', 'no messages but errors, no summary', false);
}

export interface Prepared {
  readonly request: RunRequest;
  readonly output: RunOutput;
  readonly settings: Settings | undefined;
}

interface Opened {
  readonly settings: Settings | undefined;
  readonly plugins: Plugins;
}

/** Throws coded errors for wrong flags and files. */
export async function prepare(flags: Flags, interactive: boolean): Promise<Prepared> {
  log.silent = flags.quiet;
  const { config, set, plugin } = flags;
  const { settings, plugins }: Opened =
    config.length + set.length > 0
      ? await openSettings(config, set, plugin)
      : { settings: undefined, plugins: await loadPlugins(plugin) };
  const request = withPlugins(chooseRequest(flags, settings, plugins), plugin, plugins);
  return { request: narrow(request, flags), output: chooseOutput(flags, settings, interactive), settings };
}

/** How a run ends. */
export const ending = ({ quiet, failOnLoss }: Flags) => ({ quiet, failOnLoss });

/** A file decides all; single settings without a file change the defaults. */
function chooseRequest({ config }: Flags, settings: Settings | undefined, plugins: Plugins): RunRequest {
  const standard = defaultRequest(plugins);
  if (!settings) return standard;
  const asked = toRequest(settings, (message) => log.warn(message), plugins);
  if (config.length > 0) return asked;
  const { protocols, flows, detect } = asked.protocols.length > 0 ? asked : standard;
  return { ...asked, protocols, flows: asked.flows ?? flows, detect };
}

/** What --plugin brings is wanted, also without an entry in the configuration. Those that the file names need one. */
function withPlugins(request: RunRequest, asked: readonly string[], plugins: Plugins): RunRequest {
  const idle = plugins.analyzers.filter((one) => !request.protocols.some(({ analyzer }) => analyzer === one));
  const paths = asked.map((path) => resolve(path));
  const wanted = idle.filter(({ name }) => paths.includes(plugins.origins.get(name)!));
  for (const { name } of idle.filter((one) => !wanted.includes(one)))
    log.warn(`plugin ${name} is loaded, but no entry of packetbeat.protocols has type: ${name}`);
  return { ...request, protocols: [...request.protocols, ...wanted.map((analyzer) => ({ analyzer }))] };
}

function narrow(request: RunRequest, { only, flows, workers, ordered }: Flags): RunRequest {
  const narrowed = {
    ...request,
    workers: workers ?? request.workers,
    ordered: ordered || request.ordered,
    ...(flows ? {} : { flows: null }),
  };
  if (only === undefined) return narrowed;
  const names = only.split(',').map((name) => name.trim());
  const known = protocolNames(request.plugins ?? NO_PLUGINS);
  for (const name of names) {
    if (!known.includes(name)) {
      throw new PbfastError(
        'ERR_PBFAST_USAGE',
        `--only ${only}: no protocol '${name}'`,
        `there are ${known.join(', ')}`,
      );
    }
  }
  return {
    ...narrowed,
    protocols: narrowed.protocols.filter(({ analyzer }) => names.includes(analyzer.name)),
  };
}

/** Flags come before the file; without either, the console. */
function chooseOutput(flags: Flags, settings: Settings | undefined, interactive: boolean): RunOutput {
  const name =
    flags.output ?? (flags.es ? 'es' : flags.filePath ? 'file' : flags.format ? 'console' : undefined);
  const configured = settings?.output;
  if (name === 'es') {
    const base = configured?.name === 'elasticsearch' ? configured.options : {};
    return {
      definition: findOutput('elasticsearch'),
      options: { ...base, ...(flags.es ? { hosts: [flags.es] } : {}) },
    };
  }
  if (name === 'file') {
    const base = configured?.name === 'file' ? configured.options : { path: '.' };
    return {
      definition: findOutput('file'),
      options: { ...base, ...(flags.filePath ? { path: flags.filePath } : {}) },
    };
  }
  if (name === undefined && settings?.missingOutput) throw settings.missingOutput;
  if (name === undefined && configured)
    return { definition: findOutput(configured.name), options: configured.options };
  const format = flags.format ?? (interactive ? 'auto' : 'ecs');
  return { definition: findOutput('console'), options: { format } };
}
