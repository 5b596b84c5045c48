/**
 * Writes captures as classic pcap with nanosecond stamps: an image in memory, or a file through a large buffer. Times are
 * nanoseconds since EPOCH_SECONDS, exact up to 104 days.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

const MAGIC_NANOS = 0xa1b23c4d;
const HEADER = 24;
const RECORD = 16;
/** LIMIT of one frame in a file. */
const SNAPLEN = 262_144;
const LINK_ETHERNET = 1;
const BUFFER_BYTES = 4 << 20;

/** 2026-01-01T00:00:00Z. */
export const EPOCH_SECONDS = 1_767_225_600;

/** Where traffic goes. */
export interface Sink {
  frame(time: number, frame: Uint8Array): void;
}

export function pcapHeader(): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(MAGIC_NANOS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(LINK_ETHERNET, 20);
  return header;
}

function writeRecord(out: Buffer, at: number, time: number, size: number): void {
  const seconds = Math.floor(time / 1e9);
  out.writeUInt32LE(EPOCH_SECONDS + seconds, at);
  out.writeUInt32LE(Math.floor(time - seconds * 1e9), at + 4);
  out.writeUInt32LE(size, at + 8);
  out.writeUInt32LE(size, at + 12);
}

/** Keeps frames and sorts them by time at the end: conversations may be generated one after the other. */
export class PcapImage implements Sink {
  readonly #frames: { time: number; frame: Uint8Array }[] = [];

  frame(time: number, frame: Uint8Array): void {
    this.#frames.push({ time, frame });
  }

  image(): Buffer {
    this.#frames.sort((a, b) => a.time - b.time);
    const parts: Uint8Array[] = [pcapHeader()];
    for (const { time, frame } of this.#frames) {
      const record = Buffer.alloc(RECORD);
      writeRecord(record, 0, time, frame.length);
      parts.push(record, frame);
    }
    return Buffer.concat(parts);
  }
}

/** Writes frames to a file as they come; frames must come in order of time. */
export class PcapFile implements Sink {
  /** Where reserve() makes room; its content lasts until the next reserve(). */
  readonly buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  packets = 0;
  bytes = 0;
  #used: number;
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
    this.#used = pcapHeader().copy(this.buffer);
  }

  /** Begins a frame of `size` bytes, at most SNAPLEN: the caller fills it in `buffer` from the position returned on. */
  reserve(time: number, size: number): number {
    if (this.#used + RECORD + size > BUFFER_BYTES) this.#flush();
    writeRecord(this.buffer, this.#used, time, size);
    const at = this.#used + RECORD;
    this.#used = at + size;
    this.packets++;
    return at;
  }

  frame(time: number, frame: Uint8Array): void {
    const at = this.reserve(time, frame.length);
    this.buffer.set(frame, at);
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    for (let done = 0; done < this.#used; ) done += writeSync(this.#fd, this.buffer, done, this.#used - done);
    this.bytes += this.#used;
    this.#used = 0;
  }
}
