/** The result that is being received: its size, its time, how many rows, and as many of them as CSV as the options ask for. */
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import { Text } from '../kit/text.js';
import type { Exchange, Shop } from './conversation.js';
import { fields } from './fields.js';
import { u16 } from './parser.js';
import { Columns } from './statements.js';
import { describeRow, writeRow } from './table.js';

/** Columns that room is made for where no description tells their number. */
const USUAL_COLUMNS = 64;

export class Result {
  /** Bytes of its messages. */
  size = 0;
  /** Time of the first of them. */
  seconds = 0;
  nanoseconds = 0;
  rows = 0;
  /** How much of the next DataRow is wanted. */
  wanted = 0;
  readonly #shop: Shop;
  #fields = 0;
  #columns: Columns | null = null;
  readonly #own = new Columns();
  readonly #csv = new Text();

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** `columns`: told when the statement was described. */
  begin(seconds: number, nanoseconds: number, columns: Columns | null): void {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.size = this.rows = this.#fields = 0;
    this.#csv.clear();
    this.columns(columns);
  }

  /** A RowDescription of its own. */
  description(buf: Uint8Array, start: number, end: number): void {
    this.#own.clear();
    describeRow(this.#own, buf, start, end);
    this.columns(this.#own);
  }

  /** `columns` are those of the rows to come; null: not known. */
  columns(columns: Columns | null): void {
    const { sendResponse, maxRows, maxRowLength } = this.#shop;
    this.#columns = columns;
    if (columns) this.#fields = columns.count;
    const count = columns ? columns.count : USUAL_COLUMNS;
    this.wanted = sendResponse && maxRows > 0 ? 2 + maxRowLength + 4 * count : 2;
    if (!sendResponse || !columns || columns.count === 0) return;
    this.#csv.clear();
    this.#csv.bytes(columns.names.buf, 0, columns.names.size);
    this.#csv.byte(10);
  }

  /** A DataRow. */
  row(exchange: Exchange | null, buf: Uint8Array, start: number, end: number): void {
    const { sendResponse, maxRows, maxRowLength, scratch } = this.#shop;
    if (this.rows === 0 && !this.#columns && end - start >= 2) this.#fields = u16(buf, start);
    if (sendResponse && this.rows < maxRows) {
      const formats = exchange?.formatsKnown ? exchange.formats : this.#columns?.formats;
      writeRow(this.#csv, scratch, this.#columns, formats, maxRowLength, buf, start, end);
    }
    this.rows++;
    if (!sendResponse || this.rows >= maxRows) this.wanted = 0;
  }

  /** The portal will be fetched from again, and not be described again. */
  keepColumns(exchange: Exchange | null): void {
    if (exchange?.portal && this.#columns) exchange.portal.columns ??= this.#columns.copy();
  }

  /** What is known of it, as fields. */
  write(row: Row, status: number): void {
    row.end(this.seconds, this.nanoseconds);
    row.responseBytes(this.size);
    row.status = status;
    row.long(fields['pgsql.num_rows'], this.rows);
    row.long(fields['pgsql.num_fields'], this.#fields);
    if (this.#shop.sendResponse) row.text(shared.response, this.#csv.buf, 0, this.#csv.size);
  }
}
