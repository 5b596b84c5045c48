/** Types and message kinds as the binary protocol numbers them (thrift-binary-protocol.md); compact ones are mapped to these. */

export const TYPE = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
  uuid: 16,
} as const;

export const KIND = { call: 1, reply: 2, exception: 3, oneway: 4 } as const;

/** LIMIT of one string, container or message, bytes or elements: what Thrift's libraries accept (maxMessageSize). */
export const MAX_SIZE = 104_857_600;
/** LIMIT of a method's name, bytes. */
export const MAX_NAME = 256;
