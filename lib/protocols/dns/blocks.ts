/**
 * Entries that many events have in common, made once and copied into rows: everything that follows from the flags of a
 * message, and what is said of a type. Tables are small and fixed: an unusual value takes the place of another.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import { Row } from '../../events/row.js';
import { CLASSES, OPCODES, RCODES, TYPES } from './codes.js';
import { fields } from './fields.js';
import { key } from './sink.js';

const SLOTS = 64;
const IN = 1;
/** Types below are remembered. */
const COMMON_TYPES = 512;

const K = { type: key('type'), class: key('class'), ttl: key('ttl') } as const;
const QUERY = constant('query');
const ANSWER = constant('answer');
const DO = constant('DO');
const FLAGS = [
  { bit: 0x0400, name: constant('AA'), field: fields['dns.flags.authoritative'] },
  { bit: 0x0200, name: constant('TC'), field: fields['dns.flags.truncated_response'] },
  { bit: 0x0100, name: constant('RD'), field: fields['dns.flags.recursion_desired'] },
  { bit: 0x0080, name: constant('RA'), field: fields['dns.flags.recursion_available'] },
  { bit: 0x0020, name: constant('AD'), field: fields['dns.flags.authentic_data'] },
  { bit: 0x0010, name: constant('CD'), field: fields['dns.flags.checking_disabled'] },
] as const;

const ANY_FLAG = FLAGS.reduce((bits, { bit }) => bits | bit, 0);

/** What is said of a type, in class IN. */
export interface Kind {
  /** `class IN, type A, ` */
  readonly prefix: Uint8Array;
  /** dns.question.type and class. */
  readonly question: Uint32Array;
  /** Start of a record: an object with its type, its class and the key of its ttl. */
  readonly record: Uint32Array;
}

export class Blocks {
  readonly #draft = new Row(new Uint8Array(0), []);
  readonly #headerKeys = new Int32Array(SLOTS).fill(-1);
  readonly #headers: Uint32Array[] = new Array(SLOTS);
  readonly #kinds: (Kind | undefined)[] = new Array(COMMON_TYPES).fill(undefined);

  /** method, dns.type, dns.flags.*, dns.header_flags and the codes, into `row`. */
  header(row: Row, flags: number, rcode: number, isDnssec: boolean): void {
    const wanted = (flags & 0xfff0) | (rcode << 16) | (isDnssec ? 1 : 0);
    const slot = (wanted ^ (wanted >>> 7) ^ (wanted >>> 13)) & (SLOTS - 1);
    if (this.#headerKeys[slot] === wanted) {
      row.block(this.#headers[slot]!);
      return;
    }
    const opcode = (flags >>> 11) & 15;
    if (!OPCODES.has(opcode) || !RCODES.has(rcode)) {
      writeHeader(row, flags, rcode, isDnssec);
      return;
    }
    this.#draft.clear();
    writeHeader(this.#draft, flags, rcode, isDnssec);
    this.#headerKeys[slot] = wanted;
    this.#headers[slot] = this.#draft.entries();
    row.block(this.#headers[slot]!);
  }

  /** The block of a type, or undefined when it is too rare to have one. */
  kind(type: number, klass: number): Kind | undefined {
    if (klass !== IN || type >= COMMON_TYPES) return undefined;
    return this.#kinds[type] ?? this.#make(type);
  }

  #make(type: number): Kind | undefined {
    if (!TYPES.has(type)) return undefined;
    const draft = this.#draft;
    draft.clear();
    writeQuestionKind(draft, type, IN);
    const question = draft.entries();
    draft.clear();
    writeRecordKind(draft, type, IN);
    const kind = { prefix: prefixOf(type, IN), question, record: draft.entries() };
    this.#kinds[type] = kind;
    return kind;
  }
}

export function prefixOf(type: number, klass: number): Uint8Array {
  return Buffer.from(`class ${CLASSES.text(klass)}, type ${TYPES.text(type)}, `, 'latin1');
}

export function writeQuestionKind(row: Row, type: number, klass: number): void {
  if (TYPES.has(type)) row.word(fields['dns.question.type'], TYPES.ids[type]!);
  else row.string(fields['dns.question.type'], TYPES.text(type));
  if (CLASSES.has(klass)) row.word(fields['dns.question.class'], CLASSES.ids[klass]!);
  else row.string(fields['dns.question.class'], CLASSES.text(klass));
}

/** Opens the object of a record; the ttl must follow. */
export function writeRecordKind(row: Row, type: number, klass: number): void {
  row.object(ITEM);
  row.key(K.type.id);
  if (TYPES.has(type)) row.word(ITEM, TYPES.ids[type]!);
  else row.string(ITEM, TYPES.text(type));
  row.key(K.class.id);
  if (CLASSES.has(klass)) row.word(ITEM, CLASSES.ids[klass]!);
  else row.string(ITEM, CLASSES.text(klass));
  row.key(K.ttl.id);
}

function writeHeader(row: Row, flags: number, rcode: number, isDnssec: boolean): void {
  const opcode = (flags >>> 11) & 15;
  if (OPCODES.has(opcode)) {
    row.word(shared.method, OPCODES.ids[opcode]!);
    row.word(fields['dns.op_code'], OPCODES.ids[opcode]!);
  } else {
    row.string(shared.method, OPCODES.text(opcode));
    row.string(fields['dns.op_code'], OPCODES.text(opcode));
  }
  if (RCODES.has(rcode)) row.word(fields['dns.response_code'], RCODES.ids[rcode]!);
  else row.string(fields['dns.response_code'], RCODES.text(rcode));
  row.word(fields['dns.type'], flags >= 0x8000 ? ANSWER : QUERY);
  for (const { bit, field } of FLAGS) row.boolean(field, (flags & bit) !== 0);
  if (!isDnssec && (flags & ANY_FLAG) === 0) {
    row.emptyList(fields['dns.header_flags']);
    return;
  }
  row.list(fields['dns.header_flags']);
  for (const { bit, name } of FLAGS) if ((flags & bit) !== 0) row.word(ITEM, name);
  if (isDnssec) row.word(ITEM, DO);
  row.close();
}
