/** MongoDB: OP_MSG with commands of every day, some failing. */
import { join, le } from '../bytes.js';
import { pair, tcpMix } from './mix.js';

const OP_MSG = 2013;

/** A value that is neither text, number, document nor list. */
const typed = (type, bytes) => ({ bson: type, bytes });
const objectId = typed(7, join('shop00000000'));
const date = typed(9, join(le(6, 1_767_225_600_000), 0, 0));

function element(name, value) {
  if (typeof value === 'string') return [2, `${name}\0`, le(4, value.length + 1), `${value}\0`];
  if (typeof value === 'boolean') return [8, `${name}\0`, value ? 1 : 0];
  if (value === null) return [10, `${name}\0`];
  if (typeof value === 'number') return number(name, value);
  if (value.bson) return [value.bson, `${name}\0`, value.bytes];
  return [Array.isArray(value) ? 4 : 3, `${name}\0`, document(value)];
}

function number(name, value) {
  if (Number.isInteger(value)) return [16, `${name}\0`, le(4, value)];
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [1, `${name}\0`, bytes];
}

function document(fields) {
  const body = join(Object.entries(fields).map(([name, value]) => element(name, value)));
  return join(le(4, body.length + 5), body, 0);
}

function message(id, answers, ...sections) {
  const body = join(le(4, 0), sections);
  return join(le(4, body.length + 16), le(4, id), le(4, answers), le(4, OP_MSG), body);
}

let ids = 100;

/** A command and its answer; `sequence` is [name, documents] of a section of its own. */
function command(fields, answer, sequence) {
  const id = ids++;
  const sections = [
    0,
    document({ ...fields, lsid: { id: typed(5, join(le(4, 16), 4, '00000000saltsalt')) }, $db: 'shop' }),
  ];
  if (sequence) {
    const body = join(`${sequence[0]}\0`, sequence[1].map(document));
    sections.push(1, le(4, body.length + 4), body);
  }
  return pair(message(id, 0, ...sections), message(id + 5000, id, 0, document(answer)));
}

const product = (i) => ({
  _id: objectId,
  name: `Product 00000000-${i}`,
  price: i * 3 + 9.95,
  tags: ['shoes', 'sale', `brand-${i}`],
  stock: { london: i, paris: 17 },
  changed: date,
  note: i % 3 ? 'ships today' : null,
});
const many = (count) => Array.from({ length: count }, (_, i) => product(i));
const cursor = (name, docs, more = 0) => ({
  cursor: { [name]: docs, id: typed(18, join(le(6, more), 0, 0)), ns: 'shop.products' },
  ok: 1,
});
const done = (n, extra = {}) => ({ n, ...extra, ok: 1 });

const finds = [1, 3, 8, 20].map((count) =>
  command(
    {
      find: 'products',
      filter: { shelf: 'shelf-00000000', price: { $lt: 100 } },
      sort: { price: 1 },
      limit: count,
    },
    cursor('firstBatch', many(count), count === 20 ? 4711 : 0),
  ),
);
const inserts = [1, 5].map((count) =>
  command({ insert: 'orders', ordered: true }, done(count), ['documents', many(count)]),
);
const others = [
  command(
    { getMore: typed(18, join(le(6, 4711), 0, 0)), collection: 'products', batchSize: 10 },
    cursor('nextBatch', many(10)),
  ),
  command({ update: 'carts', ordered: true }, done(1, { nModified: 1 }), [
    'updates',
    [{ q: { session: '00000000' }, u: { $set: { quantity: 3 } } }],
  ]),
  command({ delete: 'sessions' }, done(1), ['deletes', [{ q: { token: 'token-00000000' }, limit: 1 }]]),
  command(
    {
      aggregate: 'orders',
      pipeline: [
        { $match: { customer: 'customer-00000000' } },
        { $group: { _id: '$state', n: { $sum: 1 } } },
      ],
      cursor: {},
    },
    cursor('firstBatch', [
      { _id: 'new', n: 3 },
      { _id: 'paid', n: 12 },
    ]),
  ),
  command(
    { findAndModify: 'counters', query: { _id: 'orders-00000000' }, update: { $inc: { n: 1 } }, new: true },
    { value: { n: 4711 }, ok: 1 },
  ),
  command({ count: 'products', query: { shelf: '00000000' } }, done(17)),
];
const errors = [
  command(
    { insert: 'users', documents: [{ _id: 'ada-00000000' }] },
    {
      n: 0,
      writeErrors: [
        {
          index: 0,
          code: 11_000,
          errmsg: 'E11000 duplicate key error collection: shop.users dup key: { _id: "ada-00000000" }',
        },
      ],
      ok: 1,
    },
  ),
  command(
    { find: 'products', filter: { $where00000000: 1 } },
    { ok: 0, errmsg: 'unknown top level operator: $where00000000', code: 2, codeName: 'BadValue' },
  ),
];

export const mongodb = tcpMix({
  name: 'm5-mongodb',
  about: 'MongoDB OP_MSG, find of 1 to 20 documents, writes, errors',
  protocol: 'mongodb',
  port: 27_017,
  rounds: [...finds, ...inserts, ...others, ...errors],
});
