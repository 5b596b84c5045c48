/**
 * Commands and responses of one flow to events. Text responses answer in order; binary ones by opcode and opaque. A quiet
 * command needs no response: when one to a later command comes, silence was its answer.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Direction, Flow } from '../analyzer.js';
import { InOrder, type PairingOptions } from '../kit/pairing.js';
import { markOrphaned, markUnanswered } from '../kit/unpaired.js';
import { Answer, base64, belongs } from './answer.js';
import { OPCODE, OPCODES } from './binary-codes.js';
import { writeBinaryRequest } from './binary-fields.js';
import { fields } from './fields.js';
import type { Reader } from './parser.js';
import type { Owner, PendingCommand } from './request.js';
import type { Shop } from './shop.js';
import { QUIT, UNKNOWN_COMMAND, UNKNOWN_RESPONSE, WATCH } from './text-codes.js';
import { writeArguments } from './text-fields.js';

/** LIMIT: responses in a row that answer nothing, before the commands that wait are given up. */
const MAX_STRAYS = 64;
/** LIMIT: responses over UDP that are incomplete. */
const MAX_PARKED = 8;
/** LIMIT: a first value longer than this is no login. */
const MAX_LOGIN = 512;
const BLANK = 32;

const OK = constant('OK');
const CLIENT_ERROR = constant('Client Error');
const SERVER_ERROR = constant('Server Error');
const REQUEST_LOSS = constant('Packet loss while capturing the request');
const UNFINISHED = constant('Unfinished transaction');

export class Exchanges implements Owner {
  /** The direction commands come from. */
  client: Direction = 0;
  /** The server only tells events from now on (watch). */
  isWatching = false;
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #pending: InOrder<PendingCommand>;
  #answer: Answer;
  /** UDP: responses of which a datagram is yet to come, but the last one read from. */
  readonly #parked: Answer[] = [];
  /** The command whose value is being sent. */
  #filling: PendingCommand | null = null;
  /** It waits for no response: its event is sent when the value has passed. */
  #isHeld = false;
  #strays = 0;
  /** No value of a text command has been seen yet. */
  #isFirstValue: boolean;
  #mayBeLogin = false;

  constructor(shop: Shop, flow: Flow, pairing: PairingOptions<PendingCommand>) {
    this.#shop = shop;
    this.#flow = flow;
    this.#pending = new InOrder(pairing);
    this.#answer = new Answer(shop);
    this.#isFirstValue = flow.transport === 'tcp';
  }

  /** The head of a command; `id` tells datagrams' exchanges apart. */
  request(head: Reader, id: number): void {
    const request = this.#shop.request();
    request.session = this;
    request.describe(head, id);
    const waits = head.isBinary ? this.#binaryRequest(request, head) : this.#textRequest(request, head);
    this.#filling = head.valueSize >= 0 ? request : null;
    this.#isHeld = !waits;
    if (waits) this.#pending.push(request);
    else if (!this.#filling) this.#silent(request);
  }

  /** The value of the last command has passed. */
  requestValue(head: Reader): void {
    const request = this.#filling;
    this.#filling = null;
    if (!request) return;
    if (request.row) this.#writeValue(request.row, head);
    if (this.#isHeld) this.#silent(request);
  }

  /** The head of a response, or of a further part of one. False: it is no response at all. */
  response(head: Reader, id: number): boolean {
    if (this.#answer.request && this.#answer.request.id !== id) this.#turnTo(id);
    const answer = this.#answer;
    if (answer.request && !belongs(answer.request, head)) this.#giveUp();
    if (answer.request) {
      if (answer.next(head)) this.#finish();
      return true;
    }
    const request = this.#find(head, id);
    if (!request && !head.isBinary && head.response === UNKNOWN_RESPONSE) return false;
    if (answer.begin(request ?? this.#orphan(head), head)) this.#finish();
    return true;
  }

  responseValue(head: Reader): void {
    if (this.#answer.request && this.#answer.valued(head)) this.#finish();
  }

  /** Bytes inside a response's value were lost. */
  lostResponse(): void {
    this.#answer.lost();
  }

  /** Bytes were lost, and which messages with them is unknown: all is unanswered. */
  flush(): void {
    this.close();
    for (const answer of this.#parked.splice(0)) {
      this.#answer = answer;
      this.#giveUp();
    }
    this.#pending.flush();
  }

  /** What is incomplete stays so. */
  close(): void {
    this.#giveUp();
    if (this.#filling && this.#isHeld) this.#silent(this.#filling);
    this.#filling = null;
  }

  /** Takes up the response to another request, or begins one; the current one goes on later. */
  #turnTo(id: number): void {
    const parked = this.#parked;
    const at = parked.findIndex((answer) => answer.request!.id === id);
    const next = at >= 0 ? parked.splice(at, 1)[0]! : new Answer(this.#shop);
    parked.push(this.#answer);
    if (parked.length > MAX_PARKED) {
      this.#answer = parked.shift()!;
      this.#giveUp();
    }
    this.#answer = next;
  }

  /** Part of a message only has been seen. */
  #giveUp(): void {
    const { request } = this.#answer;
    if (!request) return;
    this.#answer.request = null;
    this.#shop.unfinished.value++;
    const { row } = request;
    if (row) {
      this.#answer.finish(row);
      row.status = SERVER_ERROR;
      row.word(shared['error.message'], UNFINISHED);
      this.#shop.emit.send(row);
    }
    this.#release(request);
  }

  // ---- commands

  #newRow(head: Reader): Row {
    const row = this.#shop.emit.row(this.#flow);
    if (this.client === 1) row.swap();
    row.start(head.seconds, head.nanoseconds);
    return row;
  }

  /** True: a response may come. */
  #textRequest(request: PendingCommand, head: Reader): boolean {
    const { command } = head;
    request.isSilent = false;
    if (command === UNKNOWN_COMMAND && !this.#shop.parseUnknown) {
      this.#shop.unknown.value++;
      return true;
    }
    const row = this.#newRow(head);
    request.row = row;
    row.requestBytes(head.size);
    row.block(this.#shop.blocks.commands[command.id]!);
    const isQuiet = writeArguments(row, head);
    if (head.valueSize >= 0) this.#wantValue(head, true);
    if (command === QUIT) return false;
    // Meta commands tell errors even so, and their pairing allows for it.
    request.isSilent = isQuiet;
    return !isQuiet || isMetaWord(head);
  }

  #binaryRequest(request: PendingCommand, head: Reader): boolean {
    const row = this.#newRow(head);
    request.row = row;
    row.requestBytes(head.size);
    row.block(this.#shop.blocks.requestOpcode(head.opcode));
    writeBinaryRequest(row, head);
    const opcode = OPCODES[head.opcode];
    request.isSilent = opcode?.isQuiet ?? false;
    if (head.valueSize >= 0) this.#wantValue(head, opcode?.type !== 'Auth');
    return head.opcode !== OPCODE.quitQuietly;
  }

  /** `isData`: it is no credential. The first value of a text connection may be one: `set <any key>` logs in (memcached -Y). */
  #wantValue(head: Reader, isData: boolean): void {
    this.#mayBeLogin = this.#isFirstValue && !head.isBinary;
    this.#isFirstValue = false;
    if (this.#shop.maxValues === 0) return;
    if (!isData) this.#shop.redacted.value++;
    else
      head.want(
        this.#mayBeLogin ? Math.max(MAX_LOGIN, this.#shop.maxBytesPerValue) : this.#shop.maxBytesPerValue,
      );
  }

  #writeValue(row: Row, head: Reader): void {
    if (head.hasLost) row.word(shared['error.message'], REQUEST_LOSS);
    const { value } = head;
    if (head.hasLost || this.#shop.maxValues === 0 || (value.size === 0 && head.valueSize > 0)) return;
    if (this.#mayBeLogin && isLogin(value.buf, value.size, head.valueSize)) {
      this.#shop.redacted.value++;
      return;
    }
    row.list(fields['memcache.request.values']);
    row.string(ITEM, base64(value.buf, Math.min(value.size, this.#shop.maxBytesPerValue)));
    row.close();
  }

  // ---- responses

  /** The command that the response answers. What was sent before it and answers in order stays without. */
  #find(head: Reader, id: number): PendingCommand | undefined {
    const pending = this.#pending;
    for (let i = 0; i < pending.size; i++) {
      if (!pending.at(i)!.takes(head, id)) continue;
      this.#strays = 0;
      if (this.#flow.transport !== 'tcp') return pending.removeAt(i);
      for (let before = 0; before < i; before++) this.unanswered(pending.shift()!);
      return pending.shift();
    }
    if (pending.size > 0 && ++this.#strays > MAX_STRAYS) {
      this.#strays = 0;
      pending.flush();
    }
    return undefined;
  }

  #orphan(head: Reader): PendingCommand {
    const request = this.#shop.request();
    request.describe(head, 0);
    request.isOrphan = true;
    const row = this.#shop.emit.row(this.#flow);
    request.row = row;
    if (this.client === 1) row.swap();
    markOrphaned(row, head.seconds, head.nanoseconds);
    this.#shop.blocks.orphan(row, head.isBinary);
    this.#shop.unmatchedResponses.value++;
    return request;
  }

  #finish(): void {
    const request = this.#answer.request!;
    this.#answer.request = null;
    const { row } = request;
    if (row) {
      this.#answer.finish(row);
      if (request.isOrphan) row.status = CLIENT_ERROR;
      if (request.command === WATCH && row.status === OK) this.isWatching = true;
      this.#shop.emit.send(row);
    }
    this.#release(request);
  }

  // ---- commands without a response

  /** Timed out, pushed out, passed over, or left at the end. */
  unanswered(request: PendingCommand): void {
    if (request.isSilent) this.#silent(request);
    else this.#missing(request);
  }

  #silent(request: PendingCommand): void {
    const { row } = request;
    if (row) {
      row.status = OK;
      this.#shop.emit.send(row);
    }
    this.#release(request);
  }

  #missing(request: PendingCommand): void {
    const { row } = request;
    if (row) {
      this.#shop.unmatchedRequests.value++;
      markUnanswered(row);
      row.status = SERVER_ERROR;
      this.#shop.emit.send(row);
    }
    this.#release(request);
  }

  #release(request: PendingCommand): void {
    if (this.#filling === request) this.#filling = null;
    this.#shop.recycle(request);
  }
}

/** Commands of two letters that begin with m. */
function isMetaWord({ buf, wordStart, wordEnd }: Reader): boolean {
  return wordEnd[0]! - wordStart[0]! === 2 && buf[wordStart[0]!] === 0x6d;
}

/** `name password`: two words of printable characters (memcached protocol.txt, Authentication). */
function isLogin(buf: Uint8Array, size: number, valueSize: number): boolean {
  if (size !== valueSize || size > MAX_LOGIN) return false;
  let blanks = 0;
  for (let i = 0; i < size; i++) {
    const c = buf[i]!;
    if (c < BLANK || c === 0x7f) return false;
    if (c === BLANK) blanks++;
  }
  return blanks === 1 && buf[0] !== BLANK && buf[size - 1] !== BLANK;
}
