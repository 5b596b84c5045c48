/**
 * The contract of a protocol analyzer. One folder a protocol: analyzer.ts (this contract), parser.ts (bytes to
 * messages), fields.ts (declarations), tests; one line in registry.ts. protocols/redis is the template.
 *
 * The runtime owns claiming, unread tails, gaps, time-outs in packet time, the guard around each call, and the envelope.
 * Bytes are lent: they are valid during the call only. Data never throws.
 */

import type { Counter } from '../base/counters.js';
import type { Cursor } from '../base/cursor.js';
import type { OptionSpec, OptionsOf } from '../base/options.js';
import type { Fields } from '../events/fields.js';
import type { Row } from '../events/row.js';
import type { EndReason } from '../handoff/record.js';
import type { Deadlines } from './kit/deadlines.js';

export type Transport = 'tcp' | 'udp' | 'icmp';

/** 0: from the flow's source (the sender of its first packet, or of the SYN); 1: towards it. */
export type Direction = 0 | 1;

/**
 * 'drop' ends the session, which cannot go on: the flow is only counted from then on. 'done' ends it likewise, all that it
 * wanted was seen. 'tls' (streams only) ends it too: what was not committed
 * and all that follows is TLS (STARTTLS, CONNECT), for the tls analyzer where it is enabled.
 */
export type Verdict = 'ok' | 'drop' | 'done' | 'tls';

/** A claimed flow, as its session sees it. Valid for the session's life. */
export interface Flow {
  readonly transport: Transport;
  /** The direction requests come from, where the configured port tells; else undefined. */
  readonly client: Direction | undefined;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly ipVersion: 4 | 6;
  /** Card number: the envelope's key. */
  readonly card: number;
  /** Source and destination address: 16 bytes each, IPv4 as IPv4-mapped. */
  readonly addresses: Uint8Array;
}

export interface Session {
  /**
   * Reads what is there, commit()s what is understood, returns. Short reads are not errors: what was not committed is
   * shown again with more behind it. A datagram is one call; what is left of it is dropped.
   */
  data(dir: Direction, bytes: Cursor): Verdict;
  /**
   * `missing` stream bytes are lost, and with them the uncommitted tail. `beyond` of them, the last ones, had not been
   * skipped in advance. Absent: the session is dropped.
   */
  gap?(dir: Direction, missing: number, beyond: number): Verdict;
  /**
   * Datagrams only: nothing is pending, and nothing that came matters for what will. The runtime may then end the session;
   * the flow's next datagram begins another one. Absent: it lives as long as its flow.
   */
  readonly idle?: boolean;
  /** The flow is over; exchanges still pending are sent or discarded here. */
  end?(reason: EndReason): void;
}

/** What an analyzer may use. One per analyzer and worker. */
export interface Emit {
  /** A row of this flow, with its dataset set: fill it, then send() or discard() it. */
  row(flow: Flow): Row;
  send(row: Row): void;
  discard(row: Row): void;
  /** The counter `<protocol>.<name>`: look it up in create(). */
  counter(name: string): Counter;
  /** Time-outs in packet time, shared by the analyzer's sessions. */
  readonly deadlines: Deadlines;
}

export type Connect = (flow: Flow) => Session;

export interface Analyzer<S extends OptionSpec = OptionSpec> {
  readonly name: string;
  /** What one event is: a phrase for the documentation, 'a question and its answer'. */
  readonly about?: string;
  readonly transports: readonly Transport[];
  /** Ports claimed when the configuration names none. */
  readonly ports: readonly number[];
  readonly options: S;
  readonly fields: Fields;
  /**
   * Looks at the first bytes of a stream or the first datagram on an unknown port. 'no' in one direction rules the
   * protocol out; 'more' waits for more bytes or for the other direction.
   */
  probe?(bytes: Cursor, dir: Direction): 'yes' | 'no' | 'more';
  /** Called once a worker; the function it returns, once a claimed flow. */
  create(options: OptionsOf<S>, emit: Emit): Connect;
}

/** Fixes the option types of an analyzer literal. */
export function analyzer<const S extends OptionSpec>(definition: Analyzer<S>): Analyzer<S> {
  return definition;
}
