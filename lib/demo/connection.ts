/** A TCP connection of generated traffic: handshake, data both ways in segments, close. */
import { FLAG, type Host, tcpFrame } from './packets.js';
import type { Sink } from './recorder.js';

const MSS = 1448;
const HOP_NANOS = 40_000;
const EMPTY = new Uint8Array(0);

export class Connection {
  /** Time of the next packet, nanoseconds. */
  time: number;
  readonly #sink: Sink;
  readonly #ends: readonly [Host, Host];
  readonly #ports: readonly [number, number];
  readonly #next: [number, number];

  constructor(sink: Sink, time: number, client: Host, clientPort: number, server: Host, serverPort: number) {
    this.#sink = sink;
    this.time = time;
    this.#ends = [client, server];
    this.#ports = [clientPort, serverPort];
    this.#next = [clientPort * 65_537, serverPort * 524_309];
  }

  open(): this {
    this.#send(0, FLAG.syn, EMPTY);
    this.#next[0]++;
    this.#send(1, FLAG.syn | FLAG.ack, EMPTY);
    this.#next[1]++;
    this.#send(0, FLAG.ack, EMPTY);
    return this;
  }

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
    this.#send(0, FLAG.fin | FLAG.ack, EMPTY);
    this.#next[0]++;
    this.#send(1, FLAG.fin | FLAG.ack, EMPTY);
    this.#next[1]++;
    this.#send(0, FLAG.ack, EMPTY);
    return this;
  }

  reset(): this {
    this.#send(1, FLAG.rst | FLAG.ack, EMPTY);
    return this;
  }

  #data(side: 0 | 1, bytes: string | Uint8Array): this {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    for (let at = 0; at < data.length; at += MSS) {
      const piece = data.subarray(at, at + MSS);
      const last = at + MSS >= data.length;
      this.#send(side, last ? FLAG.ack | FLAG.psh : FLAG.ack, piece);
      this.#next[side] += piece.length;
    }
    return this;
  }

  #send(side: 0 | 1, flags: number, payload: Uint8Array): void {
    const other = (1 - side) as 0 | 1;
    const frame = tcpFrame(this.#ends[side], this.#ends[other], {
      sourcePort: this.#ports[side],
      destinationPort: this.#ports[other],
      sequence: this.#next[side],
      acknowledgment: flags & FLAG.ack ? this.#next[other] : 0,
      flags,
      payload,
    });
    this.#sink.frame(this.time, frame);
    this.time += HOP_NANOS;
  }
}
