/**
 * Bodies of responses: kinds and metadata of results, errors with their details, pushed events. Rows are never read, tokens
 * of authentication never told.
 */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import type { Field } from '../../events/fields.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { bytes, Metadata, Span, skip, skipPayload, string } from './body.js';
import { errorWord, FLAG, KIND, KIND_WORDS, META, OP } from './codes.js';
import { writeDetails } from './errors.js';
import {
  fields,
  HEADERS,
  METADATA,
  type MetadataFields,
  SCHEMA_CHANGE,
  type SchemaChangeFields,
} from './fields.js';
import type { FrameReader } from './parser.js';
import { MAX_LISTED, writeHeader, writeHex, writeId, writeMetaFlags, writeStrings } from './writing.js';

const REDACTED = constant('REDACTED');
const UUID = 16;

/** One a worker: after read() it describes the response, until the next. */
export class ResponseBody {
  /** RESULT: its kind. */
  kind = 0;
  /** RESULT of PREPARE: where the id lies. */
  readonly id = new Span();
  readonly #metadata = new Metadata();
  readonly #span = new Span();
  /** Position of the warnings, and of what is behind what the flags announce. */
  #warnings = 0;
  #message = 0;
  #hasRowCount = false;

  /** Reads what is needed before anything is written; false: the body ends before. */
  read(reader: FrameReader): boolean {
    const { body } = reader;
    this.kind = 0;
    this.#hasRowCount = false;
    if (!this.#passAnnounced(reader)) return false;
    this.#message = body.pos;
    if (reader.op !== OP.result) return true;
    this.kind = body.u32be();
    if (this.kind === KIND.prepared) return string(body, this.id);
    if (this.kind !== KIND.rows) return body.short === 0;
    this.#hasRowCount = this.#metadata.read(body, reader.version, false) && body.need(4);
    return this.#hasRowCount;
  }

  /** Writes what read() found. `secret`: the request held a password, which errors may repeat. */
  write(row: Row, reader: FrameReader, withHeader: boolean, secret: boolean): void {
    const { body } = reader;
    if (withHeader) writeHeader(row, HEADERS.response, reader);
    if (reader.flags & (FLAG.tracing | FLAG.warning)) this.#announced(row, reader);
    if (reader.op === OP.result) {
      this.#result(row, reader);
      return;
    }
    body.pos = this.#message;
    switch (reader.op) {
      case OP.error:
        this.#error(row, reader, secret);
        break;
      case OP.supported:
        this.#supported(row, body);
        break;
      case OP.event:
        this.#event(row, reader);
        break;
      case OP.authenticate:
        this.#text(row, fields['cassandra.response.authentication.class'], body);
        break;
      case OP.authChallenge:
      case OP.authSuccess:
        if (bytes(body, this.#span) && this.#span.size > 0)
          row.word(fields['cassandra.response.authentication.data'], REDACTED);
        break;
    }
  }

  // Spec 2.4.1.2: trace id, warnings, payload, in this order.
  #passAnnounced({ body, flags, version }: FrameReader): boolean {
    if (flags & FLAG.tracing && !skip(body, UUID)) return false;
    this.#warnings = body.pos;
    if (version < 4) return true;
    if (flags & FLAG.warning) for (let n = body.u16be(); n > 0; n--) if (!string(body)) return false;
    return !(flags & FLAG.payload) || skipPayload(body);
  }

  #announced(row: Row, { body, flags, version }: FrameReader): void {
    const start = this.#warnings - UUID;
    if (flags & FLAG.tracing && start >= 0 && this.#warnings <= body.end)
      writeId(row, fields['cassandra.response.trace_id'], body.buf, start, this.#warnings);
    if (!(flags & FLAG.warning) || version < 4) return;
    body.pos = this.#warnings;
    this.#strings(row, fields['cassandra.response.warnings'], body);
  }

  #result(row: Row, reader: FrameReader): void {
    const { body } = reader;
    const word = KIND_WORDS[this.kind];
    if (word) row.word(fields['cassandra.response.result.type'], word);
    switch (this.kind) {
      case KIND.rows:
        writeMetadata(row, METADATA.rows, this.#metadata, body);
        if (this.#hasRowCount) row.long(fields['cassandra.response.result.rows.num_rows'], body.u32be());
        break;
      case KIND.setKeyspace:
        this.#text(row, fields['cassandra.response.result.keyspace'], body);
        break;
      case KIND.prepared:
        this.#prepared(row, reader);
        break;
      case KIND.schemaChange:
        this.#schemaChange(row, SCHEMA_CHANGE.result, reader);
        break;
    }
  }

  // Spec 4.2.5.4; from version 5 on with the id of the result's metadata, as in version 2 of DSE.
  #prepared(row: Row, { body, version }: FrameReader): void {
    const { id } = this;
    writeId(row, fields['cassandra.response.result.prepared.prepared_id'], body.buf, id.start, id.end);
    if ((version === 5 || version === 6 || version === 0x42) && !string(body)) return;
    const metadata = this.#metadata;
    const isWhole = metadata.read(body, version, true);
    writeMetadata(row, METADATA.request, metadata, body);
    if (!isWhole || version < 2) return;
    metadata.read(body, version, false);
    writeMetadata(row, METADATA.response, metadata, body);
  }

  // Spec 4.2.6, and 4.2.5.5 of versions 1 and 2.
  #schemaChange(row: Row, to: SchemaChangeFields, { body, version }: FrameReader): void {
    this.#text(row, to.change, body);
    if (version < 3) {
      this.#text(row, to.keyspace, body);
      this.#text(row, to.table, body);
      return;
    }
    if (!this.#text(row, to.target, body)) return;
    // KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE: the first letter tells, but for TABLE and TYPE, which are alike.
    const target = body.buf[this.#span.start];
    this.#text(row, to.keyspace, body);
    if (target === 0x54) this.#text(row, to.object, body);
    if (target !== 0x46 && target !== 0x41) return;
    this.#text(row, to.name, body);
    this.#strings(row, to.args, body);
  }

  // Spec 4.2.6.
  #event(row: Row, reader: FrameReader): void {
    const { body } = reader;
    if (!this.#text(row, fields['cassandra.response.event.type'], body)) return;
    const { start, size } = this.#span;
    // SCHEMA_CHANGE is told from STATUS_CHANGE and TOPOLOGY_CHANGE by its second letter.
    if (size > 1 && body.buf[start + 1] === 0x43) {
      this.#schemaChange(row, SCHEMA_CHANGE.event, reader);
      return;
    }
    if (!this.#text(row, fields['cassandra.response.event.change'], body)) return;
    const bytesOfAddress = body.u8();
    if ((bytesOfAddress !== 4 && bytesOfAddress !== 16) || !body.need(bytesOfAddress + 4)) return;
    row.ip(fields['cassandra.response.event.host'], body.buf, body.pos, bytesOfAddress);
    body.pos += bytesOfAddress;
    row.long(fields['cassandra.response.event.port'], body.u32be());
  }

  #error(row: Row, { body, version }: FrameReader, secret: boolean): void {
    const code = body.u32be();
    if (body.short > 0) return;
    row.long(fields['cassandra.response.error.code'], code);
    row.word(fields['cassandra.response.error.type'], errorWord(code));
    const message = this.#span;
    if (!string(body, message)) return;
    if (secret) row.word(fields['cassandra.response.error.msg'], REDACTED);
    else row.text(fields['cassandra.response.error.msg'], body.buf, message.start, message.end);
    writeDetails(row, body, version, code);
  }

  // Spec 4.2.4: [string multimap].
  #supported(row: Row, body: Cursor): void {
    const span = this.#span;
    row.object(fields['cassandra.response.supported']);
    for (let n = Math.min(body.u16be(), MAX_LISTED); n > 0; n--) {
      if (!string(body, span)) break;
      row.keyText(body.buf, span.start, span.end);
      this.#strings(row, ITEM, body);
    }
    row.close();
  }

  /** A [string]; false when it is not there. */
  #text(row: Row, field: Field<'keyword'>, body: Cursor): boolean {
    if (!string(body, this.#span)) return false;
    row.text(field, body.buf, this.#span.start, this.#span.end);
    return true;
  }

  #strings(row: Row, field: Field<'keyword'>, body: Cursor): void {
    writeStrings(row, field, body, this.#span);
  }
}

function writeMetadata(row: Row, to: MetadataFields, metadata: Metadata, { buf }: Cursor): void {
  const { flags, keyspace, table, pagingState, partitionKey } = metadata;
  writeMetaFlags(row, to.flags, flags);
  row.long(to.columns, metadata.columns);
  if (metadata.hasPartitionKey) {
    row.list(to.partitionKey);
    const last = Math.min(partitionKey.end, partitionKey.start + MAX_LISTED * 2);
    for (let at = partitionKey.start; at < last; at += 2) row.long(ITEM, (buf[at]! << 8) | buf[at + 1]!);
    row.close();
  }
  if (flags & META.morePages && pagingState.size > 0)
    writeHex(row, to.pagingState, buf, pagingState.start, pagingState.end);
  if (keyspace.end > 0) row.text(to.keyspace, buf, keyspace.start, keyspace.end);
  if (table.end > 0) row.text(to.table, buf, table.start, table.end);
}
