/**
 * Numbers of the native protocol (native_protocol_v5.spec, older ones agree) and the words Packetbeat has for them,
 * interned once. DSE speaks the same under its own version numbers.
 */
import { constant } from '../../events/constants.js';

/** Spec 2.4.1.4; `credentials` is of version 1. */
export const OP = {
  error: 0,
  startup: 1,
  ready: 2,
  authenticate: 3,
  credentials: 4,
  options: 5,
  supported: 6,
  query: 7,
  result: 8,
  prepare: 9,
  execute: 10,
  register: 11,
  event: 12,
  batch: 13,
  authChallenge: 14,
  authResponse: 15,
  authSuccess: 16,
} as const;

/** By opcode. */
export const OP_NAMES: readonly string[] = [
  'ERROR',
  'STARTUP',
  'READY',
  'AUTHENTICATE',
  'CREDENTIALS',
  'OPTIONS',
  'SUPPORTED',
  'QUERY',
  'RESULT',
  'PREPARE',
  'EXECUTE',
  'REGISTER',
  'EVENT',
  'BATCH',
  'AUTH_CHALLENGE',
  'AUTH_RESPONSE',
  'AUTH_SUCCESS',
];
export const OP_WORDS: readonly number[] = OP_NAMES.map(constant);

const bits = (...ops: number[]): number => ops.reduce((mask, op) => mask | (1 << op), 0);
/** Bit masks over opcodes: what clients and what servers send. */
export const REQUESTS = bits(
  OP.startup,
  OP.credentials,
  OP.options,
  OP.query,
  OP.prepare,
  OP.execute,
  OP.register,
  OP.batch,
  OP.authResponse,
);
export const RESPONSES = bits(
  OP.error,
  OP.ready,
  OP.authenticate,
  OP.supported,
  OP.result,
  OP.event,
  OP.authChallenge,
  OP.authSuccess,
);

/** Spec 2.4.1.2: flags of a frame. */
export const FLAG = { compress: 1, tracing: 2, payload: 4, warning: 8, beta: 16 } as const;
export const FLAG_NAMES: readonly string[] = ['Compress', 'Tracing', 'CustomPayload', 'Warning', 'Beta'];

/** Spec 4.2.5.2: flags of result metadata. */
export const META = { global: 1, morePages: 2, none: 4, changed: 8 } as const;
export const META_NAMES: readonly string[] = [
  'GlobalTableSpec',
  'HasMorePages',
  'NoMetaData',
  'MetadataChanged',
];

export const KIND = { void: 1, rows: 2, setKeyspace: 3, prepared: 4, schemaChange: 5 } as const;
/** By kind of result. */
export const KIND_WORDS: readonly number[] = [
  '',
  'void',
  'rows',
  'set_keyspace',
  'prepared',
  'schemaChanged',
].map(constant);

/** Versions 1 to 6, and 0x41 and 0x42 of DSE. */
export const isVersion = (version: number): boolean =>
  (version >= 1 && version <= 6) || version === 0x41 || version === 0x42;
/** By version. */
export const VERSION_WORDS: readonly number[] = Array.from({ length: 0x43 }, (_, n) =>
  isVersion(n) ? constant(String(n)) : 0,
);

const CONSISTENCIES = [
  'ANY',
  'ONE',
  'TWO',
  'THREE',
  'QUORUM',
  'ALL',
  'LOCAL_QUORUM',
  'EACH_QUORUM',
  'SERIAL',
  'LOCAL_SERIAL',
  'LOCAL_ONE',
].map(constant);
const UNKNOWN_CONSISTENCY = constant('UNKNOWN');
export const consistencyWord = (level: number): number => CONSISTENCIES[level] ?? UNKNOWN_CONSISTENCY;

/** Spec 8. */
export const ERROR = {
  unavailable: 0x1000,
  writeTimeout: 0x1100,
  readTimeout: 0x1200,
  readFailure: 0x1300,
  functionFailure: 0x1400,
  writeFailure: 0x1500,
  casWriteUnknown: 0x1700,
  alreadyExists: 0x2400,
  unprepared: 0x2500,
} as const;

const ERRORS: readonly (readonly [number, string])[] = [
  [0x0000, 'errServer'],
  [0x000a, 'errProtocol'],
  [0x0100, 'errCredentials'],
  [0x1000, 'errUnavailable'],
  [0x1001, 'errOverloaded'],
  [0x1002, 'errBootstrapping'],
  [0x1003, 'errTruncate'],
  [0x1100, 'errWriteTimeout'],
  [0x1200, 'errReadTimeout'],
  [0x1300, 'errReadFailure'],
  [0x1400, 'errFunctionFailure'],
  [0x1500, 'errWriteFailure'],
  [0x1600, 'errCDCWriteFailure'],
  [0x1700, 'errCASWriteUnknown'],
  [0x2000, 'errSyntax'],
  [0x2100, 'errUnauthorized'],
  [0x2200, 'errInvalid'],
  [0x2300, 'errConfig'],
  [0x2400, 'errAlreadyExists'],
  [0x2500, 'errUnprepared'],
];
const ERROR_WORDS = ERRORS.map(([code, name]) => [code, constant(name)] as const);
const UNKNOWN_ERROR = constant('ErrUnknown');

/** The word for an error code. */
export function errorWord(code: number): number {
  for (const [known, word] of ERROR_WORDS) if (known === code) return word;
  return UNKNOWN_ERROR;
}

/** Spec 4.1.7: by type of batch. */
export const BATCH_WORDS: readonly number[] = ['logged', 'unlogged', 'counter'].map(constant);
