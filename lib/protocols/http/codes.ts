/**
 * Methods and status codes that are known by name: their texts are interned once, so that an event refers to them by
 * number. What is not here is published as it was sent.
 */
import { constant } from '../../events/constants.js';

export interface Method {
  readonly bytes: Uint8Array;
  readonly constant: number;
  /** Its response has no body, whatever its headers say. */
  readonly isHead: boolean;
  /** A 2xx response turns the connection into a tunnel. */
  readonly isConnect: boolean;
}

interface Status {
  /** The usual phrase in lower case, as bytes and interned. */
  readonly phrase: Uint8Array;
  readonly constant: number;
}

/** LIMIT of a method's length. */
export const MAX_METHOD = 32;

// IANA HTTP method registry.
const NAMES =
  'GET POST HEAD PUT DELETE OPTIONS PATCH CONNECT TRACE ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK ' +
  'MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PROPFIND PROPPATCH QUERY REBIND REPORT ' +
  'SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL PURGE NOTIFY SUBSCRIBE UNSUBSCRIBE ' +
  'M-SEARCH';

/** By length: a short list each. */
const methods: Method[][] = Array.from({ length: MAX_METHOD + 1 }, () => []);
for (const name of NAMES.split(' ')) {
  methods[name.length]!.push({
    bytes: Buffer.from(name),
    constant: constant(name),
    isHead: name === 'HEAD',
    isConnect: name === 'CONNECT',
  });
}

/** The method in [start, end), case-sensitive (RFC 9110 9.1); undefined when it is none of the registry. */
export function findMethod(buf: Uint8Array, start: number, end: number): Method | undefined {
  if (end - start > MAX_METHOD) return undefined;
  const candidates = methods[end - start]!;
  for (let i = 0; i < candidates.length; i++) {
    if (isAt(candidates[i]!.bytes, buf, start)) return candidates[i];
  }
  return undefined;
}

/** True when a known method begins with the bytes [start, end), all of them. */
export function isMethodPrefix(buf: Uint8Array, start: number, end: number): boolean {
  for (let length = end - start; length <= MAX_METHOD; length++) {
    for (const { bytes } of methods[length]!) {
      if (isAt(bytes.subarray(0, end - start), buf, start)) return true;
    }
  }
  return false;
}

function isAt(bytes: Uint8Array, buf: Uint8Array, start: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== buf[start + i]) return false;
  return true;
}

// RFC 9110 15, with the phrases servers send; older ones ("moved temporarily") are published as they were sent.
const PHRASES: Readonly<Record<number, string>> = {
  100: 'continue',
  101: 'switching protocols',
  200: 'ok',
  201: 'created',
  202: 'accepted',
  203: 'non-authoritative information',
  204: 'no content',
  205: 'reset content',
  206: 'partial content',
  207: 'multi-status',
  208: 'already reported',
  226: 'im used',
  300: 'multiple choices',
  301: 'moved permanently',
  302: 'found',
  303: 'see other',
  304: 'not modified',
  305: 'use proxy',
  307: 'temporary redirect',
  308: 'permanent redirect',
  400: 'bad request',
  401: 'unauthorized',
  402: 'payment required',
  403: 'forbidden',
  404: 'not found',
  405: 'method not allowed',
  406: 'not acceptable',
  407: 'proxy authentication required',
  408: 'request timeout',
  409: 'conflict',
  410: 'gone',
  411: 'length required',
  412: 'precondition failed',
  413: 'content too large',
  414: 'uri too long',
  415: 'unsupported media type',
  416: 'range not satisfiable',
  417: 'expectation failed',
  421: 'misdirected request',
  422: 'unprocessable content',
  423: 'locked',
  424: 'failed dependency',
  425: 'too early',
  426: 'upgrade required',
  428: 'precondition required',
  429: 'too many requests',
  431: 'request header fields too large',
  451: 'unavailable for legal reasons',
  500: 'internal server error',
  501: 'not implemented',
  502: 'bad gateway',
  503: 'service unavailable',
  504: 'gateway timeout',
  505: 'http version not supported',
  507: 'insufficient storage',
  511: 'network authentication required',
};

const statuses: (Status | undefined)[] = new Array(1000).fill(undefined);
for (const [code, phrase] of Object.entries(PHRASES)) {
  statuses[Number(code)] = { phrase: Buffer.from(phrase), constant: constant(phrase) };
}

/** The interned phrase of `code` when [start, end) is its usual phrase in any case; else 0. */
export function phraseConstant(code: number, buf: Uint8Array, start: number, end: number): number {
  const status = statuses[code];
  if (!status || status.phrase.length !== end - start) return 0;
  const { phrase } = status;
  for (let i = 0; i < phrase.length; i++) {
    const c = buf[start + i]!;
    if ((c >= 65 && c <= 90 ? c + 32 : c) !== phrase[i]) return 0;
  }
  return status.constant;
}
