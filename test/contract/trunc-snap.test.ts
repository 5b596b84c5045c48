/** Each frame cut at every captured length, its true length kept: no crash, and no event says what was not sent. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDemo } from '../../lib/demo/demo.js';
import { captures, DEEP, sample } from '../support/captures.js';
import type { TestEvent } from '../support/decode-rows.js';
import { type Image, readImage } from '../support/recut.js';
import { readVariants, type Variant } from '../support/variants.js';

/** Packets before and after the cut one that are read with it. */
const AROUND = 30;
/** Cut frames of a capture, and lengths of each, when not all. */
const FRAMES = 10;
const LENGTHS = 10;
/** In one run. */
const VARIANTS = 500;

let cuts = 0;
afterAll(() => console.log(`trunc-snap: ${cuts} cuts${DEEP ? '' : ' (PBFAST_DEEP=1: all)'}`));

/** An event that lost bytes says so: it failed, or tells that something is missing. */
const admits = ({ status, error }: TestEvent) =>
  status === 'Error' || status === 'NO_REPLY' || error?.message !== undefined;

/**
 * What an event says, times apart: where the packet that began or ended an exchange is cut, a copy of it or the next one
 * stands in for it.
 */
function contentOf(event: TestEvent): string {
  const { '@timestamp': _time, event: { start: _start, end: _end, duration: _duration, ...kept } = {} } =
    event;
  return JSON.stringify({ ...event, '@timestamp': '', event: kept });
}

/** Events of the cut capture that the whole one lacks and that do not admit a loss. */
function invented(events: readonly TestEvent[], whole: readonly TestEvent[]): string[] {
  const left = new Map<string, number>();
  for (const event of whole) {
    const line = contentOf(event);
    left.set(line, (left.get(line) ?? 0) + 1);
  }
  return events
    .filter((event) => {
      const line = contentOf(event);
      const count = left.get(line) ?? 0;
      left.set(line, count - 1);
      return count <= 0 && !admits(event);
    })
    .map((event) => describeChange(event, whole));
}

/** The event, and where it differs from the whole capture's event of that time. */
function describeChange(event: TestEvent, whole: readonly TestEvent[]): string {
  const own = leavesOf(event);
  const likest = whole.find(
    (other) => other['@timestamp'] === event['@timestamp'] && other.type === event.type,
  );
  const theirs = leavesOf(likest ?? {});
  const paths = [...new Set([...own.keys(), ...theirs.keys()])].filter(
    (path) => own.get(path) !== theirs.get(path),
  );
  return `${event.type} ${paths.map((path) => `${path}: ${theirs.get(path)} -> ${own.get(path)}`).join(', ')}`;
}

function leavesOf(value: object, path = '', leaves = new Map<string, string>()): Map<string, string> {
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && typeof inner === 'object') leavesOf(inner, `${path}${key}.`, leaves);
    else leaves.set(path + key, String(inner).slice(0, 40));
  }
  return leaves;
}

/** Reads `captured` variants of the packets from `from` on. */
async function cutAll(image: Image, from: number, to: number, cutsOf: readonly Cut[]): Promise<void> {
  const packets = image.packets.slice(from, to);
  for (let i = 0; i < cutsOf.length; i += VARIANTS) {
    const part = cutsOf.slice(i, i + VARIANTS);
    const variants: Variant[] = part.map(({ at, captured }) => ({
      packets,
      cut: { at: at - from, captured },
    }));
    const read = await readVariants({ ...image, packets }, [{ packets }, ...variants]);
    expect(read.wrong).toEqual([]);
    const [whole, ...others] = read.events;
    for (const [k, events] of others.entries())
      expect(invented(events, whole!), `frame ${part[k]!.at + 1} cut at ${part[k]!.captured}`).toEqual([]);
    cuts += part.length;
  }
}

interface Cut {
  readonly at: number;
  readonly captured: number;
}

function cutsOf(image: Image, at: number): Cut[] {
  const lengths = Array.from({ length: image.packets[at]!.frame.length }, (_, captured) => captured);
  return sample(lengths, LENGTHS).map((captured) => ({ at, captured }));
}

async function expectHonest(image: Image): Promise<void> {
  const count = image.packets.length;
  const frames = sample(
    image.packets.map((_, i) => i),
    FRAMES,
  );
  if (count <= 2 * AROUND) {
    const all = frames.flatMap((at) => cutsOf(image, at));
    await cutAll(image, 0, count, all);
    return;
  }
  for (const at of frames) await cutAll(image, Math.max(0, at - AROUND), at + AROUND, cutsOf(image, at));
}

const paths = captures();

describe('a frame cut anywhere', () => {
  it('of the demo capture', { timeout: 3_600_000 }, () => expectHonest(readImage(buildDemo())));

  it.each(paths)('of %s', { timeout: 3_600_000 }, (path) => expectHonest(readImage(readFileSync(path))));
});
