/**
 * A row: the fields of one event, by id, in the layout of native/events/row.h. An analyzer sets fields; it never sees
 * JSON. Text from the handoff memory is only referred to (lent) until the batch ends; then rows still open copy it.
 */
import type { Field } from './fields.js';
import { FLAG, KIND } from './layout.js';

export const HEADER_WORDS = 24;
const ENTRY_WORDS = 4;
/** LIMIT: later entries of an event are left out, counted by the row's owner through `overflowed`. */
export const MAX_ENTRIES = 8192;
/** LIMIT: text past this many heap bytes of one row is left out. */
export const MAX_HEAP = 1 << 20;
/** LIMIT of one text field: longer text is cut (native/events/row.h kMaxFieldBytes). */
export const MAX_FIELD_BYTES = 65_536;
/** Given to the encoder beyond it, so that it sees there was more, counts it, and cuts between two characters. */
const MORE = 4;

const f64 = new Float64Array(1);
const f64Words = new Uint32Array(f64.buffer);

/** What copy() gives: entries, which of them (by word) have text in the heap, and the heap. */
export interface Block {
  readonly entries: Uint32Array;
  readonly texts: readonly number[];
  readonly heap: Uint8Array;
}

const inHeap = (kind: number): boolean => kind === KIND.heap || kind === KIND.keyHeap || kind === KIND.ip;

const NO_HEAP = Buffer.alloc(0);
const NO_WORDS = new Uint32Array(0);

export class Row {
  words = new Uint32Array(32 * ENTRY_WORDS);
  /** Words used. */
  used = 0;
  heap: Buffer = NO_HEAP;
  /** The same memory, in whole words. */
  heapWords = NO_WORDS;
  heapUsed = 0;
  /** The handoff memory that lent text lies in. */
  readonly memory: Uint8Array;
  /** Lent text is in here that the end of the batch must copy. */
  lends = false;
  overflowed = false;

  card = 0;
  dataset = 0;
  status = 0;
  statics = 0;
  flags = 0;
  /** ICMP: the message that the community id is made from, see icmp(). */
  icmpMessage = 0;
  startSeconds = 0;
  startNanoseconds = 0;
  endSeconds = 0;
  endNanoseconds = 0;
  sourceBytes = 0;
  destinationBytes = 0;
  readonly #lenders: Row[];
  /** Containers that were left out and not closed yet. */
  #leftOpen = 0;

  constructor(memory: Uint8Array, lenders: Row[]) {
    this.memory = memory;
    this.#lenders = lenders;
  }

  clear(): void {
    this.used = 0;
    this.heapUsed = 0;
    this.lends = false;
    this.overflowed = false;
    this.#leftOpen = 0;
    this.status = 0;
    this.statics = 0;
    this.flags = 0;
    this.icmpMessage = 0;
    this.sourceBytes = 0;
    this.destinationBytes = 0;
    if (this.heap.length > 65_536) {
      this.heap = NO_HEAP;
      this.heapWords = NO_WORDS;
    }
    if (this.words.length > 1024 * ENTRY_WORDS) this.words = new Uint32Array(32 * ENTRY_WORDS);
  }

  // ---- envelope

  start(seconds: number, nanoseconds: number): void {
    this.startSeconds = seconds;
    this.startNanoseconds = nanoseconds;
  }

  end(seconds: number, nanoseconds: number): void {
    this.endSeconds = seconds;
    this.endNanoseconds = nanoseconds;
    this.flags |= FLAG.hasEnd;
  }

  /** Bytes of the request (the event's source sent them). */
  requestBytes(n: number): void {
    this.sourceBytes = n;
    this.flags |= FLAG.hasSourceBytes;
  }

  responseBytes(n: number): void {
    this.destinationBytes = n;
    this.flags |= FLAG.hasDestinationBytes;
  }

  /** ICMP: the community id is made from this message; `back`: it went to the event's source. The first call counts. */
  icmp(type: number, code: number, back: boolean): void {
    if (this.icmpMessage === 0) this.icmpMessage = 0x10000 | (back ? 0x20000 : 0) | (type << 8) | code;
  }

  /** The client is the flow's destination (a connection first seen from the server's side). */
  swap(): void {
    this.flags |= FLAG.swapped;
  }

  // ---- fields

  /** Text from bytes: a range of the handoff memory is lent, any other is copied at once. Cut at MAX_FIELD_BYTES. */
  text(field: Field<'keyword' | 'text' | 'wildcard'>, buf: Uint8Array, start: number, end: number): void {
    this.#bytes(field.id, KIND.lent, KIND.heap, buf, start, end);
  }

  /** Text that is in the row's heap already: `size` bytes at `at`. */
  same(field: Field<'keyword' | 'text' | 'wildcard'>, at: number, size: number): void {
    this.#push(field.id, KIND.heap, size, at, 0);
  }

  /** Text from a JavaScript string (a date: in ISO 8601, any year). For constants use word(): it is cheaper. */
  string(field: Field<'keyword' | 'text' | 'wildcard' | 'date'>, text: string): void {
    this.#string(field.id, KIND.heap, text);
  }

  /**
   * Room in `heap` for text of up to `size` bytes that the caller puts together; -1 past MAX_HEAP. Then composed().
   */
  compose(size: number): number {
    return this.#reserve(size);
  }

  /** The text of compose(): `size` bytes at `at`; what was left of the room is free again. */
  composed(field: Field<'keyword' | 'text' | 'wildcard'>, at: number, size: number): void {
    this.heapUsed = at + size;
    this.#push(field.id, KIND.heap, Math.min(size, MAX_FIELD_BYTES + MORE), at, 0);
  }

  /** An interned string, see constant(). */
  word(field: Field<'keyword' | 'text' | 'wildcard'>, constant: number): void {
    this.#push(field.id, KIND.constant, 0, constant, 0);
  }

  /** An integer; exact up to 2^53. A keyword may hold one as well. */
  long(field: Field<'long' | 'unsigned' | 'keyword'>, value: number): void {
    const high = value >= 0 && value < 4294967296 ? 0 : Math.floor(value / 4294967296) >>> 0;
    this.#push(field.id, KIND.long, 0, value >>> 0, high);
  }

  /** An integer of up to 64 bits. Negative: as a signed long; else unsigned. */
  big(field: Field<'long' | 'unsigned'>, value: bigint): void {
    const kind = value < 0n ? KIND.long : KIND.unsigned;
    const bits = BigInt.asUintN(64, value);
    this.#push(field.id, kind, 0, Number(bits & 0xffffffffn), Number(bits >> 32n));
  }

  double(field: Field<'double' | 'keyword'>, value: number): void {
    f64[0] = value;
    this.#push(field.id, KIND.double, 0, f64Words[0]!, f64Words[1]!);
  }

  boolean(field: Field<'boolean'>, value: boolean): void {
    this.#push(field.id, KIND.boolean, 0, value ? 1 : 0, 0);
  }

  date(field: Field<'date'>, seconds: number, nanoseconds: number): void {
    this.#push(field.id, KIND.date, 0, seconds, nanoseconds);
  }

  /** An address of 4 or 16 bytes. `field` may also be text: it is written in its usual form. */
  ip(field: Field<'ip' | 'keyword'>, buf: Uint8Array, start: number, size: 4 | 16): void {
    const at = this.#reserve(size);
    if (at < 0) return;
    for (let i = 0; i < size; i++) this.heap[at + i] = buf[start + i]!;
    this.#push(field.id, KIND.ip, size, at, 0);
  }

  /** An address that is in the row's heap already. */
  sameIp(field: Field<'ip' | 'keyword'>, at: number, size: 4 | 16): void {
    this.#push(field.id, KIND.ip, size, at, 0);
  }

  /**
   * Entries that another row's entries() gave: constants, numbers and containers, nothing that lies in a heap. What
   * many events have in common is put together once.
   */
  block(entries: Uint32Array): void {
    const at = this.used;
    const end = at + entries.length;
    if (end > this.words.length || end + ENTRY_WORDS * 64 > MAX_ENTRIES * ENTRY_WORDS) {
      for (let i = 0; i < entries.length; i += ENTRY_WORDS) {
        const kind = entries[i]! >>> 16;
        const closing = kind === KIND.close;
        this.#push(entries[i]! & 0xffff, kind, entries[i + 1]!, entries[i + 2]!, entries[i + 3]!, closing);
      }
      return;
    }
    const { words } = this;
    for (let i = 0; i < entries.length; i++) words[at + i] = entries[i]!;
    this.used = end;
  }

  /** A copy of the entries so far, for block(). */
  entries(): Uint32Array {
    return this.words.slice(0, this.used);
  }

  /** All that this row holds, for paste(): text too, where it lies in the row's heap (none may be lent). */
  copy(): Block {
    const entries = this.entries();
    const texts: number[] = [];
    for (let i = 0; i < entries.length; i += ENTRY_WORDS) if (inHeap(entries[i]! >>> 16)) texts.push(i);
    return { entries, texts, heap: Uint8Array.from(this.heap.subarray(0, this.heapUsed)) };
  }

  /** Adds what another row's copy() gave; all of it, or nothing where it would pass a limit. */
  paste(block: Block): void {
    const { entries, texts, heap } = block;
    const at = this.used;
    const end = at + entries.length;
    const base = end > MAX_ENTRIES * ENTRY_WORDS ? -1 : this.#reserve(heap.length);
    if (base < 0) {
      this.overflowed = true;
      return;
    }
    if (end > this.words.length) this.#grow(end);
    this.words.set(entries, at);
    this.heap.set(heap, base);
    for (let i = 0; i < texts.length; i++) this.words[at + texts[i]! + 2]! += base;
    this.used = end;
  }

  /** Opens a list; values follow with field ITEM; close() ends it. Also inside another container, with ITEM. */
  list(field: Field): void {
    this.#push(field.id, KIND.list, 0, 0, 0);
  }

  /** Opens an object; before each value goes a key(). */
  object(field: Field): void {
    this.#push(field.id, KIND.object, 0, 0, 0);
  }

  /** An object with nothing in it, which is written all the same. */
  emptyObject(field: Field<'object'>): void {
    this.#push(field.id, KIND.object, 1, 0, 0);
    this.close();
  }

  /** A list with nothing in it, which is written all the same. */
  emptyList(field: Field): void {
    this.#push(field.id, KIND.list, 1, 0, 0);
    this.close();
  }

  close(): void {
    this.#push(0, KIND.close, 0, 0, 0, true);
  }

  /** Key of the next value in an object: an interned string. */
  key(constant: number): void {
    this.#push(0, KIND.keyConstant, 0, constant, 0);
  }

  /** Key from wire bytes. */
  keyText(buf: Uint8Array, start: number, end: number): void {
    this.#bytes(0, KIND.keyLent, KIND.keyHeap, buf, start, end);
  }

  keyString(text: string): void {
    this.#string(0, KIND.keyHeap, text);
  }

  /** Copies lent text: the batch it lies in ends. */
  settle(): void {
    if (!this.lends) return;
    this.lends = false;
    const { words } = this;
    for (let i = 0; i < this.used; i += ENTRY_WORDS) {
      const kind = words[i]! >>> 16;
      if (kind !== KIND.lent && kind !== KIND.keyLent) continue;
      const length = words[i + 1]!;
      const at = this.#copy(this.memory, words[i + 2]!, words[i + 2]! + length);
      words[i] = (words[i]! & 0xffff) | ((kind + 1) << 16);
      if (at < 0) words[i + 1] = 0;
      words[i + 2] = at < 0 ? 0 : at;
    }
  }

  #bytes(id: number, lent: number, heap: number, buf: Uint8Array, start: number, end: number): void {
    const size = Math.min(end - start, MAX_FIELD_BYTES + MORE);
    if (buf === this.memory) {
      if (!this.lends) {
        this.lends = true;
        this.#lenders.push(this);
      }
      this.#push(id, lent, size, start, 0);
      return;
    }
    const at = this.#copy(buf, start, start + size);
    this.#push(id, heap, at < 0 ? 0 : size, at < 0 ? 0 : at, 0);
  }

  #string(id: number, kind: number, text: string): void {
    const at = this.#reserve(Math.min(text.length, MAX_FIELD_BYTES + MORE) * 3);
    if (at < 0) {
      this.#push(id, kind, 0, 0, 0);
      return;
    }
    const size = Math.min(this.heap.write(text, at, this.heapUsed - at, 'utf8'), MAX_FIELD_BYTES + MORE);
    this.heapUsed = at + size;
    this.#push(id, kind, size, at, 0);
  }

  #push(id: number, kind: number, w1: number, w2: number, w3: number, closing = false): void {
    const at = this.used;
    if (at >= MAX_ENTRIES * ENTRY_WORDS && this.#leavesOut(kind, closing)) return;
    if (at + ENTRY_WORDS > this.words.length) this.#grow(at + ENTRY_WORDS);
    const { words } = this;
    words[at] = id | (kind << 16);
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    this.used = at + ENTRY_WORDS;
  }

  #grow(words: number): void {
    const grown = new Uint32Array(Math.max(words, this.words.length * 2));
    grown.set(this.words);
    this.words = grown;
  }

  /** Past the limit: values and whole containers are left out; those open before still close, so the row stays well-formed. */
  #leavesOut(kind: number, closing: boolean): boolean {
    this.overflowed = true;
    if (kind === KIND.list || kind === KIND.object) this.#leftOpen++;
    if (!closing) return true;
    if (this.#leftOpen === 0) return false;
    this.#leftOpen--;
    return true;
  }

  /** Room for `size` heap bytes; -1 past MAX_HEAP. */
  #reserve(size: number): number {
    const at = this.heapUsed;
    if (at + size > MAX_HEAP) {
      this.overflowed = true;
      return -1;
    }
    if (at + size > this.heap.length) {
      const grown = Buffer.allocUnsafeSlow((Math.max(256, this.heap.length * 2, at + size) + 3) & ~3);
      this.heap.copy(grown, 0, 0, at);
      this.heap = grown;
      this.heapWords = new Uint32Array(grown.buffer, grown.byteOffset, grown.length >> 2);
    }
    this.heapUsed = at + size;
    return at;
  }

  #copy(buf: Uint8Array, start: number, end: number): number {
    const size = end - start;
    const at = this.#reserve(size);
    if (at < 0) return -1;
    // PERF: below ~48 bytes a byte loop beats the call into native set().
    if (size < 48) for (let i = 0; i < size; i++) this.heap[at + i] = buf[start + i]!;
    else this.heap.set(buf.subarray(start, end), at);
    return at;
  }
}
