/** Serves live.thrift on four ports from PORT on: buffered and framed, binary and compact. `node thrift-server.cjs FOLDER PORT` */
const { createRequire } = require('node:module');

const [folder, port] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const thrift = load('thrift');
const Live = load('./Live.js');
const { Overflow } = load('./live_types.js');

const handler = {
  echo: (text, done) => done(null, text),
  ping: (done) => done(null),
  add: (left, right, done) =>
    left + right < 2 ** 31
      ? done(null, left + right)
      : done(new Overflow({ code: -7, why: `${left} "plus" ${right}` })),
  wide: (n, done) => done(null, n),
  half: (x, done) => done(null, x / 2),
  flip: (value, done) => done(null, !value),
  many: (count, size, done) =>
    done(
      null,
      Array.from({ length: count }, () => 'x'.repeat(size)),
    ),
  table: (values, done) => done(null, values),
  unique: (values, done) => done(null, values),
  item: (item, done) => done(null, item),
  blob: (data, done) => done(null, data),
  slow: (ms, done) => setTimeout(() => done(null, `after ${ms}`), ms),
  fail: (why) => {
    throw new Error(why);
  },
  forget: () => {},
};

const forms = [
  ['TBufferedTransport', 'TBinaryProtocol'],
  ['TFramedTransport', 'TBinaryProtocol'],
  ['TBufferedTransport', 'TCompactProtocol'],
  ['TFramedTransport', 'TCompactProtocol'],
];
for (const [n, [transport, protocol]] of forms.entries()) {
  thrift
    .createServer(Live, handler, { transport: thrift[transport], protocol: thrift[protocol] })
    .listen(Number(port) + n);
}
