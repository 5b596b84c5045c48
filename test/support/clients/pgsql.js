/**
 * PostgreSQL clients for test/e2e/pgsql.test.ts; runs inside the client's namespace. Its output is the truth the events are
 * compared with: one JSON line a statement or execution, as the client library (pg) or the server's messages had it.
 *
 *   node pgsql.js HOST ROUNDS CLIENTS USERS      USERS: JSON, passwords by user
 */
import { connect } from 'node:net';
import pg from 'pg';
import { parse, serialize } from 'pg-protocol';

const [host, rounds, clients, users] = process.argv.slice(2);
const SKIPPED = 'skipped';

/** `rows` and `fields` as the client counted them, `code`: SQLSTATE, or SKIPPED where the server did not run it. */
function log(query, { params, rows = 0, fields = 0, code } = {}) {
  process.stdout.write(`${JSON.stringify({ query, params, rows, fields, code })}\n`);
}

function logResult(query, result, params) {
  log(query, { params, rows: result.rows.length, fields: result.fields.length });
}

async function open(options = {}) {
  const client = new pg.Client({ host, user: 'tester', database: 'test', ...options });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Runs one statement; what came of it is logged. */
async function run(client, config, params = config.values?.map(shown)) {
  const { text } = config;
  try {
    logResult(text, await client.query(config), params);
  } catch (error) {
    log(text, { params, code: error.code });
  }
}

const shown = (value) =>
  value === null ? 'NULL' : Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : `${value}`;

/** Several statements in one query. */
async function runAll(client, statements) {
  const results = await client.query(statements.join('; '));
  for (const [i, result] of results.entries()) logResult(statements[i], result);
}

/** One that fails: those before it ran, those behind it did not. */
async function runFailing(client, good, bad, skipped) {
  const error = await client.query(`${good}; ${bad}; ${skipped}`).catch((error) => error);
  log(good, { rows: 1, fields: 1 });
  log(bad, { code: error.code });
  log(skipped, { code: SKIPPED });
}

/** A portal read in parts of `part` rows: an execution each. */
async function runPaged(client, text, part) {
  const { rows, fields } = await new Promise((resolve, reject) => {
    client.query(new pg.Query({ text, values: [], rows: part }, (e, r) => (e ? reject(e) : resolve(r))));
  });
  for (let left = rows.length; left >= 0; left -= part)
    log(text, { rows: Math.min(left, part), fields: fields.length });
}

/** The kinds of exchanges; `n` makes each statement another. */
const KINDS = [
  (c, n) => run(c, { text: `select ${n} as a, 'x;${n}' as b` }),
  (c, n) => run(c, { text: 'select $1::int + 1 as x, $2::text as y', values: [n, `v ${n}`] }),
  (c, n) =>
    run(c, { name: 'kept', text: 'select $1::text as v, generate_series(1, 3)', values: [`kept ${n}`] }),
  (c, n) => run(c, { name: `own ${n}`, text: `insert into t values ($1, 'own ${n}')`, values: [n] }),
  (c, n) => run(c, { text: `select ${n} / 0` }),
  (c, n) => run(c, { text: 'select 1 / $1::int', values: [`${n - n}`] }),
  (c, n) => run(c, { text: `select a from nowhere_${n} where a = $1`, values: ['x'] }),
  (c, n) => run(c, { text: 'select $1::int as bad', values: [`no number ${n}`] }),
  (c, n) =>
    runAll(c, ['begin', `insert into t values (${n}, 'a;b')`, `select ';' as s, ${n} /* ; */`, 'commit']),
  (c, n) => runFailing(c, `select ${n} as ok`, `select ${n} / 0 as bad`, `select ${n} as never`),
  (c, n) => run(c, { text: `select repeat('${n % 10}', 20000) as big, generate_series(1, 200)` }),
  (c, n) => run(c, { text: `select repeat('x', 3000000) as huge, ${n}` }),
  (c, n) => run(c, { text: `select length('${'y'.repeat(40_000)}') as l, ${n}` }),
  (c, n) => runPaged(c, `select generate_series(1, 25), ${n}`, 10),
  (c, n) => run(c, { text: `-- nothing ${n}` }),
  (c, n) => run(c, { text: `do $$ begin raise notice 'n;%', ${n}; end $$` }),
  (c, n) => run(c, { text: `notify events, '${n}'` }),
  (c, n) =>
    run(c, {
      text: 'select $1::bytea as b, $2::int as i, $3::text as t',
      values: [Buffer.from([n & 255, 0]), null, ''],
      binary: true,
    }),
  (c, n) => run(c, { text: `insert into u values (1, 'again ${n}')` }),
  (c, n) => run(c, { text: `update t set v = 'é' || $1 where id = -1 returning *`, values: [n] }),
  (c, n) => run(c, { text: `(select ${n} union all select 2 order by 1)` }),
  (c, n) => run(c, { text: `/* ${n} */ set application_name = 'a;${n}'` }),
];

async function varied(number) {
  const client = await open();
  await run(client, { text: 'listen events' });
  for (let round = 0; round < rounds; round++) {
    for (let kind = 0; kind < KINDS.length; kind++) {
      await KINDS[(kind * 7 + number) % KINDS.length](client, (number * 1000 + round) * 100 + kind);
    }
  }
  await client.end();
}

/** The same values as text and in binary format. */
async function formats() {
  const client = await open();
  const text =
    `select 1::int2 as a, -70000::int4 as b, 9007199254740993::int8 as c, 1.5::float8 as d, 0.1::float4 as e, -12.340::numeric as f, ` +
    `true as g, 'te,xt' as h, date '2024-02-29' as i, timestamp '2024-02-29 12:34:56.789' as j, '{"a": 1}'::jsonb as k, ` +
    `'00112233-4455-6677-8899-aabbccddeeff'::uuid as l, array[1, null, 3] as m, inet '192.0.2.1/24' as n, null as o, ` +
    `'x'::varchar as p, 1e30::float8 as q, 123456789012.000001::numeric as r, time '01:02:03' as s, '\\xdead'::bytea as t`;
  await run(client, { text, values: [] }, null);
  await run(client, { text, values: [], binary: true }, null);
  await client.end();
}

async function authentications() {
  for (const [user, password] of Object.entries(JSON.parse(users))) {
    const client = await open({ user, password });
    await run(client, { text: `select 'signed in as ${user}'` });
    await run(client, { text: `alter role ${user} password '${password}'` }).catch(() => {});
    await client.end();
    const error = await open({ user, password: `wrong ${password}` }).catch((error) => error);
    log(undefined, { code: error.code });
  }
  const hidden = await open({ ssl: { rejectUnauthorized: false } });
  await hidden.query("select 'hidden by TLS'");
  await hidden.end();
}

// ---- messages made one by one

class Raw {
  #socket;
  #wake = () => {};
  messages = [];
  /** What a request to cancel must know. */
  key;

  async open(parameters = {}) {
    this.#socket = connect({ host, port: 5432, noDelay: true });
    parse(this.#socket, (message) => {
      if (message.name === 'backendKeyData') this.key = message;
      this.messages.push(message);
      this.#wake();
    });
    await this.round([serialize.startup({ user: 'tester', database: 'test', ...parameters })]);
    return this;
  }

  write(...buffers) {
    this.#socket.write(Buffer.concat(buffers));
  }

  /** Waits until `count` messages of `name` came; all that came since. */
  async until(name, count = 1) {
    for (;;) {
      const found = this.messages.filter((message) => message.name === name);
      if (found.length >= count) return this.messages.splice(0);
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async round(buffers, rounds = 1) {
    this.write(...buffers);
    return this.until('readyForQuery', rounds);
  }

  close() {
    this.#socket.end(serialize.end());
  }
}

const batch = (text, values = []) => [
  serialize.parse({ text }),
  serialize.bind({ values }),
  serialize.describe({ type: 'P' }),
  serialize.execute({}),
];

/** What each of `texts`, sent in one batch, got. */
function logBatch(texts, messages) {
  let [rows, fields, at] = [0, 0, 0];
  for (const message of messages) {
    if (message.name === 'rowDescription') fields = message.fields.length;
    if (message.name === 'dataRow') rows++;
    if (message.name !== 'commandComplete' && message.name !== 'error') continue;
    log(texts[at++], message.name === 'error' ? { code: message.code } : { rows, fields });
    rows = fields = 0;
  }
  for (; at < texts.length; at++) log(texts[at], { code: SKIPPED });
}

/** Many executions, one Sync; every second batch has one that fails. */
async function pipelines() {
  const raw = await new Raw().open();
  for (let round = 0; round < rounds * 2; round++) {
    const texts = Array.from(
      { length: 12 },
      (_, i) => `select ${i}, generate_series(1, ${i + 1}) /* ${round} */`,
    );
    if (round % 2) texts[5] = `select ${round} / 0`;
    logBatch(texts, await raw.round([...texts.flatMap((text) => batch(text)), serialize.sync()]));
    // And a Sync each.
    const alone = Array.from({ length: 5 }, (_, i) => `select ${i} as alone${round}`);
    const answers = await raw.round(
      alone.flatMap((text) => [...batch(text), serialize.sync()]),
      alone.length,
    );
    logBatch(alone, answers);
  }
  raw.close();
}

/** Statements prepared without being run, named portals, Flush, Close. */
async function portals() {
  const raw = await new Raw().open();
  const text = 'select generate_series(1, 5) as n, $1::text as t';
  await raw.round([
    serialize.parse({ name: 'p', text }),
    serialize.describe({ type: 'S', name: 'p' }),
    serialize.sync(),
  ]);
  raw.write(serialize.query('begin'));
  logBatch(['begin'], await raw.until('readyForQuery'));
  const bound = serialize.bind({ portal: 'c', statement: 'p', values: ['é'] });
  await raw.round([bound, serialize.execute({ portal: 'c', rows: 2 }), serialize.sync()]);
  log(text, { rows: 2, fields: 2, params: ['é'] });
  logBatch(['select 77'], await raw.round([...batch('select 77'), serialize.sync()]));
  raw.write(serialize.execute({ portal: 'c', rows: 0 }), serialize.flush());
  await raw.until('commandComplete');
  log(text, { rows: 3, fields: 2 });
  await raw.round([
    serialize.close({ type: 'P', name: 'c' }),
    serialize.close({ type: 'S', name: 'p' }),
    serialize.sync(),
  ]);
  const gone = await raw.round([serialize.bind({ statement: 'p' }), serialize.execute({}), serialize.sync()]);
  log(undefined, { code: gone.find(({ name }) => name === 'error').code });
  raw.close();
}

/** The old way to call a function: int4pl(20, 22). */
async function functionCall() {
  const raw = await new Raw().open();
  const [head, body] = [Buffer.alloc(5), Buffer.alloc(26)];
  body.writeUInt32BE(177, 0);
  body.writeUInt16BE(1, 4);
  body.writeUInt16BE(1, 6);
  body.writeUInt16BE(2, 8);
  for (const [at, value] of [20, 22].entries()) {
    body.writeUInt32BE(4, 10 + at * 8);
    body.writeUInt32BE(value, 14 + at * 8);
  }
  head.write('F');
  const all = Buffer.concat([head, body, Buffer.alloc(2)]);
  all.writeUInt16BE(1, all.length - 2);
  all.writeUInt32BE(all.length - 1, 1);
  raw.write(all);
  // pg's parser does not know the answer, and goes on behind it.
  await raw.until('readyForQuery');
  log('FUNCTION 177');
  raw.close();
}

async function cancelled() {
  const raw = new Raw();
  await raw.open();
  const key = raw.key;
  raw.write(serialize.query("select pg_sleep(30), 'cancelled'"));
  const canceller = connect({ host, port: 5432 });
  canceller.end(serialize.cancel(key.processID, key.secretKey));
  const messages = await raw.until('readyForQuery');
  log("select pg_sleep(30), 'cancelled'", {
    code: messages.find(({ name }) => name === 'error').code,
    fields: 2,
  });
  raw.close();
}

async function replication() {
  const raw = await new Raw().open({ replication: 'true', database: undefined });
  raw.write(serialize.query('IDENTIFY_SYSTEM'));
  const [, row] = await raw.until('readyForQuery').then((m) => [m, m.find(({ name }) => name === 'dataRow')]);
  log('IDENTIFY_SYSTEM', { rows: 1, fields: 4 });
  const start = `START_REPLICATION PHYSICAL ${row.fields[2]}`;
  raw.write(serialize.query(start));
  await raw.until('replicationStart');
  log(start);
  await raw.round([serialize.copyDone()]);
  raw.close();
}

const work = [formats, authentications, pipelines, portals, functionCall, cancelled, replication];
for (let i = 0; i < clients; i++) work.push(() => varied(i + 1));
await Promise.all(work.map((task) => task()));
