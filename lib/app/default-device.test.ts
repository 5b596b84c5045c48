import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { routeDevice } from './default-device.js';
import { watchRoutes } from './route-watch.js';

const folder = mkdtempSync(join(tmpdir(), 'pbfast-routes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const v4 = (device: string, destination: string, mask: string, metric: number) =>
  `${device}\t${destination}\t0104630A\t0003\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`;
const zeros = '0'.repeat(32);
const v6 = (device: string, bits: string, metric: string) =>
  `${zeros} ${bits} ${zeros} 00 ${zeros} ${metric} 00000001 00000000 00000003 ${device}\n`;

function tables(route: string, route6 = '') {
  writeFileSync(join(folder, 'route'), HEAD + route);
  writeFileSync(join(folder, 'ipv6_route'), route6);
}

describe('the device of the default route', () => {
  it('is that of the lowest metric, of IPv4 before IPv6', () => {
    tables(
      v4('eth0', '0063630A', '00FFFFFF', 0) +
        v4('wlan0', '00000000', '00000000', 600) +
        v4('eth1', '00000000', '00000000', 100),
      v6('lo', '00', 'ffffffff') + v6('eth2', '00', '00000400') + v6('eth3', '00', '00000100'),
    );
    expect(routeDevice(['ipv4', 'ipv6'], folder)).toBe('eth1');
    expect(routeDevice(['ipv6'], folder)).toBe('eth3');
  });

  it('is none where there is no such route or table', () => {
    tables(v4('eth0', '0063630A', '00FFFFFF', 0), v6('lo', '00', 'ffffffff') + v6('eth0', '40', '00000100'));
    expect(routeDevice(['ipv4', 'ipv6'], folder)).toBeUndefined();
    expect(routeDevice(['ipv4'], join(folder, 'absent'))).toBeUndefined();
  });
});

describe('a watch on the route', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells a new device once, and stays while there is none', () => {
    const route = { families: ['ipv4'] as const, pollSeconds: 60 };
    const moves: string[] = [];
    let now: string | undefined = 'eth0';
    const end = watchRoutes(
      [{ number: 2, device: 'eth0', route }],
      (number, device) => moves.push(`${number} ${device}`),
      () => now,
    );
    vi.advanceTimersByTime(120_000);
    now = 'eth1';
    vi.advanceTimersByTime(59_000);
    expect(moves).toEqual([]);
    vi.advanceTimersByTime(121_000);
    now = undefined;
    vi.advanceTimersByTime(60_000);
    now = 'eth1';
    vi.advanceTimersByTime(60_000);
    expect(moves).toEqual(['2 eth1']);
    end();
    now = 'eth0';
    vi.advanceTimersByTime(60_000);
    expect(moves).toHaveLength(1);
  });
});
