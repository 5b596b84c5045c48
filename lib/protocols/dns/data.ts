/** The data of one record while it is read: its place, and the tools it is turned into text with. */
import { Text } from '../kit/text.js';
import { NAME_START, type NameReader } from './names.js';
import type { Message } from './parser.js';
import { base64, date, decimal } from './presentation.js';
import type { Key, Sink } from './sink.js';

export class Data {
  readonly names: NameReader;
  /** Where text is put together. */
  readonly text = new Text();
  sink!: Sink;
  wire: Uint8Array = new Uint8Array(0);
  /** Start of the message. */
  base = 0;
  at = 0;
  end = 0;

  constructor(names: NameReader) {
    this.names = names;
  }

  /** Points at the data of record `i`. */
  point(sink: Sink, message: Message, i: number): void {
    this.sink = sink;
    this.wire = message.wire;
    this.base = message.base;
    this.at = message.dataAt(i);
    this.end = message.dataEnd(i);
  }

  u16(at: number): number {
    return (this.wire[at]! << 8) | this.wire[at + 1]!;
  }

  u32(at: number): number {
    return this.u16(at) * 65_536 + this.u16(at + 2);
  }

  /** Reads the name at `at` into `names`; the position behind it, or -1. */
  read(at: number): number {
    return this.names.read(this.wire, this.base, at, this.end);
  }

  appendName(): void {
    this.text.bytes(this.names.buf, NAME_START, this.names.end);
  }

  /** A number that Packetbeat prints as text. */
  number(key: Key, value: number): void {
    this.text.clear();
    decimal(this.text, value);
    this.sink.text(key, this.text.buf, 0, this.text.size);
  }

  date(key: Key, seconds: number): void {
    this.text.clear();
    date(this.text, seconds);
    this.sink.text(key, this.text.buf, 0, this.text.size);
  }

  /** The rest from `start` on is the data. */
  base64(start: number): void {
    this.text.clear();
    base64(this.text, this.wire, start, this.end);
    this.composedData();
  }

  /** `text` is the data. */
  composedData(): true {
    this.sink.data(this.text.buf, 0, this.text.size);
    return true;
  }
}
