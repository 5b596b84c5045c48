/**
 * Data of resource records, by type. Data that is not what its type says, and types not known here, get the form of
 * RFC 3597 5: `\# length hexadecimal`.
 */
import { TYPE } from './codes.js';
import { caa, fingerprint, naptr, quotedStrings, service, twoNames, uri } from './composed.js';
import { Data } from './data.js';
import { dnskey, ds, nsec, nsec3, nsec3param, rrsig } from './dnssec.js';
import { NAME_START, type NameReader } from './names.js';
import type { Message } from './parser.js';
import { hex } from './presentation.js';
import { key, type Sink } from './sink.js';

const K = {
  expire: key('expire'),
  minimum: key('minimum'),
  port: key('port'),
  preference: key('preference'),
  priority: key('priority'),
  refresh: key('refresh'),
  retry: key('retry'),
  rname: key('rname'),
  serial: key('serial'),
  weight: key('weight'),
} as const;

const SOA_NUMBERS_BYTES = 20;

/** Writes the data of one record at a time. */
export class RecordWriter {
  readonly data: Data;

  constructor(names: NameReader) {
    this.data = new Data(names);
  }

  /** Writes the data of record `i` to `sink`. False: it is not what a known type says. */
  write(sink: Sink, message: Message, i: number): boolean {
    const { data } = this;
    data.point(sink, message, i);
    const type = message.type(i);
    // RFC 2136 2.4.1: updates have records without data.
    if (data.at === data.end && type !== TYPE.TXT) return true;
    const outcome = writeCommon(data, type);
    if (outcome === true) return true;
    generic(data);
    return outcome === 'unknown';
  }
}

type Outcome = boolean | 'unknown';

function writeCommon(d: Data, type: number): Outcome {
  switch (type) {
    case TYPE.A:
      return address(d, 4);
    case TYPE.AAAA:
      return address(d, 16);
    case TYPE.CNAME:
    case TYPE.NS:
    case TYPE.PTR:
    case TYPE.DNAME:
    case TYPE.MB:
    case TYPE.MD:
    case TYPE.MF:
    case TYPE.MG:
    case TYPE.MR:
      return name(d);
    case TYPE.MX:
    case TYPE.AFSDB:
    case TYPE.KX:
    case TYPE.RT:
      return exchange(d);
    case TYPE.TXT:
    case TYPE.SPF:
      return strings(d);
    case TYPE.SOA:
      return soa(d);
    case TYPE.SRV:
      return srv(d);
    default:
      return writeSigned(d, type);
  }
}

function writeSigned(d: Data, type: number): Outcome {
  switch (type) {
    case TYPE.DNSKEY:
    case TYPE.CDNSKEY:
    case TYPE.KEY:
      return dnskey(d);
    case TYPE.DS:
    case TYPE.CDS:
    case TYPE.DLV:
      return ds(d);
    case TYPE.RRSIG:
    case TYPE.SIG:
      return rrsig(d);
    case TYPE.NSEC:
      return nsec(d);
    case TYPE.NSEC3:
      return nsec3(d);
    case TYPE.NSEC3PARAM:
      return nsec3param(d);
    default:
      return writeComposed(d, type);
  }
}

function writeComposed(d: Data, type: number): Outcome {
  d.text.clear();
  switch (type) {
    case TYPE.SVCB:
    case TYPE.HTTPS:
      return service(d) && d.composedData();
    case TYPE.CAA:
      return caa(d) && d.composedData();
    case TYPE.TLSA:
    case TYPE.SMIMEA:
      return fingerprint(d, 3) && d.composedData();
    case TYPE.SSHFP:
      return fingerprint(d, 2) && d.composedData();
    case TYPE.HINFO:
      return quotedStrings(d, d.at, 2) === d.end && d.composedData();
    case TYPE.NAPTR:
      return naptr(d) && d.composedData();
    case TYPE.RP:
    case TYPE.MINFO:
      return twoNames(d) && d.composedData();
    case TYPE.URI:
      return uri(d) && d.composedData();
    default:
      return 'unknown';
  }
}

function address(d: Data, size: 4 | 16): boolean {
  if (d.end - d.at !== size) return false;
  d.sink.address(d.wire, d.at, size);
  return true;
}

function name(d: Data): boolean {
  if (d.read(d.at) !== d.end) return false;
  d.sink.name(d.names, d.at);
  return true;
}

function exchange(d: Data): boolean {
  const at = d.at;
  if (at + 2 > d.end || d.read(at + 2) !== d.end) return false;
  d.sink.long(K.preference, d.u16(at));
  d.sink.name(d.names, at + 2);
  return true;
}

function strings(d: Data): boolean {
  let at = d.at;
  while (at < d.end) at += 1 + d.wire[at]!;
  if (at !== d.end) return false;
  d.sink.strings(d.wire, d.at, d.end);
  return true;
}

function soa(d: Data): boolean {
  const sink = d.sink;
  const second = d.read(d.at);
  const at = second < 0 ? -1 : d.read(second);
  if (at < 0 || at + SOA_NUMBERS_BYTES !== d.end) return false;
  sink.long(K.expire, d.u32(at + 12));
  sink.long(K.minimum, d.u32(at + 16));
  sink.long(K.refresh, d.u32(at + 4));
  sink.long(K.retry, d.u32(at + 8));
  sink.text(K.rname, d.names.buf, NAME_START, d.names.end);
  sink.long(K.serial, d.u32(at));
  d.read(d.at);
  sink.name(d.names, d.at);
  return true;
}

function srv(d: Data): boolean {
  const at = d.at;
  if (at + 6 > d.end || d.read(at + 6) !== d.end) return false;
  d.sink.long(K.port, d.u16(at + 4));
  d.sink.long(K.priority, d.u16(at));
  d.sink.long(K.weight, d.u16(at + 2));
  d.sink.name(d.names, at + 6);
  return true;
}

function generic(d: Data): void {
  const size = d.end - d.at;
  d.text.clear();
  d.text.ascii(size > 0 ? `\\# ${size} ` : '\\# 0');
  hex(d.text, d.wire, d.at, d.end);
  d.composedData();
}
