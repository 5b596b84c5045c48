/**
 * Scripted MySQL clients for test/e2e/mysql.test.ts; runs inside the client's namespace. Its output is the truth the events
 * are compared with: one JSON line an exchange.
 *
 *   node mysql.js ADDRESS COUNT FOLDER
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import mysql from 'mysql2/promise';

process.env.TZ = 'UTC';
const [host, count, folder] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const account = { host, user: 'pb', password: 'hunter2', database: 'one' };

function log(method, query, more = {}) {
  const entry = {
    method,
    query,
    error: 0,
    affected: 0,
    insertId: 0,
    rows: 0,
    fields: 0,
    params: null,
    ...more,
  };
  console.log(JSON.stringify(entry));
}

const verb = (sql) => sql.match(/[a-z]+/i)[0].toUpperCase();

/** What one result or several say, together. */
function counts(result, fields) {
  const many =
    Array.isArray(result) && (Array.isArray(result[0]) || 'affectedRows' in (result[0] ?? {}))
      ? result
      : null;
  const all = many && fields.some((f) => f === undefined || Array.isArray(f)) ? many : [result];
  const heads = all.length > 1 || many === all ? fields : [fields];
  const sum = { affected: 0, insertId: 0, rows: 0, fields: 0 };
  all.forEach((one, i) => {
    if (Array.isArray(one)) sum.rows += one.length;
    else {
      sum.affected += one.affectedRows;
      sum.insertId = one.insertId || sum.insertId;
    }
    if (i === 0 && heads[0]) sum.fields = heads[0].length;
  });
  return sum;
}

async function query(connection, sql, options = {}) {
  try {
    const [result, fields] = await connection.query({ sql, ...options });
    log(verb(sql), sql, counts(result, fields));
    return result;
  } catch (error) {
    log(verb(sql), sql, { error: error.errno, message: `${error.sqlState}: ${error.sqlMessage}` });
  }
}

/** Values as strings, so that the rows as CSV are known. */
async function shown(connection, sql) {
  const [result, fields] = await connection.query({ sql, rowsAsArray: true, typeCast: (f) => f.string() });
  const lines = [fields.map((f) => f.name), ...result.slice(0, 10).map((row) => row.map((v) => v ?? 'NULL'))];
  const response = lines.map((line) => `${line.join(',')}\n`).join('');
  log(verb(sql), sql, { ...counts(result, fields), response });
}

async function prepared(connection, sql, ...sets) {
  const statement = await connection.prepare(sql);
  const { columns, parameters } = statement.statement;
  log(verb(sql), sql, { fields: columns.length });
  for (const [values, params] of sets) {
    if (values.length !== parameters.length) throw new Error('wrong number of parameters');
    const [result, fields] = await statement.execute(values);
    log(verb(sql), sql, { ...counts(result, fields), params });
  }
  // mysql2 closes it as it leaves its cache, and once more.
  connection.unprepare(sql);
  for (let n = 0; n < 2; n++) log('STMT_CLOSE', 'STMT_CLOSE');
}

async function connect(options = {}) {
  const connection = await mysql.createConnection({ ...account, ...options });
  log('LOGIN', 'LOGIN', { user: options.user ?? 'pb' });
  return connection;
}

async function finish(connection) {
  await connection.end();
  log('QUIT', 'QUIT');
}

const date = new Date(Date.UTC(2024, 1, 29, 12, 5, 6, 120));

/** One exchange or several of each kind; `n` makes each of them unique. */
const KINDS = [
  (c, n) => shown(c, `select ${n} as n, 'text ${n}' as s, null as nothing`),
  (c, n) => query(c, `insert into t (a, b) values (${n}, 'row ${n}'), (${n}, 'row')`),
  (c, n) => query(c, `update t set b = 'changed ${n}' where a = ${n}`),
  (c, n) => query(c, `nonsense ${n}`),
  (c, n) => query(c, `select * from missing_${n}`),
  (c, n) =>
    prepared(
      c,
      `select ? + ${n} as x, ? as y, ? as z`,
      [
        [1.5, 'grün', null],
        ['1.5', 'grün', 'NULL'],
      ],
      [
        [-7, Buffer.from('bytes'), true],
        ['-7', 'bytes', '1'],
      ],
    ),
  (c, n) =>
    prepared(c, `insert into t (a, b, d) values (?, 'at ${n}', ?)`, [
      [n, date],
      [String(n), '2024/2/29 12:5:6.120000'],
    ]),
  (c, n) => shown(c, `select seq, repeat('z', ${n % 50}) as r from seq_1_to_500 where seq > ${n % 400}`),
  (c, n) => query(c, `call p(${n})`),
  (c, n) => query(c, `select ${n}; update t set b = 'multi' where a = ${n}; select 1, 2`),
  (c, n) => query(c, `select repeat('long ', ${20_000 + n}) as r`),
  (c, n) =>
    query(c, `load data local infile 'file-${n}' into table loaded fields terminated by ','`, {
      infileStreamFactory: () =>
        Readable.from([Buffer.from(`${n},one\n`), Buffer.from(`${n},two\n${n},three\n`)]),
    }),
  (c, n) =>
    shown(
      c,
      `show variables like 'max_allowed_packet' -- ${n}`
        .replace(/ --.*/, '')
        .replace('max', `${'%'.repeat(n % 3)}max`),
    ),
  (c, n) => query(c, `select a.a, b.b from t a join loaded b on a.a = b.a and a.a = ${n}`),
  (c, n) => query(c, `insert into t (a, b) values (${n}, '${'x'.repeat(3000 + n)}')`),
  async (c) => {
    await c.ping();
    log('PING', 'PING');
  },
  (c, n) => query(c, `select '' as empty from t where a = -${n + 1}`),
  (c, n) => query(c, `select * from seq_1_to_3000 where seq <> ${n}`),
  (c, n) => query(c, `delete from t where a = ${n} and b like 'row%'`),
  async (c, n) => {
    await c.changeUser({ ...account, database: n % 2 ? 'one' : 'two' });
    log('CHANGE_USER', 'CHANGE_USER', { user: 'pb' });
    await query(c, `use one`);
  },
];

/** The program of the server's own package: another library, CLIENT_DEPRECATE_EOF, with and without compression. */
function commandLine(n, ...more) {
  const statements = [
    [`select ${n} as cli, 'text'`, { rows: 1, fields: 2 }],
    [`select seq from seq_1_to_${200 + n} where seq < 100`, { rows: 99, fields: 1 }],
    [`select 1 from t where a = -${n}`, { fields: 1 }],
    [`create table cli_${n} (a int primary key auto_increment, b blob)`, {}],
    [`insert into cli_${n} values (7, 'x')`, { affected: 1, insertId: 7 }],
    [`insert into cli_${n} (b) values ('${'y'.repeat(5000)}')`, { affected: 1, insertId: 8 }],
    [`select * from cli_${n}`, { rows: 2, fields: 2 }],
    [`drop table cli_${n}`, {}],
    [`nonsense of ${n}`, { error: 1064 }],
  ];
  const file = join(folder, `cli-${n}.sql`);
  writeFileSync(file, statements.map(([sql]) => `${sql};\n`).join(''));
  const args = ['--no-defaults', '-h', host, '-u', 'pb', '-phunter2', '--force', '--batch', ...more, 'one'];
  execFileSync('mariadb', [...args, '-e', `source ${file}`], { stdio: ['ignore', 'ignore', 'ignore'] });
  log('LOGIN', 'LOGIN', { user: 'pb' });
  for (const [sql, more] of statements) log(verb(sql), sql, more);
  log('QUIT', 'QUIT');
}

const runCommandLine = (n, ...more) => {
  try {
    commandLine(n, ...more);
  } catch (error) {
    throw new Error(`mariadb: ${error.message}`);
  }
};

async function refused() {
  const options = { ...account, password: 'wrong-hunter2' };
  const error = await mysql.createConnection(options).then(
    () => undefined,
    (e) => e,
  );
  log('LOGIN', 'LOGIN', {
    user: 'pb',
    error: error.errno,
    message: `${error.sqlState}: ${error.sqlMessage}`,
  });
}

const setup = await connect({ multipleStatements: true });
for (const sql of [
  'create table t (id int primary key auto_increment, a int, b text, d datetime(6))',
  'create table loaded (a int, b varchar(20))',
  'create procedure p(n int) begin select n as one; select n, n; insert into t (a) values (n); end',
])
  await query(setup, sql);
await refused();

const options = [{}, { compress: true }, {}, { compress: true }];
const lanes = await Promise.all(options.map((o) => connect({ ...o, multipleStatements: true })));
let next = 0;
await Promise.all(
  lanes.map(async (connection) => {
    while (next < count) {
      const n = next++;
      await KINDS[n % KINDS.length](connection, n);
    }
  }),
);
for (let n = 0; n < Math.max(2, count / 100); n++) runCommandLine(n, ...(n % 2 ? ['--compress'] : []));
for (const connection of [setup, ...lanes]) await finish(connection);
