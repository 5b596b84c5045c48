/** A command line of the text protocol to fields. */
import { constant } from '../../events/constants.js';
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { fields } from './fields.js';
import { parseNumber, type Reader } from './parser.js';
import { ARGS, META_ARITHMETIC } from './text-codes.js';

/** LIMIT: keys of one message in its event. */
export const MAX_KEYS = 1000;
const NOREPLY = Buffer.from('noreply');
const AUTOMOVE = ['standby', 'slow', 'aggressive'].map(constant);
/** Digits that a number holds exactly. */
const EXACT_DIGITS = 15;
/** Digits of 2^64 - 1. */
const MAX_DIGITS = 20;
const BLANK = 32;

/** The arguments of `line`, a command, into `row`. True: the client wants no response (noreply). */
export function writeArguments(row: Row, line: Reader): boolean {
  const { args } = line;
  switch (line.command.args) {
    case ARGS.keys:
      writeKeys(row, line, args);
      return false;
    case ARGS.touchKeys:
      writeInteger(row, fields['memcache.request.exptime'], line, args);
      writeKeys(row, line, args + 1);
      return false;
    case ARGS.store:
    case ARGS.cas:
      return writeStore(row, line);
    case ARGS.counter:
      writeKey(row, line);
      writeUnsigned(row, fields['memcache.request.delta'], line, 2);
      return writeNoreply(row, line);
    case ARGS.touch:
      writeKey(row, line);
      writeInteger(row, fields['memcache.request.exptime'], line, 2);
      return writeNoreply(row, line);
    case ARGS.remove:
      writeKey(row, line);
      return writeNoreply(row, line);
    case ARGS.meta:
    case ARGS.metaSet:
      return writeMeta(row, line);
    default:
      return writeControl(row, line);
  }
}

/** Commands that are about the server. */
function writeControl(row: Row, line: Reader): boolean {
  const { args, buf } = line;
  switch (line.command.args) {
    case ARGS.quit:
      writeNoreply(row, line);
      return true;
    case ARGS.flush:
      if (!writeInteger(row, fields['memcache.request.exptime'], line, args))
        row.long(fields['memcache.request.exptime'], 0);
      return line.isLastWord(NOREPLY) && writeNoreply(row, line);
    case ARGS.verbosity:
      writeUnsigned(row, fields['memcache.request.verbosity'], line, args);
      return line.isLastWord(NOREPLY) && writeNoreply(row, line);
    case ARGS.raw:
      row.text(fields['memcache.request.raw_args'], buf, rawStart(line, args), line.end);
      return line.isLastWord(NOREPLY) && writeNoreply(row, line);
    case ARGS.reassign:
      writeInteger(row, fields['memcache.request.source_class'], line, args);
      writeInteger(row, fields['memcache.request.dest_class'], line, args + 1);
      return false;
    case ARGS.automove:
      writeAutomove(row, line, args);
      return false;
    case ARGS.sleep:
      writeUnsigned(row, fields['memcache.request.sleep_us'], line, args);
      return false;
    case ARGS.number:
      writeUnsigned(row, fields['memcache.request.value'], line, args);
      return false;
    case ARGS.unknown:
      row.text(fields['memcache.request.line'], buf, line.start, line.end);
      return false;
    default:
      return false;
  }
}

function writeStore(row: Row, line: Reader): boolean {
  writeKey(row, line);
  writeUnsigned(row, fields['memcache.request.flags'], line, 2);
  writeInteger(row, fields['memcache.request.exptime'], line, 3);
  row.long(fields['memcache.request.count_values'], line.valueSize < 0 ? 0 : 1);
  if (line.valueSize >= 0) row.long(fields['memcache.request.bytes'], line.valueSize);
  if (line.command.args === ARGS.cas) writeUnsigned(row, fields['memcache.request.cas_unique'], line, 5);
  return writeNoreply(row, line);
}

/** Flags are letters with a token behind some (memcached protocol.txt, Meta Commands). True: with `q`. */
function writeMeta(row: Row, line: Reader): boolean {
  const { buf, wordStart, wordEnd, words, command } = line;
  writeKey(row, line);
  const isStore = command.args === ARGS.metaSet;
  if (isStore) {
    row.long(fields['memcache.request.count_values'], line.valueSize < 0 ? 0 : 1);
    if (line.valueSize >= 0) row.long(fields['memcache.request.bytes'], line.valueSize);
  }
  const first = isStore ? 3 : 2;
  let isQuiet = false;
  for (let i = first; i < words; i++) {
    const flag = buf[wordStart[i]!]!;
    if (flag === 0x71) isQuiet = true;
    else if (wordEnd[i]! > wordStart[i]! + 1) writeMetaToken(row, line, flag, i);
  }
  if (isQuiet) row.boolean(fields['memcache.request.quiet'], true);
  if (words > first) row.text(fields['memcache.request.raw_args'], buf, wordStart[first]!, line.end);
  return isQuiet;
}

function writeMetaToken(row: Row, line: Reader, flag: number, word: number): void {
  switch (flag) {
    case 0x54: // T
      writeInteger(row, fields['memcache.request.exptime'], line, word, 1);
      break;
    case 0x46: // F
      writeUnsigned(row, fields['memcache.request.flags'], line, word, 1);
      break;
    case 0x43: // C
      writeUnsigned(row, fields['memcache.request.cas_unique'], line, word, 1);
      break;
    case 0x44: // D
      if (line.command === META_ARITHMETIC)
        writeUnsigned(row, fields['memcache.request.delta'], line, word, 1);
      break;
    case 0x4a: // J
      writeUnsigned(row, fields['memcache.request.initial'], line, word, 1);
      break;
  }
}

function writeKey(row: Row, { buf, words, wordStart, wordEnd }: Reader): void {
  if (words < 2) return;
  row.list(fields['memcache.request.keys']);
  row.text(ITEM, buf, wordStart[1]!, wordEnd[1]!);
  row.close();
}

/** The words from `first` on: there may be more of them than the line was split into. */
function writeKeys(row: Row, { buf, words, wordStart, end }: Reader, first: number): void {
  if (words <= first) return;
  row.list(fields['memcache.request.keys']);
  let keys = 0;
  for (let i = wordStart[first]!; i < end && keys < MAX_KEYS; keys++) {
    while (i < end && buf[i] === BLANK) i++;
    if (i === end) break;
    const start = i;
    while (i < end && buf[i] !== BLANK) i++;
    row.text(ITEM, buf, start, i);
  }
  row.close();
}

function writeNoreply(row: Row, line: Reader): boolean {
  const isNoreply = line.isLastWord(NOREPLY);
  row.boolean(fields['memcache.request.noreply'], isNoreply);
  return isNoreply;
}

function writeAutomove(row: Row, line: Reader, word: number): void {
  if (line.words <= word) return;
  const mode = AUTOMOVE[line.number(word)];
  const field = fields['memcache.request.automove'];
  if (mode !== undefined) row.word(field, mode);
  else row.text(field, line.buf, line.wordStart[word]!, line.wordEnd[word]!);
}

function rawStart({ words, wordStart, end }: Reader, first: number): number {
  return words > first ? wordStart[first]! : end;
}

/** The word, less its first `skip` bytes, as an unsigned number of 64 bits; nothing when it is none. */
export function writeUnsigned(
  row: Row,
  field: Field<'long' | 'unsigned'>,
  line: Reader,
  word: number,
  skip = 0,
): void {
  if (line.words <= word) return;
  writeDecimal(row, field, line.buf, line.wordStart[word]! + skip, line.wordEnd[word]!);
}

/** As an unsigned number of 64 bits; nothing when it is none. */
export function writeDecimal(
  row: Row,
  field: Field<'long' | 'unsigned'>,
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  const value = parseNumber(buf, start, end, EXACT_DIGITS);
  if (value >= 0) row.long(field, value);
  else if (end - start > EXACT_DIGITS && parseNumber(buf, start, end, MAX_DIGITS) >= 0)
    row.big(field, BigInt.asUintN(64, BigInt(Buffer.from(buf.subarray(start, end)).toString('latin1'))));
}

/** Like writeUnsigned(), with a sign. False when it is no number. */
function writeInteger(row: Row, field: Field<'long'>, line: Reader, word: number, skip = 0): boolean {
  if (line.words <= word) return false;
  const { buf } = line;
  const start = line.wordStart[word]! + skip;
  const end = line.wordEnd[word]!;
  const isNegative = buf[start] === 0x2d;
  const value = parseNumber(buf, isNegative ? start + 1 : start, end, EXACT_DIGITS);
  if (value < 0) return false;
  row.long(field, isNegative ? -value : value);
  return true;
}
