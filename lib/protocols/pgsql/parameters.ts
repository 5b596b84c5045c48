/** The numbers and values around a Bind: types and formats of parameters, the parameters, formats of results; one setting. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Text } from '../kit/text.js';
import { i32, u16, u32 } from './parser.js';
import { MAX_COLUMNS, type Statement } from './statements.js';
import { writeBinary } from './values.js';

/** LIMIT: parameters of one execution that are shown, and bytes of each. */
export const MAX_PARAMETERS = 1024;
const MAX_PARAMETER_BYTES = 1024;

const NULL = constant('NULL');
const MASKED = constant('xxxxx');

const BACKSLASHES = Buffer.from('standard_conforming_strings\0off\0', 'latin1');
const BACKSLASHES_VALUE = BACKSLASHES.indexOf(0) + 1;

/** Type OIDs of a Parse or a ParameterDescription. */
export function readTypes(types: number[], buf: Uint8Array, start: number, end: number): void {
  if (start + 2 > end) return;
  const count = Math.min(u16(buf, start), MAX_PARAMETERS);
  for (let i = 0, at = start + 2; i < count && at + 4 <= end; i++, at += 4) types.push(u32(buf, at));
}

/** Format codes; nothing: all are text. */
export function readFormats(formats: number[], buf: Uint8Array, start: number, end: number): void {
  if (start + 2 > end) return;
  const count = Math.min(u16(buf, start), MAX_COLUMNS);
  for (let i = 0, at = start + 2; i < count && at + 2 <= end; i++, at += 2) formats.push(u16(buf, at));
}

/**
 * Reads the parameters of a Bind, which begin with their formats at `start`, and writes them into `row` where they are
 * wanted. Where what follows them begins, or 0 when the message was cut.
 */
export function readParameters(
  row: Row | null,
  statement: Statement,
  scratch: Text,
  buf: Uint8Array,
  start: number,
  end: number,
): number {
  if (start + 2 > end) return 0;
  const formats = u16(buf, start);
  let at = start + 2 + formats * 2;
  if (at + 2 > end) return 0;
  const count = u16(buf, at);
  at += 2;
  if (count === 0) return at;
  row?.list(shared.params);
  let i = 0;
  for (; i < count && at + 4 <= end; i++) {
    const size = i32(buf, at);
    at += 4;
    const to = Math.min(at + Math.max(0, size), at + MAX_PARAMETER_BYTES, end);
    const format = formats === 0 ? 0 : u16(buf, start + 2 + (formats === 1 ? 0 : i * 2));
    if (row && i < MAX_PARAMETERS)
      writeParameter(row, statement, i, format, scratch, buf, at, size < 0 ? -1 : to);
    at += Math.max(0, size);
  }
  row?.close();
  return i === count && at <= end ? at : 0;
}

/** One parameter, [start, end); NULL when `end` is -1. */
function writeParameter(
  row: Row,
  statement: Statement,
  index: number,
  format: number,
  scratch: Text,
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  if (end < 0) row.word(ITEM, NULL);
  else if (statement.sql?.secret) row.word(ITEM, MASKED);
  else if (format === 0) row.text(ITEM, buf, start, end);
  else {
    scratch.clear();
    writeBinary(scratch, statement.types[index] ?? 0, buf, start, end);
    row.text(ITEM, scratch.buf, 0, scratch.size);
  }
}

/** Whether backslashes escape in all strings, as the ParameterStatus in [start, end) says; `before` when it says nothing of that. */
export function readBackslashes(before: boolean, buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < BACKSLASHES_VALUE + 2) return before;
  for (let i = 0; i < BACKSLASHES_VALUE; i++) if (buf[start + i] !== BACKSLASHES[i]) return before;
  return buf[start + BACKSLASHES_VALUE + 1] === BACKSLASHES[BACKSLASHES_VALUE + 1];
}
