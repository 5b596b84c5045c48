/** Results as CSV: the columns of a RowDescription, the values of a DataRow, as much of each as the options ask for. */
import type { Text } from '../kit/text.js';
import { i32, u16, u32, zero } from './parser.js';
import { type Columns, MAX_COLUMNS } from './statements.js';
import { writeBinary, writeCsv } from './values.js';

/** Behind a column's name: table, column, type, size, modifier, format. Manual 55.7, RowDescription. */
const COLUMN_BYTES = 18;
const TYPE_AT = 6;
const FORMAT_AT = 16;

/** Reads a RowDescription; where only its count is shown, only that. */
export function describeRow(columns: Columns, buf: Uint8Array, start: number, end: number): void {
  if (end - start < 2) return;
  columns.count = u16(buf, start);
  let at = start + 2;
  for (let i = 0; i < columns.count && i < MAX_COLUMNS; i++) {
    const nameEnd = zero(buf, at, end);
    if (nameEnd + 1 + COLUMN_BYTES > end) return;
    if (i > 0) columns.names.byte(0x2c);
    writeCsv(columns.names, buf, at, nameEnd);
    at = nameEnd + 1;
    columns.types.push(u32(buf, at + TYPE_AT));
    columns.formats.push(u16(buf, at + FORMAT_AT));
    at += COLUMN_BYTES;
  }
}

/**
 * Appends a DataRow as a line, of its values `room` bytes at most. `formats`: one for each column; one for all; none: text.
 */
export function writeRow(
  csv: Text,
  scratch: Text,
  columns: Columns | null,
  formats: readonly number[] | undefined,
  room: number,
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start < 2) return;
  const count = u16(buf, start);
  let at = start + 2;
  let left = room;
  for (let i = 0; i < count && left > 0 && at + 4 <= end; i++) {
    const size = i32(buf, at);
    at += 4;
    const to = Math.min(at + Math.max(0, size), end);
    if (i > 0) csv.byte(0x2c);
    if (formatOf(formats, i) === 0) {
      const shown = Math.min(to, at + left);
      writeCsv(csv, buf, at, shown);
      left -= shown - at;
    } else if (size >= 0) {
      scratch.clear();
      writeBinary(scratch, columns?.types[i] ?? 0, buf, at, to);
      const shown = Math.min(scratch.size, left);
      writeCsv(csv, scratch.buf, 0, shown);
      left -= shown;
    }
    at += Math.max(0, size);
  }
  csv.byte(10);
}

function formatOf(formats: readonly number[] | undefined, column: number): number {
  if (!formats || formats.length === 0) return 0;
  return formats.length === 1 ? formats[0]! : (formats[column] ?? 0);
}
