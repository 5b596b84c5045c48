/** A TCP connection of generated traffic: handshake, data both ways cut into segments, acknowledgments, close or reset. */
import { FLAG, type Host, tcpFrame } from './packets.js';
import type { Sink } from './pcap.js';

/** Of Ethernet with time stamps in use. */
const MSS = 1448;
const HOP_NANOS = 40_000;
const NOTHING: Uint8Array = new Uint8Array(0);

type Side = 0 | 1;

export interface End {
  readonly host: Host;
  readonly port: number;
}

export class Connection {
  /** Time of the next packet, nanoseconds. */
  time: number;
  readonly #sink: Sink;
  readonly #ends: readonly [End, End];
  /** Next sequence number of each side; they may pass 2^32, the frame takes them modulo. */
  readonly #next: [number, number];

  constructor(sink: Sink, time: number, client: End, server: End) {
    this.#sink = sink;
    this.time = time;
    this.#ends = [client, server];
    this.#next = [client.port * 65_537, client.port * 524_309];
  }

  open(): this {
    this.#send(0, FLAG.syn);
    this.#next[0]++;
    this.#send(1, FLAG.syn | FLAG.ack);
    this.#next[1]++;
    return this.#send(0, FLAG.ack);
  }

  /** Nobody listens: the handshake ends with a reset. */
  refused(): this {
    this.#send(0, FLAG.syn);
    this.#next[0]++;
    return this.#send(1, FLAG.rst | FLAG.ack);
  }

  /** The client sends bytes; strings are Latin-1. */
  client(bytes: string | Uint8Array): this {
    return this.#data(0, bytes);
  }

  server(bytes: string | Uint8Array): this {
    return this.#data(1, bytes);
  }

  /** Time passes. */
  wait(nanos: number): this {
    this.time += nanos;
    return this;
  }

  close(): this {
    this.#send(0, FLAG.fin | FLAG.ack);
    this.#next[0]++;
    this.#send(1, FLAG.fin | FLAG.ack);
    this.#next[1]++;
    return this.#send(0, FLAG.ack);
  }

  /** The server gives the connection up. */
  reset(): this {
    return this.#send(1, FLAG.rst | FLAG.ack);
  }

  #data(side: Side, bytes: string | Uint8Array): this {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    const other = (1 - side) as Side;
    for (let at = 0, n = 1; at < data.length; at += MSS, n++) {
      const last = at + MSS >= data.length;
      const piece = data.subarray(at, at + MSS);
      this.#send(side, last ? FLAG.ack | FLAG.psh : FLAG.ack, piece);
      this.#next[side] += piece.length;
      // RFC 9293 3.8.6.3: every second full segment is acknowledged.
      if (n % 2 === 0 && !last) this.#send(other, FLAG.ack);
    }
    return this;
  }

  #send(side: Side, flags: number, payload = NOTHING): this {
    const from = this.#ends[side];
    const to = this.#ends[1 - side]!;
    const frame = tcpFrame(from.host, to.host, {
      sourcePort: from.port,
      destinationPort: to.port,
      sequence: this.#next[side],
      acknowledgment: flags & FLAG.ack ? this.#next[1 - side]! : 0,
      flags,
      payload,
    });
    this.#sink.frame(this.time, frame);
    this.time += HOP_NANOS;
    return this;
  }
}
