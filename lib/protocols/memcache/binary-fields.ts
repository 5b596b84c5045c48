/** Headers of the binary protocol to fields. */
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { EXTRAS, OPCODES } from './binary-codes.js';
import { fields } from './fields.js';
import { type Reader, u32 } from './parser.js';

/** A 64-bit number of which both halves are known. */
export function writeU64(row: Row, field: Field<'long' | 'unsigned'>, high: number, low: number): void {
  if (high < 0x200000) row.long(field, high * 4294967296 + low);
  else row.big(field, (BigInt(high) << 32n) | BigInt(low));
}

/** All of a request but what its opcode says already. */
export function writeBinaryRequest(row: Row, head: Reader): void {
  row.long(fields['memcache.request.opaque'], head.opaque);
  row.long(fields['memcache.request.vbucket'], head.status);
  if ((head.casHigh | head.casLow) !== 0) {
    writeU64(row, fields['memcache.request.cas_unique'], head.casHigh, head.casLow);
  }
  if (head.keyEnd > head.key) {
    row.list(fields['memcache.request.keys']);
    row.text(ITEM, head.buf, head.key, head.keyEnd);
    row.close();
  }
  if (head.valueSize > 0) {
    row.long(fields['memcache.request.count_values'], 1);
    row.long(fields['memcache.request.bytes'], head.valueSize);
  }
  writeExtras(row, head);
}

function writeExtras(row: Row, { buf, extras, key, opcode }: Reader): void {
  const size = key - extras;
  switch (OPCODES[opcode]?.extras) {
    case EXTRAS.store:
      row.long(fields['memcache.request.flags'], size >= 4 ? u32(buf, extras) : 0);
      row.long(fields['memcache.request.exptime'], size >= 8 ? u32(buf, extras + 4) : 0);
      break;
    case EXTRAS.counter:
      if (size < 20) return;
      writeU64(row, fields['memcache.request.delta'], u32(buf, extras), u32(buf, extras + 4));
      writeU64(row, fields['memcache.request.initial'], u32(buf, extras + 8), u32(buf, extras + 12));
      row.long(fields['memcache.request.exptime'], u32(buf, extras + 16));
      break;
    case EXTRAS.exptime:
      row.long(fields['memcache.request.exptime'], size >= 4 ? u32(buf, extras) : 0);
      break;
    case EXTRAS.verbosity:
      row.long(fields['memcache.request.verbosity'], size >= 4 ? u32(buf, extras) : 0);
      break;
  }
}
