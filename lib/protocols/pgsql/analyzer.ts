/**
 * PostgreSQL: one event a statement of a simple query, one an execution of a prepared statement, with its result or error.
 * What is left of a connection that turns to TLS goes to the tls analyzer.
 */
import { duration, flag, integer } from '../../base/options.js';
import { analyzer } from '../analyzer.js';
import { Text } from '../kit/text.js';
import { STARTUP } from './codes.js';
import { COUNTERS, type CounterName, type Shop } from './conversation.js';
import { fields } from './fields.js';
import { KnownSql } from './known-sql.js';
import { isStartup, u32 } from './parser.js';
import { PgsqlSession } from './session.js';

const options = {
  max_rows: integer(10, 'Rows of a result that `response` holds at most.', { min: 0 }),
  max_row_length: integer(1024, 'Bytes of the values of one row that `response` holds at most.', { min: 0 }),
  send_params: flag(
    false,
    'Put the values that a prepared statement is executed with into `params`, a list of text.',
  ),
  send_request: flag(false, 'Put the SQL into `request`.'),
  send_response: flag(false, 'Put the rows into `response`, as CSV with the names of the columns.'),
  transaction_timeout: duration(10, 'How long a statement waits for the first of its answer.'),
};
/** LIMIT of max_row_length: what a field holds. */
const MAX_ROW_LENGTH = 65_536;
/** First bytes of what a server says to a start of session: R, E, S, N, v. */
const FIRST_ANSWERS = [0x52, 0x45, 0x53, 0x4e, 0x76];

export const pgsql = analyzer({
  name: 'pgsql',
  about: 'a statement, or an execution of a prepared one, and its result',
  transports: ['tcp'],
  ports: [5432],
  options,
  fields,

  /** Sure only of the start of a session, which begins with its length and a code. */
  probe({ buf, pos, end }, dir) {
    if (dir === 1 && FIRST_ANSWERS.includes(buf[pos]!)) return 'more';
    if (buf[pos] !== 0) return 'no';
    if (end - pos < 8) return 'more';
    const size = u32(buf, pos);
    const code = u32(buf, pos + 4);
    if (!isStartup(size, code)) return 'no';
    if (code >>> 16 !== STARTUP.major) return 'yes';
    // The name of a parameter follows.
    if (end - pos < 9) return 'more';
    return buf[pos + 8]! >= 0x61 && buf[pos + 8]! <= 0x7a ? 'yes' : 'no';
  },

  create(options, emit) {
    const counters = Object.fromEntries(
      Object.entries(COUNTERS).map(([key, name]) => [key, emit.counter(name)]),
    ) as Record<CounterName, ReturnType<typeof emit.counter>>;
    const shop: Shop = {
      emit,
      sendParams: options.send_params,
      sendRequest: options.send_request,
      sendResponse: options.send_response,
      maxRows: options.max_rows,
      maxRowLength: Math.min(options.max_row_length, MAX_ROW_LENGTH),
      timeoutSeconds: options.transaction_timeout,
      counters,
      exchanges: [],
      steps: [],
      knownSql: new KnownSql(),
      scratch: new Text(),
    };
    return (flow) => new PgsqlSession(shop, flow);
  },
});
