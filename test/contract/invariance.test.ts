/** The same conversation in other packets gives the same events: re-segmented, duplicated, reordered, tagged, cut short. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import { captures, DEEP, sample } from '../support/captures.js';
import { coalesce } from '../support/coalesce.js';
import type { TestEvent } from '../support/decode-rows.js';
import { readInProcess } from '../support/in-process.js';
import {
  duplicate,
  type Image,
  moveNumbers,
  overlap,
  placesToCut,
  random,
  readImage,
  reorder,
  resegment,
  tag,
  wrapInGre,
  wrapInVxlan,
  writeImage,
} from '../support/recut.js';

/** The first lines that one side has and the other has not: a whole diff would be thousands of lines. */
function differences(actual: string[], wanted: string[]): string[] {
  const all = new Set(wanted);
  const own = new Set(actual);
  const extra = actual.filter((line) => !all.has(line)).map((line) => `extra ${line}`);
  const missing = wanted.filter((line) => !own.has(line)).map((line) => `missing ${line}`);
  return [
    ...extra.slice(0, 2),
    ...missing.slice(0, 2),
    ...(actual.length === wanted.length ? [] : [`${actual.length} events`]),
  ];
}

/** What must not depend on how the bytes travelled. */
function essence(events: TestEvent[]): string[] {
  return events
    .map((event) => {
      const {
        '@timestamp': _time,
        event: { start: _start, end: _end, duration: _duration, ...kept } = {},
        ...rest
      } = event;
      if (rest.related?.ip) rest.related.ip.sort();
      if (rest.network) delete rest.network.tunnel;
      return JSON.stringify({ ...rest, event: kept });
    })
    .sort();
}

/** The same bytes on other ways: none of these may change an event. */
const WAYS: Record<string, (image: Image, next: () => number) => Image> = {
  'segments of 1 byte': (image) => resegment(image, () => 1),
  'segments of 7 bytes': (image) => resegment(image, () => 7),
  'super-frames of up to 64 KiB': coalesce,
  'random segments': (image, next) => resegment(image, () => 1 + Math.floor(next() * 400)),
  'random segments, a tenth twice': (image, next) =>
    duplicate(
      resegment(image, () => 1 + Math.floor(next() * 400)),
      0.1,
      next,
    ),
  'random segments, reordered within 8': (image, next) =>
    reorder(
      resegment(image, () => 1 + Math.floor(next() * 400)),
      8,
      next,
    ),
  'segments that overlap': (image, next) =>
    overlap(
      resegment(image, () => 1 + Math.floor(next() * 400)),
      1 + Math.floor(next() * 50),
    ),
  'numbers that wrap': (image, next) => moveNumbers(image, Math.floor(next() * 2 ** 32)),
  'a VLAN': (image) => tag(image, 10),
  QinQ: (image) => tag(tag(image, 10), 20, 0x88a8),
  GRE: wrapInGre,
  VXLAN: (image) => wrapInVxlan(image, 4711),
};
const SEEDS = [1, 2, 3, 4, 5];

const demo = readImage(buildDemo());
const expected = essence((await readInProcess(writeImage(demo))).events);

describe('the demo capture', () => {
  it('holds every protocol', () => {
    const types = new Set(expected.map((line) => JSON.parse(line).type));
    expect([...types].sort()).toEqual(['dns', 'http', 'icmp', 'redis']);
    expect(expected.length).toBeGreaterThan(300);
  });

  it.each(Object.keys(WAYS))('gives the same events in %s', { timeout: 60_000 }, async (way) => {
    for (const seed of SEEDS) {
      const image = WAYS[way]!(demo, random(seed * 7919));
      const actual = essence((await readInProcess(writeImage(image))).events);
      expect(differences(actual, expected), `seed ${seed}`).toEqual([]);
    }
  });
});

/** Without PBFAST_DEEP captures are cut at PLACES places. */
const PLACES = 20;

const paths = captures();
let cuts = 0;
afterAll(() => console.log(`trunc-file: ${cuts} cuts${DEEP ? '' : ' (PBFAST_DEEP=1: at every byte)'}`));

describe.skipIf(paths.length === 0)('captures of ../shared/conformance', () => {
  it.each(paths)('%s gives the same events on every way', { timeout: 600_000 }, async (path) => {
    const image = readImage(readFileSync(path));
    const whole = essence((await readInProcess(writeImage(image))).events);
    for (const [way, change] of Object.entries(WAYS)) {
      for (const seed of DEEP ? SEEDS : SEEDS.slice(0, 1)) {
        const changed = change(image, random(seed * 7919));
        const actual = essence((await readInProcess(writeImage(changed))).events);
        expect(differences(actual, whole), `${way}, seed ${seed}`).toEqual([]);
      }
    }
  });

  it.each(paths)(
    '%s cut anywhere gives the same events, or fewer, never a crash',
    { timeout: 600_000 },
    async (path) => {
      const bytes = readFileSync(path);
      const whole = identities((await readInProcess(bytes)).events);
      // A record that is cut is not there (native/capture/truncation_test.cc cuts at every byte).
      for (const size of sample(placesToCut(bytes), PLACES)) {
        cuts++;
        const { wrong, events } = await readCut(bytes.subarray(0, size));
        expect(wrong, `cut at ${size}`).toEqual([]);
        expect(notAmong(identities(events), whole), `cut at ${size}`).toEqual([]);
      }
    },
  );
});

/** Which exchange an event is about: one left unanswered by the cut has the same, and less besides. */
function identities(events: TestEvent[]): string[] {
  return events.map(({ '@timestamp': time, type, source, destination, query }) =>
    JSON.stringify([time, type, source.ip, source.port, destination.ip, destination.port, query]),
  );
}

function notAmong(some: readonly string[], all: readonly string[]): string[] {
  const left = [...all];
  return some.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What went wrong while reading, and the events. */
async function readCut(bytes: Uint8Array): Promise<{ wrong: string[]; events: TestEvent[] }> {
  try {
    const { logs, error, events } = await readInProcess(bytes);
    return { wrong: error ? [...logs, error] : logs, events };
  } catch (error) {
    // Too short to be a capture at all.
    expect(error).toMatchObject({ code: 'ERR_PBFAST_FORMAT' });
    return { wrong: [], events: [] };
  }
}
