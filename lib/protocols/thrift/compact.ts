/**
 * Values of the compact protocol (thrift-compact-protocol.md): variable-length integers, field ids as differences, booleans
 * inside the field's type. The same shape as binary.ts.
 */
import type { Cursor } from '../../base/cursor.js';
import { doubleAt, type Encoding } from './binary.js';
import { MAX_SIZE, TYPE } from './types.js';

const TRUE = 1;
const FALSE = 2;
/** Compact types as the binary protocol's; 0: unknown. */
const TYPES = Uint8Array.of(
  TYPE.stop,
  TYPE.bool,
  TYPE.bool,
  TYPE.byte,
  TYPE.i16,
  TYPE.i32,
  TYPE.i64,
  TYPE.double,
  TYPE.string,
  TYPE.list,
  TYPE.set,
  TYPE.map,
  TYPE.struct,
  TYPE.uuid,
  0,
  0,
);

export class Compact implements Encoding {
  bad = false;
  type = 0;
  id = 0;
  keyType = 0;
  valueType = 0;
  count = 0;
  high = 0;
  low = 0;
  number = 0;
  /** A boolean's value came with its field header: TRUE, FALSE, or 0 when none waits. */
  #inHeader = 0;

  field(cursor: Cursor, lastId: number): boolean {
    if (!cursor.need(1)) return false;
    const head = cursor.u8();
    const code = head & 15;
    this.type = TYPES[code]!;
    if (head === 0) return true;
    if (this.type === TYPE.stop) return this.#wrong();
    if (head >>> 4 !== 0) this.id = lastId + (head >>> 4);
    else if (!this.integer(cursor, TYPE.i16)) return false;
    else this.id = this.low;
    this.#inHeader = code === TRUE || code === FALSE ? code : 0;
    return true;
  }

  list(cursor: Cursor): boolean {
    if (!cursor.need(1)) return false;
    const head = cursor.u8();
    this.valueType = TYPES[head & 15]!;
    this.count = head >>> 4;
    if (this.count === 15 && !this.length(cursor)) return false;
    return (this.valueType !== TYPE.stop && this.#elements()) || this.count === 0 || this.#wrong();
  }

  map(cursor: Cursor): boolean {
    if (!this.length(cursor)) return false;
    if (this.count === 0) return true;
    if (!cursor.need(1)) return false;
    const types = cursor.u8();
    this.keyType = TYPES[types >>> 4]!;
    this.valueType = TYPES[types & 15]!;
    return this.keyType !== TYPE.stop && this.valueType !== TYPE.stop ? this.#elements() : this.#wrong();
  }

  length(cursor: Cursor): boolean {
    if (!this.#varint(cursor)) return false;
    this.count = this.high === 0 ? this.low : MAX_SIZE + 1;
    return this.count <= MAX_SIZE || this.#wrong();
  }

  bool(cursor: Cursor): boolean {
    if (this.#inHeader !== 0) {
      this.low = this.#inHeader === TRUE ? 1 : 0;
      this.#inHeader = 0;
      return true;
    }
    if (!cursor.need(1)) return false;
    this.low = cursor.u8() === TRUE ? 1 : 0;
    return true;
  }

  integer(cursor: Cursor, type: number): boolean {
    if (type === TYPE.byte) {
      if (!cursor.need(1)) return false;
      this.low = (cursor.u8() << 24) >> 24;
      return true;
    }
    if (!this.#varint(cursor)) return false;
    // Zigzag: 0, -1, 1, -2 ... are 0, 1, 2, 3 ...
    const sign = -(this.low & 1);
    const low = ((this.low >>> 1) | (this.high << 31)) ^ sign;
    this.high = (this.high >>> 1) ^ sign;
    this.low = type === TYPE.i64 ? low >>> 0 : low;
    return true;
  }

  double(cursor: Cursor): boolean {
    if (!cursor.need(8)) return false;
    this.number = doubleAt(cursor.buf, cursor.pos, true);
    cursor.pos += 8;
    return true;
  }

  fixedSize(type: number): number {
    if (type === TYPE.bool || type === TYPE.byte) return 1;
    return type === TYPE.double ? 8 : type === TYPE.uuid ? 16 : 0;
  }

  /** An unsigned integer of up to ten bytes into `high` and `low`. */
  #varint(cursor: Cursor): boolean {
    const { buf, pos, end } = cursor;
    let [a, b, c] = [0, 0, 0];
    for (let i = 0; i < 10; i++) {
      if (pos + i >= end) return cursor.need(i + 1);
      const byte = buf[pos + i]!;
      const bits = byte & 0x7f;
      if (i < 4) a |= bits << (7 * i);
      else if (i < 8) b |= bits << (7 * (i - 4));
      else c |= bits << (7 * (i - 8));
      if (byte >= 0x80) continue;
      this.low = (a | (b << 28)) >>> 0;
      this.high = (b >>> 4) | (c << 24) | 0;
      cursor.pos = pos + i + 1;
      return true;
    }
    return this.#wrong();
  }

  /** Values of a container carry no field header. */
  #elements(): boolean {
    this.#inHeader = 0;
    return true;
  }

  #wrong(): boolean {
    this.bad = true;
    return false;
  }
}
