/** The same conversation in other packets gives the same events: re-segmented, duplicated, reordered, tagged, cut short. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import { analyzers } from '../../lib/protocols/registry.js';
import type { TestEvent } from '../support/decode-rows.js';
import { readInProcess } from '../support/in-process.js';
import {
  duplicate,
  type Image,
  random,
  readImage,
  reorder,
  resegment,
  tag,
  writeImage,
} from '../support/recut.js';

const analyzed = new Set(analyzers.map(({ name }) => name));
const conformance = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));

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
      return JSON.stringify({ ...rest, event: kept });
    })
    .sort();
}

const demo = readImage(buildDemo());
const expected = essence(readInProcess(writeImage(demo)).events);
const compare = (image: Image) => differences(essence(readInProcess(writeImage(image)).events), expected);

describe('the demo capture', () => {
  it('holds every protocol', () => {
    const types = new Set(expected.map((line) => JSON.parse(line).type));
    expect([...types].sort()).toEqual(['dns', 'http', 'icmp', 'redis']);
    expect(expected.length).toBeGreaterThan(300);
  });

  it.each([1, 7, 1000])('gives the same events in segments of %i bytes', (size) => {
    expect(compare(resegment(demo, () => size))).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])(
    'gives the same events in random segments, duplicated and reordered within 8 (seed %i)',
    (seed) => {
      const next = random(seed * 7919);
      const cut = resegment(demo, () => 1 + Math.floor(next() * 400));
      expect(compare(cut)).toEqual([]);
      expect(compare(duplicate(cut, 0.1, next))).toEqual([]);
      expect(compare(reorder(cut, 8, next))).toEqual([]);
    },
  );

  it('gives the same events in a VLAN', () => {
    expect(compare(tag(demo, 10))).toEqual([]);
  });
});

/** Cut at every byte; otherwise captures above SMALL bytes are cut at PLACES places. */
const DEEP = process.env.PBFAST_DEEP === '1';
const SMALL = 1000;
const PLACES = 40;

/** One path for each different capture. */
function captures(): string[] {
  if (!existsSync(conformance)) return [];
  const names = readdirSync(conformance).filter((name) => analyzed.has(name.split('-', 1)[0]!));
  const byContent = new Map<string, string>();
  for (const name of names) {
    const path = join(conformance, name, 'input.pcap');
    byContent.set(createHash('sha1').update(readFileSync(path)).digest('hex'), path);
  }
  return [...byContent.values()];
}

const paths = captures();
if (paths.length === 0) console.warn('invariance: ../shared/conformance is absent, its captures are skipped');

describe.skipIf(paths.length === 0)('captures of ../shared/conformance', () => {
  it.each(paths)(
    '%s cut anywhere gives the same events, or fewer, never a crash',
    { timeout: 600_000 },
    (path) => {
      const bytes = readFileSync(path);
      const whole = identities(readInProcess(bytes).events);
      const step = DEEP || bytes.length <= SMALL ? 1 : Math.ceil(bytes.length / PLACES);
      for (let size = 0; size < bytes.length; size += step) {
        const { wrong, events } = readCut(bytes.subarray(0, size));
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
function readCut(bytes: Uint8Array): { wrong: string[]; events: TestEvent[] } {
  try {
    const { logs, error, events } = readInProcess(bytes);
    return { wrong: error ? [...logs, error] : logs, events };
  } catch (error) {
    // Too short to be a capture at all.
    expect(error).toMatchObject({ code: 'ERR_PBFAST_FORMAT' });
    return { wrong: [], events: [] };
  }
}
