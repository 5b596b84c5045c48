import { describe, expect, it } from 'vitest';
import { planShards, workersOf } from './plan.js';
import { defaultRequest } from './settings.js';

const live = { ...defaultRequest(), source: { device: 'eth0' } };
const file = { ...defaultRequest(), source: { files: [import.meta.filename] } };

describe('the number of shards', () => {
  it('comes from the cores where a device is captured', () => {
    const counts = [1, 2, 3, 4, 8, 16, 64].map((cores) => workersOf(live, cores));
    expect(counts).toEqual([1, 1, 1, 2, 4, 8, 8]);
    expect(workersOf({ ...live, workers: 3 }, 1)).toBe(3);
  });

  it('is one for files unless asked, and always for what can be read but once', () => {
    expect(workersOf(file, 16)).toBe(1);
    expect(workersOf({ ...file, workers: 3 }, 16)).toBe(3);
    expect(workersOf({ ...file, source: { files: ['-'] }, workers: 3 }, 16)).toBe(1);
    expect(workersOf({ ...file, source: { files: ['/dev/null'] }, workers: 3 }, 16)).toBe(1);
  });

  it('gives each shard its place, in a group of its own each run', () => {
    const places = [1, 2].map(() =>
      planShards({ ...file, workers: 2, ordered: true }).map(({ source }) => source.shards!),
    );
    expect(places[0]!.map(({ index, count }) => [index, count])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(places[0]![0]!.group).toBe(places[0]![1]!.group);
    expect(places[1]![0]!.group).not.toBe(places[0]![0]!.group);
    expect(planShards({ ...file, ordered: true })[0]).toMatchObject({ ordered: false });
    expect(planShards({ ...live, workers: 2, ordered: true })[0]).toMatchObject({ ordered: false });
  });
});

describe('interfaces', () => {
  const several = {
    ...live,
    source: {
      device: 'eth0',
      dump: 'all.pcapng',
      others: [{ device: 'eth1', route: { families: ['ipv4'] as const, pollSeconds: 60 } }],
    },
  };

  it('have numbers, which protocols are bound to', () => {
    const protocols = ['eth0', 'eth1', 'eth9', undefined].map((device) => ({
      ...live.protocols[0]!,
      device,
    }));
    const [plan] = planShards({ ...several, protocols, workers: 1 });
    expect(plan!.uses.map((use) => use.interface)).toEqual([0, 1, 0xffff, undefined]);
    expect(plan!.routes).toEqual([{ number: 1, device: 'eth1', route: several.source.others[0]!.route }]);
    const [read] = planShards({ ...file, protocols });
    expect(read!.uses.map((use) => use.interface)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('are written to a file for each shard', () => {
    const dumps = planShards({ ...several, workers: 3 }).map(({ source }) => source.dump);
    expect(dumps).toEqual(['all.pcapng', 'all.pcapng.1', 'all.pcapng.2']);
  });
});
