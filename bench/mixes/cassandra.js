/** Cassandra, version 4: queries, prepared statements, results of many rows, errors. */
import { be, join, noise, sized } from '../bytes.js';
import { pair, tcpMix } from './mix.js';

const OP = {
  error: 0,
  startup: 1,
  ready: 2,
  options: 5,
  supported: 6,
  query: 7,
  result: 8,
  prepare: 9,
  execute: 10,
};
const TYPE = { int: 9, text: 13 };
const KIND = { void: 1, rows: 2, prepared: 4 };
const GLOBAL_TABLE = 1;
const VALUES = 1;
const ONE = be(2, 1);

const frame = (version, stream, op, ...parts) => join(version, 0, be(2, stream), op, sized(4, parts));
const text = (value) => sized(2, value);
const value = (bytes) => (bytes === null ? be(4, 4_294_967_295) : sized(4, bytes));

let streams = 0;

function call(op, request, answerOp, answer) {
  const stream = streams++;
  return pair(frame(4, stream, op, request), frame(0x84, stream, answerOp, answer));
}

const COLUMNS = [
  ['id', TYPE.int],
  ['name', TYPE.text],
  ['price', TYPE.text],
  ['note', TYPE.text],
];
const columns = COLUMNS.map(([name, type]) => [text(name), be(2, type)]);
const described = [be(4, GLOBAL_TABLE), be(4, COLUMNS.length), text('shop'), text('products'), columns];
const row = (i) =>
  [be(4, 4711 + i), `Product 00000000-${i}`, `${i * 3 + 9}.95`, i % 3 ? 'in stock' : null].map(value);
const rows = (count) => [
  be(4, KIND.rows),
  described,
  be(4, count),
  Array.from({ length: count }, (_, i) => row(i)),
];

const query = (cql, answerOp, answer) => call(OP.query, [sized(4, cql), ONE, 0], answerOp, answer);
const selects = [1, 3, 8, 20].map((count) =>
  query(
    `SELECT id, name, price, note FROM shop.products WHERE shelf = 'shelf-00000000' LIMIT ${count}`,
    OP.result,
    rows(count),
  ),
);
const nothing = be(4, KIND.void);
const writes = [
  query(
    `INSERT INTO shop.orders (id, customer, total) VALUES (uuid(), 'customer-00000000', 12.50)`,
    OP.result,
    nothing,
  ),
  query(`UPDATE shop.carts SET quantity = 3 WHERE session = '00000000'`, OP.result, nothing),
  query(`DELETE FROM shop.sessions WHERE token = 'token-00000000'`, OP.result, nothing),
];

const ids = [1, 2, 3].map((seed) => sized(2, noise(16, seed)));
const prepares = ids.map((id, i) =>
  call(
    OP.prepare,
    sized(4, `SELECT id, name, price, note FROM shop.products WHERE shelf = ? LIMIT ${i + 1} -- 00000000`),
    OP.result,
    [
      be(4, KIND.prepared),
      id,
      [
        be(4, GLOBAL_TABLE),
        be(4, 1),
        be(4, 1),
        be(2, 0),
        text('shop'),
        text('products'),
        text('shelf'),
        be(2, TYPE.text),
      ],
      described,
    ],
  ),
);
const executes = [1, 2, 5, 12, 1, 3].map((count, i) =>
  call(
    OP.execute,
    [ids[i % ids.length], ONE, VALUES, be(2, 1), value('shelf-00000000')],
    OP.result,
    rows(count),
  ),
);

const errors = [
  query('SELECT * FROM shop.nowhere_00000000', OP.error, [
    be(4, 0x2200),
    text('unconfigured table nowhere_00000000'),
  ]),
  query(`SELECT name FROM shop.products WHERE shelf = 'slow-00000000'`, OP.error, [
    be(4, 0x1200),
    text('Operation timed out - received only 0 responses.'),
    ONE,
    be(4, 0),
    be(4, 1),
    0,
  ]),
];

const startup = [be(2, 1), text('CQL_VERSION'), text('3.4.6')];
const supported = [be(2, 1), text('CQL_VERSION'), be(2, 1), text('3.4.6')];
const greeting = [call(OP.options, [], OP.supported, supported), call(OP.startup, startup, OP.ready, [])];

export const cassandra = tcpMix({
  name: 'm5-cassandra',
  about: 'Cassandra v4, results of 1 to 20 rows, prepared statements, writes, errors',
  protocol: 'cassandra',
  port: 9042,
  greeting: greeting.flatMap(({ messages }) => messages),
  greeted: greeting.length,
  rounds: [...selects, ...writes, ...prepares, ...executes, ...errors],
});
