/** The same conversation in other packets gives the same events: re-segmented, duplicated, reordered, tagged, cut short. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import type { TestEvent } from '../support/decode-rows.js';
import { readInProcess } from '../support/in-process.js';
import { duplicate, type Image, random, readImage, reorder, resegment, tag, writeImage } from '../support/recut.js';

const conformance = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));

/** What must not depend on how the bytes travelled. */
function essence(events: TestEvent[]): string[] {
  return events
    .map((event) => {
      const { '@timestamp': _, event: { start, end, duration, ...kept } = {}, ...rest } = event;
      return JSON.stringify({ ...rest, event: kept });
    })
    .sort();
}

const demo = readImage(buildDemo());
const expected = essence(readInProcess(writeImage(demo)).events);
const read = (image: Image) => essence(readInProcess(writeImage(image)).events);

describe('the demo capture', () => {
  it('holds every protocol', () => {
    const types = new Set(expected.map((line) => JSON.parse(line).type));
    expect([...types].sort()).toEqual(['dns', 'http', 'icmp', 'redis']);
    expect(expected.length).toBeGreaterThan(300);
  });

  it.each([1, 7, 1000])('gives the same events in segments of %i bytes', (size) => {
    expect(read(resegment(demo, () => size))).toEqual(expected);
  });

  it.each([1, 2, 3, 4, 5])('gives the same events in random segments, duplicated and reordered within 8 (seed %i)', (seed) => {
    const next = random(seed * 7919);
    const cut = resegment(demo, () => 1 + Math.floor(next() * 400));
    expect(read(cut)).toEqual(expected);
    expect(read(duplicate(cut, 0.1, next))).toEqual(expected);
    expect(read(reorder(cut, 8, next))).toEqual(expected);
  });

  it('gives the same events in a VLAN', () => {
    expect(read(tag(demo, 10))).toEqual(expected);
  });
});

/** Captures up to this size are cut at every byte, larger ones at 400 places. */
const SMALL = 2000;

const captures = existsSync(conformance)
  ? readdirSync(conformance)
      .filter((name) => /^(http|dns|redis|icmp)-/.test(name) && !/-(raw|body|headers|sections)$/.test(name))
      .map((name) => join(conformance, name, 'input.pcap'))
      .filter((path) => existsSync(path))
  : [];

describe.skipIf(captures.length === 0)('captures of ../shared/conformance', () => {
  it.each(captures)('%s cut anywhere gives the same events, or fewer, never a crash', (path) => {
    const bytes = readFileSync(path);
    const step = bytes.length <= SMALL ? 1 : Math.ceil(bytes.length / 400);
    for (let size = 0; size < bytes.length; size += step) {
      const { logs } = readCut(bytes.subarray(0, size));
      expect(logs, `cut at ${size}`).toEqual([]);
    }
  });
});

function readCut(bytes: Uint8Array): { logs: string[] } {
  try {
    return readInProcess(bytes);
  } catch (error) {
    // Too short to be a capture at all.
    expect(error).toMatchObject({ code: 'ERR_PBFAST_FORMAT' });
    return { logs: [] };
  }
}
