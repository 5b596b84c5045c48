/**
 * One ONC RPC message (RFC 5531 9) and what of NFS is in it, from its first bytes. Ranges are of the buffer that was read
 * and last as long as it.
 */
import { Cursor } from '../../base/cursor.js';
import { COMPOUND, FLAVOR, HIDDEN, NFS_PROGRAM, NULL, type Operation, procedureOf } from './codes.js';
import { Compound, skipOpaque } from './compound.js';

const CALL = 0;
const REPLY = 1;
const RPC_VERSION = 2;
const ACCEPTED = 0;
const SUCCESS = 0;
/** RFC 5531 8.2: credentials and verifiers have at most 400 bytes. */
const MAX_AUTH = 400;
/** RFC 5531 9: SYSTEM_ERR and AUTH_ERROR are the last. */
const MAX_ACCEPT_STAT = 5;
const MAX_REJECT_STAT = 1;
/** RFC 2203 5: proc and services of RPCSEC_GSS. */
const GSS = { data: 0, none: 1, integrity: 2, privacy: 3 } as const;

/** 'short': its beginning has more bytes; 'malformed': an RPC message, but not to be read; 'bad': no RPC message. */
export type Read = 'ok' | 'short' | 'malformed' | 'bad';

export class RpcMessage {
  xid = 0;
  isCall = false;
  // A call
  program = 0;
  version = 0;
  procedure = 0;
  flavor = 0;
  stamp = 0;
  machineStart = 0;
  machineEnd = 0;
  uid = 0;
  gid = 0;
  gidsStart = 0;
  gids = 0;
  /** Bytes before the arguments and results that RPCSEC_GSS adds; -1: they are encrypted. */
  wrap = 0;
  tagStart = 0;
  tagEnd = 0;
  minor = -1;
  /** Undefined: `illegal` is the number of no operation. */
  operation: Operation | undefined;
  illegal = 0;
  // A reply
  accepted = false;
  /** accept_stat or reject_stat. */
  status = 0;
  /** auth_stat of a rejected call. */
  detail = 0;
  resultStart = 0;
  resultEnd = 0;

  buf: Uint8Array = new Uint8Array(0);
  readonly #xdr = new Cursor();
  readonly #compound = new Compound();

  read(buf: Uint8Array, start: number, end: number): Read {
    const xdr = this.#xdr;
    xdr.reset(buf, start, end, 0, 0);
    this.buf = buf;
    this.xid = xdr.u32be();
    const type = xdr.u32be();
    if (xdr.short !== 0) return 'bad';
    this.isCall = type === CALL;
    const read = type === CALL ? this.#call(xdr) : type === REPLY ? this.#reply(xdr) : 'bad';
    return read === 'ok' && xdr.short !== 0 ? 'short' : read;
  }

  get isNfs(): boolean {
    return this.program === NFS_PROGRAM;
  }

  #call(xdr: Cursor): Read {
    if (xdr.u32be() !== RPC_VERSION) return 'bad';
    this.program = xdr.u32be();
    this.version = xdr.u32be();
    this.procedure = xdr.u32be();
    if (!this.isNfs) return 'ok';
    this.flavor = xdr.u32be();
    const length = xdr.u32be();
    if (length > MAX_AUTH) return 'malformed';
    if (!xdr.need(length)) return 'ok';
    const end = xdr.pos + length;
    this.wrap = 0;
    if (this.flavor === FLAVOR.unix && !this.#unix(xdr, end)) return 'malformed';
    if (this.flavor === FLAVOR.gss) this.#gss(xdr, end);
    xdr.pos = end + ((4 - (length & 3)) & 3);
    xdr.u32be();
    skipOpaque(xdr);
    this.#procedure(xdr);
    return 'ok';
  }

  /** RFC 5531 8.2, appendix A: AUTH_SYS. Whether its lengths hold. */
  #unix(xdr: Cursor, end: number): boolean {
    this.stamp = xdr.u32be();
    const length = xdr.u32be();
    this.machineStart = xdr.pos;
    this.machineEnd = xdr.pos + length;
    const padded = length + ((4 - (length & 3)) & 3);
    if (xdr.pos + padded + 12 > end) return false;
    xdr.pos += padded;
    this.uid = xdr.u32be();
    this.gid = xdr.u32be();
    this.gids = xdr.u32be();
    this.gidsStart = xdr.pos;
    return this.gidsStart + this.gids * 4 <= end;
  }

  /** RFC 2203 5.3: version, procedure, sequence number, service. Integrity puts length and number before the arguments. */
  #gss(xdr: Cursor, end: number): void {
    if (end - xdr.pos < 16) return;
    xdr.u32be();
    const control = xdr.u32be() !== GSS.data;
    xdr.u32be();
    const service = xdr.u32be();
    if (control) this.wrap = -1;
    else this.wrap = service === GSS.privacy ? -1 : service === GSS.integrity ? 8 : 0;
  }

  #procedure(xdr: Cursor): void {
    this.minor = -1;
    if (this.version !== 4) this.operation = procedureOf(this.version, this.procedure);
    else if (this.procedure === 0) this.operation = NULL;
    else if (this.procedure !== COMPOUND || this.wrap < 0) this.operation = HIDDEN;
    else this.#readCompound(xdr);
  }

  #readCompound(xdr: Cursor): void {
    if (this.wrap > 0 && xdr.need(this.wrap)) xdr.pos += this.wrap;
    const length = xdr.u32be();
    this.tagStart = xdr.pos;
    const padded = length + ((4 - (length & 3)) & 3);
    if (!xdr.need(padded)) return;
    this.tagEnd = xdr.pos + length;
    xdr.pos += padded;
    this.minor = xdr.u32be();
    this.#compound.read(xdr);
    this.operation = this.#compound.main;
    this.illegal = this.#compound.illegal;
  }

  #reply(xdr: Cursor): Read {
    const stat = xdr.u32be();
    if (stat > 1) return 'bad';
    this.accepted = stat === ACCEPTED;
    if (this.accepted) {
      xdr.u32be();
      const length = xdr.u32be();
      if (length > MAX_AUTH) return 'malformed';
      if (!xdr.need(length)) return 'ok';
      xdr.pos += length + ((4 - (length & 3)) & 3);
    }
    this.status = xdr.u32be();
    if (this.status > (this.accepted ? MAX_ACCEPT_STAT : MAX_REJECT_STAT)) return 'malformed';
    this.detail = this.accepted ? 0 : xdr.left >= 4 ? xdr.u32be() : 0;
    this.resultStart = xdr.pos;
    this.resultEnd = xdr.end;
    return 'ok';
  }

  /** The status that all results of NFS begin with; `wrap`: of the call. -1: it is not there or not to be read. */
  nfsStatus(wrap: number): number {
    if (!this.accepted || this.status !== SUCCESS || wrap < 0) return -1;
    const { buf } = this;
    const at = this.resultStart + wrap;
    if (at + 4 > this.resultEnd) return -1;
    return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
  }
}
