import { BSON } from 'mongodb';

/** An OP_MSG of one document. */
const message = (id, to, document) => {
  const body = BSON.serialize(document);
  const head = Buffer.from(Int32Array.from([21 + body.length, id, to, 2013, 0]).buffer);
  return Buffer.concat([head, Buffer.from([0]), body]).toString('latin1');
};

export const example = {
  packets: [
    ['client', message(7, 0, { find: 'users', filter: { name: 'alice' }, limit: 1, $db: 'shop' })],
    [
      'server',
      message(9, 7, { cursor: { firstBatch: [{ name: 'alice', age: 30 }], id: 0, ns: 'shop.users' }, ok: 1 }),
    ],
  ],
};
