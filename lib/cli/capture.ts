/** `pbfast capture`: from devices. */
import { resolveDevices } from '../app/devices.js';
import { run } from '../app/run.js';
import { ending, type Flags, prepare } from './flags.js';

export interface CaptureFlags extends Flags {
  readonly interface?: string;
  readonly promiscuous: boolean;
  readonly dump?: string;
  readonly schedFifo: boolean;
}

export async function capture(filter: readonly string[], flags: CaptureFlags): Promise<number> {
  const { request, output } = await prepare(flags, true);
  // As in Packetbeat, a configured file stands in for the device.
  if (request.source.files && flags.interface === undefined)
    return run({ request, output, ...ending(flags) });
  // A device on the command line is the only one.
  const { others, ...first } = request.source;
  const source = {
    ...first,
    ...(others && flags.interface === undefined ? { others } : {}),
    device: flags.interface ?? first.device ?? 'default_route',
    promiscuous: flags.promiscuous || (first.promiscuous ?? false),
    schedFifo: flags.schedFifo,
    ...(flags.dump === undefined ? {} : { dump: flags.dump }),
    ...(filter.length > 0 ? { filter: filter.join(' ') } : {}),
  };
  return run({ request: resolveDevices({ ...request, source }), output, ...ending(flags) });
}
