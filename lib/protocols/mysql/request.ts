/**
 * Commands of the client ("Command Phase"): each becomes a pending request whose row has the verb, the SQL, the
 * parameters. Secrets are masked here, before anything is kept.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { MAX_FIELD_BYTES, type Row } from '../../events/row.js';
import { Request } from '../kit/pairing.js';
import { Text } from '../kit/text.js';
import { CAPABILITY, COM, type Command } from './codes.js';
import type { Login } from './login.js';
import { writeBulkParams, writeParams } from './params.js';
import type { Payload } from './payload.js';
import type { Response } from './response.js';
import { appendMasked, findVerb, isBlank, mayHoldSecret, verbEnd, verbStart } from './sql.js';
import { Statement, type Statements } from './statements.js';

const EXECUTE_UNKNOWN = constant('Request Execute Statement');

export class PendingCommand extends Request {
  row!: Row;
  command!: Command;
  /** From the server's first packet on. */
  response!: Response;
  /** Bytes on the wire, those of a local file too. */
  size = 0;
  responseSize = 0;
  /** Its command was not seen. */
  isOrphan = false;
  /** It executes a statement whose text was not seen. */
  isUnknown = false;
  /** COM_STMT_PREPARE: its text, to be remembered when the server says yes. */
  text: Uint8Array | undefined;
  method = 0;
  isSecret = false;
  /** Of COM_STMT_EXECUTE and COM_STMT_FETCH. */
  statement = 0;
  /** What becomes the default schema if the server agrees. */
  schema: Uint8Array | undefined;
  user: Uint8Array | undefined;

  begin(row: Row, command: Command, size: number): this {
    this.row = row;
    this.command = command;
    this.size = size;
    this.responseSize = 0;
    this.isOrphan = this.isUnknown = false;
    this.text = undefined;
    this.statement = 0;
    this.schema = undefined;
    this.user = undefined;
    return this;
  }
}

const masked = new Text(MAX_FIELD_BYTES + 4);

/** Of the text that was handled last: where it is without the blanks around it, and as it is. */
class Sql {
  buf: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  trimmedStart = 0;
  trimmedEnd = 0;
  isSecret = false;

  set(buf: Uint8Array, start: number, end: number): void {
    this.isSecret = mayHoldSecret(buf, start, end);
    this.buf = buf;
    this.start = start;
    this.end = end;
    if (this.isSecret) {
      masked.clear();
      appendMasked(masked, buf, start, end);
      this.buf = masked.buf;
      this.start = 0;
      this.end = masked.size;
    }
    let from = this.start;
    let to = this.end;
    while (from < to && isBlank(this.buf[from]!)) from++;
    while (to > from && isBlank(this.buf[to - 1]!)) to--;
    this.trimmedStart = from;
    this.trimmedEnd = to;
  }
}

const sql = new Sql();

/** COM_QUERY and COM_STMT_PREPARE. */
export function fillQuery(request: PendingCommand, packet: Payload, sendRequest: boolean): void {
  packet.skip(1);
  if (request.command.code === COM.query) skipAttributes(packet);
  sql.set(packet.buf, packet.pos, packet.end);
  const { row } = request;
  const { buf, trimmedStart, trimmedEnd } = sql;
  fillVerb(request, buf, trimmedStart, trimmedEnd);
  row.text(shared.query, buf, trimmedStart, trimmedEnd);
  if (sendRequest) row.text(shared.request, buf, sql.start, sql.end);
  if (request.command.code !== COM.prepare) return;
  request.text = buf.slice(trimmedStart, trimmedEnd);
  request.isSecret = sql.isSecret;
}

function fillVerb(request: PendingCommand, buf: Uint8Array, start: number, end: number): void {
  const from = verbStart(buf, start, end);
  const to = verbEnd(buf, from, end);
  const verb = findVerb(buf, from, to);
  if (verb) request.row.word(shared.method, verb.method);
  else if (to > from) request.row.text(shared.method, buf, from, to);
  else request.row.word(shared.method, request.command.method);
  request.method = verb?.method ?? request.command.method;
  if (verb?.isUse) request.schema = schemaOfUse(buf, to, end);
}

/** USE schema, USE `schema`; */
function schemaOfUse(buf: Uint8Array, start: number, end: number): Uint8Array {
  let from = start;
  let to = end;
  const isEdge = (c: number) => isBlank(c) || c === 96 || c === 59;
  while (from < to && isEdge(buf[from]!)) from++;
  while (to > from && isEdge(buf[to - 1]!)) to--;
  return buf.slice(from, to);
}

/**
 * "COM_QUERY" with CLIENT_QUERY_ATTRIBUTES: count, 1, and the attributes before the text. The 1 tells them: no SQL has it
 * as its second byte.
 */
function skipAttributes(packet: Payload): void {
  const { buf, pos, end } = packet;
  if (end - pos < 2 || buf[pos + 1] !== 1) return;
  const count = packet.length();
  packet.skip(1);
  if (count === 0) return;
  const nulls = packet.pos;
  packet.skip((count + 7) >> 3);
  packet.skip(1);
  const types = packet.pos;
  for (let i = 0; i < count && !packet.short; i++) {
    packet.skip(2);
    packet.string();
  }
  skipValues(packet, count, nulls, types);
}

function skipValues(packet: Payload, count: number, nulls: number, types: number): void {
  let at = types;
  for (let i = 0; i < count && !packet.short; i++) {
    const type = packet.buf[at]!;
    at += 2;
    // The name is short, in all that is known; a longer one ends the reading.
    at += 1 + packet.buf[at]!;
    if (packet.buf[nulls + (i >> 3)]! & (1 << (i & 7))) continue;
    const size = FIXED[type] ?? -1;
    if (size >= 0) packet.skip(size);
    else packet.string();
  }
}

/** Sizes by type; -1: a length is in front. */
const FIXED: readonly number[] = [-1, 1, 2, 4, 4, 8, 0, -1, 8, 4, -1, -1, -1, 2];

/** COM_STMT_EXECUTE and COM_STMT_BULK_EXECUTE. False: not all parameters could be read. */
export function fillExecute(
  request: PendingCommand,
  packet: Payload,
  statement: Statement | undefined,
  capabilities: number,
  sendRequest: boolean,
): boolean {
  const { row, command } = request;
  if (!fillStatement(request, statement, sendRequest)) return true;
  if (command.code === COM.fetch) return true;
  if (command.code === COM.bulkExecute) return writeBulkParams(row, packet, statement!);
  const isWhole = writeParams(row, packet, statement!, (capabilities & CAPABILITY.queryAttributes) !== 0);
  statement!.clearLong();
  return isWhole;
}

function fillStatement(
  request: PendingCommand,
  statement: Statement | undefined,
  sendRequest: boolean,
): boolean {
  const { row } = request;
  if (!statement) {
    row.word(shared.method, request.command.method);
    row.word(shared.query, EXECUTE_UNKNOWN);
    request.isUnknown = true;
    if (sendRequest) row.word(shared.request, 0);
    return false;
  }
  const { query } = statement;
  row.word(shared.method, statement.method);
  row.text(shared.query, query, 0, query.length);
  if (sendRequest) row.text(shared.request, query, 0, query.length);
  return true;
}

/** "COM_STMT_...": the id of the statement. */
export function statementOf({ buf, pos, end }: Payload): number {
  if (end - pos < 5) return 0;
  return (buf[pos + 1]! | (buf[pos + 2]! << 8) | (buf[pos + 3]! << 16) | (buf[pos + 4]! << 24)) >>> 0;
}

/** Commands that are not SQL. */
export function fillOther(request: PendingCommand, packet: Payload, sendRequest: boolean): void {
  const { row, command } = request;
  row.word(shared.method, command.method);
  row.word(shared.query, command.method);
  if (sendRequest) row.word(shared.request, command.method);
  if (!command.namesSchema) return;
  row.text(shared.resource, packet.buf, packet.pos + 1, packet.end);
  if (command.code === COM.initDb) request.schema = packet.buf.slice(packet.pos + 1, packet.end);
}

export function fillLogin(request: PendingCommand, login: Login): void {
  const { row, command } = request;
  row.word(shared.method, command.method);
  row.word(shared.query, command.method);
  request.user = login.user;
  request.schema = login.schema;
}

/** The server prepared the statement. */
export function remember(request: PendingCommand, statements: Statements, now: number): void {
  const { response, text, method, isSecret } = request;
  statements.add(new Statement(response.statement, text!, method, response.params, isSecret), now);
}
