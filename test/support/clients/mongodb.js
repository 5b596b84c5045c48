/**
 * Drives a MongoDB server with the npm driver: node mongodb.js ADDRESS ROUNDS. Prints what the driver's own command
 * monitoring says, one JSON line an exchange, in the terms of our events.
 */
import { BSON, MongoClient } from 'mongodb';

const [address, rounds] = [process.argv[2], Number(process.argv[3])];
const LEFT_OUT = new Set(['$db', 'lsid', '$clusterTime']);
const DATA = { insert: 'documents', update: 'updates', findAndModify: 'update' };
const LARGE = 1200;

const started = new Map();
const lines = [];

function connect(maxPoolSize) {
  const client = new MongoClient(`mongodb://${address}:27017/?directConnection=true`, {
    monitorCommands: true,
    maxPoolSize,
    retryReads: false,
    retryWrites: false,
  });
  client.on('commandStarted', (event) => started.set(event.requestId, event));
  client.on('commandSucceeded', (event) => ended(event, event.reply));
  client.on('commandFailed', ({ requestId, failure }) =>
    ended({ requestId }, failure.errorResponse, failure.errorResponse ?? failure),
  );
  return client;
}

const client = connect(8);
// FerretDB answers unacknowledged writes too, which the driver would take for the answer to its next command.
const careless = connect(1);
const db = client.db('shop');

/** JSON as our events have it. */
function text(value) {
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (value === null) return 'null';
  if (value instanceof Map) return text(Object.fromEntries(value));
  if (value instanceof Date) return JSON.stringify(value.toISOString().replace(/\.?0*Z$/, 'Z'));
  if (value instanceof RegExp)
    return `{"Pattern":${JSON.stringify(value.source)},"Options":"${value.flags}"}`;
  switch (value?._bsontype) {
    case 'ObjectId':
      return `"${value.toHexString()}"`;
    case 'Long':
      return value.toString();
    case 'Int32':
    case 'Double':
      return String(value.value);
    case 'Binary':
      return `{"Subtype":${value.sub_type},"Data":"${value.toString('base64')}"}`;
    case 'Timestamp':
      return `{"T":${value.t},"I":${value.i}}`;
    case 'Decimal128':
      return `"${value.toString()}"`;
  }
  if (typeof value !== 'object') return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${text(v)}`).join(',')}}`;
}

/** What the query field must say. */
function query({ commandName, databaseName, command }) {
  const target = command[commandName];
  const collection =
    commandName === 'getMore' ? command.collection : typeof target === 'string' ? target : '$cmd';
  const skipped = new Set([...LEFT_OUT, DATA[commandName]]);
  const entries = Object.entries(command).filter(
    ([key, value], i) =>
      !skipped.has(key) &&
      (i > 0 || (typeof value === 'object' && value?._bsontype === undefined)) &&
      !(commandName === 'getMore' && key === 'collection'),
  );
  const resource = `${databaseName}.${collection}`;
  return { resource, query: `${resource}.${commandName}(${text(Object.fromEntries(entries))})` };
}

function ended(event, reply, failure) {
  const begun = started.get(event.requestId);
  started.delete(event.requestId);
  const batch = reply?.cursor?.firstBatch ?? reply?.cursor?.nextBatch;
  const errors = reply?.writeErrors ?? failure?.writeErrors;
  lines.push({
    method: begun.commandName,
    ...query(begun),
    status: failure || errors || reply?.ok === 0 ? 'Error' : 'OK',
    error: errors ? text(errors) : failure?.errmsg,
    code: failure?.code === undefined ? undefined : String(failure.code),
    returned: batch?.length,
    cursor: reply?.cursor ? String(reply.cursor.id) : undefined,
    unacknowledged: begun.command.writeConcern?.w === 0 || undefined,
    response: batch && batch.length <= 10 ? batch.map(text).join('\n') : undefined,
  });
}

const failing = (promise) =>
  promise.then(
    () => undefined,
    () => undefined,
  );

const every = {
  _id: 'every',
  double: 1.5,
  text: 'quote " backslash \\ newline \n ü 😀',
  nested: { list: [1, { deep: null }], empty: {} },
  binary: new BSON.Binary(Buffer.from('some bytes')),
  id: new BSON.ObjectId('55b0f4dcb643765eb250bef1'),
  yes: true,
  when: new Date('2015-05-04T12:44:33.340Z'),
  pattern: /^a.*b$/i,
  int: new BSON.Int32(-7),
  long: BSON.Long.fromString('9007199254740993'),
  at: new BSON.Timestamp({ t: 1550768363, i: 7 }),
};

async function round(n) {
  const things = db.collection(`things${n % 4}`);
  const tag = `r${n}`;
  await things.insertOne({ _id: `${tag}-one`, n, tag });
  await things.insertMany(
    Array.from({ length: 35 }, (_, i) => ({ _id: `${tag}-${i}`, i, tag, text: 'x'.repeat(50) })),
  );
  await things.find({ tag }, { batchSize: 10 }).toArray();
  await things
    .find({ tag, i: { $gte: 30 } })
    .sort({ i: 1 })
    .limit(3)
    .toArray();
  await things.findOne({ _id: `${tag}-one` });
  await things.updateOne({ _id: `${tag}-one` }, { $set: { n: n + 1 } });
  await things.updateMany({ tag }, { $inc: { n: 1 } });
  await things.countDocuments({ tag });
  await things.estimatedDocumentCount();
  await things.distinct('tag', { tag });
  await things.findOneAndUpdate({ _id: `${tag}-one` }, { $set: { seen: true } });
  await things.aggregate([{ $match: { tag } }, { $group: { _id: '$tag', total: { $sum: '$i' } } }]).toArray();
  await failing(things.insertOne({ _id: `${tag}-one` }));
  await failing(things.insertMany([{ _id: `${tag}-one` }, { _id: `${tag}-new` }], { ordered: false }));
  await failing(db.command({ noSuchCommand: 1, tag }));
  await failing(things.find({ tag: { $noSuchOperator: 1 } }).toArray());
  await failing(db.command({ getMore: BSON.Long.fromString('1234567890123456789'), collection: 'things0' }));
  const cursor = things.find({ tag }, { batchSize: 5 });
  await cursor.next();
  await cursor.close();
  await careless
    .db('shop')
    .collection('unseen')
    .insertOne({ tag }, { writeConcern: { w: 0 } });
  await things.deleteMany({ tag, i: { $lt: 5 } });
  await db.admin().ping();
}

await client.connect();
await db.collection('all').insertOne(every);
await db.collection('all').findOne({ _id: 'every', pattern: every.pattern, when: every.when, id: every.id });
await failing(db.createCollection('all'));
await db
  .collection('large')
  .insertMany(Array.from({ length: LARGE }, (_, i) => ({ _id: i, text: 'l'.repeat(1000) })));
await db
  .collection('large')
  .find({}, { batchSize: LARGE + 1 })
  .toArray();
await db.collection('large').createIndex({ text: 1 });
await db.listCollections().toArray();
await db.collection('large').indexes();
await db.command({ buildInfo: 1 });
for (let n = 0; n < rounds; n += 8) {
  await Promise.all(Array.from({ length: Math.min(8, rounds - n) }, (_, i) => round(n + i)));
}
await db.dropCollection('large');
await db.dropDatabase();
const pending = started.size;
for (const one of [client, careless]) {
  one.removeAllListeners();
  await one.close();
}
if (pending > 0) throw new Error(`${pending} commands did not end`);
for (const line of lines) console.log(JSON.stringify(line));
