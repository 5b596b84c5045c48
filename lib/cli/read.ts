/** `pbfast read`: from capture files, or standard input. */
import { run } from '../app/run.js';
import { ending, type Flags, prepare } from './flags.js';

export interface ReadFlags extends Flags {
  readonly realtime: boolean;
  readonly filter?: string;
}

export async function read(files: readonly string[], flags: ReadFlags): Promise<number> {
  const { request, output } = await prepare(flags, true);
  const filter = flags.filter ?? undefined;
  const source = { files, realtime: flags.realtime, ...(filter ? { filter } : {}) };
  return run({ request: { ...request, source }, output, ...ending(flags) });
}
