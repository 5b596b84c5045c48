/** Details of errors (native_protocol_v5.spec 8, native_protocol_v4.spec 9). */
import type { Cursor } from '../../base/cursor.js';
import type { Row } from '../../events/row.js';
import { Span, skip, string } from './body.js';
import { consistencyWord, ERROR } from './codes.js';
import { fields, NUM_FAILURES } from './fields.js';

import { writeId, writeStrings } from './writing.js';

const span = new Span();

/** What follows the message of an error of this code. */
export function writeDetails(row: Row, body: Cursor, version: number, code: number): void {
  switch (code) {
    case ERROR.unavailable:
      consistency(row, body);
      number(row, fields['cassandra.response.error.details.required'], body);
      number(row, fields['cassandra.response.error.details.alive'], body);
      break;
    case ERROR.writeTimeout:
    case ERROR.casWriteUnknown:
      answers(row, body);
      if (code === ERROR.writeTimeout) text(row, fields['cassandra.response.error.details.write_type'], body);
      break;
    case ERROR.readTimeout:
      answers(row, body);
      dataPresent(row, body);
      break;
    case ERROR.readFailure:
      answers(row, body);
      failures(row, body, version);
      dataPresent(row, body);
      break;
    case ERROR.writeFailure:
      answers(row, body);
      failures(row, body, version);
      text(row, fields['cassandra.response.error.details.write_type'], body);
      break;
    case ERROR.functionFailure:
      text(row, fields['cassandra.response.error.details.keyspace'], body);
      text(row, fields['cassandra.response.error.details.function'], body);
      writeStrings(row, fields['cassandra.response.error.details.arg_types'], body, span);
      break;
    case ERROR.alreadyExists:
      text(row, fields['cassandra.response.error.details.keyspace'], body);
      text(row, fields['cassandra.response.error.details.table'], body);
      break;
    case ERROR.unprepared:
      if (string(body, span))
        writeId(row, fields['cassandra.response.error.details.stmt_id'], body.buf, span.start, span.end);
      break;
  }
}

/** Consistency level, answers received and needed. */
function answers(row: Row, body: Cursor): void {
  consistency(row, body);
  number(row, fields['cassandra.response.error.details.received'], body);
  number(row, fields['cassandra.response.error.details.blockfor'], body);
}

function consistency(row: Row, body: Cursor): void {
  const level = body.u16be();
  if (body.short === 0)
    row.word(fields['cassandra.response.error.details.read_consistency'], consistencyWord(level));
}

/** A number; from version 5 on it counts pairs of address and reason that follow. */
function failures(row: Row, body: Cursor, version: number): void {
  const count = body.u32be();
  if (body.short > 0) return;
  row.long(NUM_FAILURES, count);
  if (version < 5) return;
  for (let n = count; n > 0; n--) if (!skip(body, body.u8() + 2)) return;
}

function dataPresent(row: Row, body: Cursor): void {
  const present = body.u8();
  if (body.short === 0) row.boolean(fields['cassandra.response.error.details.data_present'], present !== 0);
}

type Numbers = 'required' | 'alive' | 'received' | 'blockfor';

function number(
  row: Row,
  field: (typeof fields)[`cassandra.response.error.details.${Numbers}`],
  body: Cursor,
): void {
  const value = body.u32be();
  if (body.short === 0) row.long(field, value);
}

type Texts = 'write_type' | 'keyspace' | 'table' | 'function';

function text(
  row: Row,
  field: (typeof fields)[`cassandra.response.error.details.${Texts}`],
  body: Cursor,
): void {
  if (string(body, span)) row.text(field, body.buf, span.start, span.end);
}
