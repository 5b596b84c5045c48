/** Mirror of native/handoff/record.h; record.test.ts holds the two together. Sizes in bytes unless named otherwise. */
export const KIND = {
  flowOpen: 1,
  data: 2,
  datagram: 3,
  gap: 4,
  flowEnd: 5,
  flowReport: 6,
  tick: 7,
  stats: 8,
  end: 9,
  clock: 10,
} as const;

/**
 * Whether time-outs run by the time of such a record. Reports and ends may have one before packets captured earlier have
 * come; ticks come when all have.
 */
export const movesTime = (kind: number): boolean => kind <= KIND.gap || kind === KIND.tick;

export const RECORD_BYTES = 32;
export const RECORD_WORDS = 8;
/** Word of each part of a record. Word 2 holds kind (bits 0-7), direction (8-15) and flags (16-31). */
export const WORD = {
  flow: 0,
  generation: 1,
  head: 2,
  offset: 3,
  length: 4,
  seconds: 5,
  nanoseconds: 6,
  streamOffset: 7,
} as const;

/** Byte offsets in FlowInfo. */
export const INFO = {
  sourceIp: 0,
  destinationIp: 16,
  sourcePort: 32,
  destinationPort: 34,
  vlan: 36,
  vlanCount: 40,
  ipVersion: 41,
  transport: 42,
  ipProtocol: 43,
  icmpType: 44,
  icmpCode: 45,
  hasMac: 46,
  claim: 47,
  sourceMac: 48,
  destinationMac: 54,
  icmpId: 60,
  interface: 62,
  tunnel: 64,
  connection: 72,
  number: 80,
  size: 88,
} as const;

export const TRANSPORT = { none: 0, tcp: 1, udp: 2, icmp: 3, icmp6: 4, sctp: 5, other: 6 } as const;

export const END_REASONS = ['none', 'fin', 'rst', 'idle', 'active', 'evicted', 'shutdown'] as const;
export type EndReason = (typeof END_REASONS)[number];

export const COMMAND = { claim: 1, ignore: 2, skip: 3, rest: 4 } as const;
export const COMMAND_WORDS = 6;

export const BATCH_RECORDS = 4096;
export const BATCH_BYTES = BATCH_RECORDS * RECORD_BYTES + (512 << 10);
export const BATCHES = 16;
