/** Kinds of a row's entries and flags of its header, as native/events/row.h has them. */
export const KIND = {
  long: 1,
  double: 2,
  boolean: 3,
  date: 4,
  ip: 5,
  constant: 6,
  lent: 7,
  heap: 8,
  list: 9,
  object: 10,
  keyConstant: 11,
  keyLent: 12,
  keyHeap: 13,
  close: 14,
  unsigned: 15,
} as const;

export const FLAG = {
  hasEnd: 1,
  hasSourceBytes: 2,
  hasDestinationBytes: 4,
  swapped: 8,
  noNetworkProtocol: 16,
  typeConnectionOnly: 32,
  typeInfo: 64,
  swapRoles: 128,
  noStart: 256,
  authentication: 512,
} as const;
