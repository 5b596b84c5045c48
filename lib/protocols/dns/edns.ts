/** The OPT record: RFC 6891 6.1. Of options that occur more than once the last one is shown. */
import { constant } from '../../events/constants.js';
import type { Field } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { Text } from '../kit/text.js';
import { ALGORITHMS, HASHES, type Names, RCODES } from './codes.js';
import { fields } from './fields.js';
import type { Message } from './parser.js';
import { ipv4, ipv6, lowerHex } from './presentation.js';

const DO = 0x8000;
const VERSION_0 = constant('0');
/** Options with a number of their own that have no field. */
const WITHOUT_FIELD = new Set([0, 4, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);

type Write = (text: Text, wire: Uint8Array, start: number, end: number) => void;

interface Option {
  readonly field: Field<'keyword'>;
  readonly write: Write;
}

const OPTIONS: Readonly<Record<number, Option>> = {
  1: { field: fields['dns.opt.llq'], write: longLivedQuery },
  2: { field: fields['dns.opt.ul'], write: updateLease },
  3: { field: fields['dns.opt.nsid'], write: lowerHex },
  5: { field: fields['dns.opt.dau'], write: listOf(ALGORITHMS) },
  6: { field: fields['dns.opt.dhu'], write: listOf(HASHES) },
  7: { field: fields['dns.opt.n3u'], write: listOf(HASHES) },
  8: { field: fields['dns.opt.subnet'], write: subnet },
  10: { field: fields['dns.opt.cookie'], write: lowerHex },
};
const LOCAL = fields['dns.opt.local'];
const MAX_KNOWN = 10;

export const extendedRcode = (message: Message): number =>
  (message.flags & 15) | (message.opt < 0 ? 0 : (message.ttl(message.opt) >>> 24) << 4);

export const wantsDnssec = (message: Message): boolean =>
  message.opt >= 0 && (message.ttl(message.opt) & DO) !== 0;

export class EdnsWriter {
  readonly #text = new Text(1024);
  /** By option code: where its data lies in the record being written. */
  readonly #starts = new Int32Array(MAX_KNOWN + 1);
  readonly #ends = new Int32Array(MAX_KNOWN + 1);

  /** Writes dns.opt.* from the message's OPT record, which it must have. */
  write(row: Row, message: Message): void {
    const i = message.opt;
    const rcode = extendedRcode(message) & ~15; // of this record alone: NOERROR with NXDOMAIN in the header
    row.boolean(fields['dns.opt.do'], wantsDnssec(message));
    if (RCODES.has(rcode)) row.word(fields['dns.opt.ext_rcode'], RCODES.ids[rcode]!);
    else row.string(fields['dns.opt.ext_rcode'], RCODES.text(rcode));
    row.long(fields['dns.opt.udp_size'], message.class(i));
    const version = (message.ttl(i) >>> 16) & 255;
    if (version === 0) row.word(fields['dns.opt.version'], VERSION_0);
    else row.string(fields['dns.opt.version'], String(version));
    if (message.dataEnd(i) > message.dataAt(i))
      this.#options(row, message.wire, message.dataAt(i), message.dataEnd(i));
  }

  #options(row: Row, wire: Uint8Array, start: number, end: number): void {
    this.#starts.fill(-1);
    let local = -1;
    for (let at = start; at + 4 <= end; ) {
      const code = u16(wire, at);
      const next = at + 4 + u16(wire, at + 2);
      if (next > end) break;
      if (OPTIONS[code]) {
        this.#starts[code] = at + 4;
        this.#ends[code] = next;
      } else if (!WITHOUT_FIELD.has(code)) {
        local = at;
      }
      at = next;
    }
    for (let code = 1; code <= MAX_KNOWN; code++) {
      const at = this.#starts[code]!;
      if (at >= 0) this.#option(row, OPTIONS[code]!, wire, at, this.#ends[code]!);
    }
    if (local >= 0) this.#local(row, wire, local);
  }

  #option(row: Row, option: Option, wire: Uint8Array, start: number, end: number): void {
    this.#text.clear();
    option.write(this.#text, wire, start, end);
    row.text(option.field, this.#text.buf, 0, this.#text.size);
  }

  #local(row: Row, wire: Uint8Array, at: number): void {
    this.#text.clear();
    this.#text.ascii(`${u16(wire, at)}:0x`);
    lowerHex(this.#text, wire, at + 4, at + 4 + u16(wire, at + 2));
    row.text(LOCAL, this.#text.buf, 0, this.#text.size);
  }
}

const u16 = (wire: Uint8Array, at: number): number => (wire[at]! << 8) | wire[at + 1]!;
const u32 = (wire: Uint8Array, at: number): number => u16(wire, at) * 65_536 + u16(wire, at + 2);

/** RFC 6975 3: one byte a name. */
function listOf(names: Names): Write {
  return (text, wire, start, end) => {
    for (let at = start; at < end; at++) {
      if (at > start) text.byte(0x20);
      text.ascii(names.text(wire[at]!));
    }
  };
}

/** RFC 8764 3.2. */
function longLivedQuery(text: Text, wire: Uint8Array, start: number, end: number): void {
  if (end - start !== 18) {
    lowerHex(text, wire, start, end);
    return;
  }
  const id = (BigInt(u32(wire, start + 6)) << 32n) | BigInt(u32(wire, start + 10));
  text.ascii(
    `${u16(wire, start)} ${u16(wire, start + 2)} ${u16(wire, start + 4)} ${id} ${u32(wire, start + 14)}`,
  );
}

/** RFC 9664 4: lease, and key lease where it is there. */
function updateLease(text: Text, wire: Uint8Array, start: number, end: number): void {
  if (end - start === 4) text.ascii(`${u32(wire, start)} 0`);
  else if (end - start === 8) text.ascii(`${u32(wire, start)} ${u32(wire, start + 4)}`);
  else lowerHex(text, wire, start, end);
}

const address = new Uint8Array(16);

/** RFC 7871 6: address/source/scope, IPv6 in brackets. */
function subnet(text: Text, wire: Uint8Array, start: number, end: number): void {
  const family = end - start < 4 ? -1 : u16(wire, start);
  const size = end - start - 4;
  if (family < 0 || family > 2 || size > (family === 2 ? 16 : 4)) {
    lowerHex(text, wire, start, end);
    return;
  }
  address.fill(0);
  for (let i = 0; i < size; i++) address[i] = wire[start + 4 + i]!;
  if (family === 2) {
    text.byte(0x5b);
    ipv6(text, address, 0);
    text.byte(0x5d);
  } else {
    ipv4(text, address, 0);
  }
  text.ascii(`/${wire[start + 2]}/${wire[start + 3]}`);
}
