/** The flags that capture and read share, and how they become a run. */
import { type Command, Option } from 'commander';
import { findOutput, protocolNames } from '../app/lists.js';
import { MAX_WORKERS, type RunRequest } from '../app/plan.js';
import type { RunOutput } from '../app/run.js';
import { defaultRequest, loadSettings, type Settings, toRequest } from '../app/settings.js';
import { PbfastError } from '../base/errors.js';
import { log } from '../base/log.js';

export interface Flags {
  readonly config: string[];
  readonly set: string[];
  readonly only?: string;
  readonly flows: boolean;
  readonly output?: 'console' | 'file' | 'es';
  readonly es?: string;
  readonly filePath?: string;
  readonly format?: 'json' | 'ecs' | 'none';
  readonly workers?: number;
  readonly ordered?: boolean;
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
    .option('-q, --quiet', 'no messages but errors, no summary', false);
}

export interface Prepared {
  readonly request: RunRequest;
  readonly output: RunOutput;
  readonly settings: Settings | undefined;
}

/** Throws coded errors for wrong flags and files. */
export function prepare(flags: Flags, interactive: boolean): Prepared {
  log.silent = flags.quiet;
  const settings =
    flags.config.length + flags.set.length > 0 ? loadSettings(flags.config, flags.set) : undefined;
  const request = chooseRequest(flags, settings);
  return { request: narrow(request, flags), output: chooseOutput(flags, settings, interactive), settings };
}

/** A file decides all; single settings without a file change the defaults. */
function chooseRequest({ config }: Flags, settings: Settings | undefined): RunRequest {
  const standard = defaultRequest();
  if (!settings) return standard;
  const asked = toRequest(settings, (message) => log.warn(message));
  if (config.length > 0) return asked;
  const { protocols, flows, detect } = asked.protocols.length > 0 ? asked : standard;
  return { ...asked, protocols, flows: asked.flows ?? flows, detect };
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
  for (const name of names) {
    if (!protocolNames().includes(name)) {
      throw new PbfastError(
        'ERR_PBFAST_USAGE',
        `--only ${only}: no protocol '${name}'`,
        `there are ${protocolNames().join(', ')}`,
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
