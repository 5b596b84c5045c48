/** The command line: a file a command. Exit status 0, 1 (failure at run time), 2 (usage or configuration), 3
 * (--fail-on-loss, and something was lost). */
import { Command, CommanderError } from 'commander';
import { version } from '../app/version.js';
import { PbfastError } from '../base/errors.js';
import { log } from '../base/log.js';
import { capture } from './capture.js';
import { listDevices } from './devices.js';
import { addFlags } from './flags.js';
import { read } from './read.js';
import { start } from './start.js';

const USAGE = 2;
const USAGE_CODES = ['ERR_PBFAST_CONFIG', 'ERR_PBFAST_USAGE', 'ERR_PBFAST_PLUGIN', 'ERR_PBFAST_FILTER'];

/** Runs one command; resolves to the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  let status = 0;
  const finish = (promise: Promise<number> | number) =>
    Promise.resolve(promise).then((result) => {
      status = result;
    });
  try {
    await build(finish).parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return report(error);
  }
}

function build(finish: (promise: Promise<number> | number) => Promise<void>): Command {
  const program = new Command('pbfast')
    .description('Turns packets into events: every HTTP, DNS and Redis exchange, every flow.')
    .version(versionText(), '-V, --version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  addFlags(program.command('capture'))
    .description('capture from a device')
    .argument('[filter...]', 'BPF filter, for example: tcp port 8080')
    .option('-i, --interface <device>', 'device; default: that of the default route')
    .option('--dump <file>', 'write what is captured to this pcapng file too')
    .option('--sched-fifo', 'real-time priority for the capturing threads, where allowed', false)
    .option('--promiscuous', 'also what is not for this host', false)
    .action((filter, flags) => finish(capture(filter, flags)));
  addFlags(program.command('read'))
    .description('read capture files; - is standard input')
    .argument('<file...>', 'pcap or pcapng, gzipped too')
    .option('--ordered', 'with several workers: events in the order of time', false)
    .option('--realtime', 'at the speed of the recording', false)
    .option('--filter <bpf>', 'BPF filter')
    .action((files, flags) => finish(read(files, flags)));
  program
    .command('devices')
    .description('list what can be captured from')
    .action(() => finish(listDevices()));
  program
    .command('start')
    .description('show live events of the default device, or a demo without the right to capture')
    .action(() => finish(start()));
  program
    .command('version')
    .description('print the version')
    .action(() => {
      process.stdout.write(`${versionText()}\n`);
    });
  return program;
}

const versionText = () =>
  `pbfast ${version} (${process.platform}-${process.arch}, Node ${process.versions.node})`;

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const coded = PbfastError.from(error);
  if (!(coded instanceof PbfastError)) {
    log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
  log.error(`${coded.message}\npbfast: ${coded.code}: ${coded.hint}`);
  return USAGE_CODES.includes(coded.code) ? USAGE : 1;
}
