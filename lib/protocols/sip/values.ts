/** Values in a row: ranges of the message, or what is put together in the row's heap. */
import type { Field } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Span } from '../kit/lines.js';

type Keyword = Field<'keyword'>;

/** The span, unless it is absent or empty. */
export function text(row: Row, field: Keyword, buf: Uint8Array, { start, end }: Span): void {
  if (start >= 0 && end > start) row.text(field, buf, start, end);
}

/** [start, end) in lower case. */
export function lower(row: Row, field: Keyword, buf: Uint8Array, start: number, end: number): void {
  let i = start;
  while (i < end && !isUpper(buf[i]!)) i++;
  if (i === end) {
    if (end > start) row.text(field, buf, start, end);
    return;
  }
  const at = row.compose(end - start);
  if (at < 0) return;
  const { heap } = row;
  for (let from = start, to = at; from < end; from++, to++) {
    const c = buf[from]!;
    heap[to] = isUpper(c) ? c | 0x20 : c;
  }
  row.composed(field, at, end - start);
}

const isUpper = (c: number): boolean => c >= 65 && c <= 90;

/** RFC 3261 25.1 qvalue: 0 to 1 with up to three digits; 0 when it is none. */
export function fraction(buf: Uint8Array, start: number, end: number): number {
  if (end - start > 5 || (buf[start] !== 0x30 && buf[start] !== 0x31)) return 0;
  if (end - start > 1 && buf[start + 1] !== 0x2e) return 0;
  let thousandths = (buf[start]! - 0x30) * 1000;
  for (let i = start + 2, unit = 100; i < end; i++, unit /= 10) {
    const digit = buf[i]! - 0x30;
    if (digit < 0 || digit > 9) return 0;
    thousandths += digit * unit;
  }
  return thousandths / 1000;
}
