/**
 * Feeds sessions from handoff records: claims flows by port and by content, keeps unread tails, tells gaps and ends,
 * drives time-outs by packet time, guards every call. Nothing here knows a protocol.
 */
import type { Counter, Counters } from '../base/counters.js';
import { Cursor } from '../base/cursor.js';
import type { Rows } from '../events/rows.js';
import { COMMAND, END_REASONS, type EndReason, KIND, movesTime, RECORD_WORDS } from '../handoff/record.js';
import type { Direction, Verdict } from './analyzer.js';
import { Claims } from './claims.js';
import { FlowView } from './flow.js';
import type { Host } from './host.js';
import { IdleLanes } from './idle.js';
import { Lane } from './lane.js';
import { Probe } from './probe.js';
import { Emitter, type Running, type Use } from './running.js';
import { countSessions, type SessionCounts } from './sessions.js';
import type { Tail } from './tail.js';

export interface RuntimeOptions {
  readonly uses: readonly Use[];
  readonly rows: Rows;
  readonly counters: Counters;
  readonly host: Host;
  /** Look at the content of flows on unknown ports. */
  readonly detect: boolean;
}

export class Runtime {
  readonly #rows: Rows;
  readonly #memory: Uint8Array;
  readonly #host: Host;
  readonly #lanes: (Lane | null)[] = [];
  readonly #idle: IdleLanes;
  readonly #claims = new Claims();
  /** Takes over where another protocol starts TLS. */
  #tls: Running | undefined;
  readonly #sessions: SessionCounts;
  readonly #emitters: Emitter[] = [];
  readonly #cursor = new Cursor();
  /** By card: the addresses of its flow. */
  readonly #addresses: Uint8Array[] = [];
  readonly #freeCards: number[] = [];
  /** Cards of flows that ended in this batch: free once it is encoded. */
  readonly #endedCards: number[] = [];
  #cards = 0;
  #seconds = 0;
  /** By how much the wall clock was set so far: time-outs go on as if it had not been. */
  #stepped = 0;

  constructor(options: RuntimeOptions) {
    this.#rows = options.rows;
    this.#memory = options.rows.memory;
    this.#host = options.host;
    this.#idle = new IdleLanes(options.host);
    this.#sessions = countSessions(options.counters);
    for (const use of options.uses) this.#add(use, options);
  }

  #add(use: Use, { rows, counters, detect }: RuntimeOptions): void {
    const { analyzer } = use;
    const emitter = new Emitter(rows, counters, use);
    this.#emitters.push(emitter);
    const running: Running = {
      analyzer,
      connect: analyzer.create(use.options, emitter),
      interface: use.interface,
      crashes: counters.get(`${analyzer.name}.session.crashed`),
      dropped: counters.get(`${analyzer.name}.session.dropped`),
      gaps: counters.get(`${analyzer.name}.stream.gaps`),
      oversized: counters.get(`${analyzer.name}.session.oversized`),
    };
    if (analyzer.name === 'tls') this.#tls = running;
    this.#claims.add(running, use, detect);
  }

  /** Flows with a lane. */
  get flows(): number {
    return this.#cards - this.#freeCards.length - this.#endedCards.length;
  }

  /** Handles `count` records from word `at` of `records`; then the caller settles the rows. */
  handle(records: Uint32Array, at: number, count: number): void {
    for (let i = 0, w = at; i < count; i++, w += RECORD_WORDS) {
      const head = records[w + 2]!;
      const seconds = records[w + 5]!;
      if (seconds > this.#seconds && movesTime(head & 0xff)) this.#advance(seconds);
      switch (head & 0xff) {
        case KIND.data:
          this.#data(records, w, ((head >>> 8) & 1) as Direction);
          break;
        case KIND.datagram:
          this.#datagram(records, w, ((head >>> 8) & 1) as Direction);
          break;
        case KIND.flowOpen:
          this.#open(records[w]!, records[w + 1]!, records[w + 3]!);
          break;
        case KIND.flowEnd:
          // It may come late, when the slot has a new owner already.
          if (this.#lanes[records[w]!]?.generation === records[w + 1]!)
            this.#end(records[w]!, END_REASONS[head >>> 16] ?? 'none');
          break;
        case KIND.gap:
          this.#gap(records, w, ((head >>> 8) & 1) as Direction);
          break;
        case KIND.flowReport:
          this.#host.flowReport(records[w + 3]!);
          break;
        case KIND.stats:
          this.#host.counters(records[w + 3]!);
          break;
        case KIND.clock:
          this.#stepped += records[w + 7]! | 0;
          this.#seconds += records[w + 7]! | 0;
          break;
        case KIND.end:
          this.finish();
          this.#host.end();
          break;
      }
    }
  }

  /** The batch is encoded: cards of ended flows may be given out again. */
  settled(): void {
    const ended = this.#endedCards;
    for (let i = 0; i < ended.length; i++) this.#freeCards.push(ended[i]!);
    ended.length = 0;
  }

  /** The source ended: every session ends. */
  finish(): void {
    for (let slot = 0; slot < this.#lanes.length; slot++) if (this.#lanes[slot]) this.#end(slot, 'shutdown');
  }

  #advance(seconds: number): void {
    this.#seconds = seconds;
    for (const emitter of this.#emitters) emitter.deadlines.advance(seconds - this.#stepped);
  }

  #open(slot: number, generation: number, offset: number): void {
    if (this.#lanes[slot]) this.#end(slot, 'none');
    const card = this.#freeCards.pop() ?? this.#cards++;
    this.#host.openCard(card, offset);
    this.#addresses[card] ??= new Uint8Array(32);
    const flow = new FlowView(this.#memory, offset, card, this.#addresses[card]!);
    const lane = new Lane(flow, slot, generation);
    this.#lanes[slot] = lane;
    const running = this.#claims.byPort(flow);
    if (running) this.#connect(lane, running);
    else this.#probe(slot, lane);
  }

  #connect(lane: Lane, running: Running): void {
    lane.running = running;
    this.#sessions.opened.value++;
    try {
      lane.session = running.connect(lane.flow);
    } catch (error) {
      this.#crashed(lane, error);
    }
  }

  #probe(slot: number, lane: Lane): void {
    const candidates = this.#claims.byContent(lane.flow);
    if (candidates.length === 0) this.#ignore(slot, lane);
    else lane.probe = new Probe(candidates);
  }

  #data(records: Uint32Array, w: number, dir: Direction): void {
    const slot = records[w]!;
    const lane = this.#lanes[slot];
    if (!lane) return;
    const start = records[w + 3]!;
    const end = start + records[w + 4]!;
    if (lane.probe) {
      this.#decide(slot, lane, dir, start, end, records[w + 5]!, records[w + 6]!);
      return;
    }
    this.#feed(slot, lane, dir, start, end, records[w + 5]!, records[w + 6]!, records[w + 7]!);
  }

  /** Bytes [start, end) of the memory, at `streamOffset` of their direction, to the session. */
  #feed(
    slot: number,
    lane: Lane,
    dir: Direction,
    start: number,
    end: number,
    seconds: number,
    nanoseconds: number,
    streamOffset: number,
  ): void {
    const tail = lane.tails[dir];
    let from = start;
    if (tail.skip > 0) {
      // What lies between was skipped in the engine already; the rest is here.
      tail.skip -= Math.min(tail.skip, tail.ahead(streamOffset));
      const over = Math.min(tail.skip, end - from);
      tail.skip -= over;
      from += over;
    }
    tail.offset += tail.ahead(streamOffset) + end - start;
    if (from === end) return;
    const cursor = this.#cursor;
    if (!tail.show(cursor, this.#memory, from, end, seconds, nanoseconds)) return;
    this.#run(slot, lane, dir, tail);
  }

  #run(slot: number, lane: Lane, dir: Direction, tail: Tail): void {
    const cursor = this.#cursor;
    const verdict = this.#guarded(lane, dir, cursor);
    if (verdict === 'drop' || verdict === 'done') {
      this.#drop(slot, lane, verdict);
      return;
    }
    if (verdict === 'tls') {
      tail.keep(cursor);
      this.#handOver(slot, lane);
      return;
    }
    if (!tail.keep(cursor)) {
      lane.running!.oversized.value++;
      this.#drop(slot, lane, 'drop', this.#sessions.oversized);
      return;
    }
    if (cursor.skipped > 0) {
      tail.skip = cursor.skipped;
      const { generation } = lane;
      this.#host.command(COMMAND.skip, dir, slot, generation, tail.offset + cursor.skipped);
    }
  }

  /** The session's protocol gave way to TLS: the tls analyzer sees what was not consumed and all that follows. */
  #handOver(slot: number, lane: Lane): void {
    this.#close(lane, 'none', this.#sessions.ended);
    if (!this.#tls) {
      this.#ignore(slot, lane);
      return;
    }
    this.#connect(lane, this.#tls);
    for (const dir of [0, 1] as const) {
      const tail = lane.tails[dir];
      if (tail.size === 0 || !lane.session) continue;
      tail.renew();
      const { seconds, nanoseconds } = this.#cursor;
      if (tail.show(this.#cursor, this.#memory, 0, 0, seconds, nanoseconds)) this.#run(slot, lane, dir, tail);
    }
  }

  #guarded(lane: Lane, dir: Direction, cursor: Cursor): Verdict {
    try {
      return lane.session!.data(dir, cursor);
    } catch (error) {
      this.#crashed(lane, error);
      return 'drop';
    }
  }

  #datagram(records: Uint32Array, w: number, dir: Direction): void {
    const slot = records[w]!;
    const lane = this.#lanes[slot];
    if (!lane) return;
    const start = records[w + 3]!;
    const end = start + records[w + 4]!;
    lane.datagrams++;
    if (lane.probe) {
      this.#decide(slot, lane, dir, start, end, records[w + 5]!, records[w + 6]!);
      return;
    }
    this.#cursor.reset(this.#memory, start, end, records[w + 5]!, records[w + 6]!);
    this.#cursor.cut = records[w + 7]!;
    const verdict = this.#guarded(lane, dir, this.#cursor);
    if (verdict !== 'ok') this.#drop(slot, lane, verdict);
    else if (lane.flow.claim !== 0 && lane.session!.idle !== undefined) this.#idle.spoke(lane);
  }

  /** Content detection: shows the first bytes to the candidates; when one says yes, replays them to its session. */
  #decide(slot: number, lane: Lane, dir: Direction, start: number, end: number, s: number, ns: number): void {
    const probe = lane.probe!;
    const running = probe.add(dir, this.#memory, start, end, s, ns);
    if (running === 'more') return;
    lane.probe = null;
    if (running === 'none') {
      this.#ignore(slot, lane);
      return;
    }
    this.#host.command(COMMAND.claim, 0, slot, lane.generation, 0);
    this.#connect(lane, running);
    for (const piece of probe.pieces) {
      if (this.#lanes[slot] !== lane) return;
      this.#replay(slot, lane, piece.dir, piece.bytes, piece.seconds, piece.nanoseconds);
    }
  }

  #replay(
    slot: number,
    lane: Lane,
    dir: Direction,
    bytes: Uint8Array,
    seconds: number,
    nanoseconds: number,
  ): void {
    if (!lane.session) return;
    if (lane.flow.transport !== 'tcp') {
      this.#cursor.reset(bytes, 0, bytes.length, seconds, nanoseconds);
      const verdict = this.#guarded(lane, dir, this.#cursor);
      if (verdict !== 'ok') this.#drop(slot, lane, verdict);
      return;
    }
    const tail = lane.tails[dir];
    const skipped = Math.min(tail.skip, bytes.length);
    tail.skip -= skipped;
    tail.offset += bytes.length;
    if (skipped === bytes.length) return;
    if (tail.show(this.#cursor, bytes, skipped, bytes.length, seconds, nanoseconds)) {
      this.#run(slot, lane, dir, tail);
    }
  }

  #gap(records: Uint32Array, w: number, dir: Direction): void {
    const slot = records[w]!;
    const lane = this.#lanes[slot];
    if (!lane) return;
    if (lane.probe || !lane.session) {
      this.#ignore(slot, lane);
      return;
    }
    const tail = lane.tails[dir];
    const missing = records[w + 4]!;
    lane.running!.gaps.value++;
    const ahead = tail.ahead(records[w + 7]!);
    const skipped = Math.min(tail.skip, ahead + missing);
    tail.skip -= skipped;
    tail.offset += ahead + missing;
    tail.clear();
    const beyond = Math.min(missing, ahead + missing - skipped);
    let verdict: Verdict = 'drop';
    try {
      if (lane.session.gap) verdict = lane.session.gap(dir, missing, beyond);
    } catch (error) {
      this.#crashed(lane, error);
    }
    if (verdict !== 'ok') this.#drop(slot, lane, verdict);
  }

  #end(slot: number, reason: EndReason): void {
    const lane = this.#lanes[slot];
    if (!lane) return;
    this.#lanes[slot] = null;
    this.#idle.forget(lane);
    this.#close(lane, reason, this.#sessions.ended);
    this.#endedCards.push(lane.flow.card);
  }

  #close(lane: Lane, reason: EndReason, count: Counter): void {
    const { session } = lane;
    lane.session = null;
    lane.probe = null;
    if (!session) return;
    try {
      session.end?.(reason);
      count.value++;
    } catch (error) {
      this.#crashed(lane, error);
    }
  }

  /** The session gave up or has seen all it wanted: its flow is only counted from now on. */
  #drop(slot: number, lane: Lane, verdict: Verdict, count?: Counter): void {
    const { ended, givenUp } = this.#sessions;
    if (verdict !== 'done') lane.running!.dropped.value++;
    this.#close(lane, 'none', count ?? (verdict === 'done' ? ended : givenUp));
    this.#ignore(slot, lane);
  }

  #ignore(slot: number, lane: Lane): void {
    this.#host.command(COMMAND.ignore, 0, slot, lane.generation, 0);
    this.#lanes[slot] = null;
    this.#idle.forget(lane);
    this.#endedCards.push(lane.flow.card);
  }

  #crashed(lane: Lane, error: unknown): void {
    const running = lane.running!;
    lane.session = null;
    this.#sessions.crashed.value++;
    if (running.crashes.value++ === 0) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#host.log(
        `analyzer ${running.analyzer.name} failed, its session is dropped (a bug, please report): ${text}`,
      );
    }
  }
}
