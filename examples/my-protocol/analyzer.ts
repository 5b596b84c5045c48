/**
 * Abacus: one event a question and its answer, paired in order. A protocol made up for this example:
 *   node examples/my-protocol/capture.js | pbfast read - --plugin examples/my-protocol/analyzer.ts
 */
import {
  analyzer,
  type Counter,
  type Cursor,
  constant,
  type Direction,
  duration,
  type Emit,
  type Flow,
  flag,
  InOrder,
  markUnanswered,
  type OptionsOf,
  Request,
  type Row,
  type Session,
  shared,
  type Verdict,
  Words,
} from 'pbfast/plugin';
import { fields } from './fields.js';
import { Lines } from './parser.js';

const options = {
  transaction_timeout: duration(10, 'How long a question waits for its answer.'),
  send_request: flag(false, 'Put the question into `request`.'),
};

type Options = OptionsOf<typeof options>;

// What recurs is interned once and written by number.
const OK = constant('OK');
const ERROR = constant('Error');
const verbs = new Words((name) => ({ method: constant(name) }));
const EQUALS = 0x3d;
const BANG = 0x21;

class Question extends Request {
  readonly row: Row;

  constructor(row: Row) {
    super();
    this.row = row;
  }
}

class AbacusSession implements Session {
  readonly #flow: Flow;
  readonly #emit: Emit;
  readonly #options: Options;
  readonly #orphans: Counter;
  readonly #pending: InOrder<Question>;
  readonly #lines = new Lines();
  #client: Direction | undefined;

  constructor(flow: Flow, emit: Emit, options: Options) {
    this.#flow = flow;
    this.#emit = emit;
    this.#options = options;
    this.#client = flow.client;
    this.#orphans = emit.counter('unmatched_responses');
    this.#pending = new InOrder({
      deadlines: emit.deadlines,
      timeoutSeconds: options.transaction_timeout,
      unanswered: ({ row }) => {
        markUnanswered(row);
        emit.send(row);
      },
      counter: emit.counter('unmatched_requests'),
    });
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    this.#client ??= isAnswer(bytes.buf[bytes.pos]) ? ((1 - dir) as Direction) : dir;
    for (;;) {
      const outcome = this.#lines.read(bytes);
      if (outcome !== 'line') return outcome === 'bad' ? 'drop' : 'ok';
      if (dir === this.#client) this.#question(bytes.buf);
      else this.#answer(bytes.buf);
    }
  }

  /** Which answers were lost is unknown. */
  gap(): Verdict {
    this.#pending.flush();
    return 'ok';
  }

  end(): void {
    this.#pending.flush();
  }

  #question(buf: Uint8Array): void {
    const { start, word, end, size, seconds, nanoseconds } = this.#lines;
    const row = this.#emit.row(this.#flow);
    if (this.#client === 1) row.swap();
    row.start(seconds, nanoseconds);
    row.requestBytes(size);
    const verb = verbs.find(buf, start, word);
    if (verb) row.word(shared.method, verb.method);
    else row.text(shared.method, buf, start, word);
    row.text(shared.query, buf, start, end);
    if (this.#options.send_request) row.text(shared.request, buf, start, end);
    this.#pending.push(new Question(row));
  }

  #answer(buf: Uint8Array): void {
    const { start, end, size, seconds, nanoseconds } = this.#lines;
    const question = this.#pending.shift();
    if (!question) {
      this.#orphans.value++;
      return;
    }
    const { row } = question;
    const isError = buf[start] === BANG;
    row.end(seconds, nanoseconds);
    row.responseBytes(size);
    row.status = isError ? ERROR : OK;
    row.text(isError ? fields['abacus.error'] : fields['abacus.result'], buf, Math.min(start + 2, end), end);
    this.#emit.send(row);
  }
}

const isAnswer = (c: number | undefined): boolean => c === EQUALS || c === BANG;

export default analyzer({
  name: 'abacus',
  about: 'a question and its answer',
  transports: ['tcp'],
  ports: [7077],
  options,
  fields,

  /** On other ports: sure only of a line that begins with ADD, SUM, MUL or DIV. */
  probe({ buf, pos, end }) {
    if (isAnswer(buf[pos])) return 'more';
    if (end - pos < 4) return 'more';
    const verb = String.fromCharCode(buf[pos]!, buf[pos + 1]!, buf[pos + 2]!, buf[pos + 3]!);
    return ['ADD ', 'SUM ', 'MUL ', 'DIV '].includes(verb) ? 'yes' : 'no';
  },

  create: (options, emit) => (flow) => new AbacusSession(flow, emit, options),
});
