/** MySQL: text results, prepared statements, errors; as clients ask that still get EOF packets. */
import { join, le } from '../bytes.js';
import { pair, round, tcpMix } from './mix.js';

const COM = { query: 3, initDb: 2, prepare: 22, execute: 23, close: 25 };
const TYPE = { long: 3, longlong: 8, string: 253 };
const UTF8 = 255;
/** CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH, LONG_PASSWORD. */
const CAPABILITIES = 0x0008a209;

/** Packets with their lengths and sequence numbers. */
const packets = (first, ...bodies) => join(bodies.map((body, i) => [le(3, body.length), first + i, body]));
const counted = (text) => join(text.length < 251 ? text.length : [0xfc, le(2, text.length)], text);
const command = (code, ...parts) => packets(0, join(code, parts));
const ok = (affected, id) => join(0, affected, id > 250 ? [0xfc, le(2, id)] : id, le(2, 2), le(2, 0));
const eof = join(0xfe, le(2, 0), le(2, 2));
const failure = (code, state, text) => join(0xff, le(2, code), '#', state, text);

function column(name, type, table) {
  const names = ['def', 'shop', table, table, name, name].map(counted);
  return join(names, 0x0c, le(2, UTF8), le(4, 255), type, le(2, 0), 0, le(2, 0));
}

const textRow = (values) => join(values.map((value) => (value === null ? 0xfb : counted(String(value)))));
const rows = (columns, values) =>
  packets(1, join(columns.length), ...columns, eof, ...values.map(textRow), eof);
const query = (sql, answer) => pair(command(COM.query, sql), answer);

const PRODUCT = [
  column('id', TYPE.long, 'products'),
  column('name', TYPE.string, 'products'),
  column('price', TYPE.string, 'products'),
  column('note', TYPE.string, 'products'),
];
const product = (i) => [
  4711 + i,
  `Product 00000000-${i}`,
  `${i * 3 + 9}.95`,
  i % 3 ? 'in stock, ships today' : null,
];
const products = (count) =>
  rows(
    PRODUCT,
    Array.from({ length: count }, (_, i) => product(i)),
  );

const selects = [1, 3, 8, 20].map((count) =>
  query(
    `SELECT p.id, p.name, p.price, p.note FROM products p WHERE p.shelf = 'shelf-00000000' ORDER BY p.id LIMIT ${count}`,
    products(count),
  ),
);

const writes = [
  query(
    `INSERT INTO orders (customer, total, state) VALUES ('customer-00000000', 12.50, 'new')`,
    packets(1, ok(1, 4711)),
  ),
  query(`UPDATE carts SET quantity = 3 WHERE session = '00000000' AND product = 17`, packets(1, ok(2, 0))),
  query(`DELETE FROM sessions WHERE token = 'token-00000000'`, packets(1, ok(1, 0))),
  query('BEGIN', packets(1, ok(0, 0))),
  query('COMMIT', packets(1, ok(0, 0))),
];

const errors = [
  query(
    `SELECT * FROM nowhere_00000000`,
    packets(1, failure(1146, '42S02', `Table 'shop.nowhere_00000000' doesn't exist`)),
  ),
  query(
    `INSERT INTO users (id, mail) VALUES (1, 'ada-00000000@example.com')`,
    packets(1, failure(1062, '23000', `Duplicate entry 'ada-00000000@example.com' for key 'mail'`)),
  ),
];

/** PREPARE, EXECUTE with two parameters, CLOSE. */
function prepared(id, sql, count) {
  const parameter = column('?', TYPE.string, '');
  const prepare = command(COM.prepare, sql);
  const head = join(0, le(4, id), le(2, PRODUCT.length), le(2, 2), 0, le(2, 0));
  const ready = packets(1, head, parameter, parameter, eof, ...PRODUCT, eof);
  const values = join(le(4, 4711), counted('shelf-00000000'));
  const types = join(TYPE.long, 0, TYPE.string, 0);
  const execute = command(COM.execute, le(4, id), 0, le(4, 1), 0, 1, types, values);
  const binary = Array.from({ length: count }, (_, i) =>
    join(0, 0, le(4, i), counted(`Product 00000000-${i}`), counted('9.95'), counted('in stock')),
  );
  const result = packets(1, join(PRODUCT.length), ...PRODUCT, eof, ...binary, eof);
  const close = command(COM.close, le(4, id));
  return round(
    2,
    { client: prepare },
    { server: ready },
    { client: execute },
    { server: result },
    { client: close },
  );
}

const statements = [2, 10].map((count, i) =>
  prepared(
    i + 1,
    `SELECT id, name, price, note FROM products WHERE id > ? AND shelf = ? LIMIT ${count} -- 00000000`,
    count,
  ),
);

const hello = join(
  [10, '8.0.40\0', le(4, 17), 'saltsalt\0'],
  [le(2, CAPABILITIES & 0xffff), UTF8, le(2, 2), le(2, CAPABILITIES >>> 16)],
  [21, Buffer.alloc(10), 'saltsaltsalt\0', 'mysql_native_password\0'],
);
const login = join(
  le(4, CAPABILITIES),
  le(4, 1 << 24),
  UTF8,
  Buffer.alloc(23),
  'shop\0',
  20,
  'hashhashhashhashhash',
  'shop\0mysql_native_password\0',
);
const greeting = [
  { server: packets(0, hello) },
  { client: packets(1, login) },
  { server: packets(2, ok(0, 0)) },
];

export const mysql = tcpMix({
  name: 'm5-mysql',
  about: 'MySQL, results of 1 to 20 rows, writes, prepared statements, errors',
  protocol: 'mysql',
  port: 3306,
  greeting,
  rounds: [...selects, ...writes, ...statements, ...errors, ...selects],
});
