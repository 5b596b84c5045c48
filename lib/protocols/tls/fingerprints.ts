/**
 * JA3 and JA3S (github.com/salesforce/ja3), JA4 and JA4S (github.com/FoxIO-LLC/ja4, technical_details). Numbers of GREASE
 * are left out everywhere.
 */
import { hash } from 'node:crypto';
import { isGrease } from './codes.js';
import { EXTENSION, type Hello } from './hello.js';

/** What carries the handshake: TCP, DTLS, QUIC. */
export type Carrier = 't' | 'd' | 'q';

const NONE = '000000000000';
const VERSIONS: Readonly<Record<number, string>> = {
  772: '13',
  771: '12',
  770: '11',
  769: '10',
  768: 's3',
  2: 's2',
  65279: 'd1',
  65277: 'd2',
  65276: 'd3',
};

export const ja3 = (hello: Hello): string => hash('md5', ja3Text(hello));
export const ja3s = (hello: Hello): string => hash('md5', ja3sText(hello));

/** Version, cipher suites, extensions, groups, point formats: decimal, in the order of the wire. */
export function ja3Text(hello: Hello): string {
  const { version, ciphersAt, ciphersEnd } = hello;
  const groups = content(hello, EXTENSION.supportedGroups, 2);
  const formats = content(hello, EXTENSION.pointFormats, 1);
  return [
    version,
    numbers(hello, ciphersAt, ciphersEnd).join('-'),
    extensionsOf(hello).join('-'),
    numbers(hello, groups.start, groups.end).join('-'),
    Array.from(hello.buf.subarray(formats.start, formats.end)).join('-'),
  ].join(',');
}

/** Version, chosen cipher suite, extensions. */
export function ja3sText(hello: Hello): string {
  return [hello.version, hello.u16(hello.ciphersAt), extensionsOf(hello).join('-')].join(',');
}

export function ja4(hello: Hello, carrier: Carrier): string {
  const ciphers = numbers(hello, hello.ciphersAt, hello.ciphersEnd);
  const extensions = extensionsOf(hello);
  const listed = extensions.filter((id) => id !== EXTENSION.serverName && id !== EXTENSION.alpn);
  const schemes = content(hello, EXTENSION.signatureAlgorithms, 2);
  const signatures = numbers(hello, schemes.start, schemes.end).map(hex);
  const described = [sorted(listed), ...(signatures.length > 0 ? [signatures.join(',')] : [])].join('_');
  const head = [
    carrier,
    VERSIONS[highestVersion(hello)] ?? '00',
    extensions.includes(EXTENSION.serverName) ? 'd' : 'i',
    count(ciphers.length),
    count(extensions.length),
    alpnLetters(hello),
  ].join('');
  return [
    head,
    ciphers.length > 0 ? digest(sorted(ciphers)) : NONE,
    extensions.length > 0 ? digest(described) : NONE,
  ].join('_');
}

export function ja4s(hello: Hello, carrier: Carrier): string {
  const extensions = extensionsOf(hello);
  const version = VERSIONS[hello.negotiated] ?? '00';
  const head = `${carrier}${version}${count(extensions.length)}${alpnLetters(hello)}`;
  const listed = extensions.length > 0 ? digest(extensions.map(hex).join(',')) : NONE;
  return `${head}_${hex(hello.u16(hello.ciphersAt))}_${listed}`;
}

/** The highest version that a client offers. DTLS counts downwards. */
function highestVersion(hello: Hello): number {
  const versions = content(hello, EXTENSION.supportedVersions, 1);
  const offered = numbers(hello, versions.start, versions.end);
  if (offered.length === 0) return hello.version;
  return hello.version >> 8 === 0xfe ? Math.min(...offered) : Math.max(...offered);
}

/** First and last letter of the first protocol; of its hex form, when one is no letter or digit. */
function alpnLetters(hello: Hello): string {
  const { start, end } = content(hello, EXTENSION.alpn, 2);
  const size = start < end ? hello.u8(start) : 0;
  if (size === 0 || start + 1 + size > end) return '00';
  const first = hello.u8(start + 1);
  const last = hello.u8(start + size);
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
  return `${(first >> 4).toString(16)}${(last & 15).toString(16)}`;
}

/** Where the list of an extension lies whose length takes `size` bytes; empty when it is absent or lies. */
function content(hello: Hello, id: number, size: 1 | 2): { start: number; end: number } {
  const i = hello.find(id);
  if (i < 0) return { start: 0, end: 0 };
  const start = hello.at[i]! + size;
  const end = start + (size === 1 ? hello.u8(start - 1) : hello.u16(start - 2));
  return { start, end: Math.max(start, Math.min(end, hello.ends[i]!)) };
}

function numbers(hello: Hello, start: number, end: number): number[] {
  const all: number[] = [];
  for (let at = start; at + 2 <= end; at += 2) {
    const number = hello.u16(at);
    if (!isGrease(number)) all.push(number);
  }
  return all;
}

const extensionsOf = (hello: Hello): number[] => Array.from(hello.ids.subarray(0, hello.extensions));
const hex = (number: number): string => number.toString(16).padStart(4, '0');
const sorted = (list: number[]): string =>
  Array.from(list, hex)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(',');
const count = (n: number): string => String(Math.min(n, 99)).padStart(2, '0');
const digest = (text: string): string => hash('sha256', text).slice(0, 12);
const isAlphanumeric = (c: number): boolean =>
  (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
