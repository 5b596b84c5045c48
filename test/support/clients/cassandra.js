/**
 * Scripted clients of Cassandra for test/e2e/cassandra.test.ts; runs inside the client's namespace. Its output is the truth
 * the events are compared with: one JSON line per exchange, those that the driver does by itself as well.
 *
 *   node cassandra.js driver ADDRESS COUNT
 *   node cassandra.js wire ADDRESS COUNT VERSION none|lz4
 */
import { createRequire } from 'node:module';
import { bodies, Connection, int } from './cassandra-wire.js';

const [mode, address, count, version, compression] = process.argv.slice(2);
const COUNT = Number(count);
const KEYSPACE = `k_${mode}_${version ?? ''}_${compression ?? ''}`;
const PASSWORD = 'hunter2';

const log = (entry) => process.stdout.write(`${JSON.stringify(entry)}\n`);

// ---- npm's driver, watched from inside: all it sends goes through one function of its connections.

const OPS = {
  QueryRequest: 'QUERY',
  PrepareRequest: 'PREPARE',
  ExecuteRequest: 'EXECUTE',
  BatchRequest: 'BATCH',
  StartupRequest: 'STARTUP',
  RegisterRequest: 'REGISTER',
  AuthResponseRequest: 'AUTH_RESPONSE',
  OptionsRequest: 'OPTIONS',
};

function statements(request) {
  if (request.queries) return request.queries.map(({ query }) => query);
  return request.query;
}

function outcome(error, response) {
  if (error) return { answer: 'ERROR', code: error.code };
  const { rows, rowLength, id, keyspaceSet, schemaChange, ready, mustAuthenticate, supported } = response;
  if (ready) return { answer: 'READY' };
  if (mustAuthenticate) return { answer: 'AUTHENTICATE' };
  if (supported) return { answer: 'SUPPORTED' };
  const result = (type, more = {}) => ({ answer: 'RESULT', type, ...more });
  if (rows || rowLength !== undefined) return result('rows', { rows: rows?.length ?? rowLength });
  if (id) return result('prepared');
  if (keyspaceSet) return result('set_keyspace');
  return result(schemaChange ? 'schemaChanged' : 'void');
}

function watch(Connection) {
  const { sendStream, handleNodeEvent } = Connection.prototype;
  Connection.prototype.sendStream = function (request, options, callback) {
    const asked = {
      version: this.protocolVersion,
      op: OPS[request.constructor.name],
      query: statements(request),
    };
    return sendStream.call(this, request, options, (error, response, length) => {
      const known = outcome(error, response);
      if (asked.op === 'AUTH_RESPONSE' && known.answer === 'READY') known.answer = 'AUTH_SUCCESS';
      log({ ...asked, ...known });
      callback(error, response, length);
    });
  };
  Connection.prototype.handleNodeEvent = function (header, event) {
    log({ op: 'EVENT', type: event.eventType, change: event.schemaChangeType ?? event.change });
    return handleNodeEvent.call(this, header, event);
  };
}

async function drive() {
  const require = createRequire(import.meta.url);
  watch(require('cassandra-driver/lib/connection.js'));
  const { Client, auth, types } = require('cassandra-driver');
  const client = new Client({
    contactPoints: [address],
    localDataCenter: 'datacenter1',
    authProvider: new auth.PlainTextAuthProvider('cassandra', 'cassandra'),
    pooling: { coreConnectionsPerHost: { [types.distance.local]: 3 } },
  });
  await client.connect();
  const failing = (promise) =>
    promise.then(
      () => {},
      () => {},
    );
  await client.execute(
    `CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  );
  await client.execute(`CREATE TYPE ${KEYSPACE}.address (street text, zip int)`);
  await client.execute(
    `CREATE TABLE ${KEYSPACE}.t (id int PRIMARY KEY, name text, tags set<text>, m map<text, frozen<list<int>>>, a frozen<address>, tu frozen<tuple<int, text>>)`,
  );
  await client.execute(`USE ${KEYSPACE}`);
  const insert = `INSERT INTO ${KEYSPACE}.t (id, name, tags) VALUES (?, ?, ?)`;
  const prepare = { prepare: true };
  const lane = async (first) => {
    for (let i = first; i < COUNT; i += 10) {
      await client.execute(insert, [i, `name ${i}`, ['a', 'é']], prepare);
      await client.execute(`SELECT * FROM ${KEYSPACE}.t WHERE id = ${i}`);
      if (i % 3 === 0) await client.execute(`SELECT * FROM ${KEYSPACE}.t WHERE id = ?`, [i], prepare);
      if (i % 5 === 0) await failing(client.execute(`SELECT * FROM ${KEYSPACE}.nothing_${i}`));
      if (i % 7 === 0) await failing(client.execute(`SELEKT ${i}`));
      if (i % 4 === 0)
        await client.batch(
          [
            { query: insert, params: [i + 100_000, 'b', []] },
            { query: insert, params: [i + 200_000, 'c', []] },
          ],
          prepare,
        );
      if (i % 6 === 0) await client.batch([`UPDATE ${KEYSPACE}.t SET name = 'u${i}' WHERE id = ${i}`]);
      if (i % 8 === 0)
        await client.execute(`SELECT id FROM ${KEYSPACE}.t`, [], { fetchSize: 20, traceQuery: i % 16 === 0 });
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, n) => lane(n)));
  // Every page of it.
  for await (const _ of client.stream(`SELECT id, name FROM ${KEYSPACE}.t`, [], {
    prepare: true,
    fetchSize: 50,
    autoPage: true,
  }));
  await failing(client.execute(`CREATE ROLE r_${COUNT} WITH PASSWORD = '${PASSWORD}' AND LOGIN = true`));
  await failing(client.execute(`ALTER ROLE r_${COUNT} WITH PASSWORD = '${PASSWORD}' AND AND`));
  await client.execute(`DROP TABLE ${KEYSPACE}.t`);
  await client.shutdown();
}

// ---- versions and compression that the driver does not have.

async function speak() {
  const v = Number(version);
  const body = bodies(v);
  const connection = await Connection.open(address, v, compression);
  const exchange = async (...requests) => {
    const answers = await connection.send(...requests.map(([op, sent, flags]) => [op, sent, flags]));
    answers.forEach((answer, i) => {
      const [op, , , query] = requests[i];
      const { op: told, type, rows, code } = answer;
      log({ version: v, op, query, answer: told, type, rows, code });
    });
    return answers;
  };
  const query = (text, pageSize, flags = 0) => ['QUERY', body.query(text, pageSize), flags, text];
  await exchange(['OPTIONS', Buffer.alloc(0)]);
  const options = { CQL_VERSION: '3.0.0', ...(compression === 'lz4' ? { COMPRESSION: 'lz4' } : {}) };
  await exchange(['STARTUP', body.startup(options)]);
  await exchange(['AUTH_RESPONSE', body.auth('cassandra', 'cassandra')]);
  await exchange(['REGISTER', body.register('SCHEMA_CHANGE', 'STATUS_CHANGE')]);
  const table = `${KEYSPACE}.t`;
  await exchange(
    query(
      `CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    ),
  );
  await exchange(query(`CREATE TABLE ${table} (id int PRIMARY KEY, name text)`));
  const insert = `INSERT INTO ${table} (id, name) VALUES (?, ?)`;
  const [prepared] = await exchange(['PREPARE', body.prepare(insert), 0, insert]);
  const execute = (i, text) => ['EXECUTE', body.execute(prepared, int(i), Buffer.from(text)), 0, insert];
  for (let i = 0; i < COUNT; i += 10) {
    // Many in one segment, and one that needs several.
    await exchange(
      ...Array.from({ length: 5 }, (_, n) => execute(i + n, `name ${n}`)),
      query(`SELECT * FROM ${table} WHERE id = ${i}`),
      query(`SELECT * FROM ${table} WHERE nothing = ${i}`),
      query(`SELECT id FROM ${table}`, 3, i % 20 === 0 ? 2 : 0),
      query(
        `INSERT INTO ${table} (id, name) VALUES (${i + 5}, '${'x'.repeat(i % 40 === 0 ? 300_000 : 2000)}')`,
      ),
    );
    const statements = [
      { text: `DELETE FROM ${table} WHERE id = ${i + 9}`, values: [] },
      { prepared, values: [int(i + 6), Buffer.from('b')] },
    ];
    await exchange(['BATCH', body.batch(statements), 0, [statements[0].text, insert]]);
  }
  // A large result.
  await exchange(query(`SELECT * FROM ${table}`));
  await exchange(query(`CREATE ROLE r_${KEYSPACE} WITH PASSWORD = '${PASSWORD}' AND LOGIN = true`));
  await exchange(query(`DROP TABLE ${table}`));
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const { type, change } of connection.events) log({ op: 'EVENT', type, change });
  await connection.close();
  // A wrong password.
  const refused = await Connection.open(address, v, 'none');
  for (const [op, sent] of [
    ['STARTUP', body.startup({ CQL_VERSION: '3.0.0' })],
    ['AUTH_RESPONSE', body.auth('cassandra', PASSWORD)],
  ]) {
    const [{ op: answer, type, rows, code }] = await refused.send([op, sent]);
    log({ version: v, op, answer, type, rows, code });
  }
  await refused.close();
}

await (mode === 'driver' ? drive() : speak());
