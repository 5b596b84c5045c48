/**
 * Elasticsearch: `create` operations into a data stream, the encoder's bytes as they are, results handled item by item.
 */
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Client, ClientOptions, errors } from '@elastic/elasticsearch';
import { PbfastError } from '../../base/errors.js';
import { duration, flag, integer, type OptionsOf, strings, text } from '../../base/options.js';
import { afterLines } from '../kit/lines.js';
import { type Chunk, type Output, type OutputContext, output, type Result } from '../output.js';
import { nodeUrl, withoutCredentials } from './hosts.js';
import { type BulkReply, judge } from './reply.js';
import { buildTemplate } from './template.js';

const options = {
  hosts: strings(['http://localhost:9200'], 'URLs, or host:port.'),
  protocol: text('http', 'For hosts without one.', ['http', 'https']),
  path: text('', 'Path before the API.'),
  username: text('', 'Basic authentication.'),
  password: text('', 'Basic authentication.'),
  api_key: text('', '`id:key`, or the encoded key.'),
  index: text('packetbeat-%{[agent.version]}', 'Data stream to write to.'),
  compression_level: integer(1, 'gzip level of requests, 0 for none.', { min: 0, max: 9 }),
  bulk_max_size: integer(1600, 'Events in a request.', { min: 1 }),
  max_retries: integer(3, 'How often an event is sent again; below 0: for ever.'),
  'backoff.init': duration(1, 'Pause before the first retry.'),
  'backoff.max': duration(60, 'Longest pause.'),
  timeout: duration(90, 'For a request.'),
  'ssl.certificate_authorities': strings([], 'Files with the CAs to trust.'),
  'ssl.verification_mode': text('full', 'none: do not verify the server.', [
    'full',
    'strict',
    'certificate',
    'none',
  ]),
  'ssl.certificate': text('', 'File with the client certificate.'),
  'ssl.key': text('', 'File with its key.'),
  'template.enabled': flag(true, 'Set up the index template at start, where there is none of its name.'),
  worker: integer(1, 'Accepted, without effect.'),
  workers: integer(1, 'Accepted, without effect.'),
  loadbalance: flag(true, 'Accepted: hosts are taken in turn.'),
  preset: text('custom', 'Accepted, without effect.'),
  escape_html: flag(false, 'Accepted, without effect.'),
  allow_older_versions: flag(true, 'Accepted, without effect.'),
  idle_connection_timeout: duration(3, 'Accepted, without effect.'),
};

type Settings = OptionsOf<typeof options>;

/** Two lines an event in a _bulk body: the action, the document. */
const LINES = 2;
const TOO_LARGE = Symbol('too large');
const compress = promisify(gzip);

class ElasticsearchOutput implements Output {
  readonly #settings: Settings;
  readonly #context: OutputContext;
  /** Loaded on use: it costs 0.2 s of CPU, which other outputs need not pay. */
  #client!: Client;
  #isResponse!: (error: unknown) => error is errors.ResponseError;
  readonly #index: string;
  readonly #counts = { requests: 0, failures: 0, duplicates: 0, rejected: 0 };
  #told = false;

  constructor(settings: Settings, context: OutputContext) {
    this.#settings = settings;
    this.#context = context;
    this.#index = settings.index.replaceAll('%{[agent.version]}', context.version);
  }

  async open(): Promise<void> {
    const library = await import('@elastic/elasticsearch');
    this.#client = new library.Client(clientOptions(this.#settings));
    this.#isResponse = (error) => error instanceof library.errors.ResponseError;
    if (!this.#settings['template.enabled']) return;
    const name = this.#index;
    try {
      await this.#client.transport.request({
        method: 'PUT',
        path: `/_index_template/${encodeURIComponent(name)}`,
        // One that is there, ours or the user's, stays.
        querystring: { create: true },
        body: buildTemplate(this.#context.catalogue, `${name}*`, this.#context.precision),
      });
    } catch (error) {
      if (this.#describe(error).endsWith('already exists')) return;
      const hosts = this.#settings.hosts.map(withoutCredentials).join(', ');
      throw new PbfastError('ERR_PBFAST_OUTPUT', `output.elasticsearch: ${hosts}: ${this.#describe(error)}`);
    }
  }

  async write(chunk: Chunk): Promise<Result> {
    const retry: Chunk[] = [];
    let dropped = 0;
    let reason: string | undefined;
    const pieces = cut(chunk, this.#settings.bulk_max_size);
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
      try {
        const result = await this.#send(piece);
        if (result === TOO_LARGE) pieces.unshift(...cut(piece, Math.ceil(piece.events / 2)));
        else {
          if (result.retry) retry.push(result.retry);
          dropped += result.dropped ?? 0;
          reason ??= result.reason;
        }
      } catch (error) {
        // What went before is settled: only the rest goes again.
        retry.push(piece, ...pieces.splice(0));
        reason = `output.elasticsearch: ${this.#describe(error)}`;
      }
    }
    return retry.length > 0 ? { retry: join(retry), dropped, reason } : { dropped, reason };
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  counters(): Record<string, number> {
    const entries = Object.entries(this.#counts).map(([name, value]) => [
      `output.elasticsearch.${name}`,
      value,
    ]);
    return Object.fromEntries(entries);
  }

  async #send(piece: Chunk): Promise<Result | typeof TOO_LARGE> {
    this.#counts.requests++;
    try {
      return this.#judge(await this.#bulk(piece.bytes), piece);
    } catch (error) {
      this.#counts.failures++;
      if (this.#isResponse(error)) return this.#refused(error, piece);
      throw error;
    }
  }

  async #bulk(body: Uint8Array): Promise<BulkReply> {
    const { compression_level: level } = this.#settings;
    const plain = Buffer.from(body.buffer, body.byteOffset, body.length);
    const headers = {
      'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=8',
      ...(level > 0 ? { 'content-encoding': 'gzip' } : {}),
    };
    const payload = level > 0 ? await compress(plain, { level }) : plain;
    return (await this.#client.transport.request(
      {
        method: 'POST',
        path: `/${encodeURIComponent(this.#index)}/_bulk`,
        querystring: { filter_path: 'errors,items.*.status,items.*.error' },
        bulkBody: payload as unknown as string,
      },
      { headers, maxRetries: 0, requestTimeout: this.#settings.timeout * 1000 },
    )) as BulkReply;
  }

  /** The whole request was refused. */
  #refused(error: errors.ResponseError, piece: Chunk): Result | typeof TOO_LARGE {
    const status = error.statusCode ?? 500;
    if (status === 413 && piece.events > 1) return TOO_LARGE;
    if (status === 429 || status >= 500) return { retry: piece };
    // Credentials may be put right while we wait.
    if (status === 401 || status === 403) throw error;
    this.#counts.rejected += piece.events;
    return { dropped: piece.events, reason: this.#once(this.#describe(error)) };
  }

  /** Refusals are told the first time only: there may be one an event. */
  #once(reason: string | undefined): string | undefined {
    if (reason === undefined || this.#told) return undefined;
    this.#told = true;
    return `output.elasticsearch: events are refused: ${reason}`;
  }

  /** Never with credentials. */
  #describe(error: unknown): string {
    if (this.#isResponse(error)) {
      const body = error.body as { error?: { reason?: string } } | undefined;
      return `${error.statusCode} ${body?.error?.reason ?? error.message}`;
    }
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }

  #judge(reply: BulkReply, { bytes, events }: Chunk): Result {
    if (reply.errors === false) return {};
    const verdict = judge(reply, events);
    this.#counts.duplicates += verdict.duplicates;
    this.#counts.rejected += verdict.rejected;
    const told = { dropped: verdict.rejected, reason: this.#once(verdict.reason) };
    if (verdict.retry.length === 0) return told;
    const pieces = verdict.retry.map((item) => pieceOf(bytes, item));
    return { ...told, retry: { bytes: Buffer.concat(pieces), events: pieces.length } };
  }
}

/** Pieces of at most `most` events. */
function cut({ bytes, events }: Chunk, most: number): Chunk[] {
  const pieces: Chunk[] = [];
  for (let at = 0, left = events; left > 0; left -= most) {
    const count = Math.min(left, most);
    const end = afterLines(bytes, at, count * LINES);
    pieces.push({ bytes: bytes.subarray(at, end), events: count });
    at = end;
  }
  return pieces;
}

function join(chunks: readonly Chunk[]): Chunk {
  const bytes = Buffer.concat(chunks.map((chunk) => chunk.bytes));
  return { bytes, events: chunks.reduce((sum, chunk) => sum + chunk.events, 0) };
}

function pieceOf(body: Uint8Array, item: number): Uint8Array {
  const start = afterLines(body, 0, item * LINES);
  return body.subarray(start, afterLines(body, start, LINES));
}

function clientOptions(s: Settings): ClientOptions {
  const nodes = s.hosts.map((host) => nodeUrl(host, s.protocol, s.path));
  const key = s.api_key.includes(':') ? Buffer.from(s.api_key).toString('base64') : s.api_key;
  const auth = key
    ? { apiKey: key }
    : s.username
      ? { username: s.username, password: s.password }
      : undefined;
  const authorities = s['ssl.certificate_authorities'].map((file) => readFileSync(file));
  return {
    nodes,
    ...(auth ? { auth } : {}),
    tls: {
      ...(authorities.length > 0 ? { ca: authorities } : {}),
      ...(s['ssl.certificate'] ? { cert: readFileSync(s['ssl.certificate']) } : {}),
      ...(s['ssl.key'] ? { key: readFileSync(s['ssl.key']) } : {}),
      rejectUnauthorized: s['ssl.verification_mode'] !== 'none',
    },
  };
}

export const elasticsearchOutput = output({
  name: 'elasticsearch',
  options,
  linePrefix: '{"create":{}}\n',
  create: (settings, context) => new ElasticsearchOutput(settings, context),
});
