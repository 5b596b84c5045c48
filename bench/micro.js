/**
 * Cursor, rows and pairing alone, in one process: for work on one of them, not for claims. Operations a second, and their
 * time, with the error of the mean that `benchmark` gives.
 *   node bench/micro.js [cursor|rows|pairing ...]
 */
import Benchmark from 'benchmark';
import { Cursor } from '../dist/base/cursor.js';
import { httpRequest } from '../dist/demo/messages.js';
import { constant } from '../dist/events/constants.js';
import { envelope, shared } from '../dist/events/envelope.js';
import { Catalogue } from '../dist/events/fields.js';
import { Rows } from '../dist/events/rows.js';
import { Deadlines } from '../dist/protocols/kit/deadlines.js';
import { ByKey, InOrder, Request } from '../dist/protocols/kit/pairing.js';

const LF = 10;
const REQUEST = {
  method: 'GET',
  target: '/api/v1/products/4711',
  host: 'shop.example.com',
  agent: 'Mozilla/5.0 (X11)',
};

/** Results go here, so that no work can be left out. */
let sink = 0;

function cursor(suite) {
  const memory = new Uint8Array(1 << 16);
  const bytes = Buffer.from(httpRequest(REQUEST), 'latin1');
  memory.set(bytes, 1000);
  const reader = new Cursor();
  suite.add(`cursor: lines of a request of ${bytes.length} bytes`, () => {
    reader.reset(memory, 1000, 1000 + bytes.length, 1, 2);
    for (let at = reader.find(LF); at >= 0; at = reader.find(LF)) {
      reader.pos = at + 1;
      reader.commit();
      sink += at;
    }
  });
  suite.add('cursor: 16 numbers of 2 and 4 bytes', () => {
    reader.reset(memory, 1000, 1064, 1, 2);
    for (let i = 0; i < 8; i++) sink += reader.u16be() + reader.u32be();
    reader.commit();
  });
}

function rows(suite) {
  new Catalogue([envelope, shared]);
  const memory = new Uint8Array(1 << 20);
  const all = new Rows(memory, (_region, words) => {
    sink += words;
  });
  const [get, ok] = [constant('GET'), constant('OK')];
  let sent = 0;
  suite.add('rows: an event of 6 fields, sent and settled in batches of 64', () => {
    const row = all.take();
    row.clear();
    row.start(1, 2);
    row.end(1, 3);
    row.requestBytes(350);
    row.responseBytes(200);
    row.word(shared.method, get);
    row.word(shared['event.action'], get);
    row.text(shared.query, memory, 100, 160);
    row.text(shared.resource, memory, 200, 230);
    row.text(shared.request, memory, 300, 650);
    row.string(shared['error.message'], 'none');
    row.status = ok;
    all.send(row);
    if (++sent % 64 === 0) all.settle();
  });
}

function pairing(suite) {
  const options = () => ({
    deadlines: new Deadlines(),
    timeoutSeconds: 10,
    unanswered: () => {
      sink++;
    },
    counter: { name: 'unanswered', value: 0 },
  });
  const order = new InOrder(options());
  const keyed = new ByKey(options());
  const requests = Array.from({ length: 8 }, () => new Request());
  suite.add('pairing: 8 requests in order', () => {
    for (const request of requests) order.push(request);
    while (order.shift()) sink++;
  });
  suite.add('pairing: 8 requests by key, answered in another order', () => {
    for (let i = 0; i < 8; i++) keyed.put(i * 257, requests[i]);
    for (let i = 0; i < 8; i++) if (keyed.take(((i * 3) & 7) * 257)) sink++;
  });
}

const GROUPS = { cursor, rows, pairing };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(GROUPS);
const suite = new Benchmark.Suite();
for (const name of wanted) {
  if (!Object.hasOwn(GROUPS, name))
    throw new Error(`no group ${name}; there are ${Object.keys(GROUPS).join(', ')}`);
  GROUPS[name](suite);
}
suite.on('cycle', ({ target }) => {
  if (target.error) {
    console.error(`${target.name}: ${target.error}`);
    process.exitCode = 1;
    return;
  }
  const nanos = (1e9 / target.hz).toFixed(0);
  console.log(
    `${target.name}: ${nanos} ns, ${Math.round(target.hz).toLocaleString('en')} a second ±${target.stats.rme.toFixed(1)} %`,
  );
});
suite.run();
if (Number.isNaN(sink)) process.exitCode = 1;
