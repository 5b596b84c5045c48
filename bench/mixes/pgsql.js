/** PostgreSQL: simple and extended queries, writes, errors. */
import { be, join } from '../bytes.js';
import { pair, tcpMix } from './mix.js';

const OID = { int: 23, text: 25, numeric: 1700 };

/** A message: its letter, its length, its content. */
function message(letter, ...parts) {
  const body = join(parts);
  return join(letter, be(4, body.length + 4), body);
}

const ready = message('Z', 'I');
const complete = (tag) => message('C', `${tag}\0`);
const column = (name, oid, i) => [
  `${name}\0`,
  be(4, 16_400),
  be(2, i + 1),
  be(4, oid),
  be(2, 65_535),
  be(4, 4_294_967_295),
  be(2, 0),
];
const described = (columns) =>
  message(
    'T',
    be(2, columns.length),
    columns.map(([name, oid], i) => column(name, oid, i)),
  );
/** Never NULL: at one, Packetbeat gives up the response. */
const value = (text) => [be(4, text.length), text];
const dataRow = (values) => message('D', be(2, values.length), values.map(value));
const failure = (code, text) =>
  join(
    message('E', `SERROR\0VERROR\0C${code}\0M${text}\0Fparse_relation.c\0L1392\0RparserOpenTable\0\0`),
    ready,
  );

const PRODUCT = [
  ['id', OID.int],
  ['name', OID.text],
  ['price', OID.numeric],
  ['note', OID.text],
];
const products = (count) =>
  join(
    Array.from({ length: count }, (_, i) =>
      dataRow([
        `${4711 + i}`,
        `Product 00000000-${i}`,
        `${i * 3 + 9}.95`,
        i % 3 ? 'in stock, ships today' : 'sold out',
      ]),
    ),
    complete(`SELECT ${count}`),
    ready,
  );

const query = (sql, answer) => pair(message('Q', `${sql}\0`), answer);
const write = (sql, tag) => query(sql, join(complete(tag), ready));

const selects = [1, 3, 8, 20].map((count) =>
  query(
    `SELECT p.id, p.name, p.price, p.note FROM products p WHERE p.shelf = 'shelf-00000000' ORDER BY p.id LIMIT ${count}`,
    join(described(PRODUCT), products(count)),
  ),
);

const writes = [
  write(
    `INSERT INTO orders (customer, total, state) VALUES ('customer-00000000', 12.50, 'new')`,
    'INSERT 0 1',
  ),
  write(`UPDATE carts SET quantity = 3 WHERE session = '00000000' AND product = 17`, 'UPDATE 2'),
  write(`DELETE FROM sessions WHERE token = 'token-00000000'`, 'DELETE 1'),
  write('BEGIN', 'BEGIN'),
  write('COMMIT', 'COMMIT'),
];

const errors = [
  query('SELECT * FROM nowhere_00000000', failure('42P01', 'relation "nowhere_00000000" does not exist')),
  query(
    `INSERT INTO users (id, mail) VALUES (1, 'ada-00000000@example.com')`,
    failure('23505', 'duplicate key value violates unique constraint "users_mail"'),
  ),
];

/** Parse, Bind, Describe, Execute, Sync in one go. */
function extended(name, sql, count) {
  const request = join(
    message('P', `${name}\0${sql}\0`, be(2, 0)),
    message('B', `\0${name}\0`, be(2, 0), be(2, 2), ['4711', 'shelf-00000000'].map(value), be(2, 0)),
    message('D', 'P\0'),
    message('E', '\0', be(4, 0)),
    message('S'),
  );
  const head = join(message('1'), message('2'), described(PRODUCT));
  return pair(request, join(head, products(count)));
}

const statements = [1, 4, 12].flatMap((count) => [
  extended(
    '',
    `SELECT id, name, price, note FROM products WHERE id > $1 AND shelf = $2 LIMIT ${count}`,
    count,
  ),
  extended(
    `s00000000`,
    `SELECT id, name, price, note FROM products WHERE id > $1 AND shelf = $2 /* 00000000 */ LIMIT ${count}`,
    count,
  ),
]);

const startup = join(be(4, 196_608), 'user\0shop\0database\0shop\0application_name\0web\0\0');
const settings = [
  ['server_version', '17.2'],
  ['client_encoding', 'UTF8'],
  ['TimeZone', 'UTC'],
].map(([name, text]) => message('S', `${name}\0${text}\0`));
const greeting = [
  { client: join(be(4, startup.length + 4), startup) },
  { server: join(message('R', be(4, 0)), settings, message('K', be(4, 17), be(4, 4711)), ready) },
];

export const pgsql = tcpMix({
  name: 'm5-pgsql',
  about: 'PostgreSQL, results of 1 to 20 rows, simple and extended, writes, errors',
  protocol: 'pgsql',
  port: 5432,
  greeting,
  rounds: [...selects, ...writes, ...statements, ...errors, ...selects.slice(1)],
});
