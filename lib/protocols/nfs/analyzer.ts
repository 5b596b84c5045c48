/**
 * NFS 2, 3 and 4 over ONC RPC: one event a call and its reply, paired by xid. A call sent again while it waits is the same
 * exchange; other programs on the connection (NFSACL, callbacks) are counted only.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { type PairingOptions, Request } from '../kit/pairing.js';
import { markOrphaned } from '../kit/unpaired.js';
import { fillCall, fillXid } from './call.js';
import { Calls } from './calls.js';
import { ACCEPTED, AUTH_ERROR, AUTH_STATUS, NFS_OK, REJECTED, statusOf } from './codes.js';
import { fields } from './fields.js';
import { RpcMessage } from './message.js';
import { RecordReader, startsCall } from './parser.js';

/** LIMIT: bytes looked through for a record before the session is given up. */
export const MAX_SEARCH = 1 << 20;

const options = {
  send_request: flag(false, 'Accepted for Packetbeat, without effect: NFS messages have no text form.'),
  send_response: flag(false, 'Accepted for Packetbeat, without effect: NFS messages have no text form.'),
  transaction_timeout: duration(60, 'How long a call waits for its reply.'),
};

const OK = constant('OK');
const ERROR = constant('Error');
const FAILURE = constant('failure');
const NO_REPLY = constant('NO_REPLY');

export class PendingCall extends Request {
  row!: Row;
  session!: NfsSession;
  /** Procedure 0 has no result. */
  isNull = false;
  /** Bytes before the result; -1: it is encrypted. */
  wrap = 0;
  sentAgain = false;
}

/** What the sessions of one worker share. */
interface Shop {
  readonly emit: Emit;
  readonly pairing: PairingOptions<PendingCall>;
  /** The message at hand. */
  readonly message: RpcMessage;
  readonly unmatchedResponses: Counter;
  readonly foreign: Counter;
  readonly sentAgain: Counter;
  readonly malformed: Counter;
  readonly lost: Counter;
  readonly pool: PendingCall[];
}

/** A message with what the transport says of it. */
interface Arrival {
  readonly message: RpcMessage;
  readonly size: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

abstract class NfsSession implements Session {
  protected readonly shop: Shop;
  protected readonly calls: Calls<PendingCall>;
  readonly #flow: Flow;

  constructor(shop: Shop, flow: Flow) {
    this.shop = shop;
    this.#flow = flow;
    this.calls = new Calls(shop.pairing);
  }

  abstract data(dir: Direction, bytes: Cursor): Verdict;

  end(): void {
    this.calls.flush();
  }

  protected handle(dir: Direction, arrival: Arrival): void {
    if (arrival.message.isCall) this.#call(dir, arrival);
    else this.#reply(dir, arrival);
  }

  #call(dir: Direction, { message, size, seconds, nanoseconds }: Arrival): void {
    const { emit, pool, foreign, sentAgain } = this.shop;
    if (!message.isNfs) {
      foreign.value++;
      this.calls.ignore(message.xid);
      return;
    }
    const waiting = this.calls.find(message.xid);
    if (waiting) {
      sentAgain.value++;
      waiting.sentAgain = true;
      return;
    }
    const row = emit.row(this.#flow);
    if (dir === 1) row.swap();
    row.start(seconds, nanoseconds);
    row.requestBytes(size);
    fillCall(row, message, this.#flow, dir);
    const call = pool.pop() ?? new PendingCall();
    call.row = row;
    call.session = this;
    call.isNull = message.procedure === 0;
    call.wrap = message.wrap;
    call.sentAgain = false;
    this.calls.put(message.xid, call);
  }

  #reply(dir: Direction, arrival: Arrival): void {
    const { message, size, seconds, nanoseconds } = arrival;
    const call = this.calls.take(message.xid);
    if (!call) {
      if (!this.calls.ignores(message.xid)) this.#orphan(dir, arrival);
      return;
    }
    // The other call is answered as well.
    if (call.sentAgain) this.calls.ignore(message.xid);
    const { row } = call;
    row.end(seconds, nanoseconds);
    row.responseBytes(size);
    fillReply(row, message, call.isNull, call.wrap);
    this.#finish(call);
  }

  /** A reply to a call that was not seen: of which program is not known, but the port is that of NFS. */
  #orphan(dir: Direction, { message, size, seconds, nanoseconds }: Arrival): void {
    this.shop.unmatchedResponses.value++;
    const row = this.shop.emit.row(this.#flow);
    if (dir === 0) row.swap();
    markOrphaned(row, seconds, nanoseconds);
    row.responseBytes(size);
    fillXid(row, message.xid);
    row.word(fields['rpc.status'], statusWord(message));
    this.shop.emit.send(row);
  }

  unanswered(call: PendingCall): void {
    call.row.status = NO_REPLY;
    this.#finish(call);
  }

  #finish(call: PendingCall): void {
    this.shop.emit.send(call.row);
    if (this.shop.pool.length < 1024) this.shop.pool.push(call);
  }
}

/** What became of the call, in RPC's words and in NFS's. */
function fillReply(row: Row, message: RpcMessage, isNull: boolean, wrap: number): void {
  row.word(fields['rpc.status'], statusWord(message));
  let failed = !message.accepted || message.status !== 0;
  if (!failed) {
    const status = isNull ? NFS_OK : message.nfsStatus(wrap);
    failed = status > NFS_OK;
    const word = statusOf(status);
    if (word !== undefined) row.word(fields['nfs.status'], word);
    else if (status > 0) row.string(fields['nfs.status'], `NFSERR (${status})`);
  } else if (!message.accepted && message.status === AUTH_ERROR) {
    const why = AUTH_STATUS[message.detail];
    if (why !== undefined) row.word(shared['error.message'], why);
  }
  row.status = failed ? ERROR : OK;
  if (failed) row.word(shared['event.outcome'], FAILURE);
}

function statusWord({ accepted, status }: RpcMessage): number {
  return (accepted ? ACCEPTED : REJECTED)[status]!;
}

class StreamSession extends NfsSession {
  readonly #readers: readonly [RecordReader, RecordReader];

  constructor(shop: Shop, flow: Flow) {
    super(shop, flow);
    const waits = (xid: number) => this.calls.find(xid) !== undefined;
    this.#readers = [new RecordReader(shop.message, waits), new RecordReader(shop.message, waits)];
  }

  override data(dir: Direction, bytes: Cursor): Verdict {
    const reader = this.#readers[dir];
    for (;;) {
      const outcome = reader.read(bytes);
      if (outcome === 'message') this.handle(dir, reader);
      else if (outcome === 'broken') this.shop.malformed.value++;
      else if (outcome === 'bad') this.shop.lost.value++;
      else return reader.searched > MAX_SEARCH ? 'drop' : 'ok';
    }
  }

  /** Calls whose replies are lost wait until they time out: xids tell the others apart. */
  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    if (beyond > 0) this.#readers[dir].lose();
    return 'ok';
  }
}

class DatagramSession extends NfsSession {
  override data(dir: Direction, { buf, pos, end, seconds, nanoseconds }: Cursor): Verdict {
    const { message } = this.shop;
    if (message.read(buf, pos, end) === 'ok')
      this.handle(dir, { message, size: end - pos, seconds, nanoseconds });
    else this.shop.malformed.value++;
    return 'ok';
  }
}

export const nfs = analyzer({
  name: 'nfs',
  about: 'a call and its reply (versions 2, 3 and 4)',
  transports: ['tcp', 'udp'],
  ports: [2049],
  options,
  fields,

  /** Sure of calls of the NFS program only. */
  probe: startsCall,

  create(options, emit) {
    const shop: Shop = {
      emit,
      pairing: {
        deadlines: emit.deadlines,
        timeoutSeconds: options.transaction_timeout,
        unanswered: (call) => call.session.unanswered(call),
        counter: emit.counter('unmatched_requests'),
      },
      message: new RpcMessage(),
      unmatchedResponses: emit.counter('unmatched_responses'),
      foreign: emit.counter('call.foreign'),
      sentAgain: emit.counter('call.retransmitted'),
      malformed: emit.counter('message.malformed'),
      lost: emit.counter('stream.lost'),
      pool: [],
    };
    return (flow) =>
      flow.transport === 'udp' ? new DatagramSession(shop, flow) : new StreamSession(shop, flow);
  },
});
