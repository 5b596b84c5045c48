/** Users and hosts that a message names, each once: kept as positions until the message is written. */
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Span } from '../kit/lines.js';

/** What one message can name: four addresses, the request's, the credentials' and the session's. */
const MAX_NAMES = 8;

export class Related {
  #count = 0;
  readonly #starts = new Uint32Array(MAX_NAMES);
  readonly #ends = new Uint32Array(MAX_NAMES);

  clear(): void {
    this.#count = 0;
  }

  add(buf: Uint8Array, { start, end }: Span): void {
    if (start < 0 || end <= start || this.#count === MAX_NAMES) return;
    for (let i = 0; i < this.#count; i++) {
      if (same(buf, this.#starts[i]!, this.#ends[i]!, start, end)) return;
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count++] = end;
  }

  write(row: Row, field: Field<'keyword'>, buf: Uint8Array): void {
    if (this.#count === 0) return;
    row.list(field);
    for (let i = 0; i < this.#count; i++) row.text(ITEM, buf, this.#starts[i]!, this.#ends[i]!);
    row.close();
  }
}

/** Whether [a, aEnd) and [b, bEnd) hold the same bytes. */
export function same(buf: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = a, j = b; i < aEnd; i++, j++) if (buf[i] !== buf[j]) return false;
  return true;
}
