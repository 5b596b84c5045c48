/**
 * A DNS message (RFC 1035 4.1): header and places of its questions and records. Everything is checked here but what lies
 * inside the record data; nothing is copied. One Message is used again for all messages of a worker.
 */
import { TYPE } from './codes.js';
import { skipName } from './names.js';

export const HEADER_BYTES = 12;
/** LIMIT: a message with more records than this is no message. 64 KiB hold 5,957 of the shortest. */
export const MAX_RECORDS = 6000;
/** LIMIT: questions of one message. */
export const MAX_QUESTIONS = 256;

const NAME = 0;
const KIND = 1;
const TTL = 2;
const DATA = 3;
const END = 4;
const STRIDE = 5;

/** Shortest record: root name, type, class, ttl, length. */
const MIN_RECORD_BYTES = 11;
const MIN_QUESTION_BYTES = 5;

export class Message {
  wire: Uint8Array = new Uint8Array(0);
  base = 0;
  end = 0;
  id = 0;
  flags = 0;
  questions = 0;
  answers = 0;
  authorities = 0;
  additionals = 0;
  /** Behind the first question's name: its type and class. */
  questionType = 0;
  questionClass = 0;
  /** End of the first question. */
  questionEnd = 0;
  /** Number of the OPT record, or -1. */
  opt = -1;
  /** Behind the last record. What follows belongs to no record. */
  stop = 0;
  #records = new Int32Array(STRIDE * 64);

  /** Reads the message in [start, end) of `wire`; false when it is none. */
  parse(wire: Uint8Array, start: number, end: number): boolean {
    if (end - start < HEADER_BYTES) return false;
    this.wire = wire;
    this.base = start;
    this.end = end;
    this.id = this.#u16(start);
    this.flags = this.#u16(start + 2);
    this.questions = this.#u16(start + 4);
    this.answers = this.#u16(start + 6);
    this.authorities = this.#u16(start + 8);
    this.additionals = this.#u16(start + 10);
    this.opt = -1;
    const count = this.answers + this.authorities + this.additionals;
    // No table is made by a claimed number: so many would not fit.
    if (count * MIN_RECORD_BYTES + this.questions * MIN_QUESTION_BYTES > end - start - HEADER_BYTES)
      return false;
    if (count > MAX_RECORDS || this.questions > MAX_QUESTIONS) return false;
    const at = this.#readQuestions(start + HEADER_BYTES);
    return at >= 0 && this.#readRecords(at, count);
  }

  get isResponse(): boolean {
    return this.flags >= 0x8000;
  }

  /** Type of record `i`; records of all sections are numbered through. */
  type(i: number): number {
    return this.#records[i * STRIDE + KIND]! >>> 16;
  }

  class(i: number): number {
    return this.#records[i * STRIDE + KIND]! & 0xffff;
  }

  ttl(i: number): number {
    return this.#records[i * STRIDE + TTL]! >>> 0;
  }

  nameAt(i: number): number {
    return this.#records[i * STRIDE + NAME]!;
  }

  dataAt(i: number): number {
    return this.#records[i * STRIDE + DATA]!;
  }

  dataEnd(i: number): number {
    return this.#records[i * STRIDE + END]!;
  }

  #u16(at: number): number {
    return (this.wire[at]! << 8) | this.wire[at + 1]!;
  }

  #readQuestions(at: number): number {
    const { wire, base, end } = this;
    for (let i = 0; i < this.questions; i++) {
      at = skipName(wire, base, at, end);
      if (at < 0 || at + 4 > end) return -1;
      if (i === 0) {
        this.questionType = this.#u16(at);
        this.questionClass = this.#u16(at + 2);
        this.questionEnd = at + 4;
      }
      at += 4;
    }
    return at;
  }

  #readRecords(at: number, count: number): boolean {
    const { wire, base, end } = this;
    if (count * STRIDE > this.#records.length) this.#records = new Int32Array(MAX_RECORDS * STRIDE);
    const records = this.#records;
    const firstAdditional = this.answers + this.authorities;
    for (let i = 0, r = 0; i < count; i++, r += STRIDE) {
      records[r + NAME] = at;
      at = skipName(wire, base, at, end);
      if (at < 0 || at + 10 > end) return false;
      const type = (wire[at]! << 8) | wire[at + 1]!;
      records[r + KIND] = (type << 16) | (wire[at + 2]! << 8) | wire[at + 3]!;
      records[r + TTL] = (wire[at + 4]! << 24) | (wire[at + 5]! << 16) | (wire[at + 6]! << 8) | wire[at + 7]!;
      const size = (wire[at + 8]! << 8) | wire[at + 9]!;
      at += 10;
      records[r + DATA] = at;
      at += size;
      records[r + END] = at;
      if (at > end) return false;
      if (type === TYPE.OPT && i >= firstAdditional) this.opt = i;
    }
    this.stop = at;
    return true;
  }
}
