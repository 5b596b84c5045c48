/**
 * Where the parts of a record go: into an event row, or into the one-line text of send_request and send_response. Parts
 * other than the data come first, in the order of their names.
 */
import { constant } from '../../events/constants.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Text } from '../kit/text.js';
import type { Addresses } from './addresses.js';
import type { Names } from './codes.js';
import { NAME_START, type NameReader } from './names.js';
import { escaped, ipv4, ipv6 } from './presentation.js';

/** Name of a part, interned. */
export interface Key {
  readonly id: number;
  readonly name: string;
}

export const key = (name: string): Key => ({ id: constant(name), name });

const DATA = key('data');

export interface Sink {
  /** A number with a name. */
  word(key: Key, names: Names, code: number): void;
  long(key: Key, value: number): void;
  text(key: Key, buf: Uint8Array, start: number, end: number): void;
  /** The data: an address of 4 or 16 bytes. */
  address(wire: Uint8Array, at: number, size: 4 | 16): void;
  /** The data: the name just read, which lies at `at` on the wire. */
  name(names: NameReader, at: number): void;
  /** The data: text of ours. */
  data(buf: Uint8Array, start: number, end: number): void;
  /** The data: character strings, which end with the data. */
  strings(wire: Uint8Array, start: number, end: number): void;
}

export class RowSink implements Sink {
  row!: Row;
  /** Where the addresses that are written are noted, if at all. */
  addresses: Addresses | null = null;
  /** The last name written as data: its place on the wire and in the row's heap. Owners of later records point to it. */
  lastName = -1;
  lastHeapAt = 0;
  lastSize = 0;
  readonly #scratch: Text;

  constructor(scratch: Text) {
    this.#scratch = scratch;
  }

  begin(row: Row): void {
    this.row = row;
    this.lastName = -1;
  }

  word(key: Key, names: Names, code: number): void {
    this.row.key(key.id);
    writeName(this.row, names, code);
  }

  long(key: Key, value: number): void {
    this.row.key(key.id);
    this.row.long(ITEM, value);
  }

  text(key: Key, buf: Uint8Array, start: number, end: number): void {
    this.row.key(key.id);
    this.row.text(ITEM, buf, start, end);
  }

  address(wire: Uint8Array, at: number, size: 4 | 16): void {
    const { row } = this;
    row.key(DATA.id);
    row.ip(ITEM, wire, at, size);
    if (this.addresses && !row.overflowed) this.addresses.add(row.heapUsed - size, size);
  }

  name(names: NameReader, at: number): void {
    const { row } = this;
    row.key(DATA.id);
    row.text(ITEM, names.buf, NAME_START, names.end);
    this.remember(at, names.end - NAME_START);
  }

  /** The text written last is the name at `at` on the wire. */
  remember(at: number, size: number): void {
    this.lastName = this.row.overflowed ? -1 : at;
    this.lastSize = size;
    this.lastHeapAt = this.row.heapUsed - size;
  }

  data(buf: Uint8Array, start: number, end: number): void {
    this.text(DATA, buf, start, end);
  }

  strings(wire: Uint8Array, start: number, end: number): void {
    const first = start < end ? start + 1 + wire[start]! : end;
    if (first === end && start < end) {
      this.text(DATA, wire, start + 1, end);
      return;
    }
    const text = this.#scratch;
    text.clear();
    for (let at = start; at < end; ) {
      const next = at + 1 + wire[at]!;
      if (at > start) text.byte(0x20);
      text.bytes(wire, at + 1, next);
      at = next;
    }
    this.data(text.buf, 0, text.size);
  }
}

/** Numbers other than those with names are left out, as Packetbeat does. */
export class TextSink implements Sink {
  readonly #text: Text;

  constructor(text: Text) {
    this.#text = text;
  }

  word(key: Key, names: Names, code: number): void {
    this.#text.ascii(`${key.name} ${names.text(code)}, `);
  }

  long(): void {}

  text(key: Key, buf: Uint8Array, start: number, end: number): void {
    this.#text.ascii(`${key.name} `);
    this.#text.bytes(buf, start, end);
    this.#text.ascii(', ');
  }

  address(wire: Uint8Array, at: number, size: 4 | 16): void {
    if (size === 4) ipv4(this.#text, wire, at);
    else ipv6(this.#text, wire, at);
  }

  name(names: NameReader): void {
    this.#text.bytes(names.buf, NAME_START, names.end);
  }

  data(buf: Uint8Array, start: number, end: number): void {
    this.#text.bytes(buf, start, end);
  }

  strings(wire: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const next = at + 1 + wire[at]!;
      if (at > start) this.#text.byte(0x20);
      escaped(this.#text, wire, at + 1, next);
      at = next;
    }
  }
}

/** The next value of `row`: a number's name, or the number as text. */
export function writeName(row: Row, names: Names, code: number): void {
  const id = names.ids[code]!;
  if (id > 0) row.word(ITEM, id);
  else row.string(ITEM, names.text(code));
}
