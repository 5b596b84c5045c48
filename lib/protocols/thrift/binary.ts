/**
 * Values of the binary protocol (thrift-binary-protocol.md). Each method reads at the cursor without committing: false
 * when bytes are missing, or, with `bad` set, when they cannot be Thrift. Results lie in the members.
 */
import type { Cursor } from '../../base/cursor.js';
import { MAX_SIZE, TYPE } from './types.js';

/** What both protocols give the reader. */
export interface Encoding {
  bad: boolean;
  /** Of a field: its type, stop at the end of a struct, and its id. */
  type: number;
  id: number;
  keyType: number;
  valueType: number;
  /** Elements of a container, bytes of a string. */
  count: number;
  /** An integer; of an i64 the two halves. */
  high: number;
  low: number;
  /** A double. */
  number: number;
  field(cursor: Cursor, lastId: number): boolean;
  list(cursor: Cursor): boolean;
  map(cursor: Cursor): boolean;
  length(cursor: Cursor): boolean;
  bool(cursor: Cursor): boolean;
  /** A byte, i16, i32 or i64. */
  integer(cursor: Cursor, type: number): boolean;
  double(cursor: Cursor): boolean;
  /** Bytes of a value whose size its type tells; 0: it does not. */
  fixedSize(type: number): number;
}

const doubles = new DataView(new ArrayBuffer(8));

/** The double of eight bytes. */
export function doubleAt(buf: Uint8Array, at: number, littleEndian: boolean): number {
  for (let i = 0; i < 8; i++) doubles.setUint8(i, buf[at + i]!);
  return doubles.getFloat64(0, littleEndian);
}

const KNOWN = new Uint8Array(256);
for (const type of Object.values(TYPE)) KNOWN[type] = type === TYPE.stop ? 0 : 1;

const SIZES = new Uint8Array(256);
SIZES[TYPE.bool] = SIZES[TYPE.byte] = 1;
SIZES[TYPE.i16] = 2;
SIZES[TYPE.i32] = 4;
SIZES[TYPE.i64] = SIZES[TYPE.double] = 8;
SIZES[TYPE.uuid] = 16;

export class Binary implements Encoding {
  bad = false;
  type = 0;
  id = 0;
  keyType = 0;
  valueType = 0;
  count = 0;
  high = 0;
  low = 0;
  number = 0;

  field(cursor: Cursor): boolean {
    if (!cursor.need(1)) return false;
    this.type = cursor.buf[cursor.pos]!;
    if (this.type === TYPE.stop) {
      cursor.pos++;
      return true;
    }
    if (KNOWN[this.type] === 0) return this.#wrong();
    if (!cursor.need(3)) return false;
    cursor.pos++;
    this.id = (cursor.u16be() << 16) >> 16;
    return true;
  }

  list(cursor: Cursor): boolean {
    if (!cursor.need(5)) return false;
    this.valueType = cursor.u8();
    return this.#counted(cursor);
  }

  map(cursor: Cursor): boolean {
    if (!cursor.need(6)) return false;
    this.keyType = cursor.u8();
    this.valueType = cursor.u8();
    if (KNOWN[this.keyType] === 0 && !isEmpty(cursor)) return this.#wrong();
    return this.#counted(cursor);
  }

  length(cursor: Cursor): boolean {
    if (!cursor.need(4)) return false;
    this.count = cursor.u32be();
    return this.count <= MAX_SIZE || this.#wrong();
  }

  bool(cursor: Cursor): boolean {
    if (!cursor.need(1)) return false;
    this.low = cursor.u8();
    return true;
  }

  integer(cursor: Cursor, type: number): boolean {
    if (!cursor.need(SIZES[type]!)) return false;
    if (type === TYPE.i64) {
      this.high = cursor.u32be() | 0;
      this.low = cursor.u32be();
    } else if (type === TYPE.i32) this.low = cursor.u32be() | 0;
    else if (type === TYPE.i16) this.low = (cursor.u16be() << 16) >> 16;
    else this.low = (cursor.u8() << 24) >> 24;
    return true;
  }

  double(cursor: Cursor): boolean {
    if (!cursor.need(8)) return false;
    this.number = doubleAt(cursor.buf, cursor.pos, false);
    cursor.pos += 8;
    return true;
  }

  fixedSize(type: number): number {
    return SIZES[type]!;
  }

  #counted(cursor: Cursor): boolean {
    const empty = isEmpty(cursor);
    this.count = cursor.u32be();
    // An empty container may name no type.
    if (this.count > MAX_SIZE || (KNOWN[this.valueType] === 0 && !empty)) return this.#wrong();
    return true;
  }

  #wrong(): boolean {
    this.bad = true;
    return false;
  }
}

/** Whether the count that comes next is zero. */
function isEmpty({ buf, pos }: Cursor): boolean {
  return (buf[pos]! | buf[pos + 1]! | buf[pos + 2]! | buf[pos + 3]!) === 0;
}
