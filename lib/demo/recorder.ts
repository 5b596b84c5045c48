/** Collects frames with their times and writes them as a nanosecond pcap: an image, or piece by piece to a file. */

const MAGIC_NANOS = 0xa1b23c4d;
const SNAPLEN = 262_144;
const RECORD = 16;

export function pcapHeader(linkType = 1): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC_NANOS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/** Where traffic goes. `time` is in nanoseconds since the capture's first second. */
export interface Sink {
  frame(time: number, frame: Buffer): void;
}

/** 2026-01-01T00:00:00Z. */
export const EPOCH_SECONDS = 1_767_225_600;

export function pcapRecord(time: number, frame: Buffer): Buffer {
  const header = Buffer.alloc(RECORD);
  header.writeUInt32LE(EPOCH_SECONDS + Math.floor(time / 1e9), 0);
  header.writeUInt32LE(Math.floor(time % 1e9), 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return header;
}

/** Sorts by time at the end: conversations may be generated one after the other. */
export class Recorder implements Sink {
  readonly #frames: { time: number; frame: Buffer }[] = [];

  frame(time: number, frame: Buffer): void {
    this.#frames.push({ time, frame });
  }

  image(): Buffer {
    this.#frames.sort((a, b) => a.time - b.time);
    const parts = this.#frames.flatMap(({ time, frame }) => [pcapRecord(time, frame), frame]);
    return Buffer.concat([pcapHeader(), ...parts]);
  }
}
