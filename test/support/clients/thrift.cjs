/**
 * Calls every method of live.thrift again and again, several at a time on several connections: one JSON line an exchange,
 * with what was sent and what came back in the words that the event must have.
 *
 *   node thrift.cjs FOLDER ADDRESS PORT COUNT
 */
const { createRequire } = require('node:module');

const [folder, address, port, count] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const thrift = load('thrift');
const Newer = load('./Newer.js');
const { Item } = load('./live_types.js');

const CONNECTIONS = 2;
const IN_FLIGHT = 6;
const FORMS = [
  ['TBufferedTransport', 'TBinaryProtocol'],
  ['TFramedTransport', 'TBinaryProtocol'],
  ['TBufferedTransport', 'TCompactProtocol'],
  ['TFramedTransport', 'TCompactProtocol'],
];
const text = (s) => (s.length > 200 ? `"${s.slice(0, 200)}..."` : `"${s}"`);
const few = (items) => (items.length > 15 ? [...items.slice(0, 15), '...'] : items).join(', ');
const pairs = (map) => `{${few(Object.entries(map).map(([k, v]) => `"${k}": ${v}`))}}`;
const shown = (item) =>
  `(1: "${item.name}", 2: ${item.price}${item.tags ? `, 3: [${few(item.tags.map(text))}]` : ''}, 4: ${item.sold})`;
const hex = (bytes) => bytes.subarray(0, 200).toString('hex') + (bytes.length > 200 ? '...' : '');

/** Call number n: method, arguments, parameters as shown, and how the value is shown. */
const KINDS = [
  () => ['ping', [], '', () => ''],
  (n) => ['add', [n, -2 * n], `left: ${n}, right: ${-2 * n}`, String],
  (n) => ['add', [2 ** 31 - 1, n + 1], `left: 2147483647, right: ${n + 1}`, String],
  (n) => ['wide', [-(2 ** 40) - n], `n: ${-(2 ** 40) - n}`, String],
  (n) => ['half', [n / 8], `x: ${n / 8}`, String],
  (n) => ['flip', [n % 2 === 0], `value: ${n % 2 === 0}`, String],
  (n) => ['many', [n % 30, 10], `count: ${n % 30}, size: 10`, (r) => `[${few(r.map(text))}]`],
  () => ['many', [4, 30_000], 'count: 4, size: 30000', (r) => `[${few(r.map(text))}]`],
  (n) => ['table', [{ a: n % 100, b: -1 }], `values: {"a": ${n % 100}, "b": -1}`, pairs],
  () => ['table', [{}], 'values: {}', pairs],
  (n) => ['unique', [[1, -128, n % 100]], `values: {1, -128, ${n % 100}}`, (r) => `{${few(r)}}`],
  (n) => {
    const item = new Item({
      name: `n${n} ü`,
      price: 1.25,
      sold: true,
      ...(n % 3 ? { tags: ['x', 'y'] } : {}),
    });
    return ['item', [item], `item: ${shown(item)}`, shown];
  },
  (n) => [
    'blob',
    [Buffer.alloc(1 + (n % 300), 0xfe)],
    `data: ${hex(Buffer.alloc(1 + (n % 300), 0xfe))}`,
    hex,
  ],
  (n) => ['slow', [n % 7], `ms: ${n % 7}`, text],
  (n) => ['fail', [`why ${n}`], `why: "why ${n}"`, String],
  (n) => ['missing', [n], `n: ${n}`, String],
  (n) => ['echo', [`${n}`.repeat(n % 200)], `text: ${text(`${n}`.repeat(n % 200))}`, text],
  (n) => ['forget', [`what ${n}`], `what: "what ${n}"`, null],
];

function failed(error) {
  if (error.name === 'Overflow') return `(overflow: (1: ${error.code}, 2: ${JSON.stringify(error.why)}))`;
  // The library does not send the type UNKNOWN, which is 0.
  return `(1: ${JSON.stringify(error.message)}${error.type ? `, 2: ${error.type}` : ''})`;
}

async function exchange(client, form, n) {
  const [method, args, params, show] = KINDS[n % KINDS.length](n);
  const entry = { form, query: `${method}(${params})` };
  const pending = client[method](...args);
  if (show) {
    try {
      entry.value = show(await pending);
    } catch (error) {
      entry.exceptions = failed(error);
    }
  } else {
    pending?.catch?.(() => {});
  }
  console.log(JSON.stringify(entry));
}

async function connection(form, first, step) {
  const [transport, protocol] = FORMS[form];
  const options = { transport: thrift[transport], protocol: thrift[protocol] };
  const connection = thrift.createConnection(address, Number(port) + form, options);
  const client = thrift.createClient(Newer, connection);
  let next = first;
  const lane = async () => {
    while (next < count) {
      const n = next;
      next += step;
      await exchange(client, form, n);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  connection.end();
}

const all = FORMS.length * CONNECTIONS;
Promise.all(Array.from({ length: all }, (_, i) => connection(i % FORMS.length, i, all)));
