/**
 * Rows of a result as Packetbeat shows them: a line of column names, a line a row, fields separated by commas and quoted
 * where they must be (RFC 4180), line ends inside as \n and \r. A row is cut at `max_row_length`.
 */
import { Text } from '../kit/text.js';

const TAB = 9;
const LF = 10;
const CR = 13;
const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const BACKSLASH = 92;

export class Csv {
  readonly text = new Text();
  readonly #maxRow: number;
  #fields = 0;
  /** Bytes of the row so far. */
  #size = 0;

  constructor(maxRow: number) {
    this.#maxRow = maxRow;
  }

  clear(): void {
    this.text.clear();
    this.#fields = 0;
    this.#size = 0;
  }

  /** A column's name; endRow() ends the line. */
  name(buf: Uint8Array, start: number, end: number): void {
    this.#separate();
    this.#append(buf, start, end, false);
  }

  /** A value; beyond the row's limit it is cut or left out. */
  value(buf: Uint8Array, start: number, end: number): void {
    const room = this.#maxRow - this.#size;
    if (room <= 0) return;
    const size = Math.min(end - start, room);
    this.#size += size;
    this.#separate();
    this.#append(buf, start, start + size, true);
  }

  endRow(): void {
    if (this.#fields > 0) this.text.byte(LF);
    this.#fields = 0;
    this.#size = 0;
  }

  #separate(): void {
    if (this.#fields++ > 0) this.text.byte(COMMA);
  }

  #append(buf: Uint8Array, start: number, end: number, isValue: boolean): void {
    const { text } = this;
    const quoted = needsQuotes(buf, start, end, isValue);
    if (quoted) text.byte(QUOTE);
    let from = start;
    for (let i = start; i < end; i++) {
      const c = buf[i]!;
      if (c !== LF && c !== QUOTE && !(c === CR && isValue)) continue;
      text.bytes(buf, from, i);
      text.ascii(c === LF ? '\\n' : c === CR ? '\\r' : '""');
      from = i + 1;
    }
    text.bytes(buf, from, end);
    if (quoted) text.byte(QUOTE);
  }
}

function needsQuotes(buf: Uint8Array, start: number, end: number, isValue: boolean): boolean {
  if (start === end) return false;
  const first = buf[start]!;
  if (first === BLANK || first === TAB || first === 11 || first === 12) return true;
  if (end - start === 2 && first === BACKSLASH && buf[start + 1] === DOT) return true;
  for (let i = start; i < end; i++) {
    const c = buf[i]!;
    if (c === COMMA || c === QUOTE || (c === CR && !isValue)) return true;
  }
  return false;
}
