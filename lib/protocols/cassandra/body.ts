/**
 * Notations of the specification (3) over the shown part of a body, and the metadata of results. A body that is shorter
 * than it claims sets `short` of its cursor, and what was not read stays empty.
 */
import type { Cursor } from '../../base/cursor.js';
import { META } from './codes.js';

/** LIMIT of types within types; deeper ones end the reading. */
export const MAX_TYPE_DEPTH = 32;

/** Where something lies in the body. */
export class Span {
  start = 0;
  end = 0;

  get size(): number {
    return this.end - this.start;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
  }
}

/** The next `size` bytes; false, and nothing is consumed, when they are not all there. */
function take(body: Cursor, size: number, into: Span | undefined): boolean {
  if (body.short > 0 || !body.need(size)) return false;
  if (into) {
    into.start = body.pos;
    into.end = body.pos + size;
  }
  body.pos += size;
  return true;
}

/** [string] and [short bytes]. */
export const string = (body: Cursor, into?: Span): boolean => take(body, body.u16be(), into);

/** [long string]; what is not there of it is left out. */
export function longString(body: Cursor, into: Span): boolean {
  const size = body.u32be();
  if (body.short > 0) return false;
  into.start = body.pos;
  into.end = Math.min(body.end, body.pos + size);
  const whole = body.need(size);
  body.pos = into.end;
  return whole;
}

/** [bytes] and [value]: negative sizes stand for null. */
export function bytes(body: Cursor, into?: Span): boolean {
  const size = body.u32be() | 0;
  into?.clear();
  return body.short === 0 && (size <= 0 || take(body, size, into));
}

/** Passes over the map that comes with CustomPayload: [bytes map]. */
export function skipPayload(body: Cursor): boolean {
  for (let n = body.u16be(); n > 0; n--) if (!string(body) || !bytes(body)) return false;
  return body.short === 0;
}

export const skip = (body: Cursor, size: number): boolean => take(body, size, undefined);

/** Passes over one type (spec 4.2.5.2, [option]). */
function skipType(body: Cursor, depth: number): boolean {
  if (depth > MAX_TYPE_DEPTH) return false;
  const id = body.u16be();
  if (body.short > 0) return false;
  switch (id) {
    case 0x00:
      return string(body);
    case 0x20:
    case 0x22:
      return skipType(body, depth + 1);
    case 0x21:
      return skipType(body, depth + 1) && skipType(body, depth + 1);
    case 0x30:
      return string(body) && string(body) && skipTypes(body, depth, true);
    case 0x31:
      return skipTypes(body, depth, false);
    default:
      return true;
  }
}

function skipTypes(body: Cursor, depth: number, named: boolean): boolean {
  for (let n = body.u16be(); n > 0; n--) {
    if ((named && !string(body)) || !skipType(body, depth + 1)) return false;
  }
  return body.short === 0;
}

/** What is told of the columns of a result. */
export class Metadata {
  flags = 0;
  columns = 0;
  /** Two bytes each. */
  readonly partitionKey = new Span();
  readonly keyspace = new Span();
  readonly table = new Span();
  readonly pagingState = new Span();
  /** There is a list of partition key columns, empty or not. */
  hasPartitionKey = false;

  /** Reads to the end of the columns; false: it is cut, or no metadata. `prepared`: of the variables of a statement. */
  read(body: Cursor, version: number, prepared: boolean): boolean {
    this.partitionKey.clear();
    this.keyspace.clear();
    this.table.clear();
    this.pagingState.clear();
    this.flags = body.u32be();
    this.columns = body.u32be();
    this.hasPartitionKey = prepared && version >= 4;
    if (this.hasPartitionKey && !take(body, body.u32be() * 2, this.partitionKey)) return false;
    if (this.flags & META.morePages && !bytes(body, this.pagingState)) return false;
    if (this.flags & META.changed && !string(body)) return false;
    if (this.flags & META.none) return body.short === 0;
    const isGlobal = this.flags & META.global;
    if (isGlobal && (!string(body, this.keyspace) || !string(body, this.table))) return false;
    for (let n = this.columns; n > 0; n--) {
      if (!isGlobal && (!string(body) || !string(body))) return false;
      if (!string(body) || !skipType(body, 0)) return false;
    }
    return body.short === 0;
  }
}
