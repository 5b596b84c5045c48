/** HTTP over keep-alive connections. */
import { httpRequest, httpResponse } from '../../dist/demo/messages.js';
import { Random } from '../../dist/demo/random.js';
import { exchange, writeConnections } from '../connections.js';

const SEED = 4711;

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1',
  'python-requests/2.32.3',
];
const TARGETS = [
  ['GET', '/api/v1/products/00000000?fields=name,price,stock', 200],
  ['GET', '/static/img/00000000.png', 304],
  ['GET', '/search?q=shoes&page=2&session=00000000', 200],
  ['POST', '/api/v1/cart/00000000/items', 201],
  ['GET', '/users/00000000/profile', 200],
  ['PUT', '/api/v1/orders/00000000', 200],
  ['DELETE', '/api/v1/cart/00000000', 204],
  ['GET', '/missing/00000000', 404],
  ['GET', '/api/v1/recommendations/00000000', 200],
  ['GET', '/report/00000000', 500],
];

/** `count` HTTP exchanges of about 350 bytes up; `bodyBytes(random)` down where the status allows a body. */
function httpExchanges(count, bodyBytes) {
  const random = new Random(SEED);
  return Array.from({ length: count }, (_, i) => {
    const [method, target, status] = TARGETS[i % TARGETS.length];
    const writes = method === 'POST' || method === 'PUT';
    const request = httpRequest({
      method,
      target,
      host: `shop-${i % 7}.example.com`,
      agent: AGENTS[i % AGENTS.length],
      headers: `Accept-Language: en-GB,en;q=0.9\r\nCookie: sid=${random.below(2 ** 31).toString(36)}; theme=dark\r\n`,
      body: writes ? '{"id":4711,"quantity":2}' : '',
    });
    const headers = `ETag: "${random.below(2 ** 31).toString(16)}"\r\nCache-Control: private, max-age=60\r\n`;
    const body = 'x'.repeat(bodyBytes(random));
    return exchange(80, request, httpResponse({ status, type: 'application/json', headers, body }));
  });
}

const ROUNDS = 20;

const httpMix = (name, about, exchanges, bodyBytes) => ({
  name,
  about,
  protocol: 'http',
  exchanges,
  unit: ROUNDS,
  write(file, count) {
    writeConnections(file, {
      port: 80,
      connections: count / ROUNDS,
      rounds: httpExchanges(ROUNDS, bodyBytes),
    });
    return { exchanges: count, flows: count / ROUNDS };
  },
});

export const http = [
  httpMix('m1-http', 'HTTP keep-alive, 20 exchanges a connection', 400_000, (random) => random.below(200)),
  httpMix('m1k-http', 'the same with bodies of 1 KB', 400_000, () => 1024),
  httpMix('m2-http-30kb', 'the same with bodies of 30 KB', 40_000, () => 30_000),
];
