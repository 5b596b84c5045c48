/** The output against a small server that answers as Elasticsearch does, well and badly. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultsOf } from '../../base/options.js';
import { Catalogue, declare } from '../../events/fields.js';
import { Delivery } from '../kit/delivery.js';
import type { Chunk, Output } from '../output.js';
import { elasticsearchOutput } from './elasticsearch.js';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Numbers of the events in a _bulk body. */
  readonly events: readonly number[];
}
type Reply = { status?: number; body?: unknown; cut?: boolean };

let server: Server;
let url: string;
let asked: Asked[];
let answer: (asked: Asked) => Reply;
let output: Output | undefined;
/** Of the template request. */
let refusal: Reply | undefined;

beforeEach(async () => {
  asked = [];
  refusal = undefined;
  answer = ({ events }) => accept(events.map(() => 201));
  server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await output?.close();
  output = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const raw = Buffer.concat(pieces);
  const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
  const bulk = (request.url ?? '').includes('/_bulk');
  const events = bulk
    ? body.split('\n').flatMap((line) => (line.startsWith('{"n":') ? [JSON.parse(line).n as number] : []))
    : [];
  const one = { method: request.method!, url: request.url!, headers: request.headers, body, events };
  asked.push(one);
  const template: Reply = refusal ?? {};
  const reply = bulk ? answer(one) : template;
  if (reply.cut) {
    request.socket.destroy();
    return;
  }
  response.writeHead(reply.status ?? 200, {
    'content-type': 'application/json',
    'x-elastic-product': 'Elasticsearch',
  });
  response.end(JSON.stringify(reply.body ?? {}));
}

const accept = (statuses: readonly number[]): Reply => ({
  body: {
    errors: statuses.some((status) => status >= 300),
    items: statuses.map((status) => ({
      create: { status, ...(status >= 300 ? { error: { type: 'kind', reason: 'because' } } : {}) },
    })),
  },
});

const catalogue = new Catalogue([declare({ n: { type: 'long', about: '' } })]);
const context = { catalogue, version: '1.2.3', precision: 3 as const };

async function open(settings: object = {}): Promise<Output> {
  const options = { ...defaultsOf(elasticsearchOutput.options), hosts: [url], ...settings };
  output = elasticsearchOutput.create(options, context);
  await output.open();
  asked = [];
  return output;
}

/** Events numbered from `from` on, as the encoder writes them. */
function chunk(count: number, from = 0): Chunk {
  const lines = Array.from(
    { length: count },
    (_, i) => `${elasticsearchOutput.linePrefix}{"n":${from + i}}\n`,
  );
  return { bytes: Buffer.from(lines.join('')), events: count };
}

const numbersOf = ({ bytes }: Chunk) =>
  [
    ...Buffer.from(bytes)
      .toString()
      .matchAll(/"n":(\d+)/g),
  ].map(([, n]) => Number(n));
const sent = () => asked.map(({ events }) => events);

describe('a chunk', () => {
  it.each([0, 1, 9])('goes as _bulk lines into the data stream, gzip level %i', async (level) => {
    const es = await open({ compression_level: level });
    expect((await es.write(chunk(3))).retry).toBeUndefined();
    const [{ method, url: path, headers, body }] = asked as [Asked];
    expect(method).toBe('POST');
    expect(path).toMatch(/^\/packetbeat-1\.2\.3\/_bulk\?/);
    expect(headers['content-type']).toContain('x-ndjson');
    expect(headers['content-encoding']).toBe(level > 0 ? 'gzip' : undefined);
    expect(body).toBe(Buffer.from(chunk(3).bytes).toString());
  });

  it('is sent in pieces of bulk_max_size', async () => {
    const es = await open({ bulk_max_size: 2 });
    await es.write(chunk(5));
    expect(sent()).toEqual([[0, 1], [2, 3], [4]]);
    expect(es.counters()['output.elasticsearch.requests']).toBe(3);
  });

  it('is judged item by item: 201, 409, 429, 500, 400', async () => {
    const es = await open();
    answer = () => accept([201, 409, 429, 500, 400]);
    const { retry, dropped, reason } = await es.write(chunk(5));
    expect(numbersOf(retry!)).toEqual([2, 3]);
    expect(retry!.events).toBe(2);
    expect(dropped).toBe(1);
    expect(reason).toContain('kind: because');
    expect(es.counters()).toMatchObject({
      'output.elasticsearch.duplicates': 1,
      'output.elasticsearch.rejected': 1,
      'output.elasticsearch.failures': 0,
    });
    answer = () => accept([201, 400]);
    expect((await es.write(retry!)).reason).toBeUndefined();
  });

  it('that the reply says too little of is not taken as delivered', async () => {
    const es = await open();
    answer = () => ({ body: {} });
    expect((await es.write(chunk(2))).retry?.events).toBe(2);
    answer = () => ({ body: { errors: true, items: [{ create: { status: 201 } }] } });
    expect(numbersOf((await es.write(chunk(2))).retry!)).toEqual([1]);
  });
});

describe('a request that is refused as a whole', () => {
  it.each([429, 500, 502, 503])('%i is sent again', async (status) => {
    const es = await open();
    answer = () => ({ status, body: { error: { reason: 'busy' } } });
    expect(numbersOf((await es.write(chunk(3))).retry!)).toEqual([0, 1, 2]);
    expect(asked.length).toBe(1);
  });

  it('400 is given up, with the reason', async () => {
    const es = await open();
    answer = () => ({ status: 400, body: { error: { reason: 'malformed' } } });
    const { retry, dropped, reason } = await es.write(chunk(3));
    expect([retry, dropped]).toEqual([undefined, 3]);
    expect(reason).toContain('400 malformed');
  });

  it.each([401, 403])('%i keeps the events and says why', async (status) => {
    const es = await open({ username: 'me', password: 'secret' });
    answer = () => ({ status, body: { error: { reason: 'who are you' } } });
    const { retry, dropped, reason } = await es.write(chunk(3));
    expect([retry!.events, dropped]).toEqual([3, 0]);
    expect(reason).toContain(`${status} who are you`);
    expect(reason).not.toContain('secret');
    expect(es.counters()['output.elasticsearch.rejected']).toBe(0);
  });

  it('413 is split until it fits; an event that is too large by itself is given up', async () => {
    const es = await open();
    answer = ({ events }) =>
      events.length > 2 || events.includes(5) ? { status: 413 } : accept(events.map(() => 201));
    const { retry, dropped } = await es.write(chunk(9));
    expect([retry, dropped]).toEqual([undefined, 1]);
    const accepted = sent()
      .filter((events) => events.length <= 2 && !events.includes(5))
      .flat();
    expect(accepted).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
  });
});

describe('a connection that is cut', () => {
  it('leaves the whole chunk to be sent again', async () => {
    const es = await open();
    answer = () => ({ cut: true });
    const { retry, reason } = await es.write(chunk(3));
    expect(numbersOf(retry!)).toEqual([0, 1, 2]);
    expect(reason).toMatch(/output\.elasticsearch: .*ConnectionError/);
  });

  it('never sends again what was acknowledged before', async () => {
    const es = await open({ bulk_max_size: 2 });
    answer = ({ events }) =>
      events.includes(2) ? { cut: true } : accept(events.map((n) => (n === 1 ? 400 : 201)));
    const { retry, dropped } = await es.write(chunk(5));
    expect(numbersOf(retry!)).toEqual([2, 3, 4]);
    expect([retry!.events, dropped]).toEqual([3, 1]);
    expect(sent()).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('and comes back is bridged by the delivery, without loss', async () => {
    const es = await open({ bulk_max_size: 10 });
    const kept = new Set<number>();
    let n = 0;
    answer = ({ events }) => {
      n++;
      if (n % 4 === 1) return { cut: true };
      if (n % 4 === 2) return { status: 429 };
      const statuses = events.map((_, i) => ((i + n) % 3 === 0 ? 429 : 201));
      events.forEach((event, i) => {
        if (statuses[i] !== 201) return;
        expect(kept.has(event)).toBe(false);
        kept.add(event);
      });
      return accept(statuses);
    };
    const delivery = new Delivery(es, { maxRetries: -1, backoffInit: 0.001, backoffMax: 0.001 }, () => {});
    for (let from = 0; from < 200; from += 50) delivery.push({ ...chunk(50, from), done: () => {} });
    await delivery.drain();
    expect(kept.size).toBe(200);
    expect([delivery.acked, delivery.dropped]).toEqual([200, 0]);
  });
});

describe('opening', () => {
  const raw = async (settings: object) => {
    output = elasticsearchOutput.create(
      { ...defaultsOf(elasticsearchOutput.options), hosts: [url], ...settings },
      context,
    );
    await output.open();
    return asked;
  };

  it('sets up the template, unless told not to', async () => {
    const [{ method, url: path, body }] = (await raw({})) as [Asked];
    expect([method, path]).toEqual(['PUT', '/_index_template/packetbeat-1.2.3?create=true']);
    expect(JSON.parse(body)).toMatchObject({ index_patterns: ['packetbeat-1.2.3*'], data_stream: {} });
    await output!.close();
    asked = [];
    expect(await raw({ 'template.enabled': false })).toEqual([]);
  });

  it("leaves a user's template as it is", async () => {
    refusal = {
      status: 400,
      body: { error: { reason: 'index template [packetbeat-1.2.3] already exists' } },
    };
    expect((await raw({})).length).toBe(1);
  });

  it('shows who it is, by password or key, below a path', async () => {
    const [password] = (await raw({ username: 'me', password: 'secret', path: '/es' })) as [Asked];
    expect(password.headers.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    expect(password.url).toBe('/es/_index_template/packetbeat-1.2.3?create=true');
    await output!.close();
    asked = [];
    const [key] = (await raw({ api_key: 'id:key' })) as [Asked];
    expect(key.headers.authorization).toBe(`ApiKey ${Buffer.from('id:key').toString('base64')}`);
  });

  it('fails with a code, the host and the reason, without the password', async () => {
    refusal = { status: 401, body: { error: { reason: 'who are you' } } };
    const opening = raw({ hosts: [url.replace('//', '//me:secret@')] });
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_PBFAST_OUTPUT',
      message: `output.elasticsearch: ${url}: 401 who are you`,
    });
  });
});
