/** The device of the default route: IPv4 first, then IPv6; else `any`. */
import { readFileSync } from 'node:fs';
import type { RouteFamily } from './plan.js';

export const defaultDevice = (): string => routeDevice(['ipv4', 'ipv6']) ?? 'any';

/** Of the first family that has a default route; of several routes the one of the lowest metric. */
export function routeDevice(families: readonly RouteFamily[], folder = '/proc/net'): string | undefined {
  for (const family of families) {
    const device =
      family === 'ipv4'
        ? fromIpv4(readTable(`${folder}/route`))
        : fromIpv6(readTable(`${folder}/ipv6_route`));
    if (device !== undefined) return device;
  }
  return undefined;
}

/** Rows of words; none when the table cannot be read. */
function readTable(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}

/** Destination and mask are zero; the metric is decimal. */
function fromIpv4(rows: string[][]): string | undefined {
  const routes = rows.filter((row) => row[1] === '00000000' && row[7] === '00000000');
  return lowest(routes, (row) => Number(row[6]))?.[0];
}

/** The kernel's own unreachable route is on lo; the metric is hexadecimal. */
function fromIpv6(rows: string[][]): string | undefined {
  const routes = rows.filter(
    (row) => /^0+$/.test(row[0] ?? '') && row[1] === '00' && row[9] !== undefined && row[9] !== 'lo',
  );
  return lowest(routes, (row) => Number.parseInt(row[5]!, 16))?.[9];
}

const lowest = (rows: string[][], metric: (row: string[]) => number) =>
  rows.reduce<string[] | undefined>(
    (best, row) => (best && metric(best) <= metric(row) ? best : row),
    undefined,
  );
