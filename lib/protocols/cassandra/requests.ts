/**
 * Bodies of requests: statements, ids of prepared ones, batches, and the compression that STARTUP asks for. Tokens of
 * authentication and bound values are never read; passwords in statements are masked.
 */
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { bytes, longString, Span, skip, skipPayload, string } from './body.js';
import { BATCH_WORDS, FLAG, OP } from './codes.js';
import { fields, HEADERS } from './fields.js';
import type { FrameReader, Link } from './parser.js';
import { maskPasswords } from './secrets.js';
import type { Statements } from './statements.js';
import { writeHeader, writeId } from './writing.js';

/** LIMIT of statements of a batch that are told. */
export const MAX_BATCH_SHOWN = 100;
/** LIMIT of options of STARTUP that are looked at. */
const MAX_STARTUP_OPTIONS = 64;

/** One a worker: after read() the public parts describe the request, until the next. */
export class RequestBody {
  /** A password was masked in the statement. */
  secret = false;
  /** QUERY, PREPARE: the statement, masked where needed, in [start, end) of it. */
  text: Uint8Array | undefined;
  readonly span = new Span();
  /** EXECUTE: where the id lies. */
  readonly #id = new Span();
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Reads what is needed before anything is written; false: the body ends before. */
  read(reader: FrameReader): boolean {
    const { body, op } = reader;
    this.secret = false;
    this.text = undefined;
    if (reader.flags & FLAG.payload && reader.version >= 4 && !skipPayload(body)) return false;
    if (op === OP.execute) return string(body, this.#id);
    if (op !== OP.query && op !== OP.prepare) return true;
    longString(body, this.span);
    this.text = this.#masked(body.buf, this.span);
    return true;
  }

  /** Writes what read() found. `server`: whose prepared statements it names. */
  write(row: Row, reader: FrameReader, withHeader: boolean, server: Uint8Array | undefined): void {
    if (withHeader) writeHeader(row, HEADERS.request, reader);
    if (this.text) row.text(fields['cassandra.request.query'], this.text, this.span.start, this.span.end);
    if (!server) return;
    if (reader.op === OP.execute) this.#execute(row, reader, server);
    else if (reader.op === OP.batch) this.#batch(row, reader, server);
  }

  /** The statement in `span`; where it holds passwords a masked copy, which `span` then is of. */
  #masked(buf: Uint8Array, span: Span): Uint8Array {
    const masked = maskPasswords(buf, span.start, span.end);
    if (!masked) return buf;
    this.secret = true;
    span.start = 0;
    span.end = masked.length;
    return masked;
  }

  #execute(row: Row, { body: { buf } }: FrameReader, server: Uint8Array): void {
    const { start, end } = this.#id;
    if (start === end) return;
    const text = this.#statements.get(server, buf, start, end);
    if (text) row.text(fields['cassandra.request.query'], text, 0, text.length);
    writeId(row, fields['cassandra.request.prepared_id'], buf, start, end);
  }

  // Spec 4.1.7.
  #batch(row: Row, { body }: FrameReader, server: Uint8Array): void {
    const type = body.u8();
    const size = body.u16be();
    if (body.short > 0) return;
    const word = BATCH_WORDS[type];
    if (word) row.word(fields['cassandra.request.batch.type'], word);
    row.long(fields['cassandra.request.batch.size'], size);
    const { pos } = body;
    const shown = Math.min(size, MAX_BATCH_SHOWN);
    this.#batchTexts(row, body, shown, server);
    body.pos = pos;
    body.short = 0;
    this.#batchIds(row, body, shown);
  }

  #batchTexts(row: Row, body: FrameReader['body'], shown: number, server: Uint8Array): void {
    const { span } = this;
    let open = false;
    for (let n = shown; n > 0; n--) {
      const isId = body.u8() === 1;
      const isWhole = isId ? string(body, span) : longString(body, span);
      if (isId ? !isWhole : body.pos === body.end && span.size === 0) break;
      const text = isId
        ? this.#statements.get(server, body.buf, span.start, span.end)
        : this.#masked(body.buf, span);
      if (text) {
        if (!open) row.list(fields['cassandra.request.query']);
        open = true;
        row.text(ITEM, text, isId ? 0 : span.start, isId ? text.length : span.end);
      }
      if (!isWhole || !skipValues(body)) break;
    }
    if (open) row.close();
  }

  #batchIds(row: Row, body: FrameReader['body'], shown: number): void {
    const { span } = this;
    let open = false;
    for (let n = shown; n > 0; n--) {
      const isId = body.u8() === 1;
      if (!(isId ? string(body, span) : longString(body, span))) break;
      if (isId) {
        if (!open) row.list(fields['cassandra.request.prepared_id']);
        open = true;
        writeId(row, ITEM, body.buf, span.start, span.end);
      }
      if (!skipValues(body)) break;
    }
    if (open) row.close();
  }
}

function skipValues(body: FrameReader['body']): boolean {
  for (let n = body.u16be(); n > 0; n--) if (!bytes(body)) return false;
  return skip(body, 0);
}

const COMPRESSION = Buffer.from('COMPRESSION');

/** What STARTUP asks for, spec 4.1.1: [string map]. */
export function readStartup({ body }: FrameReader, link: Link): void {
  const key = new Span();
  const value = new Span();
  for (let n = Math.min(body.u16be(), MAX_STARTUP_OPTIONS); n > 0; n--) {
    if (!string(body, key) || !string(body, value)) return;
    if (COMPRESSION.compare(body.buf, key.start, key.end) !== 0) continue;
    const name = Buffer.from(body.buf.subarray(value.start, value.end)).toString('latin1').toLowerCase();
    if (name === 'lz4' || name === 'snappy') link.compression = name;
  }
}
