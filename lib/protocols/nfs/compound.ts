/**
 * The main operation of an NFS 4 COMPOUND (RFC 7530 15.2, RFC 8881 2.10): the first that does more than prepare others, as
 * in PUTFH, READ, GETATTR; else the last. What the preparing ones carry is passed over.
 */
import type { Cursor } from '../../base/cursor.js';
import { ILLEGAL, OP, type Operation, operationOf } from './codes.js';

/** LIMIT: operations looked at; servers take far fewer. */
export const MAX_OPERATIONS = 128;

export class Compound {
  /** Undefined: the number in `illegal` is no operation's. */
  main: Operation | undefined;
  illegal = 0;

  /** Reads `numops` and the operations up to the main one. With `xdr.short` set it could not be found. */
  read(xdr: Cursor): void {
    this.main = ILLEGAL;
    const count = Math.min(xdr.u32be(), MAX_OPERATIONS);
    for (let i = 0; i < count; i++) {
      const number = xdr.u32be();
      if (xdr.short !== 0) return;
      this.main = operationOf(number);
      this.illegal = number;
      if (!this.main || !passesOver(number, xdr)) return;
    }
  }
}

/** Passes over the arguments of a preparing operation; false: it is a main one. */
function passesOver(number: number, xdr: Cursor): boolean {
  switch (number) {
    case OP.getattr:
      skipWords(xdr);
      return true;
    case OP.lookup:
    case OP.putfh:
    case OP.secinfo:
      skipOpaque(xdr);
      return true;
    case OP.verify:
    case OP.nverify:
      skipWords(xdr);
      skipOpaque(xdr);
      return true;
    case OP.renew:
      skip(xdr, 8);
      return true;
    case OP.sequence:
      // Session id, sequence id, slot, highest slot, whether to cache.
      skip(xdr, 16 + 4 * 4);
      return true;
    case OP.getfh:
    case OP.lookupp:
    case OP.putpubfh:
    case OP.putrootfh:
    case OP.restorefh:
    case OP.savefh:
    case OP.illegal:
      return true;
    default:
      return false;
  }
}

function skip(xdr: Cursor, bytes: number): void {
  if (xdr.need(bytes)) xdr.pos += bytes;
}

/** Variable-length bytes, padded to whole words (RFC 4506 4.10). */
export function skipOpaque(xdr: Cursor): void {
  const length = xdr.u32be();
  skip(xdr, length + ((4 - (length & 3)) & 3));
}

function skipWords(xdr: Cursor): void {
  const count = xdr.u32be();
  skip(xdr, count * 4);
}
