/**
 * What follows a message's header (MongoDB manual, "MongoDB Wire Protocol"): the fixed part of each operation, then
 * documents, alone or in sequences, which go to the content of a request or of an answer.
 */
import type { Cursor } from '../../base/cursor.js';
import { MESSAGE_FLAG, OP, SECTION } from './codes.js';
import { DocumentReader } from './document.js';
import { ReplyContent, type ReplyOptions } from './reply.js';
import { RequestContent, type RequestRole } from './request.js';
import { int32 } from './values.js';

/** LIMIT of a name in the fixed part. */
const MAX_NAME = 4096;
const NOT_YET = 0;
const BAD = -1;
const DOCUMENTS = Buffer.from('documents');

export type Step = 'done' | 'more' | 'bad';

export interface ContentOptions extends ReplyOptions {
  readonly send_request: boolean;
}

export class BodyReader {
  flags = 0;
  /** OP_REPLY. */
  startingFrom = 0;
  numberReturned = 0;
  readonly #options: ContentOptions;
  readonly #documents = new DocumentReader();
  #request: RequestContent | undefined;
  #reply: ReplyContent | undefined;
  #part: 'fixed' | 'next' | 'document' = 'fixed';
  #opcode: number = OP.message;
  #isReply = false;
  /** Credentials may be in the answer. */
  #isSecret = false;
  /** Where the documents end; `#limit`: where the sequence does. */
  #end = 0;
  #limit = 0;
  #inSequence = false;
  /** Documents begun. */
  #count = 0;

  constructor(options: ContentOptions) {
    this.#options = options;
  }

  get request(): RequestContent {
    this.#request ??= new RequestContent(this.#options.send_request);
    return this.#request;
  }

  get reply(): ReplyContent {
    this.#reply ??= new ReplyContent(this.#options);
    return this.#reply;
  }

  /** Place in the message of the next byte. */
  get at(): number {
    return this.#documents.at;
  }

  /** An operation begins at `at`, of a message that ends at `end`. */
  start(opcode: number, isReply: boolean, isSecret: boolean, at: number, end: number): void {
    this.#opcode = opcode;
    this.#isReply = isReply;
    this.#isSecret = isSecret;
    this.#documents.at = at;
    this.#end = end;
    this.#limit = end;
    this.#part = 'fixed';
    this.#inSequence = false;
    this.#count = 0;
    this.flags = 0;
    if (isReply) this.reply.clear(opcode);
    else this.request.clear(opcode);
  }

  consume(cursor: Cursor, n: number): void {
    this.#documents.at += n;
    cursor.skip(n);
  }

  /** Reads on, committing as it goes. */
  read(cursor: Cursor): Step {
    for (;;) {
      const step = this.#part === 'fixed' ? this.#fixed(cursor) : this.#rest(cursor);
      if (step !== 'done') return step;
      if (this.at > this.#limit) return 'bad';
      if (this.#part !== 'document' && this.at === this.#limit && !this.#inSequence) return 'done';
    }
  }

  #rest(cursor: Cursor): Step {
    if (this.#part === 'document') {
      const step = this.#documents.read(cursor);
      if (step !== 'document') return step;
      (this.#isReply ? this.reply : this.request).finish();
      this.#part = 'next';
      return 'done';
    }
    if (this.#inSequence && this.at === this.#limit) {
      (this.#isReply ? this.reply : this.request).finishSequence();
      this.#inSequence = false;
      this.#limit = this.#end;
      return 'done';
    }
    if (this.#opcode === OP.message && !this.#inSequence) return this.#section(cursor);
    return this.#document(cursor);
  }

  #fixed(cursor: Cursor): Step {
    this.#part = 'next';
    switch (this.#opcode) {
      case OP.message:
        return this.#retry(this.#message(cursor));
      case OP.reply:
        return this.#retry(this.#replyHead(cursor));
      case OP.killCursors:
        return this.#retry(this.#killCursors(cursor));
      default:
        return this.#retry(this.#named(cursor));
    }
  }

  #retry(step: Step): Step {
    if (step === 'more') this.#part = 'fixed';
    return step;
  }

  #message(cursor: Cursor): Step {
    const step = this.#have(cursor, 4);
    if (step !== 'done') return step;
    this.flags = int32(cursor.buf, cursor.pos);
    if (this.flags & MESSAGE_FLAG.checksumPresent) this.#end -= 4;
    this.#limit = this.#end;
    this.consume(cursor, 4);
    return 'done';
  }

  #replyHead(cursor: Cursor): Step {
    const step = this.#have(cursor, 20);
    if (step !== 'done') return step;
    const { buf, pos } = cursor;
    this.flags = int32(buf, pos);
    this.reply.cursor(buf, pos + 4);
    this.startingFrom = int32(buf, pos + 12);
    this.numberReturned = int32(buf, pos + 16);
    this.consume(cursor, 20);
    return 'done';
  }

  #killCursors(cursor: Cursor): Step {
    const step = this.#have(cursor, 16);
    if (step !== 'done') return step;
    const { buf, pos } = cursor;
    if (int32(buf, pos + 4) === 1) this.request.cursor(buf, pos + 8);
    this.consume(cursor, this.#end - this.at);
    return 'done';
  }

  /** Operations with the name of a collection, and the oldest message, which is a text. */
  #named(cursor: Cursor): Step {
    const isText = this.#opcode === OP.legacyMessage;
    const start = isText ? 0 : 4;
    const size = this.#name(cursor, start);
    if (size <= 0) return size === NOT_YET ? 'more' : 'bad';
    const behind = this.#opcode === OP.query ? 8 : this.#opcode === OP.getMore ? 12 : this.#hasFlags ? 4 : 0;
    const step = this.#have(cursor, start + size + behind);
    if (step !== 'done') return step;
    const { buf, pos } = cursor;
    const { request } = this;
    const next = pos + start + size;
    if (isText) request.message.bytes(buf, pos, next - 1);
    else request.named(buf, pos + start, next - 1);
    if (this.#opcode === OP.query) {
      request.numberToSkip = int32(buf, next);
      request.numberToReturn = int32(buf, next + 4);
    } else if (this.#opcode === OP.getMore) {
      request.numberToReturn = int32(buf, next);
      request.cursor(buf, next + 4);
    }
    this.consume(cursor, start + size + behind);
    if (this.#opcode === OP.insert && request.wantsFull) {
      this.#inSequence = request.beginSequence(DOCUMENTS, 0, DOCUMENTS.length);
    } else if (!this.#hasDocuments) {
      this.consume(cursor, this.#end - this.at);
    }
    return 'done';
  }

  /** OP_UPDATE and OP_DELETE: flags behind the name. */
  get #hasFlags(): boolean {
    return this.#opcode === OP.update || this.#opcode === OP.delete;
  }

  get #hasDocuments(): boolean {
    return this.#opcode === OP.query || this.#hasFlags;
  }

  /** A section of OP_MSG. */
  #section(cursor: Cursor): Step {
    const step = this.#have(cursor, 5);
    if (step !== 'done') return step;
    const kind = cursor.buf[cursor.pos];
    if (kind === SECTION.body) {
      this.consume(cursor, 1);
      return this.#document(cursor);
    }
    return kind === SECTION.sequence ? this.#sequence(cursor) : 'bad';
  }

  #sequence(cursor: Cursor): Step {
    const name = this.#name(cursor, 5);
    if (name <= 0) return name === NOT_YET ? 'more' : 'bad';
    const { buf, pos } = cursor;
    const size = int32(buf, pos + 1);
    if (size < 4 + name || this.at + 1 + size > this.#end) return 'bad';
    const content = this.#isReply ? this.reply : this.request;
    if (!content.beginSequence(buf, pos + 5, pos + 5 + name - 1)) {
      this.consume(cursor, 1 + size);
      return 'done';
    }
    this.#inSequence = true;
    this.#limit = this.at + 1 + size;
    this.consume(cursor, 5 + name);
    return 'done';
  }

  #document(cursor: Cursor): Step {
    if (this.#isReply && this.#opcode === OP.reply && !this.reply.wantsMore) {
      this.consume(cursor, this.#end - this.at);
      return 'done';
    }
    const step = this.#have(cursor, 4);
    if (step !== 'done') return step;
    const size = int32(cursor.buf, cursor.pos);
    if (size < 5 || this.at + size > this.#limit) return 'bad';
    this.consume(cursor, 4);
    if (this.#isReply) this.reply.begin();
    else this.request.begin(this.#role());
    this.#count++;
    this.#documents.open(this.#isReply ? this.reply : this.request, size, this.#isSecret);
    this.#part = 'document';
    return 'done';
  }

  #role(): RequestRole {
    if (this.#inSequence) return 'sequence';
    const isFirst = this.#count === 0;
    switch (this.#opcode) {
      case OP.query:
        return isFirst ? (this.request.isCommand ? 'command' : 'find') : 'fields';
      case OP.update:
        return isFirst ? 'selector' : 'update';
      case OP.delete:
        return 'selector';
      default:
        return 'command';
    }
  }

  /** Bytes of the name at `ahead`, its zero included; NOT_YET or BAD. */
  #name(cursor: Cursor, ahead: number): number {
    const { pos } = cursor;
    const room = Math.min(this.#limit - this.at, MAX_NAME);
    if (ahead >= room) return BAD;
    if (!cursor.need(ahead + 1)) return NOT_YET;
    cursor.pos = pos + ahead;
    const end = cursor.find(0);
    cursor.pos = pos;
    if (end < 0) return cursor.left >= room ? BAD : NOT_YET;
    return end - pos >= room ? BAD : end + 1 - pos - ahead;
  }

  #have(cursor: Cursor, n: number): Step {
    if (this.at + n > this.#limit) return 'bad';
    return cursor.need(n) ? 'done' : 'more';
  }
}
