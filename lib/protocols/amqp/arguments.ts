/** The arguments of a method to fields. */
import type { Row } from '../../events/row.js';
import { fields } from './fields.js';
import { type Argument, type Method, WIRE } from './methods.js';
import { u32, writeTable } from './tables.js';

/** Short strings of one method that are remembered for `request`. */
const MAX_STRINGS = 4;
const TWO_32 = 4294967296;

/** One worker's reader of arguments. What it remembers is valid until the next read(). */
export class ArgumentReader {
  /** A field was written. */
  hasFields = false;
  isNoWait = false;
  /** Of a close: what it says, and which method it blames. */
  replyCode = 0;
  classId = 0;
  methodId = 0;
  /** A table was broken or past its limits. */
  hasBadTable = false;
  /** Short strings, in wire order. */
  strings = 0;
  readonly stringStart = new Int32Array(MAX_STRINGS);
  readonly stringEnd = new Int32Array(MAX_STRINGS);
  /** The number of the delivery. */
  tag = 0;
  readonly #wantsTables: boolean;
  #numbers = 0;

  /** `wantsTables`: of arguments; the properties of client and server are always read. */
  constructor(wantsTables: boolean) {
    this.#wantsTables = wantsTables;
  }

  /** Reads [start, end) of `buf`; what is cut short is left out. `row`: null when nobody wants the fields. */
  read(row: Row | null, method: Method, buf: Uint8Array, start: number, end: number): void {
    this.hasFields = false;
    this.isNoWait = false;
    this.hasBadTable = false;
    this.replyCode = 0;
    this.classId = 0;
    this.methodId = 0;
    this.strings = 0;
    this.tag = 0;
    this.#numbers = 0;
    let at = start;
    const args = method.arguments;
    for (let i = 0; i < args.length && at >= 0; i++) at = this.#one(row, args[i]!, buf, at, end);
  }

  /** Reads one; where it ends, or -1. */
  #one(row: Row | null, argument: Argument, buf: Uint8Array, at: number, end: number): number {
    switch (argument.wire) {
      case WIRE.shortstr:
        return this.#shortstr(row, argument, buf, at, end);
      case WIRE.bits:
        return this.#bits(row, argument, buf, at, end);
      case WIRE.longstr:
      case WIRE.hiddenLongstr:
      case WIRE.table:
        return this.#long(row, argument, buf, at, end);
      case WIRE.longlong:
        return this.#longlong(row, argument, buf, at, end);
      default:
        return this.#number(row, argument, buf, at, end);
    }
  }

  #shortstr(row: Row | null, argument: Argument, buf: Uint8Array, at: number, end: number): number {
    if (at >= end) return -1;
    const start = at + 1;
    const next = start + buf[at]!;
    if (next > end) return -1;
    if (this.strings < MAX_STRINGS) {
      this.stringStart[this.strings] = start;
      this.stringEnd[this.strings++] = next;
    }
    const { field, fallback } = argument;
    if (!row || !field || (argument.isOptional && next === start)) return next;
    this.hasFields = true;
    if (fallback !== undefined && next === start) row.word(field, fallback);
    else row.text(field, buf, start, next);
    return next;
  }

  #bits(row: Row | null, { flags, rare }: Argument, buf: Uint8Array, at: number, end: number): number {
    if (at >= end) return -1;
    const octet = buf[at]!;
    for (let i = 0; i < flags!.length; i++) {
      const field = flags![i];
      const isSet = (octet & (1 << i)) !== 0;
      if (!field) {
        if (isSet && row && rare?.[i]) row.boolean(rare[i]!, true);
        continue;
      }
      if (isSet && field.path === 'amqp.no-wait') this.isNoWait = true;
      if (!row) continue;
      this.hasFields = true;
      row.boolean(field, isSet);
    }
    return at + 1;
  }

  #long(row: Row | null, { wire, field }: Argument, buf: Uint8Array, at: number, end: number): number {
    if (at + 4 > end) return -1;
    const start = at + 4;
    const next = start + u32(buf, at);
    if (next > end) {
      if (wire === WIRE.table) this.hasBadTable = true;
      return -1;
    }
    if (!row || !field) return next;
    if (wire === WIRE.longstr) {
      row.text(field, buf, start, next);
      this.hasFields = true;
    } else if (next > start && (this.#wantsTables || field !== fields['amqp.arguments'])) {
      if (writeTable(row, field, buf, start, next)) this.hasFields = true;
      else this.hasBadTable = true;
    }
    return next;
  }

  #longlong(row: Row | null, { field }: Argument, buf: Uint8Array, at: number, end: number): number {
    if (at + 8 > end) return -1;
    const high = u32(buf, at);
    const low = u32(buf, at + 4);
    this.tag = high * TWO_32 + low;
    if (row && field) {
      this.hasFields = true;
      if (high < 0x200000) row.long(field, this.tag);
      else row.big(field, (BigInt(high) << 32n) | BigInt(low));
    }
    return at + 8;
  }

  #number(row: Row | null, { wire, field }: Argument, buf: Uint8Array, at: number, end: number): number {
    const size = wire === WIRE.octet ? 1 : wire === WIRE.long ? 4 : 2;
    if (at + size > end) return -1;
    const value =
      wire === WIRE.octet ? buf[at]! : wire === WIRE.long ? u32(buf, at) : (buf[at]! << 8) | buf[at + 1]!;
    if (field) {
      // A close and a return begin with their code; a close ends with the method it blames.
      if (this.#numbers === 0) this.replyCode = value;
      else if (this.#numbers === 1) this.classId = value;
      else this.methodId = value;
      this.#numbers++;
      if (row) {
        row.long(field, value);
        this.hasFields = true;
      }
    }
    return at + size;
  }
}
