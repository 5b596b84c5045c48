/**
 * What is kept of an answer while it is read: whether it is an error and which, its cursor, how many documents it holds,
 * and as many of them as text as the options ask for.
 */
import { MAX_FIELD_BYTES } from '../../events/row.js';
import { Text } from '../kit/text.js';
import { OP, TYPE } from './codes.js';
import { DO, type DocumentReader, separate, type Visitor } from './document.js';
import { KEY } from './keys.js';
import { numeric } from './values.js';

const MAX_NAME = 256;
const NEWLINE = 10;
/** An empty array or document, bytes. */
const EMPTY = 5;

export interface ReplyOptions {
  readonly send_response: boolean;
  readonly max_docs: number;
  readonly max_doc_length: number;
}

export class ReplyContent implements Visitor {
  /** Text of the error: the message, or write errors as JSON. */
  readonly error = new Text();
  readonly codeName = new Text(MAX_NAME);
  readonly response = new Text();
  /** Number of the error; 0: none. */
  code = 0;
  /** A command failed: `ok` is 0, or something of it could not be written. */
  failed = false;
  /** The first document is an error whatever was asked. */
  isQueryError = false;
  /** Cursor id, least significant byte first. */
  readonly cursorId = new Uint8Array(8);
  hasCursor = false;
  /** Documents in the batch; -1: there is none. */
  returned = -1;

  readonly #maxDocs: number;
  readonly #wantsText: boolean;
  readonly #document: Text;
  #opcode = 0;
  /** Documents begun. */
  #documents = 0;
  /** Only the documents of the batch are told, not the answer around them. */
  #isBatch = false;
  /** The element being written is an error: its name, for the document. */
  #errorName = '';
  #inSequence = false;

  constructor({ send_response, max_docs, max_doc_length }: ReplyOptions) {
    this.#wantsText = send_response;
    this.#maxDocs = max_docs > 0 ? max_docs : Number.POSITIVE_INFINITY;
    this.#document = new Text(
      max_doc_length > 0 ? Math.min(max_doc_length, MAX_FIELD_BYTES) : MAX_FIELD_BYTES,
    );
  }

  /** An answer begins. */
  clear(opcode: number): void {
    this.#opcode = opcode;
    this.error.clear();
    this.codeName.clear();
    this.response.clear();
    this.code = 0;
    this.failed = false;
    this.isQueryError = false;
    this.hasCursor = false;
    this.returned = -1;
    this.#documents = 0;
    this.#isBatch = false;
    this.#inSequence = false;
    this.#errorName = '';
  }

  /** The cursor of OP_REPLY. */
  cursor(buf: Uint8Array, at: number): void {
    for (let i = 0; i < 8; i++) this.cursorId[i] = buf[at + i]!;
    this.hasCursor = true;
  }

  /** Whether further documents are worth reading; only OP_REPLY has them. */
  get wantsMore(): boolean {
    return this.#documents === 0 || (this.#wantsText && this.#documents <= this.#maxDocs);
  }

  begin(): void {
    if (this.#inSequence) this.#batched();
    else this.#documents++;
    this.#document.clear();
    this.#document.byte(123);
  }

  finish(): void {
    if (!this.#wantsText || (this.#isBatch && !this.#inSequence)) return;
    this.#document.byte(125);
    const n = this.#inSequence ? this.returned : this.#documents;
    if (!this.#inSequence || n <= this.#maxDocs) this.#line(n);
  }

  /** Documents beside the body, of a batch: `cursor.nextBatch`. */
  beginSequence(): boolean {
    this.#inSequence = true;
    if (!this.#isBatch) this.response.clear();
    this.#batch();
    return true;
  }

  finishSequence(): void {
    this.#inSequence = false;
  }

  element(reader: DocumentReader): number {
    const { depth } = reader;
    if (this.#inSequence)
      return this.#wantsText && this.returned <= this.#maxDocs ? this.#print(reader) : DO.skip;
    if (depth === 1) {
      if (this.#documents === 1) {
        const wish = this.#note(reader);
        if (wish !== DO.skip) return wish;
      }
      const isWanted = this.#wantsText && !this.#isBatch && this.#documents <= this.#maxDocs;
      return isWanted ? this.#print(reader) : DO.skip;
    }
    return depth === 2 ? this.#ofCursor(reader) : this.#ofBatch(reader);
  }

  complete(depth: number): void {
    if (depth === 3) {
      this.#line(this.returned);
    } else if (depth === 1 && this.#errorName !== '') {
      if (this.#wantsText && !this.#isBatch) {
        separate(this.#document);
        this.#document.ascii(`"${this.#errorName}":`);
        this.#document.bytes(this.error.buf, 0, this.error.size);
      }
      this.#errorName = '';
    }
  }

  #print(reader: DocumentReader): number {
    reader.out = this.#document;
    return DO.print;
  }

  /** An element of the answer itself. DO.skip: it is an element like others. */
  #note(reader: DocumentReader): number {
    const { key, type, buf, value, size } = reader;
    switch (key) {
      case KEY.ok:
        if (numeric(type, buf, value) === 0) this.failed = true;
        break;
      case KEY.code:
        this.code = numeric(type, buf, value) || 0;
        break;
      case KEY.codeName:
        if (type === TYPE.string) this.codeName.bytes(buf, value + 4, value + Math.min(size, MAX_NAME) - 1);
        break;
      case KEY.queryError:
      case KEY.errmsg:
      case KEY.lastError:
        if (type === TYPE.string)
          this.#message(key, buf, value + 4, value + Math.min(size - 1, MAX_FIELD_BYTES + 4));
        break;
      case KEY.writeErrors:
        return type === TYPE.array && size > EMPTY ? this.#errors(reader, 'writeErrors') : DO.skip;
      case KEY.writeConcernError:
        return type === TYPE.document && size > EMPTY ? this.#errors(reader, 'writeConcernError') : DO.skip;
      case KEY.cursor:
        return this.#opcode === OP.message && type === TYPE.document ? DO.enter : DO.skip;
    }
    return DO.skip;
  }

  #message(key: number, buf: Uint8Array, start: number, end: number): void {
    if (key === KEY.queryError) this.isQueryError = true;
    // getLastError: `err` is null when there was none.
    if (key === KEY.lastError) this.failed = true;
    if (this.error.size === 0) this.error.bytes(buf, start, end);
  }

  #errors(reader: DocumentReader, name: string): number {
    this.failed = true;
    if (this.error.size > 0) return DO.skip;
    this.#errorName = name;
    reader.out = this.error;
    return DO.value;
  }

  /** An element of the cursor. */
  #ofCursor(reader: DocumentReader): number {
    const { key, type, buf, value } = reader;
    if (key === KEY.id && type === TYPE.long) {
      this.cursor(buf, value);
    } else if (key === KEY.batch && type === TYPE.array) {
      this.#batch();
      return DO.enter;
    }
    return DO.skip;
  }

  /** A document of the batch. */
  #ofBatch(reader: DocumentReader): number {
    this.#batched();
    if (!this.#wantsText || this.returned > this.#maxDocs) return DO.skip;
    this.#document.clear();
    return this.#print(reader);
  }

  #batch(): void {
    this.#isBatch = true;
    if (this.returned < 0) this.returned = 0;
  }

  #batched(): void {
    this.returned++;
    if (this.#wantsText && this.returned === this.#maxDocs + 1) this.#line(this.returned);
  }

  /** Adds the document, the `n`th, on a line of its own. */
  #line(n: number): void {
    const { response } = this;
    const document = this.#document;
    if (n > this.#maxDocs + 1) return;
    if (n > 1) response.byte(NEWLINE);
    if (n > this.#maxDocs) {
      response.ascii('[...]');
      return;
    }
    response.bytes(document.buf, 0, document.cut ? wholeCharacters(document) : document.size);
    if (document.cut) response.ascii(' ...');
  }
}

/** Size without a character that was cut in two (RFC 3629 3). */
function wholeCharacters({ buf, size }: Text): number {
  let start = size;
  while (start > 0 && size - start < 4 && (buf[start - 1]! & 0xc0) === 0x80) start--;
  const lead = start > 0 ? buf[start - 1]! : 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return length > 1 && size - start + 1 < length ? start - 1 : size;
}
