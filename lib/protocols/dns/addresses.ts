/** Addresses among the answers of one event, for dns.resolved_ip and related.ip. They lie in the heap of its row. */
import type { Field } from '../../events/fields.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';

/** LIMIT: addresses of one event that go into related.ip, which holds each only once. */
const MAX_RELATED = 64;
const SIZE = 16;

export class Addresses {
  count = 0;
  /** Place in the heap, size. */
  #places = new Int32Array(16);
  readonly #distinct = new Int32Array(MAX_RELATED);

  clear(): void {
    this.count = 0;
  }

  /** The address at `at` of the row's heap. */
  add(at: number, size: 4 | 16): void {
    const to = this.count++ * 2;
    if (to === this.#places.length) {
      const grown = new Int32Array(to * 2);
      grown.set(this.#places);
      this.#places = grown;
    }
    this.#places[to] = at;
    this.#places[to + 1] = size;
  }

  /** All of them, as the list `field`. */
  write(row: Row, field: Field<'ip'>): void {
    const places = this.#places;
    row.list(field);
    for (let i = 0; i < this.count; i++) row.sameIp(ITEM, places[2 * i]!, places[2 * i + 1] as 4 | 16);
    row.close();
  }

  /** Each once, without the two `ends` of the flow (16 bytes each), as the list `field`. */
  writeDistinct(row: Row, field: Field<'ip'>, ends: Uint8Array): void {
    const places = this.#places;
    const { heap } = row;
    let distinct = 0;
    for (let i = 0; i < this.count && distinct < MAX_RELATED; i++) {
      const at = places[2 * i]!;
      const size = places[2 * i + 1]! as 4 | 16;
      // IPv4 addresses lie at the end of the 16 bytes of an end.
      if (equal(heap, at, ends, SIZE - size, size) || equal(heap, at, ends, 2 * SIZE - size, size)) continue;
      if (this.#isAmong(heap, at, size, distinct)) continue;
      if (distinct === 0) row.list(field);
      this.#distinct[distinct++] = i;
      row.sameIp(ITEM, at, size);
    }
    if (distinct > 0) row.close();
  }

  #isAmong(heap: Uint8Array, at: number, size: number, distinct: number): boolean {
    for (let n = 0; n < distinct; n++) {
      const other = this.#distinct[n]! * 2;
      if (this.#places[other + 1] === size && equal(heap, at, heap, this.#places[other]!, size)) return true;
    }
    return false;
  }
}

function equal(a: Uint8Array, at: number, b: Uint8Array, from: number, size: number): boolean {
  // Addresses of one network differ at the end.
  for (let i = size - 1; i >= 0; i--) if (a[at + i] !== b[from + i]) return false;
  return true;
}
