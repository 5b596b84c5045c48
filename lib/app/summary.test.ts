import { describe, expect, it } from 'vitest';
import { formatSummary } from './summary.js';

const buckets = (place: number, n: number) => Array.from({ length: 160 }, (_, i) => (i === place ? n : 0));
const summary = (counters: Record<string, number>, tallies = {}, output = {}) =>
  formatSummary({ stats: { counters, tallies }, output, seconds: 1.25 });

describe('the summary', () => {
  it('says what was read, what came of it, and how that adds up', () => {
    const lines = summary(
      {
        'engine.packets.read': 1_234_567,
        'engine.bytes.read': 987_654_321,
        'capture.packets.received': 1_234_567,
        'flow.packets.counted': 1_234_560,
        'decode.packets.malformed': 7,
      },
      {
        http: { events: 12_345, errors: 7, buckets: buckets(42, 12_345) },
        flow: { events: 3, errors: 0, buckets: buckets(0, 0) },
      },
    );
    expect(lines).toEqual([
      '1,234,567 packets, 987.7 MB in 1.3 s',
      '  flow             3 events        0 errors',
      expect.stringMatching(
        /^ {2}http {8}12,345 events {8}7 errors {2}p50 10\.\d ms {2}p95 10\.\d ms {2}p99 10\.\d ms$/,
      ),
      '1,234,567 packets = 1,234,560 processed + 7 lost',
      'lost: 7 malformed packets (decode.packets.malformed)',
    ]);
  });

  it('says so when there are no events', () => {
    expect(summary({})).toEqual(['0 packets, 0 B in 1.3 s', '  no events', 'nothing lost']);
  });

  it('names every loss, also those of the output, and no other counter', () => {
    const lines = summary(
      {
        'capture.packets.received': 1000,
        'capture.packets.dropped_kernel': 1000,
        'events.rows.sent': 11,
        'flow.flows.evicted': 0,
        'decode.packets.seen': 5,
      },
      {},
      { 'output.events.dropped': 2, 'output.events.acked': 9 },
    );
    expect(lines.slice(2)).toEqual([
      '1,000 packets = 0 processed + 1,000 lost',
      '11 events = 9 processed + 2 lost',
      'lost: 1,000 packets dropped by the kernel: the ring was full (capture.packets.dropped_kernel)',
      'lost: 2 events the output refused or gave up (output.events.dropped)',
    ]);
  });

  it('owns up to sessions that a fault of ours cost, which is not nothing', () => {
    const lines = summary({ 'http.session.crashed': 1, 'dns.session.crashed': 0 });
    expect(lines).toContainEqual(
      expect.stringMatching(/1 sessions to a fault in pbfast \(http\.session\.crashed\)/),
    );
    expect(lines).not.toContain('nothing lost');
  });

  it('tells what nobody counted', () => {
    const lines = summary({ 'capture.packets.received': 10, 'flow.packets.counted': 8 });
    expect(lines.slice(2)).toEqual([
      '10 packets = 8 processed + 0 lost + 2 unaccounted for',
      'lost: 2 packets unaccounted for, please report',
    ]);
  });
});
