/**
 * One connection: packets of both directions to commands and their responses. After a loss, or when a capture starts in
 * the middle, a direction is read again from where the other one has spoken: there a packet begins.
 */
import type { Cursor } from '../../base/cursor.js';
import type { EndReason } from '../../handoff/record.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { InOrder } from '../kit/pairing.js';
import { ANSWER, COMMANDS, type Command, LOGIN, UNKNOWN } from './codes.js';
import { Frames, looksCompressed } from './compressed.js';
import { Connection } from './connection.js';
import {
  finish,
  isReported,
  MAX_POOLED,
  type Outcome,
  type Shop,
  sendOneWay,
  sendUnanswered,
} from './exchange.js';
import { isFromServer, isTlsRequest } from './login.js';
import { Payload } from './payload.js';
import { PendingCommand } from './request.js';
import { isEof, MAX_SHOWN, opensResponse, Response } from './response.js';

/** LIMIT: what made no sense so often is no MySQL, its session is dropped. */
const MAX_MALFORMED = 16;
/** LIMIT: bytes of a greeting or a login. */
const MAX_LOGIN = 65_536;
const MAX_PACKET = 0xffffff;
const HEAD = 4;

const CLIENT = 0;
const SERVER = 1;
type Side = 0 | 1;

/** One payload is read at a time, in the whole worker. */
const packet = new Payload();

export class MySqlSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #pending: InOrder<PendingCommand>;
  /** Its columns are those of an open cursor: COM_STMT_FETCH brings rows of them. */
  #kept: Response | undefined;
  readonly #connection: Connection;
  /** What the server has begun to answer. */
  #answering: PendingCommand | undefined;
  #client: Direction | undefined;
  #begun = false;
  /** By side: the packet was full, its rest comes in the next one. */
  readonly #continues = [false, false];
  /** By side: nothing is known of where packets begin. */
  readonly #lost = [false, false];
  /** By side: bytes that the last call left unread. */
  readonly #unread = [0, 0];
  /** The rest of the response was lost. */
  #isCut = false;
  #malformed = 0;
  /** The next response may be one to a command that was not seen. */
  #mayBeOrphan = true;
  #hasCommands = false;
  #frames: readonly [Frames, Frames] | undefined;

  constructor(shop: Shop, flow: Flow) {
    const { options, emit } = shop;
    this.#shop = shop;
    this.#flow = flow;
    this.#client = flow.client;
    this.#connection = new Connection(shop);
    this.#pending = new InOrder({
      deadlines: emit.deadlines,
      timeoutSeconds: options.transaction_timeout,
      unanswered: (request, isOpen) => sendUnanswered(this.#shop, request, isOpen),
      counter: shop.unmatchedRequests,
    });
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    this.#client ??= isFromServer(bytes) ? ((1 - dir) as Direction) : dir;
    const side = dir === this.#client ? CLIENT : SERVER;
    this.#lost[1 - side] = false;
    if (side === CLIENT) this.#mayBeOrphan = true;
    if (this.#lost[side]) return this.#pass(side, bytes);
    if (!this.#begun) this.#begin(side, bytes);
    const verdict = this.#frames ? this.#frames[side].read(bytes) : this.#read(side, bytes);
    this.#unread[side] = bytes.end - bytes.mark;
    return this.#malformed > MAX_MALFORMED ? 'drop' : verdict;
  }

  /** Lost bytes of a packet that is skipped anyhow are no loss; after others nothing is known of the direction. */
  gap(dir: Direction, missing: number, beyond: number): Verdict {
    if (this.#client === undefined) return 'ok';
    const side = dir === this.#client ? CLIENT : SERVER;
    if (beyond === 0 && !this.#frames) return 'ok';
    if (side === SERVER && this.#answering) {
      if (missing > beyond) this.#answering.response.cutRow();
      this.#answering.responseSize += this.#unread[SERVER]! + beyond;
    }
    this.#lose(side);
    return 'ok';
  }

  end(reason: EndReason): void {
    this.#settle();
    if (this.#answering) this.#finish(reason === 'shutdown' ? 'open' : 'unfinished');
    this.#pending.flush(reason);
  }

  /** A compressed connection whose login was not seen shows itself by its first command. */
  #begin(side: Side, { buf, pos, end }: Cursor): void {
    this.#begun = true;
    if (side === CLIENT && looksCompressed(buf, pos, end)) this.#compress();
  }

  #compress(): void {
    const frames = (side: Side) =>
      new Frames(
        (inner) => this.#read(side, inner),
        () => this.#lose(side),
        this.#shop.framesUnread,
      );
    this.#frames = [frames(CLIENT), frames(SERVER)];
  }

  #lose(side: Side): void {
    this.#lost[side] = true;
    this.#continues[side] = false;
    this.#frames?.[side].clear();
    if (side === CLIENT) return;
    this.#settle();
    this.#isCut = this.#answering !== undefined;
    this.#pending.flush();
  }

  /** Bytes of which nothing is known; those of a response still count as its own. */
  #pass(side: Side, cursor: Cursor): Verdict {
    if (side === SERVER && this.#answering) this.#answering.responseSize += cursor.left;
    cursor.skip(cursor.left);
    return 'ok';
  }

  #misunderstood(side: Side): Verdict {
    this.#malformed++;
    this.#shop.malformed.value++;
    this.#lose(side);
    return 'ok';
  }

  /** Packet by packet; of each only what is wanted has to be there. */
  #read(side: Side, cursor: Cursor): Verdict {
    const isPlain = this.#frames === undefined;
    while (cursor.left > 0) {
      if (this.#lost[side]) return this.#pass(side, cursor);
      if (side === SERVER && this.#answering && !this.#continues[SERVER])
        this.#passRows(cursor, this.#answering);
      if (!cursor.need(HEAD)) return 'ok';
      const { buf, pos } = cursor;
      const size = buf[pos]! | (buf[pos + 1]! << 8) | (buf[pos + 2]! << 16);
      let shown = 0;
      if (size > 0 && !this.#continues[side]) {
        if (!cursor.need(HEAD + 1)) return 'ok';
        shown = this.#wants(side, size, buf[pos + 3]!, buf[pos + HEAD]!);
        if (!cursor.need(HEAD + shown)) return 'ok';
      }
      packet.reset(buf, pos + HEAD, pos + HEAD + shown);
      const verdict = side === CLIENT ? this.#ofClient(cursor, size) : this.#ofServer(cursor, size);
      cursor.skip(this.#lost[side] ? cursor.left : HEAD + size);
      if (verdict !== 'ok') return verdict;
      // The login is over: what follows is in frames.
      if (isPlain && this.#frames) return this.#frames[side].read(cursor);
    }
    return 'ok';
  }

  #passRows(cursor: Cursor, request: PendingCommand): void {
    const before = cursor.pos;
    request.response.passRows(cursor);
    if (cursor.pos === before) return;
    request.responseSize += cursor.pos - before;
    cursor.commit();
  }

  /** How many bytes of the packet are looked at. */
  #wants(side: Side, size: number, sequence: number, first: number): number {
    const most = Math.min(size, MAX_SHOWN);
    if (side === CLIENT) {
      if (sequence === 0) return COMMANDS[first] ? most : 1;
      return sequence === 1 && size < MAX_LOGIN && !this.#connection.isLoggedIn && this.#isIdle ? most : 0;
    }
    if (this.#answering) return this.#answering.response.wants(size, first);
    if (this.#pending.size > 0) return most;
    if (sequence === 0) return size < MAX_LOGIN ? most : 0;
    return this.#mayBeOrphan && sequence === 1 && opensResponse(size, first) ? most : 0;
  }

  get #isIdle(): boolean {
    return !this.#answering && this.#pending.size === 0;
  }

  // ---- client

  #ofClient(cursor: Cursor, size: number): Verdict {
    const continues = this.#continues[CLIENT]!;
    this.#continues[CLIENT] = size === MAX_PACKET;
    const { buf, pos } = cursor;
    if (continues || buf[pos + 3] !== 0) return this.#outOfTurn(cursor, size, continues);
    const command = size > 0 ? COMMANDS[buf[pos + HEAD]!] : undefined;
    if (!command) return this.#misunderstood(CLIENT);
    this.#connection.isLoggedIn = true;
    this.#settle();
    this.#command(command, cursor, size);
    return 'ok';
  }

  /** The rest of a large command, a local file, a login and what belongs to it. */
  #outOfTurn(cursor: Cursor, size: number, continues: boolean): Verdict {
    const running = continues ? this.#pending.last() : (this.#answering ?? this.#pending.last());
    if (running) {
      running.size += HEAD + size;
      return 'ok';
    }
    if (continues) return 'ok';
    const isExpected = this.#connection.expectsLogin(packet);
    if (isExpected && isTlsRequest(packet, size)) {
      this.#shop.tls.value++;
      return 'tls';
    }
    if (isExpected && this.#connection.readLogin(packet)) {
      const request = this.#request(LOGIN, cursor, size);
      this.#connection.fillLogin(request);
      this.#pending.push(request);
      return 'ok';
    }
    this.#shop.ignored.value++;
    this.#lose(CLIENT);
    return 'ok';
  }

  #request(command: Command, cursor: Cursor, size: number): PendingCommand {
    const { emit, pool } = this.#shop;
    const row = emit.row(this.#flow);
    if (this.#client === 1) row.swap();
    row.start(cursor.firstSeconds, cursor.firstNanoseconds);
    return (pool.pop() ?? new PendingCommand()).begin(row, command, HEAD + size);
  }

  #command(command: Command, cursor: Cursor, size: number): void {
    this.#connection.note(command.code, packet);
    this.#hasCommands = true;
    const isOneWay = command.answer === ANSWER.none;
    if (isOneWay && !isReported(this.#shop, command)) {
      this.#shop.unreported.value++;
      return;
    }
    const request = this.#request(command, cursor, size);
    this.#connection.fill(request, packet);
    if (isOneWay) sendOneWay(this.#shop, request, this.#connection);
    else this.#pending.push(request);
  }

  // ---- server

  #ofServer(cursor: Cursor, size: number): Verdict {
    const continues = this.#continues[SERVER]!;
    this.#continues[SERVER] = size === MAX_PACKET;
    if (this.#isCut || (!continues && !isEof(packet, size))) this.#settle();
    if (!this.#answering && !this.#open(cursor)) return 'ok';
    const request = this.#answering!;
    request.responseSize += HEAD + size;
    if (continues) return 'ok';
    switch (size > 0 ? request.response.packet(packet, size) : 'bad') {
      case 'done':
        this.#done(request);
        return 'ok';
      case 'stream':
        this.#finish('whole');
        return 'drop';
      case 'bad':
        return this.#misunderstood(SERVER);
      default:
        return 'ok';
    }
  }

  /** The first packet of a response, or a greeting. False: there is nothing more to it. */
  #open(cursor: Cursor): boolean {
    const { buf, pos } = cursor;
    let request = this.#pending.shift();
    if (!request) {
      const isFirst = buf[pos + 3] === 0;
      if (isFirst && this.#connection.greet(packet)) return false;
      const mayBe = this.#mayBeOrphan && packet.left > 0;
      this.#mayBeOrphan = false;
      if (!mayBe || (isFirst && buf[pos + HEAD] !== 0xff)) {
        this.#shop.ignored.value++;
        this.#lose(SERVER);
        return false;
      }
      this.#shop.unmatchedResponses.value++;
      // Before the first command: it was sent before the capture began.
      if (!isFirst && !this.#hasCommands) {
        this.#lose(SERVER);
        return false;
      }
      request = this.#request(UNKNOWN, cursor, 0);
      request.isOrphan = true;
    }
    this.#answering = request;
    request.row.end(cursor.firstSeconds, cursor.firstNanoseconds);
    this.#respond(request);
    return true;
  }

  /** PERF: used again, not made for each connection: a fifth less CPU where connections have two exchanges. */
  #respond(request: PendingCommand): void {
    const { responses, options } = this.#shop;
    request.response = this.#kept ?? responses.pop() ?? new Response(options);
    if (!this.#kept) request.response.columnsOf = -1;
    this.#kept = undefined;
    request.response.eof = this.#connection.eof;
    request.response.begin(request.command, request.statement);
  }

  #done(request: PendingCommand): void {
    if (!request.response.isError) {
      this.#connection.agreed(request);
      if (request.command === LOGIN && this.#connection.isCompressed) this.#compress();
    }
    this.#finish(request.isOrphan ? 'orphaned' : 'whole');
  }

  /** The response had all it needs, an EOF packet was only possible; or its rest was lost. */
  #settle(): void {
    if (!this.#answering) return;
    if (this.#isCut) this.#finish('lost');
    else if (this.#answering.response.isSettled) this.#done(this.#answering);
  }

  #finish(outcome: Outcome): void {
    const request = this.#answering!;
    this.#answering = undefined;
    this.#isCut = false;
    const { response } = request;
    finish(this.#shop, request, outcome, this.#connection);
    this.#connection.eof = response.eof;
    if (response.hasCursor) this.#kept = response;
    else if (this.#shop.responses.length < MAX_POOLED) this.#shop.responses.push(response);
  }
}
