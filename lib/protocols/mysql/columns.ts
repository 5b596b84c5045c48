/**
 * The columns of a result: the tables they are of, which become `path`, and with `send_response` their names and types, by
 * which rows of both protocols become CSV.
 */
import { Text } from '../kit/text.js';
import { Csv } from './csv.js';
import type { Payload } from './payload.js';
import { appendValue, isString } from './values.js';

/** LIMIT: further tables are left out of `path`. */
const MAX_TABLES = 64;
/** LIMIT: bytes of `path`. */
const MAX_PATH = 65_535;
const UNSIGNED = 0x100;
const COMMA = 44;
const BLANK = 32;
const DOT = 46;
const NULL = Buffer.from('NULL');

export class Columns {
  /** schema.table, once each, separated by ", ". */
  readonly path = new Text();
  readonly csv: Csv;
  readonly #isSent: boolean;
  readonly #scratch = new Text();
  /** Where each table begins in the path. */
  readonly #tables = new Uint16Array(MAX_TABLES);
  #tableCount = 0;
  /** Type and UNSIGNED of each column; kept for the rows that COM_STMT_FETCH brings later. */
  #types = new Uint16Array(16);
  count = 0;

  constructor(isSent: boolean, maxRowLength: number) {
    this.#isSent = isSent;
    this.csv = new Csv(maxRowLength);
  }

  /** A response begins. */
  clear(): void {
    this.#tableCount = 0;
    this.path.clear();
    if (this.#isSent) this.csv.clear();
  }

  /** A result begins. */
  begin(): void {
    this.count = 0;
  }

  end(): void {
    if (this.#isSent) this.csv.endRow();
  }

  /** "Column Definition": catalog, schema, table, org_table, name, org_name, fixed fields at the end. */
  define(packet: Payload): void {
    this.table(packet);
    if (!this.#isSent || packet.short) return;
    packet.string();
    packet.string();
    this.csv.name(packet.buf, packet.from, packet.to);
    const { buf, end } = packet;
    if (packet.left < 12) packet.short = true;
    else this.#add(buf[end - 6]! | ((buf[end - 5]! & 0x20) << 3));
  }

  /** Only the table of a column definition. */
  table(packet: Payload): void {
    packet.string();
    packet.string();
    const { buf, from, to } = packet;
    packet.string();
    if (packet.to > packet.from) this.#addTable(buf, from, to, packet.from, packet.to);
  }

  #add(type: number): void {
    if (this.count === this.#types.length) {
      const grown = new Uint16Array(this.#types.length * 4);
      grown.set(this.#types);
      this.#types = grown;
    }
    this.#types[this.count++] = type;
  }

  #addTable(buf: Uint8Array, schema: number, schemaEnd: number, table: number, tableEnd: number): void {
    const { path } = this;
    const schemaSize = schemaEnd - schema;
    const size = schemaSize + 1 + tableEnd - table;
    for (let i = this.#tableCount - 1; i >= 0; i--) {
      const at = this.#tables[i]!;
      const next = i + 1 < this.#tableCount ? this.#tables[i + 1]! - 2 : path.size;
      if (next - at !== size || !same(path.buf, at, buf, schema, schemaEnd)) continue;
      if (path.buf[at + schemaSize] !== DOT) continue;
      if (same(path.buf, at + schemaSize + 1, buf, table, tableEnd)) return;
    }
    if (this.#tableCount === MAX_TABLES || path.size + size + 2 > MAX_PATH) return;
    if (path.size > 0) {
      path.byte(COMMA);
      path.byte(BLANK);
    }
    this.#tables[this.#tableCount++] = path.size;
    path.bytes(buf, schema, schemaEnd);
    path.byte(DOT);
    path.bytes(buf, table, tableEnd);
  }

  /** "Text Resultset Row": a string or NULL each. */
  textRow(packet: Payload): void {
    const { csv } = this;
    while (packet.left > 0) {
      if (packet.string()) csv.value(packet.buf, packet.from, packet.to);
      else csv.value(NULL, 0, 4);
    }
    csv.endRow();
  }

  /** "Binary Protocol Resultset Row": 0x00, bitmap of the NULLs from bit 2 on, values. */
  binaryRow(packet: Payload): void {
    const { csv, count } = this;
    const scratch = this.#scratch;
    const nulls = packet.pos + 1;
    packet.skip(1 + ((count + 9) >> 3));
    for (let i = 0; i < count && !packet.short; i++) {
      const bit = i + 2;
      const type = this.#types[i]!;
      if (packet.buf[nulls + (bit >> 3)]! & (1 << (bit & 7))) {
        csv.value(NULL, 0, 4);
      } else if (isString(type & 0xff)) {
        packet.string();
        csv.value(packet.buf, packet.from, packet.to);
      } else {
        scratch.clear();
        appendValue(scratch, packet, type & 0xff, (type & UNSIGNED) !== 0, false);
        csv.value(scratch.buf, 0, scratch.size);
      }
    }
    csv.endRow();
  }
}

function same(one: Uint8Array, at: number, other: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (one[at + i - start] !== other[i]) return false;
  return true;
}
