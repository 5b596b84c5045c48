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
      const certificate = next <= end ? readCertificate(buf.slice(at + 3, next)) : undefined;
      if (certificate) chain.push(certificate);
      else this.#unreadable.value++;
      at = next;
    }
    return chain;
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

function writeX509(row: Row, role: Role, certificate: Certificate): void {
  row.long(fields[`tls.${role}.x509.version_number`], certificate.version);
  row.string(fields[`tls.${role}.x509.serial_number`], certificate.serialNumber);
  row.string(fields[`tls.${role}.x509.signature_algorithm`], certificate.signatureAlgorithm);
  row.string(fields[`tls.${role}.x509.public_key_algorithm`], certificate.publicKeyAlgorithm);
  if (certificate.publicKeySize > 0)
    row.long(fields[`tls.${role}.x509.public_key_size`], certificate.publicKeySize);
  row.string(fields[`tls.${role}.x509.not_before`], certificate.notBefore);
  row.string(fields[`tls.${role}.x509.not_after`], certificate.notAfter);
  for (const which of ['issuer', 'subject'] as const) {
    const { attributes, distinguishedName } = certificate[which];
    for (const name of ATTRIBUTES) {
      const text = attributes.get(name);
      if (text) row.string(fields[`tls.${role}.x509.${which}.${name}`], text);
    }
    if (distinguishedName)
      row.string(fields[`tls.${role}.x509.${which}.distinguished_name`], distinguishedName);
  }
  if (certificate.alternativeNames.length === 0) return;
  row.list(fields[`tls.${role}.x509.alternative_names`]);
  for (const name of certificate.alternativeNames) row.string(ITEM, name);
  row.close();
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
