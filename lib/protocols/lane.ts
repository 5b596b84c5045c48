/** A flow with a session, or with a probe that looks for one. */
import type { Session } from './analyzer.js';
import type { FlowView } from './flow.js';
import type { Probe } from './probe.js';
import type { Running } from './running.js';
import { Tail } from './tail.js';

type Tails = readonly [Tail, Tail];

/** Datagrams have none, and one flow a query is common: they share these, which stay empty. */
const NONE: Tails = [new Tail(), new Tail()];

export class Lane {
  readonly flow: FlowView;
  readonly slot: number;
  readonly generation: number;
  /** Datagrams seen since the flow was announced. */
  datagrams = 0;
  /** Neighbours in IdleLanes. */
  older: Lane | null = null;
  newer: Lane | null = null;
  isListed = false;
  session: Session | null = null;
  running: Running | null = null;
  probe: Probe | null = null;
  /** What each direction of a stream has not consumed. */
  readonly tails: Tails;

  constructor(flow: FlowView, slot: number, generation: number) {
    this.flow = flow;
    this.slot = slot;
    this.generation = generation;
    this.tails = flow.transport === 'tcp' ? [new Tail(), new Tail()] : NONE;
  }
}
