/** `pbfast capture`: from a device. */
import { defaultDevice } from '../app/default-device.js';
import { run } from '../app/run.js';
import { type Flags, prepare } from './flags.js';

export interface CaptureFlags extends Flags {
  readonly interface?: string;
  readonly promiscuous: boolean;
}

const DEFAULT_ROUTES = ['default_route', 'default_route_ipv4', 'default_route_ipv6'];

export async function capture(filter: readonly string[], flags: CaptureFlags): Promise<number> {
  const { request, output } = await prepare(flags, true);
  // As in Packetbeat, a configured file stands in for the device.
  if (request.source.files && flags.interface === undefined)
    return run({ request, output, quiet: flags.quiet });
  const wanted = flags.interface ?? request.source.device ?? 'default_route';
  const device = DEFAULT_ROUTES.includes(wanted) ? defaultDevice() : wanted;
  const source = {
    ...request.source,
    device,
    promiscuous: flags.promiscuous || (request.source.promiscuous ?? false),
    ...(filter.length > 0 ? { filter: filter.join(' ') } : {}),
  };
  return run({ request: { ...request, source }, output, quiet: flags.quiet });
}
