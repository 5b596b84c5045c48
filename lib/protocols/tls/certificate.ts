/** An X.509 certificate (RFC 5280) as far as events tell of it. It is read once and then kept, see certificates.ts. */
import { Der, TAG } from './der.js';

/** LIMIT of attributes of a name, and of names in an alternative name extension; further ones are left out. */
const MAX_ATTRIBUTES = 64;
const MAX_ALTERNATIVE_NAMES = 1000;

/** Attributes by the field that tells them; several of one kind are joined by blanks. */
export type Attribute =
  | 'common_name'
  | 'country'
  | 'locality'
  | 'organization'
  | 'organizational_unit'
  | 'postal_code'
  | 'serial_number'
  | 'state_or_province'
  | 'street_address';

export interface Name {
  /** RFC 4514, in Packetbeat's order: ORDER, then what else there is, the last first. */
  readonly distinguishedName: string;
  readonly attributes: ReadonlyMap<Attribute, string>;
}

export interface Certificate {
  readonly der: Uint8Array;
  readonly version: number;
  /** Upper-case hex, whole bytes. */
  readonly serialNumber: string;
  readonly signatureAlgorithm: string;
  readonly publicKeyAlgorithm: string;
  /** Bits; 0 where the algorithm says it. */
  readonly publicKeySize: number;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly alternativeNames: readonly string[];
}

const ATTRIBUTES: ReadonlyMap<string, readonly [short: string, attribute?: Attribute]> = new Map([
  ['2.5.4.3', ['CN', 'common_name']],
  ['2.5.4.5', ['SERIALNUMBER', 'serial_number']],
  ['2.5.4.6', ['C', 'country']],
  ['2.5.4.7', ['L', 'locality']],
  ['2.5.4.8', ['ST', 'state_or_province']],
  ['2.5.4.9', ['STREET', 'street_address']],
  ['2.5.4.10', ['O', 'organization']],
  ['2.5.4.11', ['OU', 'organizational_unit']],
  ['2.5.4.17', ['POSTALCODE', 'postal_code']],
  ['0.9.2342.19200300.100.1.1', ['UID']],
  ['0.9.2342.19200300.100.1.25', ['DC']],
] as const);

/** Packetbeat's: values of one kind are one relative name, wherever they stand in the certificate. */
const ORDER = ['SERIALNUMBER', 'CN', 'OU', 'O', 'POSTALCODE', 'STREET', 'L', 'ST', 'C'];

const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2-RSA',
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.3.14.3.2.29': 'SHA1-RSA',
  '1.2.840.113549.1.1.11': 'SHA256-RSA',
  '1.2.840.113549.1.1.12': 'SHA384-RSA',
  '1.2.840.113549.1.1.13': 'SHA512-RSA',
  '1.2.840.10040.4.3': 'DSA-SHA1',
  '2.16.840.1.101.3.4.3.2': 'DSA-SHA256',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
  '1.2.840.10045.4.3.2': 'ECDSA-SHA256',
  '1.2.840.10045.4.3.3': 'ECDSA-SHA384',
  '1.2.840.10045.4.3.4': 'ECDSA-SHA512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};
const RSA_PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA256-RSAPSS',
  '2.16.840.1.101.3.4.2.2': 'SHA384-RSAPSS',
  '2.16.840.1.101.3.4.2.3': 'SHA512-RSAPSS',
};
const KEYS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  [RSA_PSS]: 'RSA',
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.10045.2.1': 'ECDSA',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};
const CURVE_BITS: Readonly<Record<string, number>> = {
  '1.3.132.0.33': 224,
  '1.2.840.10045.3.1.7': 256,
  '1.3.132.0.10': 256,
  '1.3.132.0.34': 384,
  '1.3.132.0.35': 521,
  '1.3.36.3.3.2.8.1.1.7': 256,
  '1.3.36.3.3.2.8.1.1.11': 384,
  '1.3.36.3.3.2.8.1.1.13': 512,
};
const ALTERNATIVE_NAMES = '2.5.29.17';
/** Kinds of general names. */
const GENERAL = { email: 0x81, dns: 0x82, uri: 0x86, address: 0x87 } as const;

/** Reads the certificate that fills `der`; undefined when it is none. */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  const whole = new Der(der, 0, der.length);
  if (!whole.is(TAG.sequence)) return undefined;
  const outer = whole.enter();
  if (!outer.is(TAG.sequence)) return undefined;
  const tbs = outer.enter();
  if (!tbs.next()) return undefined;
  const version = tbs.tag === TAG.context0 ? versionOf(tbs.enter()) : 1;
  if (tbs.tag === TAG.context0 && !tbs.next()) return undefined;
  if (tbs.tag !== TAG.integer) return undefined;
  const serialNumber = serialOf(tbs);
  const parts: Der[] = [];
  // signature, issuer, validity, subject, subjectPublicKeyInfo
  for (let i = 0; i < 5; i++) {
    if (!tbs.is(TAG.sequence)) return undefined;
    parts.push(tbs.enter());
  }
  const [signature, issuer, validity, subject, key] = parts as [Der, Der, Der, Der, Der];
  const notBefore = validity.next() ? validity.time() : undefined;
  const notAfter = validity.next() ? validity.time() : undefined;
  if (!notBefore || !notAfter) return undefined;
  return {
    der,
    version,
    serialNumber,
    signatureAlgorithm: signatureOf(signature),
    ...publicKeyOf(key),
    notBefore,
    notAfter,
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    alternativeNames: alternativeNamesOf(tbs),
  };
}

function versionOf(inside: Der): number {
  return inside.is(TAG.integer) ? inside.buf[inside.end - 1]! + 1 : 1;
}

/** Without the zero that only says it is positive. */
function serialOf(integer: Der): string {
  const { buf, start, end } = integer;
  const sign = buf[start] === 0 && end - start > 1 && buf[start + 1]! >= 0x80 ? 2 : 0;
  return integer.hex().slice(sign).toUpperCase();
}

function signatureOf(algorithm: Der): string {
  if (!algorithm.is(TAG.oid)) return '';
  const oid = algorithm.oid();
  if (oid !== RSA_PSS) return SIGNATURES[oid] ?? oid;
  // RFC 4055 3.1: the hash is the first parameter.
  if (!algorithm.is(TAG.sequence)) return 'SHA1-RSAPSS';
  const parameters = algorithm.enter();
  if (!parameters.is(TAG.context0)) return 'SHA1-RSAPSS';
  const hash = parameters.enter();
  if (!hash.is(TAG.sequence)) return oid;
  const inside = hash.enter();
  return inside.is(TAG.oid) ? (HASHES[inside.oid()] ?? oid) : oid;
}

function publicKeyOf(info: Der): { publicKeyAlgorithm: string; publicKeySize: number } {
  if (!info.is(TAG.sequence)) return { publicKeyAlgorithm: '', publicKeySize: 0 };
  const algorithm = info.enter();
  if (!algorithm.is(TAG.oid)) return { publicKeyAlgorithm: '', publicKeySize: 0 };
  const oid = algorithm.oid();
  const publicKeyAlgorithm = KEYS[oid] ?? oid;
  return { publicKeyAlgorithm, publicKeySize: sizeOf(publicKeyAlgorithm, algorithm, info) };
}

function sizeOf(kind: string, algorithm: Der, info: Der): number {
  if (kind === 'ECDSA') return algorithm.is(TAG.oid) ? (CURVE_BITS[algorithm.oid()] ?? 0) : 0;
  if (kind === 'DSA') return algorithm.is(TAG.sequence) ? firstInteger(algorithm.enter()) : 0;
  if (kind !== 'RSA' || !info.is(TAG.bits)) return 0;
  // The bit string begins with the number of unused bits, which is 0.
  const key = new Der(info.buf, info.start + 1, info.end);
  return key.is(TAG.sequence) ? firstInteger(key.enter()) : 0;
}

const firstInteger = (inside: Der): number => (inside.is(TAG.integer) ? inside.bits() : 0);

function nameOf(sequence: Der): Name {
  const attributes = new Map<Attribute, string>();
  const known = new Map<string, string[]>(ORDER.map((short) => [short, []]));
  const others: string[] = [];
  for (let n = 0; n < MAX_ATTRIBUTES && sequence.is(TAG.set); ) {
    const set = sequence.enter();
    const before = n;
    for (; n < MAX_ATTRIBUTES && set.is(TAG.sequence); n++) {
      const pair = set.enter();
      if (!pair.is(TAG.oid)) continue;
      const oid = pair.oid();
      if (!pair.next()) continue;
      const [short, attribute] = ATTRIBUTES.get(oid) ?? [];
      const text = pair.text();
      const part = short && text !== undefined ? `${short}=${escaped(text)}` : `${oid}=#${hexOf(pair, text)}`;
      (attribute && text !== undefined ? known.get(short!)! : others).push(part);
      if (attribute && text !== undefined) add(attributes, attribute, text);
    }
    if (n === before) n++;
  }
  const relative = Array.from(known.values(), (parts) => parts.join('+')).filter(Boolean);
  return { distinguishedName: relative.concat(others.reverse()).join(','), attributes };
}

/** The value of an attribute without a name, as hex of DER. Which type of string the issuer chose does not count. */
function hexOf(pair: Der, text: string | undefined): string {
  const bytes = text === undefined ? undefined : Buffer.from(text);
  if (!bytes || bytes.length > 127) return pair.hex(true);
  const tag = /^[a-z0-9 '()+,./:=?-]*$/i.test(text!) ? TAG.printable : TAG.utf8;
  return Buffer.from([tag, bytes.length, ...bytes]).toString('hex');
}

function add(attributes: Map<Attribute, string>, attribute: Attribute, text: string): void {
  const before = attributes.get(attribute);
  // Of these only one is meant: the most specific, which comes last.
  const single = attribute === 'common_name' || attribute === 'serial_number';
  attributes.set(attribute, before === undefined || single ? text : `${before} ${text}`);
}

/** RFC 4514 2.4. PERF: almost no text needs it. */
function escaped(text: string): string {
  if (!/[,+"\\<>;]|^[ #]| $/.test(text)) return text;
  const characters = Array.from(text);
  const last = characters.length - 1;
  return characters
    .map((c, i) => {
      const isEdge = (c === ' ' && (i === 0 || i === last)) || (c === '#' && i === 0);
      return isEdge || ',+"\\<>;'.includes(c) ? `\\${c}` : c;
    })
    .join('');
}

/** DNS names, then e-mail addresses, IP addresses, URIs. */
function alternativeNamesOf(tbs: Der): string[] {
  while (tbs.next()) {
    if (tbs.tag !== TAG.context3) continue;
    const list = tbs.enter();
    if (!list.is(TAG.sequence)) return [];
    const extensions = list.enter();
    while (extensions.is(TAG.sequence)) {
      const extension = extensions.enter();
      if (!extension.is(TAG.oid) || extension.oid() !== ALTERNATIVE_NAMES) continue;
      while (extension.next()) if (extension.tag === TAG.octets) return generalNames(extension.enter());
    }
  }
  return [];
}

function generalNames(octets: Der): string[] {
  if (!octets.is(TAG.sequence)) return [];
  const names = octets.enter();
  const kinds = new Map<number, string[]>([
    [GENERAL.dns, []],
    [GENERAL.email, []],
    [GENERAL.address, []],
    [GENERAL.uri, []],
  ]);
  for (let n = 0; n < MAX_ALTERNATIVE_NAMES && names.next(); n++) {
    const bytes = names.buf.subarray(names.start, names.end);
    const text = names.tag === GENERAL.address ? formatAddress(bytes) : Buffer.from(bytes).toString('latin1');
    if (text !== '') kinds.get(names.tag)?.push(text);
  }
  return Array.from(kinds.values()).flat();
}

function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const words: string[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  return shorten(words);
}

/** RFC 5952 4.2: the longest run of zeros, the first of equals, of at least two. */
function shorten(words: string[]): string {
  let [best, length] = [0, 1];
  for (let i = 0; i < words.length; i++) {
    let n = 0;
    while (words[i + n] === '0') n++;
    if (n > length) [best, length] = [i, n];
  }
  if (length < 2) return words.join(':');
  return `${words.slice(0, best).join(':')}::${words.slice(best + length).join(':')}`;
}
