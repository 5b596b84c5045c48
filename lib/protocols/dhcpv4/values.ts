/** Values of a message as text in a row, put together in its heap: no string is made. */
import type { Field } from '../../events/fields.js';
import type { Row } from '../../events/row.js';

type TextField = Field<'keyword' | 'text'>;

const LOWER = Buffer.from('0123456789abcdef', 'latin1');
const UPPER = Buffer.from('0123456789ABCDEF', 'latin1');
const DASH = 0x2d;
const ZERO = 0x30;
const X = 0x78;

/** Bytes [start, end) as text up to the first NUL; nothing when that is empty. */
export function text(row: Row, field: TextField, buf: Uint8Array, start: number, end: number): void {
  let stop = start;
  while (stop < end && buf[stop] !== 0) stop++;
  if (stop > start) row.text(field, buf, start, stop);
}

/** Bytes [start, end) in hexadecimal. */
export function hex(row: Row, field: TextField, buf: Uint8Array, start: number, end: number): void {
  const size = (end - start) * 2;
  const at = row.compose(size);
  if (at < 0) return;
  const { heap } = row;
  for (let i = start, to = at; i < end; i++) {
    heap[to++] = LOWER[buf[i]! >>> 4]!;
    heap[to++] = LOWER[buf[i]! & 15]!;
  }
  row.composed(field, at, size);
}

/** As text when all of it is printable ASCII, else in hexadecimal. */
export function printable(row: Row, field: TextField, buf: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (buf[i]! < 0x20 || buf[i]! > 0x7e) {
      hex(row, field, buf, start, end);
      return;
    }
  }
  if (end > start) row.text(field, buf, start, end);
}

/** A hardware address: 00-0B-82-01-FC-42. */
export function hardware(row: Row, field: TextField, buf: Uint8Array, start: number, size: number): void {
  const length = size * 3 - 1;
  const at = row.compose(length);
  if (at < 0) return;
  const { heap } = row;
  for (let i = 0, to = at; i < size; i++) {
    if (i > 0) heap[to++] = DASH;
    heap[to++] = UPPER[buf[start + i]! >>> 4]!;
    heap[to++] = UPPER[buf[start + i]! & 15]!;
  }
  row.composed(field, at, length);
}

/** Four bytes as a number: 0x00003d1d. */
export function word(row: Row, field: TextField, buf: Uint8Array, start: number): void {
  const at = row.compose(10);
  if (at < 0) return;
  const { heap } = row;
  heap[at] = ZERO;
  heap[at + 1] = X;
  for (let i = start, to = at + 2; i < start + 4; i++) {
    heap[to++] = LOWER[buf[i]! >>> 4]!;
    heap[to++] = LOWER[buf[i]! & 15]!;
  }
  row.composed(field, at, 10);
}

/** Whether the four bytes at `at` are an address, not 0.0.0.0. */
export function isSpecified(buf: Uint8Array, at: number): boolean {
  return (buf[at]! | buf[at + 1]! | buf[at + 2]! | buf[at + 3]!) !== 0;
}

export function sameAddress(buf: Uint8Array, a: number, b: number): boolean {
  return (
    buf[a] === buf[b] && buf[a + 1] === buf[b + 1] && buf[a + 2] === buf[b + 2] && buf[a + 3] === buf[b + 3]
  );
}
