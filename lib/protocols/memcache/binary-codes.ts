/**
 * The binary protocol's numbers (memcached doc BinaryProtocolRevamped, protocol_binary.h; the names are Packetbeat's).
 */
export const MAGIC_REQUEST = 0x80;
export const MAGIC_RESPONSE = 0x81;
export const HEADER_BYTES = 24;

/** Layouts of a request's extras. */
export const EXTRAS = {
  none: 0,
  store: 1, // flags, exptime
  counter: 2, // delta, initial, exptime
  exptime: 3,
  verbosity: 4,
} as const;

export interface Opcode {
  readonly name: string;
  /** The command's name in the text protocol. */
  readonly command: string;
  readonly type: string;
  readonly extras: number;
  /** No response where there is nothing to say. */
  readonly isQuiet: boolean;
}

const opcodes: (Opcode | undefined)[] = new Array(256).fill(undefined);

function define(
  code: number,
  name: string,
  command = 'UNKNOWN',
  type = 'UNKNOWN',
  extras: number = EXTRAS.none,
): void {
  const isQuiet = name.endsWith('Q');
  opcodes[code] = { name, command, type, extras, isQuiet };
}

define(0x00, 'Get', 'get', 'Load');
define(0x01, 'Set', 'set', 'Store', EXTRAS.store);
define(0x02, 'Add', 'add', 'Store', EXTRAS.store);
define(0x03, 'Replace', 'replace', 'Store', EXTRAS.store);
define(0x04, 'Delete', 'delete', 'Delete');
define(0x05, 'Increment', 'incr', 'Counter', EXTRAS.counter);
define(0x06, 'Decrement', 'decr', 'Counter', EXTRAS.counter);
define(0x07, 'Quit', 'quit', 'Info');
define(0x08, 'Flush', 'flush_all', 'Delete', EXTRAS.exptime);
define(0x09, 'GetQ', 'get', 'Load');
define(0x0a, 'No-op', 'noop', 'Info');
define(0x0b, 'Version', 'version', 'Info');
define(0x0c, 'GetK', 'get', 'Load');
define(0x0d, 'GetKQ', 'get', 'Load');
define(0x0e, 'Append', 'append', 'Store');
define(0x0f, 'Prepend', 'prepend', 'Store');
define(0x10, 'Stat', 'stats', 'Stats');
define(0x11, 'SetQ', 'set', 'Store', EXTRAS.store);
define(0x12, 'AddQ', 'add', 'Store', EXTRAS.store);
define(0x13, 'ReplaceQ', 'replace', 'Store', EXTRAS.store);
define(0x14, 'DeleteQ', 'delete', 'Delete');
define(0x15, 'IncrementQ', 'incr', 'Counter', EXTRAS.counter);
define(0x16, 'DecrementQ', 'decr', 'Counter', EXTRAS.counter);
define(0x17, 'QuitQ', 'quit', 'Info');
define(0x18, 'FlushQ', 'flush_all', 'Delete', EXTRAS.exptime);
define(0x19, 'AppendQ', 'append', 'Store');
define(0x1a, 'PrependQ', 'prepend', 'Store');
define(0x1b, 'Verbosity', 'verbosity', 'Info', EXTRAS.verbosity);
define(0x1c, 'Touch', 'touch', 'Store', EXTRAS.exptime);
define(0x1d, 'GAT', 'gat', 'Load', EXTRAS.exptime);
define(0x1e, 'GATQ', 'gat', 'Load', EXTRAS.exptime);
define(0x20, 'SASL list mechs', 'sasl_list', 'Auth');
define(0x21, 'SASL Auth', 'sasl_auth', 'Auth');
define(0x22, 'SASL Step', 'sasl_step', 'Auth');
define(0x23, 'GatK', 'gat', 'Load', EXTRAS.exptime);
define(0x24, 'GatKQ', 'gat', 'Load', EXTRAS.exptime);
define(0x30, 'RGet');
define(0x31, 'RSet');
define(0x32, 'RSetQ');
define(0x33, 'RAppend');
define(0x34, 'RAppendQ');
define(0x35, 'RPrepend');
define(0x36, 'RPrependQ');
define(0x37, 'RDelete');
define(0x38, 'RDeleteQ');
define(0x39, 'RIncr');
define(0x3a, 'RIncrQ');
define(0x3b, 'RDecr');
define(0x3c, 'RDecrQ');
define(0x3d, 'Set VBucket');
define(0x3e, 'Get VBucket');
define(0x3f, 'Del VBucket');
define(0x40, 'TAP Connect');
define(0x41, 'TAP Mutation');
define(0x42, 'TAP Delete');
define(0x43, 'TAP Flush');
define(0x44, 'TAP Opaque');
define(0x45, 'TAP VBucket Set');
define(0x46, 'TAP Checkpoint Start');
define(0x47, 'TAP Checkpoint End');

export const OPCODES: readonly (Opcode | undefined)[] = opcodes;
export const OPCODE = { quit: 0x07, version: 0x0b, stat: 0x10, quitQuietly: 0x17 } as const;

const statuses: Readonly<Record<number, string>> = {
  0: 'Success',
  1: 'Key not found',
  2: 'Key exists',
  3: 'Value too large',
  4: 'Invalid arguments',
  5: 'Item not stored',
  6: 'Incr/Decr on non-numeric value.',
  7: 'The vbucket belongs to another server',
  32: 'Authentication error',
  33: 'Authentication continue',
  129: 'Unknown command',
  130: 'Out of memory',
  131: 'Not supported',
  132: 'Internal error',
  133: 'Busy',
  134: 'Temporary failure',
};
/** Statuses below have names in the table. */
export const MAX_STATUS = 256;
export const STATUS: readonly (string | undefined)[] = Array.from(
  { length: MAX_STATUS },
  (_, code) => statuses[code],
);
/** Above it the server is to blame. */
export const LAST_CLIENT_STATUS = 0x80;
export const SUCCESS = 0;
export const CONTINUE = 0x21;
