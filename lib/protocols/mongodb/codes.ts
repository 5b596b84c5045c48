/**
 * Numbers of the wire: operations and flags (MongoDB manual, "MongoDB Wire Protocol"), element types (bsonspec.org, 1.1).
 */

export const OP = {
  reply: 1,
  legacyMessage: 1000,
  update: 2001,
  insert: 2002,
  query: 2004,
  getMore: 2005,
  delete: 2006,
  killCursors: 2007,
  compressed: 2012,
  message: 2013,
} as const;

/** Operations with this number or header do not exist for us: their place in the stream cannot be trusted. */
export function isOperation(opcode: number): boolean {
  if (opcode >= OP.update && opcode <= OP.killCursors) return opcode !== 2003;
  return (
    opcode === OP.message || opcode === OP.compressed || opcode === OP.reply || opcode === OP.legacyMessage
  );
}

/** Bits of OP_MSG. */
export const MESSAGE_FLAG = { checksumPresent: 1, moreToCome: 2, exhaustAllowed: 1 << 16 } as const;

/** Bits of OP_REPLY. */
export const REPLY_FLAG = { cursorNotFound: 1, queryFailure: 2 } as const;

/** Kinds of sections of OP_MSG. */
export const SECTION = { body: 0, sequence: 1 } as const;

export const TYPE = {
  end: 0,
  double: 1,
  string: 2,
  document: 3,
  array: 4,
  binary: 5,
  undefined: 6,
  objectId: 7,
  boolean: 8,
  date: 9,
  null: 10,
  regex: 11,
  pointer: 12,
  code: 13,
  symbol: 14,
  scopedCode: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  maxKey: 127,
  minKey: 255,
} as const;

/** By type: size of a value, or what of its length prefix is to be added. */
export const UNKNOWN = -1;
export const PREFIXED = -2;
export const PATTERN = -3;

const sizes = new Int8Array(256).fill(UNKNOWN);
for (const [type, size] of [
  [TYPE.double, 8],
  [TYPE.string, PREFIXED],
  [TYPE.document, PREFIXED],
  [TYPE.array, PREFIXED],
  [TYPE.binary, PREFIXED],
  [TYPE.undefined, 0],
  [TYPE.objectId, 12],
  [TYPE.boolean, 1],
  [TYPE.date, 8],
  [TYPE.null, 0],
  [TYPE.regex, PATTERN],
  [TYPE.pointer, PREFIXED],
  [TYPE.code, PREFIXED],
  [TYPE.symbol, PREFIXED],
  [TYPE.scopedCode, PREFIXED],
  [TYPE.int, 4],
  [TYPE.timestamp, 8],
  [TYPE.long, 8],
  [TYPE.decimal, 16],
  [TYPE.maxKey, 0],
  [TYPE.minKey, 0],
] as const)
  sizes[type] = size;

/** Bytes of a value of `type`; or UNKNOWN, PREFIXED (its length stands first), PATTERN (two C strings). */
export const sizeOf = (type: number): number => sizes[type]!;

/** What a length prefix does not count, itself included. */
export function uncounted(type: number): number {
  switch (type) {
    case TYPE.binary:
      return 5;
    case TYPE.pointer:
      return 16;
    case TYPE.string:
    case TYPE.code:
    case TYPE.symbol:
      return 4;
    default:
      return 0;
  }
}

/** Names of operations that are no commands. */
export const METHODS: Readonly<Record<number, string>> = {
  [OP.legacyMessage]: 'msg',
  [OP.update]: 'update',
  [OP.insert]: 'insert',
  [OP.query]: 'find',
  [OP.getMore]: 'getMore',
  [OP.delete]: 'delete',
  [OP.killCursors]: 'killCursors',
};

/** Compressors of OP_COMPRESSED, by number; 0 is none. */
export const COMPRESSORS = [undefined, 'snappy', 'zlib', 'zstd'] as const;
