/** Thrift, binary protocol in frames: structs, lists, exceptions. */
import { be, join, sized } from '../bytes.js';
import { pair, tcpMix } from './mix.js';

const KIND = { call: 1, reply: 2, exception: 3 };
const TYPE = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, map: 13, list: 15 };

const field = (type, id, ...parts) => join(type, be(2, id), parts);
const struct = (...fields) => join(fields, 0);
const text = (value) => sized(4, value);
const double = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};

let sequence = 0;
const message = (kind, name, number, body) => sized(4, 0x80, 1, 0, kind, text(name), be(4, number), body);

/** A call with the fields of its arguments, and the field of its result. */
function call(name, request, result, kind = KIND.reply) {
  const number = ++sequence;
  return pair(
    message(KIND.call, name, number, struct(...request)),
    message(kind, name, number, struct(result)),
  );
}

const product = (i) =>
  struct(
    field(TYPE.i64, 1, be(8, 4711 + i)),
    field(TYPE.string, 2, text(`Product 00000000-${i}`)),
    field(TYPE.double, 3, double(i * 3 + 9.95)),
    field(TYPE.list, 4, TYPE.string, be(4, 2), text('shoes'), text('sale')),
    field(TYPE.bool, 5, i % 2),
  );
const products = (count) =>
  field(
    TYPE.list,
    0,
    TYPE.struct,
    be(4, count),
    Array.from({ length: count }, (_, i) => product(i)),
  );
const shelf = field(TYPE.string, 1, text('shelf-00000000'));
const id = field(TYPE.i64, 1, be(8, 4711));

const finds = [1, 2, 5, 10].map((count) =>
  call('findProducts', [shelf, field(TYPE.i32, 2, be(4, count))], products(count)),
);
const gets = [1, 2, 3].map((i) => call('getProduct', [id, shelf], field(TYPE.struct, 0, product(i))));
const stored = struct(
  field(TYPE.string, 1, text('customer-00000000')),
  field(TYPE.map, 2, TYPE.string, TYPE.i32, be(4, 2), text('shoes'), be(4, 1), text('socks'), be(4, 3)),
);
const writes = [
  call('storeOrder', [field(TYPE.struct, 1, stored)], field(TYPE.i64, 0, be(8, 17))),
  call('ping', [], join()),
  call('countItems', [field(TYPE.string, 1, text('cart-00000000'))], field(TYPE.i32, 0, be(4, 3))),
];
const refused = struct(
  field(TYPE.i32, 1, be(4, 17)),
  field(TYPE.string, 2, text('customer-00000000 is unknown')),
);
const errors = [
  call('storeOrder', [field(TYPE.struct, 1, stored)], field(TYPE.struct, 1, refused)),
  call('getProduct', [id, shelf], field(TYPE.struct, 1, refused)),
];

export const thrift = tcpMix({
  name: 'm5-thrift',
  about: 'Thrift binary framed, results of 1 to 10 structs, exceptions',
  protocol: 'thrift',
  port: 9090,
  rounds: [...finds, ...gets, ...writes, ...errors, ...finds],
});
