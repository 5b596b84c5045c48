/**
 * Redis: one event a command and its reply. Commands and replies are paired in order; what the server sends unasked
 * (pub/sub messages, RESP3 pushes, MONITOR lines) is counted and does not disturb the pairing.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag, integer, type OptionsOf } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { InOrder, Request } from '../kit/pairing.js';
import { Words } from '../kit/words.js';
import { fields } from './fields.js';
import { RespReader, TYPE } from './parser.js';

const options = {
  send_request: flag(false, 'Put the command into `request`.'),
  send_response: flag(false, 'Put the reply into `response`.'),
  transaction_timeout: duration(10, 'How long a command waits for its reply.'),
  queue_max_bytes: integer(
    1_048_576,
    'Bytes of commands one connection may have pending; 0: no limit of its own.',
    {
      min: 0,
    },
  ),
  queue_max_messages: integer(20_000, 'Commands one connection may have pending.', {
    min: 0,
    max: 1_000_000,
  }),
};

const OK = constant('OK');
const ERROR = constant('Error');
const FAILURE = constant('failure');
const UNANSWERED = constant('Unmatched request');

/** What is known of a command by its name. */
interface Command {
  readonly method: number;
  readonly action: number;
  /** The server confirms it with arrays or pushes that start with its name: SUBSCRIBE ... */
  readonly subscribes: boolean;
  readonly monitors: boolean;
  /** Says little without its second word: CONFIG GET ... */
  readonly isFamily: boolean;
}

const SUBSCRIPTIONS = [
  'SUBSCRIBE',
  'PSUBSCRIBE',
  'SSUBSCRIBE',
  'UNSUBSCRIBE',
  'PUNSUBSCRIBE',
  'SUNSUBSCRIBE',
];
const FAMILIES = ['CLIENT', 'CONFIG', 'DEBUG', 'SCRIPT'];
const MESSAGES = ['MESSAGE', 'PMESSAGE', 'SMESSAGE'];

const commands = new Words<Command>((name) => ({
  method: constant(name),
  action: constant(`redis.${name.toLowerCase()}`),
  subscribes: SUBSCRIPTIONS.includes(name),
  monitors: name === 'MONITOR',
  isFamily: FAMILIES.includes(name),
}));
const SUBSCRIBING = new Set(SUBSCRIPTIONS.map(constant));
const MESSAGE = new Set(MESSAGES.map(constant));

class PendingCommand extends Request {
  row!: Row;
  size = 0;
  command: Command | undefined;
}

/** What the sessions of one worker share. */
interface Shop {
  readonly options: OptionsOf<typeof options>;
  readonly emit: Emit;
  readonly pushes: Counter;
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly pool: PendingCommand[];
}

class RedisSession implements Session {
  readonly #shop: Shop;
  readonly #flow: Flow;
  readonly #requests = new RespReader(true);
  readonly #replies = new RespReader(false);
  readonly #pending: InOrder<PendingCommand>;
  #client: Direction | undefined;
  #pendingBytes = 0;
  #subscribed = false;
  #monitoring = false;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
    this.#client = flow.client;
    this.#pending = new InOrder({
      deadlines: shop.emit.deadlines,
      timeoutSeconds: shop.options.transaction_timeout,
      unanswered: (request) => this.#unanswered(request),
      counter: shop.unmatchedRequests,
      ...(shop.options.queue_max_messages > 0 ? { max: shop.options.queue_max_messages } : {}),
    });
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    this.#client ??= looksLikeCommand(bytes) ? dir : ((1 - dir) as Direction);
    return dir === this.#client ? this.#readRequests(bytes) : this.#readReplies(bytes);
  }

  /** Which replies were lost is unknown: what is pending stays unanswered, and pairing starts anew. */
  gap(): Verdict {
    this.#pending.flush();
    this.#requests.reset();
    this.#replies.reset();
    return 'ok';
  }

  end(): void {
    this.#pending.flush();
  }

  #readRequests(bytes: Cursor): Verdict {
    for (;;) {
      const outcome = this.#requests.read(bytes);
      if (outcome === 'bad') return 'drop';
      if (outcome === 'more') return 'ok';
      this.#request(this.#requests);
    }
  }

  #readReplies(bytes: Cursor): Verdict {
    for (;;) {
      const outcome = this.#replies.read(bytes);
      if (outcome === 'bad') return 'drop';
      if (outcome === 'more') return 'ok';
      this.#reply(this.#replies);
    }
  }

  #request(message: RespReader): void {
    const { text, first, second, third } = message;
    const { emit, options, pool } = this.#shop;
    const row = emit.row(this.#flow);
    if (this.#client === 1) row.swap();
    row.start(message.seconds, message.nanoseconds);
    row.requestBytes(message.size);
    let command = commands.find(text.buf, first.start, first.end);
    let resource = second;
    if (command?.isFamily && second.end > second.start) {
      command = commands.find(text.buf, first.start, second.end) ?? command;
      if (!command.isFamily) resource = third;
    }
    if (command) {
      row.word(shared.method, command.method);
      row.word(shared['event.action'], command.action);
    } else {
      row.text(shared.method, text.buf, first.start, first.end);
    }
    row.text(shared.query, text.buf, 0, text.size);
    row.text(shared.resource, text.buf, resource.start, resource.end);
    if (options.send_request) row.text(shared.request, text.buf, 0, text.size);
    const request = pool.pop() ?? new PendingCommand();
    request.row = row;
    request.size = message.size;
    request.command = command;
    if (command?.subscribes) this.#subscribed = true;
    this.#queue(request);
  }

  #queue(request: PendingCommand): void {
    const { queue_max_bytes: max } = this.#shop.options;
    this.#pendingBytes += request.size;
    this.#pending.push(request);
    while (max > 0 && this.#pendingBytes > max && this.#pending.size > 1) this.#pending.crowdOut();
  }

  #reply(message: RespReader): void {
    if (this.#isUnasked(message)) {
      this.#shop.pushes.value++;
      return;
    }
    const request = this.#pending.takeOwed() ? undefined : this.#pending.shift();
    if (!request) {
      this.#shop.unmatchedResponses.value++;
      return;
    }
    if (request.command?.monitors && !message.isError) this.#monitoring = true;
    const { row } = request;
    const { text } = message;
    row.end(message.seconds, message.nanoseconds);
    row.responseBytes(message.size);
    row.text(message.isError ? fields['redis.error'] : fields['redis.return_value'], text.buf, 0, text.size);
    if (message.isError) row.word(shared['event.outcome'], FAILURE);
    row.status = message.isError ? ERROR : OK;
    if (this.#shop.options.send_response) row.text(shared.response, text.buf, 0, text.size);
    this.#shop.emit.send(row);
    this.#recycle(request);
  }

  /** Whether the server sent it without being asked. */
  #isUnasked(message: RespReader): boolean {
    if (message.type === TYPE.push || (message.type === TYPE.array && this.#subscribed)) {
      const { text, first } = message;
      const word = commands.find(text.buf, first.start, first.end)?.method ?? 0;
      // A confirmation answers the subscription that waits for it; each further channel is told unasked.
      if (SUBSCRIBING.has(word)) return this.#pending.peek()?.command?.method !== word;
      return message.type === TYPE.push || MESSAGE.has(word);
    }
    return this.#monitoring && message.type === TYPE.simple && isDigit(message.text.buf[0]);
  }

  #unanswered(request: PendingCommand): void {
    const { row } = request;
    row.status = ERROR;
    row.word(shared['error.message'], UNANSWERED);
    this.#shop.emit.send(row);
    this.#recycle(request);
  }

  #recycle(request: PendingCommand): void {
    this.#pendingBytes -= request.size;
    if (this.#shop.pool.length < 1024) this.#shop.pool.push(request);
  }
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

/** Commands are arrays of bulk strings, or words; replies start with a type byte, arrays hold other things as well. */
function looksLikeCommand({ buf, pos, end }: Cursor): boolean {
  const first = buf[pos]!;
  if (first !== TYPE.array) return (first >= 0x41 && first <= 0x5a) || (first >= 0x61 && first <= 0x7a);
  const next = buf.indexOf(10, pos) + 1;
  return next === 0 || next >= end || buf[next] === TYPE.bulk;
}

export const redis = analyzer({
  name: 'redis',
  about: 'a command and its reply (RESP2, RESP3)',
  transports: ['tcp'],
  ports: [6379],
  options,
  fields,

  /** Sure only of `*<n>\r\n$<n>\r\n` with a letter behind it, which a client sends first. */
  probe({ buf, pos, end }) {
    if (buf[pos] !== TYPE.array) return isReplyByte(buf[pos]!) ? 'more' : 'no';
    let i = pos + 1;
    while (i < end && isDigit(buf[i])) i++;
    if (i - pos > 8) return 'no';
    const rest = [13, 10, TYPE.bulk];
    for (const c of rest) {
      if (i >= end) return 'more';
      if (buf[i++] !== c) return 'no';
    }
    return i >= end ? 'more' : isDigit(buf[i]) ? 'yes' : 'no';
  },

  create(options, emit) {
    const shop: Shop = {
      options,
      emit,
      pushes: emit.counter('push.unasked'),
      unmatchedRequests: emit.counter('unmatched_requests'),
      unmatchedResponses: emit.counter('unmatched_responses'),
      pool: [],
    };
    return (flow) => new RedisSession(shop, flow);
  },
});

function isReplyByte(c: number): boolean {
  return c === TYPE.simple || c === TYPE.error || c === TYPE.integer || c === TYPE.bulk || c === TYPE.push;
}
