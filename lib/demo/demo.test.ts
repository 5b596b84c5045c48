import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildDemo } from './demo.js';
import { FLAG, host } from './packets.js';
import { PcapFile, PcapImage } from './pcap.js';
import { Connection } from './tcp.js';

function* packets(image: Buffer) {
  for (let at = 24; at < image.length; ) {
    const size = image.readUInt32LE(at + 8);
    const time = BigInt(image.readUInt32LE(at)) * 1_000_000_000n + BigInt(image.readUInt32LE(at + 4));
    yield { time, frame: image.subarray(at + 16, at + 16 + size), size };
    at += 16 + size;
  }
}

/** Sequence numbers of a connection over IPv4 without a hole, both ways. */
function checkSequences(image: Buffer): number {
  const next = new Map<string, number>();
  let segments = 0;
  for (const { frame } of packets(image)) {
    if (frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 6) continue;
    segments++;
    const key = frame.toString('hex', 26, 38);
    const sequence = frame.readUInt32BE(38);
    if (next.has(key) && !(frame[47]! & FLAG.rst)) expect(sequence).toBe(next.get(key));
    const grows = frame.length - 54 + (frame[47]! & (FLAG.syn | FLAG.fin) ? 1 : 0);
    next.set(key, (sequence + grows) % 2 ** 32);
  }
  return segments;
}

/** RFC 1071 over both pieces: 0 when it sums up. */
function residue(...pieces: Uint8Array[]): number {
  let sum = 0;
  for (const piece of pieces)
    piece.forEach((byte, i) => {
      sum += i % 2 === 0 ? byte * 256 : byte;
    });
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum ^ 0xffff;
}

/** What is left of the checksums of transport and IPv4 header; ICMP for IPv4 has no pseudo-header. */
function checksums(frame: Buffer, version: 4 | 6, protocol: number): number[] {
  const payload = frame.subarray(version === 4 ? 34 : 54);
  const ends = version === 4 ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const pseudo = Buffer.from([0, protocol, payload.length >> 8, payload.length & 255]);
  const transport = protocol === 1 ? residue(payload) : residue(ends, pseudo, payload);
  return version === 4 ? [transport, residue(frame.subarray(14, 34))] : [transport];
}

describe('the demo capture', () => {
  const image = buildDemo();
  const all = [...packets(image)];

  it('is the same on every run', () => {
    expect(buildDemo().equals(image)).toBe(true);
  });

  it('lasts some twenty seconds, in order of time', () => {
    const times = all.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
    const seconds = Number(times.at(-1)! - times[0]!) / 1e9;
    expect(seconds).toBeGreaterThan(17);
    expect(seconds).toBeLessThan(23);
  });

  it('has right checksums all through', () => {
    const seen = new Map<string, number>();
    for (const { frame } of all) {
      const version = frame.readUInt16BE(12) === 0x0800 ? 4 : 6;
      const protocol = frame[14 + (version === 4 ? 9 : 6)]!;
      expect(checksums(frame, version, protocol)).toEqual(version === 4 ? [0, 0] : [0]);
      const key = `${version}/${protocol}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['4/1', '4/17', '4/6', '6/17', '6/58', '6/6']);
  });

  it('has connections without a hole', () => {
    expect(checkSequences(image)).toBeGreaterThan(700);
  });
});

describe('pcap', () => {
  const talk = (sink: PcapImage | PcapFile) => {
    const client = { host: host(1), port: 40_000 };
    new Connection(sink, 0, client, { host: host(2), port: 80 }).open().client('x'.repeat(9_000_000)).close();
  };

  it('writes the same to a file as to an image, and more than its buffer holds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pbfast-pcap-'));
    try {
      const path = join(folder, 'a.pcap');
      const file = new PcapFile(path);
      talk(file);
      file.close();
      const image = new PcapImage();
      talk(image);
      const written = readFileSync(path);
      expect(written.equals(image.image())).toBe(true);
      expect(written.length).toBe(file.bytes);
      expect([...packets(written)].length).toBe(file.packets);
      expect(checkSequences(written)).toBe(file.packets);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
