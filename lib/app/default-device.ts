/** The device of the default route: IPv4 first, then IPv6; else `any`. */
import { readFileSync } from 'node:fs';

export function defaultDevice(): string {
  return fromIpv4(readTable('/proc/net/route')) ?? fromIpv6(readTable('/proc/net/ipv6_route')) ?? 'any';
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

/** Destination and mask are zero. */
function fromIpv4(rows: string[][]): string | undefined {
  return rows.find((row) => row[1] === '00000000' && row[7] === '00000000')?.[0];
}

function fromIpv6(rows: string[][]): string | undefined {
  return rows.find((row) => /^0+$/.test(row[0] ?? '') && row[1] === '00' && row[9] !== 'lo')?.[9];
}
