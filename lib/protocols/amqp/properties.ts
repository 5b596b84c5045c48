/** Content headers (AMQP 0-9-1 4.2.6.1): body size, flags for the properties that follow, and these in their order. */
import { constant } from '../../events/constants.js';
import type { Field } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { fields } from './fields.js';
import { u32, writeTable } from './tables.js';
import { formatTime } from './time.js';

const FIXED_BYTES = 14;
const TWO_32 = 4294967296;
const MODES = [0, constant('non-persistent'), constant('persistent')];
/** Words of flags: one is all that basic needs. */
const MAX_FLAG_WORDS = 16;

const FORM = { text: 0, table: 1, mode: 2, octet: 3, time: 4 } as const;
interface Property {
  readonly form: number;
  // biome-ignore lint/suspicious/noExplicitAny: of the type that the form asks for
  readonly field: Field<any>;
}

/** From the highest flag on. */
const PROPERTIES: readonly Property[] = [
  { form: FORM.text, field: fields['amqp.content-type'] },
  { form: FORM.text, field: fields['amqp.content-encoding'] },
  { form: FORM.table, field: fields['amqp.headers'] },
  { form: FORM.mode, field: fields['amqp.delivery-mode'] },
  { form: FORM.octet, field: fields['amqp.priority'] },
  { form: FORM.text, field: fields['amqp.correlation-id'] },
  { form: FORM.text, field: fields['amqp.reply-to'] },
  { form: FORM.text, field: fields['amqp.expiration'] },
  { form: FORM.text, field: fields['amqp.message-id'] },
  { form: FORM.time, field: fields['amqp.timestamp'] },
  { form: FORM.text, field: fields['amqp.type'] },
  { form: FORM.text, field: fields['amqp.user-id'] },
  { form: FORM.text, field: fields['amqp.app-id'] },
];

export class ContentHeader {
  /** Bytes of the body; -1: the header is broken. */
  size = 0;
  /** The body can be shown as text. */
  isText = false;
  hasBadTable = false;

  /** Reads [start, end) of `buf`. `row`: null when nobody wants the properties. */
  read(row: Row | null, buf: Uint8Array, start: number, end: number): void {
    this.isText = false;
    this.hasBadTable = false;
    this.size = -1;
    if (end - start < FIXED_BYTES) return;
    const high = u32(buf, start + 4);
    if (high >= 0x200000) return;
    this.size = high * TWO_32 + u32(buf, start + 8);
    if (!row) return;
    const flags = (buf[start + 12]! << 8) | buf[start + 13]!;
    let at = start + FIXED_BYTES;
    for (let more = flags, words = 1; more & 1 && words < MAX_FLAG_WORDS && at + 2 <= end; words++, at += 2)
      more = (buf[at]! << 8) | buf[at + 1]!;
    for (let i = 0; i < PROPERTIES.length && at >= 0; i++) {
      if ((flags & (0x8000 >> i)) !== 0) at = this.#one(row, PROPERTIES[i]!, buf, at, end);
    }
  }

  /** Reads one; where it ends, or -1. */
  #one(row: Row, { form, field }: Property, buf: Uint8Array, at: number, end: number): number {
    if (at >= end) return -1;
    switch (form) {
      case FORM.text:
        return this.#text(row, field, buf, at + 1, at + 1 + buf[at]!, end);
      case FORM.table:
        return this.#table(row, buf, at, end);
      case FORM.mode:
        if (MODES[buf[at]!]) row.word(field, MODES[buf[at]!]!);
        return at + 1;
      case FORM.octet:
        row.long(field, buf[at]!);
        return at + 1;
      default:
        if (at + 8 > end) return -1;
        row.string(field, formatTime(u32(buf, at) * TWO_32 + u32(buf, at + 4)));
        return at + 8;
    }
  }

  #text(
    row: Row,
    field: Field<'keyword'>,
    buf: Uint8Array,
    start: number,
    next: number,
    end: number,
  ): number {
    if (next > end) return -1;
    row.text(field, buf, start, next);
    if (field === fields['amqp.content-type']) this.isText = isReadable(buf, start, next);
    else if (field === fields['amqp.content-encoding'] && next > start) this.isText = false;
    else if (field === fields['amqp.user-id']) row.text(fields['user.id'], buf, start, next);
    return next;
  }

  #table(row: Row, buf: Uint8Array, at: number, end: number): number {
    const next = at + 4 + (at + 4 <= end ? u32(buf, at) : end);
    if (next > end) {
      this.hasBadTable = true;
      return -1;
    }
    if (next > at + 4 && !writeTable(row, fields['amqp.headers'], buf, at + 4, next)) this.hasBadTable = true;
    return next;
  }
}

const READABLE = ['text', 'json'].map((word) => Buffer.from(word));

/** Whether a content type names text or JSON. */
function isReadable(buf: Uint8Array, start: number, end: number): boolean {
  for (const word of READABLE) {
    for (let i = start; i + word.length <= end; i++) {
      let same = 0;
      while (same < word.length && buf[i + same] === word[same]) same++;
      if (same === word.length) return true;
    }
  }
  return false;
}
