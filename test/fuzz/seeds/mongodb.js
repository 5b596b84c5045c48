/** MongoDB messages that the fuzzer starts from. */
import { deflateSync } from 'node:zlib';
import { BSON } from 'mongodb';

const i32 = (...numbers) => Buffer.from(Int32Array.from(numbers).buffer);
const message = (opcode, id, to, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([i32(16 + body.length, id, to, opcode), body]);
};
const body = (document) => Buffer.concat([Buffer.from([0]), BSON.serialize(document)]);
const sequence = (name, ...documents) => {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((d) => BSON.serialize(d))]);
  return Buffer.concat([Buffer.from([1]), i32(content.length + 4), content]);
};
const namespace = Buffer.from('d.c\0');
const every = {
  find: 'c',
  filter: {
    a: [1, 2.5, null, true, { b: new BSON.ObjectId('55b0f4dcb643765eb250bef1') }],
    r: new BSON.BSONRegExp('a', 'i'),
  },
  code: new BSON.Code('f()', { x: 1 }),
  when: new Date(0),
  bytes: new BSON.Binary(Buffer.from('abc'), 2),
  decimal: BSON.Decimal128.fromString('1.5'),
  at: new BSON.Timestamp({ t: 1, i: 2 }),
  long: BSON.Long.fromString('9223372036854775807'),
  speculativeAuthenticate: { payload: new BSON.Binary(Buffer.from('x')) },
  $db: 'd',
};
const packed = deflateSync(
  Buffer.concat([i32(0), body({ ok: 1, cursor: { id: 1, firstBatch: [{ a: 1 }] } })]),
);

export const seeds = [
  message(2013, 1, 0, i32(0), body(every)),
  message(2013, 2, 1, i32(0), body({ cursor: { id: 5, firstBatch: [{ a: 1 }, { b: 'x' }] }, ok: 1 })),
  message(2013, 1, 0, i32(2), body({ insert: 'c', $db: 'd' }), sequence('documents', { a: 1 }, { b: 2 })),
  message(2013, 2, 1, i32(3), sequence('cursor.nextBatch', { a: 1 }), body({ ok: 1 }), i32(0)),
  message(2013, 2, 1, i32(0), body({ ok: 0, code: 1, errmsg: 'e', writeErrors: [{ index: 0 }] })),
  message(
    2004,
    1,
    0,
    i32(0),
    Buffer.from('d.$cmd\0'),
    i32(0, -1),
    BSON.serialize({ $query: { isMaster: 1 } }),
  ),
  message(1, 2, 1, i32(2, 1, 0, 0, 2), BSON.serialize({ $err: 'x' }), BSON.serialize({ a: 1 })),
  message(2001, 1, 0, i32(0), namespace, i32(0), BSON.serialize({ a: 1 }), BSON.serialize({ b: 1 })),
  message(2002, 1, 0, i32(0), namespace, BSON.serialize({ pwd: 'x' })),
  message(2005, 1, 0, i32(0), namespace, i32(5, 1, 2)),
  message(2006, 1, 0, i32(0), namespace, i32(0), BSON.serialize({ a: 1 })),
  message(2007, 1, 0, i32(0, 1, 5, 6)),
  message(1000, 1, 0, Buffer.from('hello\0')),
  message(2012, 2, 1, i32(2013, 76), Buffer.from([2]), packed),
].map((bytes) => bytes.toString('latin1'));
