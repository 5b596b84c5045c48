/** What the memcache sessions of one worker share. */
import type { Counter } from '../../base/counters.js';
import type { OptionsOf } from '../../base/options.js';
import type { Emit } from '../analyzer.js';
import type { PairingOptions } from '../kit/pairing.js';
import { Blocks } from './blocks.js';
import type { options } from './options.js';
import { MAX_VALUE_KEPT } from './parser.js';
import { PendingCommand } from './request.js';

/** LIMIT: objects kept for use again. */
const MAX_POOLED = 1024;
/** LIMIT: values of one message in its event, with maxvalues: -1. */
const MAX_VALUES = 1000;
/** LIMIT: commands one connection may have pending: clients send thousands of quiet ones in a row. */
export const MAX_PENDING_COMMANDS = 8192;

export class Shop {
  readonly emit: Emit;
  readonly blocks = new Blocks();
  readonly parseUnknown: boolean;
  readonly maxValues: number;
  readonly maxBytesPerValue: number;
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly unfinished: Counter;
  readonly unknown: Counter;
  readonly redacted: Counter;
  readonly resyncs: Counter;
  readonly datagramsBad: Counter;
  readonly datagramsLost: Counter;
  readonly streams: PairingOptions<PendingCommand>;
  readonly datagrams: PairingOptions<PendingCommand>;
  readonly #pool: PendingCommand[] = [];

  constructor(settings: OptionsOf<typeof options>, emit: Emit) {
    this.emit = emit;
    this.parseUnknown = settings.parseunknown;
    this.maxValues = settings.maxvalues < 0 ? MAX_VALUES : Math.min(settings.maxvalues, MAX_VALUES);
    const { maxbytespervalue: bytes } = settings;
    this.maxBytesPerValue = bytes > 0 ? Math.min(bytes, MAX_VALUE_KEPT) : MAX_VALUE_KEPT;
    this.unmatchedRequests = emit.counter('unmatched_requests');
    this.unmatchedResponses = emit.counter('unmatched_responses');
    this.unfinished = emit.counter('unfinished_transactions');
    this.unknown = emit.counter('command.unknown');
    this.redacted = emit.counter('value.redacted');
    this.resyncs = emit.counter('stream.resyncs');
    this.datagramsBad = emit.counter('datagram.undecodable');
    this.datagramsLost = emit.counter('datagram.unassembled');
    const pairing = {
      deadlines: emit.deadlines,
      unanswered: (request: PendingCommand) => request.session.unanswered(request),
      // Silence is an answer to some: unanswered() tells them apart and counts the others.
      counter: emit.counter('requests.without_response'),
    };
    this.streams = {
      ...pairing,
      timeoutSeconds: settings.transaction_timeout,
      max: MAX_PENDING_COMMANDS,
    };
    this.datagrams = { ...pairing, timeoutSeconds: settings.udptransactiontimeout };
  }

  request(): PendingCommand {
    return this.#pool.pop() ?? new PendingCommand();
  }

  recycle(request: PendingCommand): void {
    request.row = null;
    if (this.#pool.length < MAX_POOLED) this.#pool.push(request);
  }
}
