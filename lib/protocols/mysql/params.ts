/** Parameters of COM_STMT_EXECUTE and MariaDB's COM_STMT_BULK_EXECUTE, put into `params` as a list of texts. */
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { Text } from '../kit/text.js';
import { PARAMETER_COUNT_AVAILABLE, TYPE } from './codes.js';
import type { Payload } from './payload.js';
import type { Statement } from './statements.js';
import { appendValue, isString } from './values.js';

/** LIMIT: further parameters are left out (`mysql.params.cut`). */
export const MAX_PARAMS = 1024;
/** Bytes of what comes before: command, id, flags, iterations. */
const EXECUTE_HEAD = 10;
const SEND_TYPES = 128;

const scratch = new Text();
const NULL = Buffer.from('NULL');
const MASK = Buffer.from('xxxxx');

/** Of the packet from its command byte on. False: something was left out, or did not make sense. */
export function writeParams(row: Row, packet: Payload, statement: Statement, hasNames: boolean): boolean {
  packet.skip(5);
  const flags = packet.u8();
  packet.skip(EXECUTE_HEAD - 6);
  const isCounted = (flags & PARAMETER_COUNT_AVAILABLE) !== 0;
  if (statement.params === 0 && !isCounted) return true;
  const count = isCounted ? packet.length() : statement.params;
  if (count < statement.params || count > 65_535) return false;
  if (count === 0) return true;
  const nulls = packet.pos;
  packet.skip((count + 7) >> 3);
  if (packet.u8() === 1) statement.types = readTypes(packet, count, hasNames || isCounted);
  if (packet.short || !statement.types || statement.types.length < count * 2) return false;
  // What comes behind the statement's own are query attributes.
  if (statement.params === 0) return true;
  return writeValues(row, packet, statement, nulls);
}

function readTypes(packet: Payload, count: number, hasNames: boolean): Uint8Array {
  const types = new Uint8Array(Math.min(count, packet.left) * 2);
  for (let i = 0; i < types.length && !packet.short; i += 2) {
    types[i] = packet.u8();
    types[i + 1] = packet.u8();
    if (hasNames) packet.string();
  }
  return types;
}

function writeValues(row: Row, packet: Payload, statement: Statement, nulls: number): boolean {
  const count = Math.min(statement.params, MAX_PARAMS);
  const types = statement.types!;
  row.list(shared.params);
  let written = 0;
  for (; written < count; written++) {
    const long = statement.long(written);
    if (statement.isSecret) row.text(ITEM, MASK, 0, 5);
    else if (long) row.text(ITEM, long.bytes, 0, long.size);
    else if (packet.buf[nulls + (written >> 3)]! & (1 << (written & 7))) row.text(ITEM, NULL, 0, 4);
    else if (!writeValue(row, packet, types[written * 2]!, types[written * 2 + 1]!)) break;
  }
  row.close();
  return written === statement.params;
}

function writeValue(row: Row, packet: Payload, type: number, flags: number): boolean {
  if (isString(type) && type !== TYPE.nothing) {
    if (packet.left === 0) return false;
    packet.string();
    row.text(ITEM, packet.buf, packet.from, packet.to);
    return !packet.short;
  }
  scratch.clear();
  if (!appendValue(scratch, packet, type, (flags & 0x80) !== 0, true)) return false;
  row.text(ITEM, scratch.buf, 0, scratch.size);
  return true;
}

/** MariaDB "COM_STMT_BULK_EXECUTE": rows of parameters, each with an indicator in front. */
export function writeBulkParams(row: Row, packet: Payload, statement: Statement): boolean {
  const { params } = statement;
  packet.skip(5);
  if (packet.u16() & SEND_TYPES) statement.types = readTypes(packet, params, false);
  const { types } = statement;
  if (packet.short || params === 0 || !types || types.length < params * 2) return false;
  row.list(shared.params);
  let isWhole = true;
  for (let i = 0; packet.left > 0 && isWhole; i++) {
    const at = (i % params) * 2;
    const indicator = packet.u8();
    if (i >= MAX_PARAMS) isWhole = false;
    else if (statement.isSecret && indicator === 0)
      isWhole = maskValue(row, packet, types[at]!, types[at + 1]!);
    else if (indicator === 0) isWhole = writeValue(row, packet, types[at]!, types[at + 1]!);
    else row.string(ITEM, indicator === 1 ? 'NULL' : indicator === 2 ? 'DEFAULT' : 'IGNORE');
  }
  row.close();
  return isWhole;
}

function maskValue(row: Row, packet: Payload, type: number, flags: number): boolean {
  row.text(ITEM, MASK, 0, 5);
  if (isString(type)) return packet.string() && !packet.short;
  scratch.clear();
  return appendValue(scratch, packet, type, (flags & 0x80) !== 0, true);
}
