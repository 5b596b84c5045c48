/** Data of the DNSSEC records: RFC 4034, RFC 5155. Each function is false when the data is not what the type says. */
import { ALGORITHMS, HASHES, TYPES } from './codes.js';
import type { Data } from './data.js';
import { NAME_START } from './names.js';
import { base32hex, hex } from './presentation.js';
import { key } from './sink.js';

const K = {
  algorithm: key('algorithm'),
  digestType: key('digest_type'),
  expiration: key('expiration'),
  flags: key('flags'),
  hash: key('hash'),
  inception: key('inception'),
  iterations: key('iterations'),
  keyTag: key('key_tag'),
  labels: key('labels'),
  originalTtl: key('original_ttl'),
  protocol: key('protocol'),
  salt: key('salt'),
  signerName: key('signer_name'),
  typeBits: key('type_bits'),
  typeCovered: key('type_covered'),
} as const;

const RRSIG_FIXED_BYTES = 18;

export function dnskey(d: Data): boolean {
  const at = d.at;
  if (at + 4 > d.end) return false;
  d.sink.word(K.algorithm, ALGORITHMS, d.wire[at + 3]!);
  d.number(K.flags, d.u16(at));
  d.number(K.protocol, d.wire[at + 2]!);
  d.base64(at + 4);
  return true;
}

export function ds(d: Data): boolean {
  const at = d.at;
  if (at + 4 > d.end) return false;
  d.sink.word(K.algorithm, ALGORITHMS, d.wire[at + 2]!);
  d.sink.word(K.digestType, HASHES, d.wire[at + 3]!);
  d.number(K.keyTag, d.u16(at));
  d.text.clear();
  hex(d.text, d.wire, at + 4, d.end);
  return d.composedData();
}

export function rrsig(d: Data): boolean {
  const at = d.at;
  const sink = d.sink;
  const signature = at + RRSIG_FIXED_BYTES > d.end ? -1 : d.read(at + RRSIG_FIXED_BYTES);
  if (signature < 0) return false;
  sink.word(K.algorithm, ALGORITHMS, d.wire[at + 2]!);
  d.date(K.expiration, d.u32(at + 8));
  d.date(K.inception, d.u32(at + 12));
  d.number(K.keyTag, d.u16(at + 16));
  d.number(K.labels, d.wire[at + 3]!);
  d.number(K.originalTtl, d.u32(at + 4));
  sink.text(K.signerName, d.names.buf, NAME_START, d.names.end);
  sink.word(K.typeCovered, TYPES, d.u16(at));
  d.base64(signature);
  return true;
}

export function nsec(d: Data): boolean {
  const bits = d.read(d.at);
  if (bits < 0 || !typeBits(d, bits)) return false;
  d.sink.text(K.typeBits, d.text.buf, 0, d.text.size);
  d.text.clear();
  d.text.bytes(d.names.buf, NAME_START, d.names.end);
  if (d.names.end > NAME_START + 1) d.text.byte(0x2e);
  return d.composedData();
}

export function nsec3(d: Data): boolean {
  const wire = d.wire;
  const salt = d.at + 5;
  const hash = salt + (salt <= d.end ? wire[salt - 1]! : 0);
  if (hash >= d.end) return false;
  const bits = hash + 1 + wire[hash]!;
  if (bits > d.end || !typeBits(d, bits)) return false;
  nsec3Parameters(d);
  saltText(d, salt, hash);
  d.sink.text(K.salt, d.text.buf, 0, d.text.size);
  typeBits(d, bits);
  d.sink.text(K.typeBits, d.text.buf, 0, d.text.size);
  d.text.clear();
  base32hex(d.text, wire, hash + 1, bits);
  return d.composedData();
}

export function nsec3param(d: Data): boolean {
  const salt = d.at + 5;
  if (salt > d.end || salt + d.wire[salt - 1]! !== d.end) return false;
  nsec3Parameters(d);
  saltText(d, salt, d.end);
  return d.composedData();
}

function nsec3Parameters(d: Data): void {
  d.number(K.flags, d.wire[d.at + 1]!);
  d.sink.word(K.hash, HASHES, d.wire[d.at]!);
  d.number(K.iterations, d.u16(d.at + 2));
}

/** RFC 5155 3.3: a dash for none. */
function saltText(d: Data, start: number, end: number): void {
  d.text.clear();
  if (start === end) d.text.byte(0x2d);
  else hex(d.text, d.wire, start, end);
}

/** RFC 4034 4.1.2: windows of 256 types; names of the types that are set, into `text`. */
function typeBits(d: Data, at: number): boolean {
  const text = d.text;
  text.clear();
  while (at < d.end) {
    const size = at + 2 <= d.end ? d.wire[at + 1]! : 0;
    if (size < 1 || size > 32 || at + 2 + size > d.end) return false;
    const window = d.wire[at]! * 256;
    at += 2;
    for (let bit = 0; bit < size * 8; bit++) {
      if (((d.wire[at + (bit >> 3)]! << (bit & 7)) & 0x80) === 0) continue;
      if (text.size > 0) text.byte(0x20);
      text.ascii(TYPES.text(window + bit));
    }
    at += size;
  }
  return true;
}
