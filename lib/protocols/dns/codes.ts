/**
 * Names of DNS numbers (IANA registry "Domain Name System Parameters"), as Packetbeat prints them. Known names are
 * interned once; a number without a name is printed as a number.
 */
import { constant } from '../../events/constants.js';

/** Names of the numbers of one kind. */
export class Names {
  readonly #texts: ReadonlyMap<number, string>;
  /** Interned name by number; 0: none. */
  readonly ids: Uint16Array;
  readonly #unknown: string;

  /** `unknown` goes before a number that has no name. */
  constructor(size: number, texts: Readonly<Record<number, string>>, unknown = '') {
    this.#texts = new Map(Object.entries(texts).map(([code, text]) => [Number(code), text]));
    this.ids = new Uint16Array(size);
    this.#unknown = unknown;
    for (const [code, text] of this.#texts) this.ids[code] = constant(text);
  }

  has(code: number): boolean {
    return (this.ids[code] ?? 0) > 0;
  }

  /** The name, or the number in its place. */
  text(code: number): string {
    return this.#texts.get(code) ?? `${this.#unknown}${code}`;
  }
}

export const OPCODES = new Names(16, { 0: 'QUERY', 1: 'IQUERY', 2: 'STATUS', 4: 'NOTIFY', 5: 'UPDATE' });

export const RCODES = new Names(
  4096,
  {
    0: 'NOERROR',
    1: 'FORMERR',
    2: 'SERVFAIL',
    3: 'NXDOMAIN',
    4: 'NOTIMP',
    5: 'REFUSED',
    6: 'YXDOMAIN',
    7: 'YXRRSET',
    8: 'NXRRSET',
    9: 'NOTAUTH',
    10: 'NOTZONE',
    16: 'BADVERS',
    17: 'BADKEY',
    18: 'BADTIME',
    19: 'BADMODE',
    20: 'BADNAME',
    21: 'BADALG',
    22: 'BADTRUNC',
    23: 'BADCOOKIE',
  },
  'Unknown ',
);

export const CLASSES = new Names(65_536, { 1: 'IN', 2: 'CS', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' });

/** Types the analyzer knows more of than the name. */
export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  IXFR: 251,
  AXFR: 252,
  URI: 256,
  CAA: 257,
  DLV: 32769,
} as const;

const OTHER_TYPES: Readonly<Record<number, string>> = {
  0: 'None',
  10: 'NULL',
  11: 'WKS',
  19: 'X25',
  20: 'ISDN',
  22: 'NSAP',
  23: 'NSAP-PTR',
  26: 'PX',
  27: 'GPOS',
  29: 'LOC',
  30: 'NXT',
  31: 'EID',
  32: 'NIMLOC',
  34: 'ATMA',
  37: 'CERT',
  40: 'SINK',
  42: 'APL',
  45: 'IPSECKEY',
  49: 'DHCID',
  55: 'HIP',
  56: 'NINFO',
  57: 'RKEY',
  58: 'TALINK',
  61: 'OPENPGPKEY',
  62: 'CSYNC',
  63: 'ZONEMD',
  100: 'UINFO',
  101: 'UID',
  102: 'GID',
  103: 'UNSPEC',
  104: 'NID',
  105: 'L32',
  106: 'L64',
  107: 'LP',
  108: 'EUI48',
  109: 'EUI64',
  249: 'TKEY',
  250: 'TSIG',
  253: 'MAILB',
  254: 'MAILA',
  255: 'ANY',
  258: 'AVC',
  259: 'DOA',
  260: 'AMTRELAY',
  32768: 'TA',
  65535: 'Reserved',
};

export const TYPES = new Names(65_536, {
  ...OTHER_TYPES,
  ...Object.fromEntries(Object.entries(TYPE).map(([text, code]) => [code, text])),
});

/** DNSSEC algorithms. */
export const ALGORITHMS = new Names(256, {
  1: 'RSAMD5',
  2: 'DH',
  3: 'DSA',
  5: 'RSASHA1',
  6: 'DSA-NSEC3-SHA1',
  7: 'RSASHA1-NSEC3-SHA1',
  8: 'RSASHA256',
  10: 'RSASHA512',
  12: 'ECC-GOST',
  13: 'ECDSAP256SHA256',
  14: 'ECDSAP384SHA384',
  15: 'ED25519',
  16: 'ED448',
  252: 'INDIRECT',
  253: 'PRIVATEDNS',
  254: 'PRIVATEOID',
});

/** Digest types of DS records; NSEC3 hashes share the name of the first. */
export const HASHES = new Names(256, { 1: 'SHA1', 2: 'SHA256', 3: 'GOST94', 4: 'SHA384', 5: 'SHA512' });

/** Keys of service parameters, RFC 9460 14.3.2. */
export const SERVICE_KEYS: readonly string[] = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
];
