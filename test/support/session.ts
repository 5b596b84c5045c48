/**
 * Drives one analyzer without the native engine: stream pieces and datagrams in, events out.
 *
 *   const t = new TestSession(redis, { send_request: true });
 *   t.client('*1\r\n$4\r\nPING\r\n').server('+PONG\r\n');
 *   expect(t.events()).toEqual([...])
 */
import { Counters } from '../../lib/base/counters.js';
import { defaultsOf } from '../../lib/base/options.js';
import { envelope, shared } from '../../lib/events/envelope.js';
import { Catalogue } from '../../lib/events/fields.js';
import { Rows } from '../../lib/events/rows.js';
import {
  END_REASONS,
  type EndReason,
  INFO,
  KIND,
  RECORD_WORDS,
  TRANSPORT,
} from '../../lib/handoff/record.js';
import type { Analyzer, Direction } from '../../lib/protocols/analyzer.js';
import { Runtime } from '../../lib/protocols/runtime.js';
import { decodeRows, type TestEvent } from './decode-rows.js';

export interface TestOptions {
  readonly transport?: 'tcp' | 'udp' | 'icmp';
  readonly serverPort?: number;
  /** Leave the port unclaimed: the content decides. */
  readonly detect?: boolean;
  /** The first packet comes from the server. */
  readonly reversed?: boolean;
  readonly ipVersion?: 4 | 6;
  readonly icmpType?: number;
  /** IPv4 address of the flow's destination. */
  readonly destination?: readonly number[];
  /** Further analyzers, with their defaults and without a port: a session may hand its flow over to them. */
  // biome-ignore lint/suspicious/noExplicitAny: options of any analyzer
  readonly beside?: readonly Analyzer<any>[];
  /** events() stays empty. */
  readonly unread?: boolean;
}

export class TestSession {
  readonly counters = new Counters();
  readonly commands: { command: number; dir: number; value: number }[] = [];
  readonly logs: string[] = [];
  readonly rows: Rows;
  readonly #memory = new Uint8Array(4 << 20);
  readonly #runtime: Runtime;
  readonly #events: TestEvent[] = [];
  readonly #offsets = [0, 0];
  readonly #options: TestOptions;
  #opened = false;
  seconds = 1_000_000;
  nanoseconds = 0;

  // biome-ignore lint/suspicious/noExplicitAny: options of any analyzer
  constructor(analyzer: Analyzer<any>, options: Record<string, unknown> = {}, test: TestOptions = {}) {
    this.#options = { transport: analyzer.transports[0]!, ...test };
    const { beside = [] } = test;
    const catalogue = new Catalogue([
      envelope,
      shared,
      analyzer.fields,
      ...beside.map(({ fields }) => fields),
    ]);
    this.rows = new Rows(this.#memory, (region, words) => {
      if (!test.unread) this.#events.push(...decodeRows(region, words, this.#memory, catalogue));
    });
    this.#runtime = new Runtime({
      uses: [
        {
          analyzer,
          options: { ...defaultsOf(analyzer.options), ...options },
          ports: [this.#port],
          statics: 0,
        },
        ...beside.map((other) => ({
          analyzer: other,
          options: defaultsOf(other.options),
          ports: [],
          statics: 0,
        })),
      ],
      rows: this.rows,
      counters: this.counters,
      detect: test.detect ?? false,
      host: {
        openCard: () => {},
        command: (command, dir, _flow, _generation, value) => this.commands.push({ command, dir, value }),
        flowReport: () => {},
        counters: () => {},
        end: () => {},
        log: (message) => this.logs.push(message),
      },
    });
  }

  get #port(): number {
    return this.#options.serverPort ?? 4242;
  }

  /** Bytes from the client, as one segment or datagram; strings are latin-1. */
  client(bytes: string | Uint8Array): this {
    return this.send(this.#options.reversed ? 1 : 0, bytes);
  }

  server(bytes: string | Uint8Array): this {
    return this.send(this.#options.reversed ? 0 : 1, bytes);
  }

  send(dir: Direction, bytes: string | Uint8Array): this {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#open();
    this.#memory.set(data, 1024);
    if (this.#options.transport === 'tcp') this.#record(KIND.data, dir, 0, 1024, data.length);
    else this.#record(KIND.datagram, dir, 0, 1024, data.length, 0);
    this.#offsets[dir]! += data.length;
    // The memory is used again at once: what was kept without a copy shows.
    this.#memory.fill(0xee, 1024, 1024 + data.length);
    return this;
  }

  gap(dir: Direction, missing: number): this {
    this.#open();
    this.#record(KIND.gap, dir, 0, 0, missing);
    this.#offsets[dir]! += missing;
    return this;
  }

  /** Stream bytes the engine skipped, as it does after a skip command. */
  jump(dir: Direction, bytes: number): this {
    this.#offsets[dir]! += bytes;
    return this;
  }

  end(reason: EndReason = 'fin'): this {
    this.#record(KIND.flowEnd, 0, END_REASONS.indexOf(reason), 0, 0);
    this.#opened = false;
    return this;
  }

  /** Packet time moves on. */
  wait(seconds: number): this {
    this.seconds += seconds;
    this.#record(KIND.tick, 0, 0, 0, 0);
    return this;
  }

  /** The wall clock of the capturing host is set. */
  setClock(seconds: number): this {
    this.#record(KIND.clock, 0, 0, 0, 0, seconds);
    this.seconds += seconds;
    return this;
  }

  events(): TestEvent[] {
    this.rows.settle();
    return this.#events;
  }

  #record(
    kind: number,
    dir: Direction,
    flags: number,
    offset: number,
    length: number,
    last = this.#offsets[dir]!,
  ): void {
    const words = new Uint32Array(RECORD_WORDS);
    words.set([7, 1, kind | (dir << 8) | (flags << 16), offset, length, this.seconds, this.nanoseconds]);
    words[7] = last;
    this.#runtime.handle(words, 0, 1);
    this.rows.settle();
    this.#runtime.settled();
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#offsets.fill(0);
    const { transport, reversed, detect, ipVersion = 4, icmpType = 8 } = this.#options;
    const info = new Uint8Array(INFO.size);
    const view = new DataView(info.buffer);
    info.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, reversed ? 2 : 1], INFO.sourceIp);
    info.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, reversed ? 1 : 2], INFO.destinationIp);
    if (this.#options.destination) info.set(this.#options.destination, INFO.destinationIp + 12);
    view.setUint16(INFO.sourcePort, reversed ? this.#port : 50_000, true);
    view.setUint16(INFO.destinationPort, reversed ? 50_000 : this.#port, true);
    info[INFO.ipVersion] = ipVersion;
    info[INFO.transport] =
      transport === 'tcp'
        ? TRANSPORT.tcp
        : transport === 'udp'
          ? TRANSPORT.udp
          : ipVersion === 6
            ? TRANSPORT.icmp6
            : TRANSPORT.icmp;
    info[INFO.icmpType] = icmpType;
    info[INFO.claim] = detect ? 0 : reversed ? 2 : 1;
    if (detect) view.setUint16(reversed ? INFO.sourcePort : INFO.destinationPort, 4243, true);
    this.#memory.set(info, 0);
    this.#record(KIND.flowOpen, 0, 0, 0, INFO.size);
  }
}

/** Cuts a stream into pieces of `size` bytes; size 0: pseudo-random sizes of 1 to 40 from a fixed seed. */
export function cut(bytes: string | Uint8Array, size: number, seed = 1): Uint8Array[] {
  const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  const pieces: Uint8Array[] = [];
  let state = seed;
  for (let at = 0; at < data.length; ) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    const length = size || 1 + (state % 40);
    pieces.push(data.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
