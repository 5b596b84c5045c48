/**
 * One response, packet by packet ("Command Phase"): OK, ERR, result sets in the text and the binary protocol, prepared
 * statements, the end of a login. Whether EOF packets stand between columns and rows (CLIENT_DEPRECATE_EOF) is known
 * from the handshake or from the first response where they can be told apart. One is kept while it is read.
 */
import type { Cursor } from '../../base/cursor.js';
import { Text } from '../kit/text.js';
import { ANSWER, type Command, STATUS } from './codes.js';
import { Columns } from './columns.js';
import type { Payload } from './payload.js';

/** LIMIT: what a server allows; more is no MySQL. */
const MAX_COLUMNS = 4096;
/** LIMIT: what is looked at of one packet; the rest of it is skipped. */
export const MAX_SHOWN = 65_600;
const MAX_PACKET = 0xffffff;

const OK = 0;
const MORE_AUTH = 1;
const LOCAL_FILE = 0xfb;
const EOF = 0xfe;
const ERR = 0xff;

const STATE = {
  first: 0,
  columns: 1,
  columnsEnd: 2,
  rows: 3,
  params: 4,
  preparedColumns: 5,
  /** All is said; an EOF packet may follow, if this connection has them. */
  maybeEof: 6,
} as const;

/** 'file': the client sends a file now; 'stream': it goes on for ever. */
export type Step = 'more' | 'done' | 'file' | 'stream' | 'bad';

export interface RowLimits {
  readonly send_response: boolean;
  readonly max_rows: number;
  readonly max_row_length: number;
}

export class Response {
  /** Whether EOF packets are sent: undefined until it is known. */
  eof: boolean | undefined;
  rows = 0;
  fields = 0;
  results = 0;
  affected = 0;
  insertLow = 0;
  insertHigh = 0;
  isError = false;
  errorCode = 0;
  readonly error = new Text();
  readonly columns: Columns;
  statement = 0;
  params = 0;
  /** Rows are left for COM_STMT_FETCH. */
  hasCursor = false;
  /** The statement whose columns are the last ones; -1: none of this connection. */
  columnsOf = -1;

  readonly #limits: RowLimits;
  #state: number = STATE.first;
  #command!: Command;
  #isBinary = false;
  #columns = 0;
  #left = 0;

  constructor(limits: RowLimits) {
    this.#limits = limits;
    this.columns = new Columns(limits.send_response, limits.max_row_length);
  }

  /** The response to `command` begins; `statement`: what is executed or fetched, 0 for text. */
  begin(command: Command, statement: number): void {
    const isFetch = command.answer === ANSWER.rows;
    this.#command = command;
    this.#isBinary = statement > 0;
    this.#state = isFetch ? STATE.rows : STATE.first;
    // The columns of an open cursor are those of its execute, if that was the last result.
    this.#columns = isFetch && this.columnsOf === statement ? this.columns.count : 0;
    if (!isFetch) this.columnsOf = statement;
    this.rows = this.fields = this.results = this.affected = 0;
    this.insertLow = this.insertHigh = this.errorCode = this.statement = this.params = 0;
    this.isError = this.hasCursor = false;
    this.columns.clear();
  }

  /** Nothing is missing but perhaps an EOF packet. */
  get isSettled(): boolean {
    return this.#state === STATE.maybeEof;
  }

  /**
   * Counts the rows in the cursor that nobody wants, as many as are whole, and leaves it behind them.
   * PERF: 6 million rows of 35 bytes take 0.26 s of CPU, packet by packet 0.50 s (bench/stage.js row).
   */
  passRows(cursor: Cursor): void {
    if (this.#state !== STATE.rows || this.#storesRows) return;
    const { buf, end } = cursor;
    let { pos } = cursor;
    let { rows } = this;
    while (pos + 5 <= end) {
      const size = buf[pos]! | (buf[pos + 1]! << 8) | (buf[pos + 2]! << 16);
      const next = pos + 4 + size;
      if (next > end || size === 0 || size === MAX_PACKET || buf[pos + 4]! >= EOF) break;
      rows++;
      pos = next;
    }
    cursor.pos = pos;
    this.rows = rows;
  }

  /** How many bytes of a packet with this size and first byte must be there to read it. */
  wants(size: number, first: number): number {
    if (this.#state === STATE.rows && !this.#storesRows && !endsRows(size, first)) return 1;
    return Math.min(size, MAX_SHOWN);
  }

  /** A packet of `size` bytes, of which `packet` has what wants() asked for. */
  packet(packet: Payload, size: number): Step {
    const first = packet.buf[packet.pos]!;
    switch (this.#state) {
      case STATE.rows:
        return this.#row(packet, size, first);
      case STATE.columns:
        return this.#column(packet, first);
      case STATE.columnsEnd:
        return this.#columnsEnd(packet, size, first);
      case STATE.first:
        return this.#first(packet, size, first);
      default:
        return this.#prepared(packet, size, first);
    }
  }

  /** The last row was not whole. */
  cutRow(): void {
    if (this.#state === STATE.rows && this.rows > 0) this.rows--;
  }

  get #storesRows(): boolean {
    return this.#limits.send_response && this.rows < this.#limits.max_rows;
  }

  #first(packet: Payload, size: number, first: number): Step {
    if (first === ERR) return this.#error(packet);
    switch (this.#command.answer) {
      case ANSWER.result:
        return this.#result(packet, size, first);
      case ANSWER.prepared:
        return first === OK ? this.#preparedHead(packet, size) : 'bad';
      case ANSWER.login:
        if (first === OK) return this.#ok(packet);
        return first === EOF || first === MORE_AUTH ? 'more' : 'bad';
      case ANSWER.columns:
        if (first === EOF) return this.#finished();
        this.fields++;
        return 'more';
      case ANSWER.stream:
        return 'stream';
      default:
        return this.#finished();
    }
  }

  #result(packet: Payload, size: number, first: number): Step {
    if (first === OK && size >= 5) return this.#ok(packet);
    if (first === EOF && size < 9) return this.#end(packet, size);
    if (first === LOCAL_FILE) return 'file';
    return this.#columnCount(packet, size, first);
  }

  /**
   * "Text Resultset": MySQL puts a byte in front that says whether columns follow (CLIENT_OPTIONAL_RESULTSET_METADATA),
   * MariaDB behind (MARIADB_CLIENT_CACHE_METADATA); the size of the packet tells that there is one.
   */
  #columnCount(packet: Payload, size: number, first: number): Step {
    const plain = first < 0xfb ? 1 : first === 0xfc ? 3 : 4;
    let follows = true;
    if (first < 2 && size > 1 && packet.buf[packet.pos + 1] !== 0) follows = packet.u8() === 1;
    const count = packet.length();
    if (size === plain + 1 && packet.left === 1) follows = packet.u8() === 1;
    if (packet.short || packet.left > 0 || count < 1 || count > MAX_COLUMNS) return 'bad';
    if (this.results === 0) this.fields = count;
    this.#columns = this.#left = count;
    this.#state = follows ? STATE.columns : STATE.columnsEnd;
    if (follows) this.columns.begin();
    return 'more';
  }

  #column(packet: Payload, first: number): Step {
    if (first === ERR) return this.#error(packet);
    this.columns.define(packet);
    if (packet.short) return 'bad';
    if (--this.#left > 0) return 'more';
    this.columns.end();
    this.#state = STATE.columnsEnd;
    return 'more';
  }

  #columnsEnd(packet: Payload, size: number, first: number): Step {
    if (isEof(packet, size)) {
      this.eof = true;
      this.#state = STATE.rows;
      const status = statusOfEof(packet, size);
      // "COM_STMT_EXECUTE Response": rows of an open cursor come with COM_STMT_FETCH.
      return status & STATUS.cursorExists ? this.#more(status) : 'more';
    }
    if (first !== ERR) this.eof = false;
    this.#state = STATE.rows;
    return this.#row(packet, size, first);
  }

  #row(packet: Payload, size: number, first: number): Step {
    if (first === ERR) return this.#error(packet);
    if (first === EOF && size < MAX_PACKET) return this.#end(packet, size);
    const stores = this.#storesRows;
    this.rows++;
    if (!stores) return 'more';
    if (!this.#isBinary) this.columns.textRow(packet);
    else if (this.columns.count === this.#columns) this.columns.binaryRow(packet);
    return 'more';
  }

  /** "OK_Packet". */
  #ok(packet: Payload): Step {
    packet.skip(1);
    this.affected += Math.max(0, packet.length());
    if (packet.length() > 0) {
      this.insertLow = packet.low;
      this.insertHigh = packet.high;
    }
    return this.#more(packet.u16());
  }

  /** EOF_Packet, or the OK_Packet that is sent in its place. */
  #end(packet: Payload, size: number): Step {
    if (size > 5) return this.#ok(packet);
    return this.#more(statusOfEof(packet, size));
  }

  #more(status: number): Step {
    this.results++;
    this.#state = STATE.first;
    this.hasCursor = (status & STATUS.cursorExists) !== 0;
    return status & STATUS.moreResults ? 'more' : 'done';
  }

  #finished(): Step {
    this.results++;
    return 'done';
  }

  /** "ERR_Packet": code, #SQLSTATE, text. */
  #error(packet: Payload): Step {
    packet.skip(1);
    const code = packet.u16();
    // MariaDB "Progress reporting": no error, the answer is still to come.
    if (code === 0xffff) return 'more';
    this.isError = true;
    this.errorCode = code;
    this.error.clear();
    const { buf } = packet;
    if (packet.left >= 6 && buf[packet.pos] === 0x23) {
      this.error.bytes(buf, packet.pos + 1, packet.pos + 6);
      this.error.ascii(': ');
      packet.skip(6);
    }
    this.error.bytes(buf, packet.pos, packet.end);
    return 'done';
  }

  /** "COM_STMT_PREPARE OK": id, columns, parameters. */
  #preparedHead(packet: Payload, size: number): Step {
    packet.skip(1);
    this.statement = packet.u32();
    this.#columns = this.#left = packet.u16();
    this.params = packet.u16();
    if (packet.short) return 'bad';
    this.fields = this.#columns;
    packet.skip(3);
    if (size > 12 && packet.u8() === 0) return this.#finished();
    if (this.params > 0) {
      this.#left = this.params;
      this.#state = STATE.params;
      return 'more';
    }
    this.#state = STATE.preparedColumns;
    return this.#columns > 0 ? 'more' : this.#finished();
  }

  /** Definitions of parameters, then of columns, each with an EOF packet behind or without. */
  #prepared(packet: Payload, size: number, first: number): Step {
    if (first === ERR) return this.#error(packet);
    const isEnd = isEof(packet, size);
    if (this.#state === STATE.maybeEof) {
      if (isEnd) this.eof = true;
      return isEnd ? this.#finished() : 'bad';
    }
    if (isEnd) {
      this.eof = true;
      return this.#sectionEnd();
    }
    if (this.#left === 0) {
      // Columns where the end of the parameters could have been.
      this.eof = false;
      this.#sectionEnd();
    }
    if (this.#state === STATE.preparedColumns) this.columns.table(packet);
    if (packet.short) return 'bad';
    return --this.#left > 0 ? 'more' : this.#sectionRead();
  }

  /** All definitions of a section were read; an EOF packet may be next. */
  #sectionRead(): Step {
    if (this.eof === true) return 'more';
    if (this.eof === false) return this.#sectionEnd();
    if (this.#state === STATE.params && this.#columns > 0) return 'more';
    this.#state = STATE.maybeEof;
    return 'more';
  }

  #sectionEnd(): Step {
    if (this.#state !== STATE.params || this.#columns === 0) return this.#finished();
    this.#state = STATE.preparedColumns;
    this.#left = this.#columns;
    return 'more';
  }
}

/** Whether a packet looks like the first of a response: OK, ERR, or a number of columns. */
export function opensResponse(size: number, first: number): boolean {
  if (first === OK) return size >= 7;
  return first === ERR ? size >= 3 : size <= 4;
}

/** "EOF_Packet", not an OK in its place. */
export function isEof({ buf, pos }: Payload, size: number): boolean {
  return size > 0 && size <= 5 && buf[pos] === EOF;
}

function endsRows(size: number, first: number): boolean {
  return first === ERR || (first === EOF && size < MAX_PACKET);
}

/** "EOF_Packet": warnings and status; before MySQL 4.1 neither. */
function statusOfEof(packet: Payload, size: number): number {
  return size < 5 ? 0 : packet.buf[packet.pos + 3]! | (packet.buf[packet.pos + 4]! << 8);
}
