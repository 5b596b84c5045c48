/**
 * Names of elements that mean something to us, from bytes to a number. The table is fixed: nothing of the wire enters it.
 */

/** Numbers from `secret` on: their values are never shown; from `scoped` on only where credentials are exchanged. */
export const KEY = {
  none: 0,
  db: 1,
  lsid: 2,
  clusterTime: 3,
  documents: 4,
  updates: 5,
  update: 6,
  ops: 7,
  collection: 8,
  skip: 9,
  limit: 10,
  batchSize: 11,
  maxAwait: 12,
  wrapped: 13,
  ok: 14,
  code: 15,
  codeName: 16,
  errmsg: 17,
  queryError: 18,
  lastError: 19,
  writeErrors: 20,
  writeConcernError: 21,
  cursor: 22,
  id: 23,
  batch: 24,
  speculative: 25,
  secret: 32,
  scoped: 33,
} as const;

const NAMES: readonly (readonly [string, number])[] = [
  ['$db', KEY.db],
  ['lsid', KEY.lsid],
  ['$clusterTime', KEY.clusterTime],
  ['documents', KEY.documents],
  ['updates', KEY.updates],
  ['update', KEY.update],
  ['ops', KEY.ops],
  ['collection', KEY.collection],
  ['skip', KEY.skip],
  ['limit', KEY.limit],
  ['batchSize', KEY.batchSize],
  ['maxAwaitTimeMS', KEY.maxAwait],
  ['$query', KEY.wrapped],
  ['ok', KEY.ok],
  ['code', KEY.code],
  ['codeName', KEY.codeName],
  ['errmsg', KEY.errmsg],
  ['$err', KEY.queryError],
  ['err', KEY.lastError],
  ['writeErrors', KEY.writeErrors],
  ['writeConcernError', KEY.writeConcernError],
  ['cursor', KEY.cursor],
  ['id', KEY.id],
  ['firstBatch', KEY.batch],
  ['nextBatch', KEY.batch],
  ['speculativeAuthenticate', KEY.speculative],
  ['pwd', KEY.secret],
  ['passwd', KEY.secret],
  ['password', KEY.secret],
  ['credentials', KEY.secret],
  ['MONGODB-CR', KEY.secret],
  ['SCRAM-SHA-1', KEY.secret],
  ['SCRAM-SHA-256', KEY.secret],
  ['ldapQueryPassword', KEY.secret],
  ['payload', KEY.scoped],
  ['key', KEY.scoped],
  ['nonce', KEY.scoped],
];

interface Entry {
  readonly bytes: Uint8Array;
  readonly key: number;
}

const BUCKETS = 256;
const buckets: Entry[][] = Array.from({ length: BUCKETS }, () => []);
for (const [name, key] of NAMES) {
  const bytes = Buffer.from(name);
  buckets[hash(bytes, 0, bytes.length)]!.push({ bytes, key });
}

/** The number of the name in [start, end); 0 for all others. */
export function findKey(buf: Uint8Array, start: number, end: number): number {
  if (end === start) return KEY.none;
  const bucket = buckets[hash(buf, start, end)]!;
  for (let i = 0; i < bucket.length; i++) {
    const { bytes, key } = bucket[i]!;
    if (same(bytes, buf, start, end)) return key;
  }
  return KEY.none;
}

function hash(buf: Uint8Array, start: number, end: number): number {
  return (
    ((end - start) * 37 + buf[start]! * 7 + buf[end - 1]! * 3 + buf[(start + end) >> 1]!) & (BUCKETS - 1)
  );
}

function same(word: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let i = 0; i < word.length; i++) if (word[i] !== buf[start + i]) return false;
  return true;
}
