/** Content detection: sure only of what no other protocol looks like. */
import type { Cursor } from '../../base/cursor.js';
import { EXTRAS, HEADER_BYTES, MAGIC_REQUEST, OPCODES } from './binary-codes.js';
import { FRAME_BYTES } from './datagrams.js';
import { isDigit, u32 } from './parser.js';
import { ARGS, findCommand, UNKNOWN_COMMAND } from './text-codes.js';

type Opinion = 'yes' | 'no' | 'more';

/** The longest line that is looked at. */
const MAX_LINE = 512;
const LF = 10;
const CR = 13;
const BLANK = 32;
/** Responses that no other protocol has. */
const RESPONSES = ['STORED\r\n', 'NOT_STORED\r\n', 'DELETED\r\n', 'TOUCHED\r\n', 'VALUE ', 'STAT '].map(
  (text) => Buffer.from(text),
);
/** The header of a message in one datagram, behind its id. */
const FRAME = [0, 0, 0, 1, 0, 0];
/** Bytes of extras by layout, see EXTRAS. */
const EXTRA_BYTES = {
  [EXTRAS.none]: 0,
  [EXTRAS.store]: 8,
  [EXTRAS.counter]: 20,
  [EXTRAS.exptime]: 4,
} as Record<number, number>;

export function probe({ buf, pos, end }: Cursor): Opinion {
  if (isFramed(buf, pos, end)) return look(buf, pos + FRAME_BYTES, end) === 'yes' ? 'yes' : 'no';
  return look(buf, pos, end);
}

function look(buf: Uint8Array, pos: number, end: number): Opinion {
  const first = buf[pos]!;
  if (first === MAGIC_REQUEST) return lookAtHeader(buf, pos, end);
  return first >= 0x61 && first <= 0x7a ? lookAtCommand(buf, pos, end) : lookAtResponse(buf, pos, end);
}

function isFramed(buf: Uint8Array, pos: number, end: number): boolean {
  return end - pos > FRAME_BYTES && FRAME.every((byte, i) => buf[pos + 2 + i] === byte);
}

/** A request with a key, all lengths of which fit its opcode. */
function lookAtHeader(buf: Uint8Array, pos: number, end: number): Opinion {
  if (end - pos < HEADER_BYTES) return 'more';
  const opcode = OPCODES[buf[pos + 1]!];
  const keySize = (buf[pos + 2]! << 8) | buf[pos + 3]!;
  const extras = buf[pos + 4]!;
  if (!opcode || opcode.command === 'UNKNOWN' || extras !== EXTRA_BYTES[opcode.extras]) return 'no';
  if (buf[pos + 5] !== 0 || buf[pos + 6] !== 0 || buf[pos + 7] !== 0 || keySize === 0) return 'no';
  const body = u32(buf, pos + 8);
  const hasValue = opcode.type === 'Store' || opcode.type === 'Auth';
  return body === extras + keySize || (hasValue && body > extras + keySize) ? 'yes' : 'no';
}

/** Sure of a storage command with its four numbers; of others the response tells. */
function lookAtCommand(buf: Uint8Array, pos: number, end: number): Opinion {
  const line = buf.subarray(pos, Math.min(end, pos + MAX_LINE));
  const lf = line.indexOf(LF);
  if (lf < 0) return line.length < MAX_LINE ? 'more' : 'no';
  if (lf === 0 || line[lf - 1] !== CR) return 'no';
  const words = split(line.subarray(0, lf - 1));
  const [name, , ...numbers] = words;
  const command = name ? findCommand(name, 0, name.length) : UNKNOWN_COMMAND;
  if (command === UNKNOWN_COMMAND) return 'no';
  if (command.args !== ARGS.store && command.args !== ARGS.cas) return 'more';
  const wanted = command.args === ARGS.store ? 3 : 4;
  const areNumbers = numbers.slice(0, wanted).every((word) => word.every(isDigit));
  return numbers.length >= wanted && areNumbers ? 'yes' : 'no';
}

function split(line: Uint8Array): Uint8Array[] {
  const words: Uint8Array[] = [];
  for (let i = 0; i < line.length; ) {
    const blank = line.indexOf(BLANK, i);
    const stop = blank < 0 ? line.length : blank;
    if (stop > i) words.push(line.subarray(i, stop));
    i = stop + 1;
  }
  return words;
}

function lookAtResponse(buf: Uint8Array, pos: number, end: number): Opinion {
  let opinion: Opinion = 'no';
  for (const response of RESPONSES) {
    const size = Math.min(response.length, end - pos);
    if (response.compare(buf, pos, pos + size, 0, size) !== 0) continue;
    if (size === response.length) return 'yes';
    opinion = 'more';
  }
  return opinion === 'no' && isPlausible(buf, pos, end) ? 'more' : opinion;
}

/** Other responses of memcache: they rule nothing out and prove nothing. */
function isPlausible(buf: Uint8Array, pos: number, end: number): boolean {
  const first = buf[pos]!;
  return end - pos <= MAX_LINE && (isDigit(first) || (first >= 0x41 && first <= 0x5a) || first === 0x81);
}
