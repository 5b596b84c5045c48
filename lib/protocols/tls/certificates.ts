/**
 * Certificate messages: what an event says of them is put together once and kept by the bytes of the message, because
 * servers send the same chain on every connection.
 */
import { hash } from 'node:crypto';
import type { Counter } from '../../base/counters.js';
import { constant } from '../../events/constants.js';
import { ITEM } from '../../events/fields.js';
import { type Block, Row } from '../../events/row.js';
import { ByContent } from './cache.js';
import { type Attribute, type Certificate, type Name, readCertificate } from './certificate.js';
import { fields } from './fields.js';
import type { Role } from './hello.js';

/** LIMIT of certificates in a chain; further ones are left out. */
export const MAX_CERTIFICATES = 32;
/** LIMIT: larger blocks are not kept, bytes. */
const MAX_BLOCK = 65_536;

const ATTRIBUTES = [
  'common_name',
  'country',
  'locality',
  'organization',
  'organizational_unit',
  'postal_code',
  'serial_number',
  'state_or_province',
  'street_address',
] as const satisfies readonly Attribute[];

/** Keys of the objects in a chain. */
const KEY = Object.fromEntries(
  [
    ...ATTRIBUTES,
    'alternative_names',
    'distinguished_name',
    'issuer',
    'not_after',
    'not_before',
    'public_key_algorithm',
    'public_key_size',
    'signature_algorithm',
    'subject',
    'version_number',
  ].map((name) => [name, constant(name)]),
) as Record<string, number>;

export interface CertificateOptions {
  /** All that is in them, and further certificates in tls.detailed. */
  readonly x509: boolean;
  readonly raw: boolean;
  readonly fingerprints: readonly string[];
}

export class Certificates {
  readonly #options: CertificateOptions;
  readonly #unreadable: Counter;
  readonly #kept = { client: new ByContent<Block>(), server: new ByContent<Block>() };
  /** Those above the first of a chain, which few authorities give to many. */
  readonly #issuers = new ByContent<Certificate>();
  readonly #draft = new Row(new Uint8Array(0), []);

  constructor(options: CertificateOptions, unreadable: Counter) {
    this.#options = options;
    this.#unreadable = unreadable;
  }

  /** What the events say of the Certificate message body [start, end) of `buf`. */
  describe(role: Role, buf: Uint8Array, start: number, end: number): Block {
    const kept = this.#kept[role].find(buf, start, end);
    if (kept) return kept;
    const chain = this.#read(buf, start, end);
    const row = this.#draft;
    row.clear();
    if (chain.length > 0) this.#write(row, role, chain);
    const block = row.copy();
    if (block.entries.length * 4 + block.heap.length <= MAX_BLOCK)
      this.#kept[role].keep(buf, start, end, block);
    return block;
  }

  /** RFC 5246 7.4.2: certificates one after the other, each with its length before it. */
  #read(buf: Uint8Array, start: number, end: number): Certificate[] {
    const chain: Certificate[] = [];
    if (end - start < 3 || start + 3 + u24(buf, start) !== end) {
      this.#unreadable.value++;
      return chain;
    }
    for (let at = start + 3; at + 3 <= end && chain.length < MAX_CERTIFICATES; ) {
      const next = at + 3 + u24(buf, at);
      const certificate = next <= end ? this.#readOne(buf, at + 3, next, at === start + 3) : undefined;
      if (certificate) chain.push(certificate);
      else this.#unreadable.value++;
      at = next;
    }
    return chain;
  }

  #readOne(buf: Uint8Array, start: number, end: number, isFirst: boolean): Certificate | undefined {
    if (isFirst) return readCertificate(buf.slice(start, end));
    const kept = this.#issuers.find(buf, start, end);
    if (kept) return kept;
    const certificate = readCertificate(buf.slice(start, end));
    if (certificate) this.#issuers.keep(buf, start, end, certificate);
    return certificate;
  }

  #write(row: Row, role: Role, chain: readonly Certificate[]): void {
    const { x509, raw, fingerprints } = this.#options;
    const own = chain[0]!;
    row.string(fields[`tls.${role}.subject`], own.subject.distinguishedName);
    row.string(fields[`tls.${role}.issuer`], own.issuer.distinguishedName);
    row.string(fields[`tls.${role}.not_before`], own.notBefore);
    row.string(fields[`tls.${role}.not_after`], own.notAfter);
    for (const kind of ['md5', 'sha1', 'sha256'] as const) {
      if (fingerprints.includes(kind))
        row.string(fields[`tls.${role}.hash.${kind}`], hash(kind, own.der).toUpperCase());
    }
    if (raw) {
      row.list(fields[`tls.${role}.certificate_chain`]);
      for (const { der } of chain) row.string(ITEM, pem(der));
      row.close();
    }
    if (!x509) return;
    writeX509(row, role, own);
    if (chain.length === 1) return;
    row.list(fields[`tls.detailed.${role}_certificate_chain`]);
    for (const certificate of chain.slice(1)) writeItem(row, certificate);
    row.close();
  }
}

type TextField = (typeof fields)['tls.client.subject'];
type NameFields = Record<(typeof ATTRIBUTES)[number] | 'distinguished_name', TextField>;

function nameFields(role: Role, which: 'issuer' | 'subject'): NameFields {
  const names = [...ATTRIBUTES, 'distinguished_name'] as const;
  return Object.fromEntries(
    names.map((name) => [name, fields[`tls.${role}.x509.${which}.${name}`]]),
  ) as NameFields;
}

/** PERF: looked up once, as names put together for each event would be searched in the engine's table of strings. */
const x509Of = (role: Role) => ({
  version: fields[`tls.${role}.x509.version_number`],
  serial: fields[`tls.${role}.x509.serial_number`],
  signature: fields[`tls.${role}.x509.signature_algorithm`],
  algorithm: fields[`tls.${role}.x509.public_key_algorithm`],
  size: fields[`tls.${role}.x509.public_key_size`],
  notBefore: fields[`tls.${role}.x509.not_before`],
  notAfter: fields[`tls.${role}.x509.not_after`],
  alternatives: fields[`tls.${role}.x509.alternative_names`],
  issuer: nameFields(role, 'issuer'),
  subject: nameFields(role, 'subject'),
});
const X509 = { client: x509Of('client'), server: x509Of('server') };

function writeX509(row: Row, role: Role, certificate: Certificate): void {
  const names = X509[role];
  row.long(names.version, certificate.version);
  row.string(names.serial, certificate.serialNumber);
  row.string(names.signature, certificate.signatureAlgorithm);
  row.string(names.algorithm, certificate.publicKeyAlgorithm);
  if (certificate.publicKeySize > 0) row.long(names.size, certificate.publicKeySize);
  row.string(names.notBefore, certificate.notBefore);
  row.string(names.notAfter, certificate.notAfter);
  writeX509Name(row, names.issuer, certificate.issuer);
  writeX509Name(row, names.subject, certificate.subject);
  if (certificate.alternativeNames.length === 0) return;
  row.list(names.alternatives);
  for (const name of certificate.alternativeNames) row.string(ITEM, name);
  row.close();
}

function writeX509Name(row: Row, names: NameFields, { attributes, distinguishedName }: Name): void {
  for (const name of ATTRIBUTES) {
    const text = attributes.get(name);
    if (text) row.string(names[name], text);
  }
  if (distinguishedName) row.string(names.distinguished_name, distinguishedName);
}

/** A further certificate, as an object. */
function writeItem(row: Row, certificate: Certificate): void {
  const text = (name: string, value: string) => {
    row.key(KEY[name]!);
    row.string(ITEM, value);
  };
  row.object(ITEM);
  row.key(KEY.version_number!);
  row.long(ITEM, certificate.version);
  text('serial_number', certificate.serialNumber);
  text('signature_algorithm', certificate.signatureAlgorithm);
  text('public_key_algorithm', certificate.publicKeyAlgorithm);
  if (certificate.publicKeySize > 0) {
    row.key(KEY.public_key_size!);
    row.long(ITEM, certificate.publicKeySize);
  }
  text('not_before', certificate.notBefore);
  text('not_after', certificate.notAfter);
  writeName(row, 'issuer', certificate.issuer);
  writeName(row, 'subject', certificate.subject);
  if (certificate.alternativeNames.length > 0) {
    row.key(KEY.alternative_names!);
    row.list(ITEM);
    for (const name of certificate.alternativeNames) row.string(ITEM, name);
    row.close();
  }
  row.close();
}

function writeName(row: Row, key: string, { attributes, distinguishedName }: Name): void {
  row.key(KEY[key]!);
  row.object(ITEM);
  for (const [name, text] of attributes) {
    row.key(KEY[name]!);
    row.string(ITEM, text);
  }
  if (distinguishedName) {
    row.key(KEY.distinguished_name!);
    row.string(ITEM, distinguishedName);
  }
  row.close();
}

/** RFC 7468: lines of 64. */
function pem(der: Uint8Array): string {
  const text = Buffer.from(der).toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += 64) lines.push(text.slice(at, at + 64));
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const u24 = (buf: Uint8Array, at: number): number => (buf[at]! << 16) | (buf[at + 1]! << 8) | buf[at + 2]!;
