/** Devices as the configuration names them: by name, by number, or as that of the default route. */
import { PbfastError } from '../base/errors.js';
import { defaultDevice, routeDevice } from './default-device.js';
import { deviceNames } from './hints.js';
import type { InterfaceRequest, RouteFamily, RouteRequest, RunRequest } from './plan.js';

const FAMILIES: Readonly<Record<string, readonly RouteFamily[]>> = {
  default_route: ['ipv4', 'ipv6'],
  default_route_ipv4: ['ipv4'],
  default_route_ipv6: ['ipv6'],
};

export interface Resolved {
  readonly device: string;
  /** The device may change with the route. */
  readonly route?: RouteRequest;
}

/** The request with the devices that its interfaces, and what is bound to them, name. */
export function resolveDevices(request: RunRequest): RunRequest {
  const { device, others, ...rest } = request.source;
  if (device === undefined) return request;
  const all = [{ ...rest, device }, ...(others ?? [])].map(resolve);
  const [first, ...more] = all;
  const twice = all.find((one, i) => all.findIndex((other) => other.device === one.device) !== i);
  if (twice) throw noDevice(`'${twice.device}' is captured from twice`);
  const names = new Map(
    [device, ...(others ?? []).map((one) => one.device)].map((name, i) => [name, all[i]!.device]),
  );
  return {
    ...request,
    source: { ...first!, ...(more.length > 0 ? { others: more } : {}) },
    protocols: request.protocols.map((protocol) =>
      protocol.device === undefined
        ? protocol
        : { ...protocol, device: names.get(protocol.device) ?? protocol.device },
    ),
  };
}

const resolve = <T extends InterfaceRequest>(one: T): T => ({
  ...one,
  ...resolveDevice(one.device, one.pollSeconds),
});

/** `pollSeconds` as configured: below 1 s is 1 s, 0 is never. Throws ERR_PBFAST_DEVICE. */
export function resolveDevice(wanted: string, pollSeconds = 0): Resolved {
  const families = Object.hasOwn(FAMILIES, wanted) ? FAMILIES[wanted] : undefined;
  if (families) {
    const device = wanted === 'default_route' ? defaultDevice() : routeDevice(families);
    if (device === undefined) throw noDevice(`there is no default route for ${families[0]}`);
    return pollSeconds > 0
      ? { device, route: { families, pollSeconds: Math.max(1, pollSeconds) } }
      : { device };
  }
  return { device: /^\d+$/.test(wanted) ? byNumber(Number(wanted)) : wanted };
}

function byNumber(number: number): string {
  const names = deviceNames();
  const name = names[number];
  if (name === undefined) throw noDevice(`there is no device number ${number}`);
  return name;
}

const noDevice = (message: string) =>
  new PbfastError('ERR_PBFAST_DEVICE', message, `there are: ${deviceNames().join(', ')}`);
