/** A command that waits for its response. */
import type { Row } from '../../events/row.js';
import { Request } from '../kit/pairing.js';
import { MAGIC_REQUEST } from './binary-codes.js';
import { isLetter, type Reader } from './parser.js';
import { ARGS, KIND, META_DELETE, META_GET, type TextCommand, UNKNOWN_COMMAND } from './text-codes.js';

const OPAQUE_FLAG = 0x4f;
const KEY_FLAG = 0x6b;

/** Who is told when the request is given up. */
export interface Owner {
  unanswered(request: PendingCommand): void;
}

export class PendingCommand extends Request {
  session!: Owner;
  /** Absent: nobody wants an event of it (an unknown command). */
  row: Row | null = null;
  isBinary = false;
  command: TextCommand = UNKNOWN_COMMAND;
  opcode = 0;
  opaque = 0;
  /** No response is a response too. */
  isSilent = false;
  isOrphan = false;
  /** UDP: the number in the frame header. */
  id = 0;
  /** Meta commands: what the response would repeat; 0: nothing. */
  #token = 0;
  #key = 0;

  /** Notes what is needed to know its response by. */
  describe(head: Reader, id: number): void {
    this.id = id;
    this.isBinary = head.isBinary;
    this.isOrphan = false;
    this.opcode = head.opcode;
    this.opaque = head.opaque;
    this.command = head.command;
    this.#token = 0;
    this.#key = 0;
    if (!head.isBinary && isMeta(head.command)) this.#describeMeta(head);
  }

  #describeMeta(head: Reader): void {
    for (let i = 2; i < head.words; i++) {
      const flag = head.buf[head.wordStart[i]!]!;
      if (flag === OPAQUE_FLAG) this.#token = hash(head, i, 1);
      else if (flag === KEY_FLAG) this.#key = hash(head, 1, 0);
    }
  }

  /** Whether the response whose head was read may be the answer. */
  takes(head: Reader, id: number): boolean {
    if (this.id !== id || this.isBinary !== head.isBinary) return false;
    if (this.isBinary) return this.opaque === head.opaque && this.opcode === head.opcode;
    const { command } = this;
    if ((command.answers & head.response.kind) === 0) return false;
    return !isMeta(command) || this.#takesMeta(head);
  }

  #takesMeta(head: Reader): boolean {
    const { kind } = head.response;
    if (kind === KIND.error) return true;
    // protocol.txt, "q": a miss (mg), success (all but mg), NF (md) are not told.
    if (this.isSilent && this.#keepsQuiet(head)) return false;
    for (let i = 1; i < head.words; i++) {
      const flag = head.buf[head.wordStart[i]!]!;
      if (flag === OPAQUE_FLAG && this.#token !== 0 && this.#token !== hash(head, i, 1)) return false;
      if (flag === KEY_FLAG && this.#key !== 0 && this.#key !== hash(head, i, 1)) return false;
    }
    return true;
  }

  #keepsQuiet(head: Reader): boolean {
    const { kind, name } = head.response;
    if (this.command === META_GET) return kind === KIND.metaEnd;
    return name === 'HD' || (this.command === META_DELETE && kind === KIND.notFound);
  }
}

function isMeta({ args }: TextCommand): boolean {
  return args === ARGS.meta || args === ARGS.metaSet;
}

/** A number made of the bytes of a word, less its first `skip`; never 0. */
function hash({ buf, wordStart, wordEnd }: Reader, word: number, skip: number): number {
  let value = 0x811c9dc5;
  for (let i = wordStart[word]! + skip; i < wordEnd[word]!; i++)
    value = Math.imul(value ^ buf[i]!, 0x01000193);
  return value | 1;
}

/** Whether a client can have sent it: binary requests have their magic, commands are in lower case. */
export function startsRequest(first: number): boolean {
  return first === MAGIC_REQUEST || (first >= 0x61 && isLetter(first));
}
