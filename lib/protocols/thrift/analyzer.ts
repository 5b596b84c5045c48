/**
 * Thrift RPC: one event a call and its reply. Binary and compact protocol, framed or not, are told from the bytes; names
 * come from IDL files where there are any. One-way calls are events by themselves.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag, integer, type OptionsOf, strings, text } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import type { EndReason } from '../../handoff/record.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { markOrphaned, markUnanswered } from '../kit/unpaired.js';
import { Call, Calls } from './calls.js';
import { fields } from './fields.js';
import { Header, startsMessage } from './header.js';
import { readIdl } from './idl.js';
import { Methods } from './methods.js';
import { ThriftReader } from './parser.js';
import { KIND } from './types.js';

/** LIMIT: bytes looked through for a message before the session is given up. */
export const MAX_SEARCH = 1 << 20;

const options = {
  send_request: flag(false, 'Put the call into `request`.'),
  send_response: flag(false, 'Put the value or the exceptions into `response`.'),
  transaction_timeout: duration(10, 'How long a call waits for its reply.'),
  transport_type: text(
    'socket',
    'Transport of messages without a version; those with one tell whether they are framed.',
    ['socket', 'framed'],
  ),
  protocol_type: text(
    'binary',
    'Expected protocol; with compact, messages without a version are no messages. Versioned messages tell theirs.',
    ['binary', 'compact'],
  ),
  idl_files: strings([], 'Thrift IDL files that name services, parameters and exceptions.'),
  string_max_size: integer(200, 'Bytes shown of a string.', { min: 0, max: 65_536 }),
  collection_max_size: integer(15, 'Elements shown of a list, set, map or struct.', { min: 0 }),
  drop_after_n_struct_fields: integer(500, 'Fields a struct may have; a message with more is ignored.', {
    min: 1,
  }),
  capture_reply: flag(true, 'Read the reply; off: only its size and time.'),
  obfuscate_strings: flag(false, 'Show every string as "*".'),
};

const OK = constant('OK');
const ERROR = constant('Error');
const EMPTY = constant('');
const LOSS = constant('Packet loss while capturing the response');

/** What the sessions of one worker share. */
interface Shop {
  readonly options: OptionsOf<typeof options>;
  readonly emit: Emit;
  readonly methods: Methods;
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly broken: Counter;
  readonly lost: Counter;
  readonly pool: Call[];
}

class ThriftSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #readers: readonly [ThriftReader, ThriftReader];
  readonly #calls: Calls;
  #hasCalls = false;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    const reader = () => new ThriftReader(shop.options, shop.methods);
    this.#readers = [reader(), reader()];
    this.#calls = new Calls({
      deadlines: shop.emit.deadlines,
      timeoutSeconds: shop.options.transaction_timeout,
      unanswered: (call, isOpen) => this.#unanswered(call, isOpen),
      oneway: (call) => this.#oneway(call),
      counter: shop.unmatchedRequests,
    });
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const reader = this.#readers[dir];
    for (;;) {
      const outcome = reader.read(bytes);
      if (outcome === 'message') {
        if (reader.isRequest) this.#request(dir, reader);
        else this.#reply(dir, reader, false);
      } else if (outcome === 'broken') this.#shop.broken.value++;
      else if (outcome === 'bad') this.#shop.lost.value++;
      else return reader.searched > MAX_SEARCH ? 'drop' : 'ok';
    }
  }

  /** What was read of a reply is reported; then the next message is looked for. */
  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    if (beyond === 0) return 'ok';
    const reader = this.#readers[dir];
    if (reader.hasPart) this.#reply(dir, reader, true);
    if (!reader.isRequest) this.#calls.doubt();
    reader.lose();
    return 'ok';
  }

  end(reason: EndReason): void {
    if (reason === 'fin') this.#calls.close();
    this.#calls.flush(reason);
  }

  #request(dir: Direction, message: ThriftReader): void {
    const { options, pool } = this.#shop;
    this.#hasCalls = true;
    const { text, start, method, header } = message;
    const row = this.#row(dir, message);
    row.start(message.seconds, message.nanoseconds);
    row.requestBytes(message.size);
    const at = row.heapUsed;
    row.text(shared.query, text.buf, 0, text.size);
    row.same(fields['thrift.params'], at + start, text.size - start);
    if (options.send_request) row.same(shared.request, at, text.size);
    const call = pool.pop() ?? new Call();
    call.row = row;
    call.sequence = header.sequence;
    call.method = method;
    if (header.kind === KIND.oneway || method?.oneway) this.#oneway(call);
    else this.#calls.push(keyOf(message), call);
  }

  /** `lossy`: the reply is not all there. */
  #reply(dir: Direction, message: ThriftReader, lossy: boolean): void {
    const call = this.#calls.take(keyOf(message));
    if (!call) {
      this.#orphan(dir, message);
      return;
    }
    const { row } = call;
    row.end(message.seconds, message.nanoseconds);
    row.status = message.isException ? ERROR : OK;
    if (lossy) row.word(shared['error.message'], LOSS);
    this.#result(row, message);
    this.#finish(call);
  }

  /** A reply to a call that was not seen. */
  #orphan(dir: Direction, message: ThriftReader): void {
    this.#shop.unmatchedResponses.value++;
    // Before the first call: it was sent before the capture began.
    if (!this.#hasCalls) return;
    const row = this.#row((1 - dir) as Direction, message);
    markOrphaned(row, message.seconds, message.nanoseconds);
    this.#result(row, message);
    this.#shop.emit.send(row);
  }

  /** A row with the method in it; `dir` is where its request went. */
  #row(dir: Direction, { method, header, text, start }: ThriftReader): Row {
    const row = this.#shop.emit.row(this.#flow);
    if (dir === 1) row.swap();
    if (method) {
      row.word(shared.method, method.name);
      row.word(shared.path, method.service);
      if (method.hasService) row.word(fields['thrift.service'], method.service);
    } else {
      if (header.kind === KIND.call || header.kind === KIND.oneway)
        row.text(shared.method, text.buf, 0, start);
      row.word(shared.path, EMPTY);
    }
    return row;
  }

  #result(row: Row, { text, start, size, isException }: ThriftReader): void {
    const { options } = this.#shop;
    row.responseBytes(size);
    if (isException) {
      row.word(fields['thrift.return_value'], EMPTY);
      if (text.size > start) row.text(fields['thrift.exceptions'], text.buf, start, text.size);
    } else if (text.size > 0) row.text(fields['thrift.return_value'], text.buf, 0, text.size);
    else row.word(fields['thrift.return_value'], EMPTY);
    if (!options.send_response) return;
    if (text.size > 0) row.text(shared.response, text.buf, 0, text.size);
    else row.word(shared.response, EMPTY);
  }

  #unanswered(call: Call, isOpen: boolean): void {
    if (isOpen) {
      this.#shop.emit.discard(call.row);
      this.#recycle(call);
      return;
    }
    markUnanswered(call.row);
    this.#finish(call);
  }

  #oneway(call: Call): void {
    call.row.status = OK;
    this.#finish(call);
  }

  #finish(call: Call): void {
    this.#shop.emit.send(call.row);
    this.#recycle(call);
  }

  #recycle(call: Call): void {
    if (this.#shop.pool.length < 1024) this.#shop.pool.push(call);
  }
}

/** Sequence id and method in one number below 2^53. */
function keyOf({ header, hash }: ThriftReader): number {
  return header.sequence * 0x200000 + (hash & 0x1fffff);
}

const probing = new Header();

export const thrift = analyzer({
  name: 'thrift',
  about: 'a call and its reply, or a one-way call',
  transports: ['tcp'],
  ports: [9090],
  options,
  fields,

  /** Sure of versioned messages only: version, kind, and a name made of letters and digits. */
  probe(bytes) {
    return startsMessage(bytes, probing);
  },

  create(options, emit) {
    const shop: Shop = {
      options,
      emit,
      methods: new Methods(readIdl(options.idl_files)),
      unmatchedRequests: emit.counter('unmatched_requests'),
      unmatchedResponses: emit.counter('unmatched_responses'),
      broken: emit.counter('message.broken'),
      lost: emit.counter('stream.lost'),
      pool: [],
    };
    return (flow) => new ThriftSession(shop, flow);
  },
});
