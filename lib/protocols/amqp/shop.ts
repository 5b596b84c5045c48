/** What the amqp sessions of one worker share. */
import type { Counter } from '../../base/counters.js';
import type { OptionsOf } from '../../base/options.js';
import type { Emit } from '../analyzer.js';
import type { PairingOptions } from '../kit/pairing.js';
import { ArgumentReader } from './arguments.js';
import { Content } from './content.js';
import type { options } from './options.js';
import { ContentHeader } from './properties.js';
import { PendingMethod } from './request.js';

/** LIMIT: objects kept for use again. */
const MAX_POOLED = 1024;
/** LIMIT: contents kept for use again; their bodies are up to 64 KiB. */
const MAX_CONTENTS = 64;

export class Shop {
  readonly emit: Emit;
  readonly settings: OptionsOf<typeof options>;
  readonly arguments: ArgumentReader;
  readonly header = new ContentHeader();
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  readonly unknown: Counter;
  readonly heartbeats: Counter;
  readonly strayContents: Counter;
  readonly brokenContents: Counter;
  readonly foreign: Counter;
  readonly resyncs: Counter;
  readonly pairing: PairingOptions<PendingMethod>;
  readonly #requests: PendingMethod[] = [];
  readonly #contents: Content[] = [];

  constructor(settings: OptionsOf<typeof options>, emit: Emit) {
    this.emit = emit;
    this.settings = settings;
    this.arguments = new ArgumentReader(settings.parse_arguments);
    this.unmatchedRequests = emit.counter('unmatched_requests');
    this.unmatchedResponses = emit.counter('unmatched_responses');
    this.unknown = emit.counter('method.unknown');
    this.heartbeats = emit.counter('frame.heartbeats');
    this.strayContents = emit.counter('frame.stray');
    this.brokenContents = emit.counter('content.incomplete');
    this.foreign = emit.counter('session.unsupported');
    this.resyncs = emit.counter('stream.resyncs');
    this.pairing = {
      deadlines: emit.deadlines,
      timeoutSeconds: settings.transaction_timeout,
      unanswered: (request, isOpen) => request.session.unanswered(request, isOpen),
      counter: this.unmatchedRequests,
    };
  }

  request(): PendingMethod {
    return this.#requests.pop() ?? new PendingMethod();
  }

  recycle(request: PendingMethod): void {
    request.row = null;
    if (this.#requests.length < MAX_POOLED) this.#requests.push(request);
  }

  content(): Content {
    return this.#contents.pop() ?? new Content(this.settings.max_body_length);
  }

  recycleContent(content: Content): void {
    content.row = null;
    if (this.#contents.length < MAX_CONTENTS) this.#contents.push(content);
  }
}
