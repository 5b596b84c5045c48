/** Content codings of bodies that are published (RFC 9110 8.4.1): decoded with bounded output, never throwing. */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { constant } from '../../events/constants.js';

/** LIMIT of decoded output; of more, a beginning is kept. */
export const MAX_DECODED = 1 << 20;
/** LIMIT of encoded input kept for decoding. */
export const MAX_ENCODED = 1 << 20;
/** LIMIT of codings one on another. */
const MAX_CODINGS = 4;
/** Input below which too much output is not cut any further. */
const MIN_INPUT = 64;

export interface Decoded {
  readonly bytes: Uint8Array | null;
  /** Interned remark, 0: none. */
  readonly note: number;
}

interface Coding {
  readonly note: number;
  readonly decode: (input: Uint8Array) => Uint8Array;
}

const coding = (name: string, decode: (input: Uint8Array) => Uint8Array): Coding => ({
  note: constant(`unable to decode body using ${name} encoding`),
  decode,
});

const zlib = { maxOutputLength: MAX_DECODED, finishFlush: constants.Z_SYNC_FLUSH };
const brotli = { maxOutputLength: MAX_DECODED, finishFlush: constants.BROTLI_OPERATION_FLUSH };
const gzip = coding('gzip', (input) => gunzipSync(input, zlib));
const deflate = coding('deflate', (input) =>
  (hasZlibHeader(input) ? inflateSync : inflateRawSync)(input, zlib),
);
const CODINGS = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  ['x-deflate', deflate],
  ['br', coding('br', (input) => brotliDecompressSync(input, brotli))],
]);
const UNKNOWN = constant('unable to decode body: unknown encoding');
const TOO_MANY = constant('unable to decode body: too many encodings');

/** RFC 1950 2.2; many servers send raw deflate (RFC 9110 8.4.1.2). */
function hasZlibHeader(input: Uint8Array): boolean {
  return (input[0]! & 0x0f) === 8 && ((input[0]! << 8) | input[1]!) % 31 === 0;
}

/** The codings a header value lists, in lower case, but for those that change nothing here. */
export function codingsOf(list: string): string[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity' && name !== 'chunked');
}

/** Undoes `codings`, which were applied in this order. */
export function decodeBody(body: Uint8Array, codings: readonly string[]): Decoded {
  if (codings.length > MAX_CODINGS) return { bytes: null, note: TOO_MANY };
  let bytes = body;
  for (let i = codings.length - 1; i >= 0; i--) {
    const known = CODINGS.get(codings[i]!);
    if (!known) return { bytes: null, note: UNKNOWN };
    const decoded = bounded(known, bytes);
    if (!decoded) return { bytes: null, note: known.note };
    bytes = decoded;
  }
  return { bytes, note: 0 };
}

/** Decodes as much of the input as gives no more than MAX_DECODED; null when it is damaged. */
function bounded({ decode }: Coding, input: Uint8Array): Uint8Array | null {
  for (let size = input.length; size >= MIN_INPUT || size === input.length; size >>>= 1) {
    try {
      return decode(input.subarray(0, size));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE' || size === 0) return null;
    }
  }
  return null;
}
