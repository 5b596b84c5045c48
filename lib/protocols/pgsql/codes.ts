/** Numbers of the PostgreSQL frontend/backend protocol, version 3 (PostgreSQL manual, chapter 55), and of its types. */

/** First bytes of messages from the client. Manual 55.7. */
export const CLIENT = {
  bind: 0x42, // B
  close: 0x43, // C
  describe: 0x44, // D
  execute: 0x45, // E
  functionCall: 0x46, // F
  flush: 0x48, // H
  parse: 0x50, // P
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
  copyDone: 0x63, // c
  copyData: 0x64, // d
  copyFail: 0x66, // f
  password: 0x70, // p
} as const;

/** First bytes of messages from the server. */
export const SERVER = {
  parseComplete: 0x31, // 1
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  notification: 0x41, // A
  commandComplete: 0x43, // C
  dataRow: 0x44, // D
  error: 0x45, // E
  copyIn: 0x47, // G
  copyOut: 0x48, // H
  emptyQuery: 0x49, // I
  keyData: 0x4b, // K
  notice: 0x4e, // N
  authentication: 0x52, // R
  parameterStatus: 0x53, // S
  rowDescription: 0x54, // T
  functionResponse: 0x56, // V
  copyBoth: 0x57, // W
  ready: 0x5a, // Z
  copyDone: 0x63, // c
  copyData: 0x64, // d
  noData: 0x6e, // n
  portalSuspended: 0x73, // s
  parameterDescription: 0x74, // t
  negotiate: 0x76, // v
} as const;

/** Second words of messages without a first byte: a protocol version, or a request in its place. */
export const STARTUP = {
  cancel: 80877102,
  ssl: 80877103,
  gss: 80877104,
  /** High half of a protocol version that is read here. */
  major: 3,
} as const;

/** Messages whose length never varies, to tell them from chance: by first byte, with the length field itself. */
export const CLIENT_LENGTHS: Readonly<Record<number, number>> = {
  [CLIENT.flush]: 4,
  [CLIENT.sync]: 4,
  [CLIENT.terminate]: 4,
  [CLIENT.copyDone]: 4,
};
export const SERVER_LENGTHS: Readonly<Record<number, number>> = {
  [SERVER.parseComplete]: 4,
  [SERVER.bindComplete]: 4,
  [SERVER.closeComplete]: 4,
  [SERVER.emptyQuery]: 4,
  [SERVER.noData]: 4,
  [SERVER.portalSuspended]: 4,
  [SERVER.copyDone]: 4,
  [SERVER.ready]: 5,
};

/** Type OIDs whose binary format is read (src/include/catalog/pg_type.dat). */
export const TYPE = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  xml: 142,
  cidr: 650,
  float4: 700,
  float8: 701,
  unknown: 705,
  inet: 869,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

/** Arrays of the types above; their binary format names the type of the elements. */
export const ARRAYS: readonly number[] = [
  1000, 1001, 1002, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1041, 1115, 1182, 1183, 1185,
  1231, 199, 2951, 3807, 651,
];
