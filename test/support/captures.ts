/** Captures made for one test from the generated traffic of lib/demo: as an image, or as files in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { host } from '../../lib/demo/packets.js';
import { PcapImage, type Sink } from '../../lib/demo/pcap.js';
import { Connection } from '../../lib/demo/tcp.js';

/** Adds its packets to the sink. */
export type Traffic = (sink: Sink) => void;

export function captureImage(...traffic: readonly Traffic[]): Buffer {
  const sink = new PcapImage();
  for (const add of traffic) add(sink);
  return sink.image();
}

/** A piece of a conversation: who speaks, and what, as Latin-1 text or bytes. */
export type Line = readonly ['client' | 'server', string | Uint8Array];

export interface TalkOptions {
  /** Nanoseconds since the capture's first second. */
  readonly time?: number;
  readonly clientPort?: number;
  readonly version?: 4 | 6;
  /** Nanoseconds before every line. */
  readonly pause?: number;
}

/** A whole TCP connection to `port` with these lines. */
export function talk(port: number, lines: readonly Line[], options: TalkOptions = {}): Traffic {
  const { time = 0, clientPort = 40_000, version = 4, pause = 1_000_000 } = options;
  return (sink) => {
    const client = { host: host(1, version), port: clientPort };
    const connection = new Connection(sink, time, client, { host: host(2, version), port }).open();
    for (const [side, bytes] of lines) {
      connection.wait(pause);
      if (side === 'client') connection.client(bytes);
      else connection.server(bytes);
    }
    connection.close();
  };
}

/** A folder for capture files; remove() takes it away. */
export class CaptureFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'pbfast-captures-'));

  /** Writes a capture and returns its path. */
  file(name: string, ...traffic: readonly Traffic[]): string {
    const path = join(this.path, name);
    writeFileSync(path, captureImage(...traffic));
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
