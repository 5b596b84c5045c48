/** Requests and answers to fields: everything a row gets. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { Request } from '../kit/pairing.js';
import { Text } from '../kit/text.js';
import { OP, REPLY_FLAG } from './codes.js';
import { fields } from './fields.js';
import type { Fault, MessageReader } from './parser.js';
import { type RequestContent, writeLimit } from './request.js';
import { big, int64, integer } from './values.js';

export const OK = constant('OK');
export const ERROR = constant('Error');
const NO_CURSOR = constant('cursor not found');

const REQUEST_FAULTS: Readonly<Record<Fault, number>> = {
  none: 0,
  malformed: constant('Malformed request'),
  packed: constant('Compressed request not read'),
  lost: constant('Packet loss while capturing the request'),
};
const REPLY_FAULTS: Readonly<Record<Fault, number>> = {
  none: 0,
  malformed: constant('Malformed response'),
  packed: constant('Compressed response not read'),
  lost: constant('Packet loss while capturing the response'),
};

const COMMANDS = Buffer.from('$cmd');

/** A request that waits for its answer, or an answer that came before its request. */
export class Exchange extends Request {
  row!: Row;
  isCommand = false;
  isSecret = false;
  fault: Fault = 'none';
  /** A cursor id is known, not yet in the row. */
  hasCursor = false;
  readonly cursorId = new Uint8Array(8);
  /** Time-outs that pass before it counts as unanswered. */
  patience = 0;
  /** An early answer: its packet time, and whether the capture holds requests before it. */
  seconds = 0;
  nanoseconds = 0;
  isOrphan = false;
  /** Arms the next time-out. */
  rearm: ((exchange: Exchange) => void) | undefined;

  override expire(): void {
    if (this.patience > 0 && this.rearm) {
      this.patience--;
      this.rearm(this);
    } else {
      super.expire();
    }
  }
}

// Used within one call.
const line = new Text();

/** Fills in what the request says; the cursor waits for the answer. */
export function writeRequest(row: Row, reader: MessageReader, exchange: Exchange): void {
  const { request } = reader.body;
  row.start(reader.seconds, reader.nanoseconds);
  row.requestBytes(reader.length);
  exchange.isCommand = request.isCommand;
  exchange.isSecret = request.isSecret;
  exchange.fault = reader.fault;
  exchange.hasCursor = request.hasCursor;
  if (request.hasCursor) exchange.cursorId.set(request.cursorId);
  if (request.method.size === 0) return;
  writeQuery(row, reader.opcode, request);
  const { numberToSkip, numberToReturn = -1 } = request;
  if (numberToSkip >= 0) row.long(fields['mongodb.numberToSkip'], numberToSkip);
  if (request.numberToReturn !== undefined && Number.isSafeInteger(numberToReturn)) {
    row.long(fields['mongodb.numberToReturn'], numberToReturn);
  }
  const { message, selector, update, returnFields } = request;
  if (message.size > 0) row.text(fields['mongodb.message'], message.buf, 0, message.size);
  if (selector.size > 0) row.text(fields['mongodb.selector'], selector.buf, 0, selector.size);
  if (update.size > 0) row.text(fields['mongodb.update'], update.buf, 0, update.size);
  if (returnFields.size > 0) {
    row.text(fields['mongodb.returnFieldsSelector'], returnFields.buf, 0, returnFields.size);
  }
}

/** `database.collection.method({...})`: query, and in it resource and method. */
function writeQuery(row: Row, opcode: number, request: RequestContent): void {
  const { method, namespace } = request;
  line.clear();
  writeResource(line, request);
  const resource = line.size;
  if (resource > 0) line.byte(46);
  const verb = line.size;
  line.bytes(method.buf, 0, method.size);
  const head = line.size;
  if (request.wantsFull) {
    writeParameters(line, opcode, request, true);
    row.text(shared.request, line.buf, 0, line.size);
    line.size = head;
    line.cut = false;
  }
  writeParameters(line, opcode, request, false);
  const at = row.compose(line.size);
  if (at < 0) return;
  copy(row.heap, at, line);
  row.composed(shared.query, at, line.size);
  row.same(shared.method, at + verb, method.size);
  if (resource > 0) row.same(shared.resource, at, resource);
  if (namespace.size > 0) row.text(fields['mongodb.fullCollectionName'], namespace.buf, 0, namespace.size);
  else if (resource > 0) row.same(fields['mongodb.fullCollectionName'], at, resource);
}

function copy(heap: Uint8Array, at: number, { buf, size }: Text): void {
  // PERF: below ~48 bytes a byte loop beats the call into native set().
  if (size < 48) for (let i = 0; i < size; i++) heap[at + i] = buf[i]!;
  else heap.set(buf.subarray(0, size), at);
}

function writeResource(out: Text, request: RequestContent): void {
  const { database, collection, isNamespace } = request;
  if (!isNamespace && database.size > 0) {
    out.bytes(database.buf, 0, database.size);
    out.byte(46);
  }
  if (collection.size > 0) out.bytes(collection.buf, 0, collection.size);
  else if (database.size > 0) out.bytes(COMMANDS, 0, COMMANDS.length);
}

function writeParameters(out: Text, opcode: number, request: RequestContent, isFull: boolean): void {
  const { selector, update, params } = request;
  out.byte(40);
  if (selector.size > 0) {
    out.bytes(selector.buf, 0, selector.size);
    if (isFull && update.size > 0) {
      out.byte(44);
      out.bytes(update.buf, 0, update.size);
    }
  } else {
    const text = isFull ? request.full : params;
    out.byte(123);
    out.bytes(text.buf, 0, text.size);
    out.byte(125);
  }
  out.byte(41);
  if (opcode === OP.query && !request.isCommand) writeLimit(out, request.numberToReturn ?? 0);
}

/** Fills in what the answer says. */
export function writeReply(
  row: Row,
  reader: MessageReader,
  isCommand: boolean,
  sendErrorCode: boolean,
): void {
  const { body, opcode } = reader;
  const { reply, flags } = body;
  row.end(reader.seconds, reader.nanoseconds);
  row.responseBytes(reader.length);
  if (opcode === OP.reply) {
    row.long(fields['mongodb.startingFrom'], body.startingFrom);
    row.long(fields['mongodb.numberReturned'], body.numberReturned);
  } else if (reply.returned >= 0) {
    row.long(fields['mongodb.numberReturned'], reply.returned);
  }
  const { response } = reply;
  if (response.size > 0) row.text(shared.response, response.buf, 0, response.size);
  const refused =
    opcode === OP.reply && (flags & (REPLY_FLAG.queryFailure | REPLY_FLAG.cursorNotFound)) !== 0;
  const failed = refused || reply.isQueryError || (isCommand && reply.failed);
  row.status = failed ? ERROR : OK;
  if (failed) writeError(row, reader, sendErrorCode);
}

function writeError(
  row: Row,
  { body: { reply, flags }, opcode }: MessageReader,
  sendErrorCode: boolean,
): void {
  const { error, codeName, code } = reply;
  if (error.size > 0) row.text(fields['mongodb.error'], error.buf, 0, error.size);
  else if (opcode === OP.reply && flags & REPLY_FLAG.cursorNotFound)
    row.word(fields['mongodb.error'], NO_CURSOR);
  if (!sendErrorCode) return;
  if (code !== 0) {
    line.clear();
    integer(line, code);
    row.text(fields['error.code'], line.buf, 0, line.size);
  }
  if (codeName.size > 0) row.text(fields['error.type'], codeName.buf, 0, codeName.size);
}

/** The cursor: the answer's, else the request's. */
export function writeCursor(row: Row, id: Uint8Array): void {
  const value = int64(id, 0);
  if (Number.isSafeInteger(value)) row.long(fields['mongodb.cursorId'], value);
  else row.big(fields['mongodb.cursorId'], big(id, 0));
}

/** What was wrong with the two messages. */
export function writeFaults(row: Row, request: Fault, reply: Fault): void {
  const first = REQUEST_FAULTS[request];
  const second = REPLY_FAULTS[reply];
  const field = shared['error.message'];
  if (first === 0 || second === 0) {
    if (first + second > 0) row.word(field, first + second);
    return;
  }
  row.list(field);
  row.word(ITEM, first);
  row.word(ITEM, second);
  row.close();
}
