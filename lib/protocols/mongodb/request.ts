/**
 * What is kept of a request while it is read: command, collection, database, and the two texts made of its documents:
 * `params` for query (without the data) and `full` for request (with it).
 */
import { Text } from '../kit/text.js';
import { METHODS, OP, TYPE } from './codes.js';
import { type Command, findCommand } from './commands.js';
import { DO, type DocumentReader, separate, type Visitor } from './document.js';
import { findKey, KEY } from './keys.js';
import { integer, numeric } from './values.js';

/** LIMIT of names: what MongoDB allows for a collection with its database. */
const MAX_NAME = 255;
/** LIMIT: how long a request may say that its answer takes, seconds. */
const MAX_AWAIT = 3600;
const DOLLAR = 36;
const DOT = 46;

/** What a document of a request is. `find`: the query of OP_QUERY on a collection. */
export type RequestRole = 'command' | 'find' | 'sequence' | 'selector' | 'update' | 'fields';

export class RequestContent implements Visitor {
  readonly method = new Text(MAX_NAME);
  readonly database = new Text(MAX_NAME);
  readonly collection = new Text(MAX_NAME);
  /** As on the wire, of operations that have one. */
  readonly namespace = new Text(MAX_NAME);
  readonly params = new Text();
  readonly full = new Text();
  readonly selector = new Text();
  readonly update = new Text();
  readonly returnFields = new Text();
  /** Of the oldest kind of message. */
  readonly message = new Text();
  /** It is OP_MSG, or an OP_QUERY that carries a command. */
  isCommand = false;
  command: Command | undefined;
  /** The collection text holds its database too. */
  isNamespace = false;
  numberToSkip = -1;
  numberToReturn: number | undefined;
  /** Cursor id, least significant byte first. */
  readonly cursorId = new Uint8Array(8);
  hasCursor = false;
  /** Seconds the server may wait before it answers. */
  awaits = 0;

  readonly #wantsFull: boolean;
  readonly #piece = new Text();
  #role: RequestRole = 'command';
  #opcode = 0;
  /** Depth at which the command's elements stand: 2 inside $query. */
  #top = 1;
  /** The element being written: 0 none, 1 for the request only, 2 for both. */
  #pending = 0;

  constructor(wantsFull: boolean) {
    this.#wantsFull = wantsFull;
  }

  /** A request begins. */
  clear(opcode: number): void {
    this.#opcode = opcode;
    this.#top = 1;
    this.#pending = 0;
    this.method.clear();
    this.database.clear();
    this.collection.clear();
    this.namespace.clear();
    this.params.clear();
    this.full.clear();
    this.selector.clear();
    this.update.clear();
    this.returnFields.clear();
    this.message.clear();
    this.isCommand = opcode === OP.message;
    this.command = undefined;
    this.isNamespace = false;
    this.numberToSkip = -1;
    this.numberToReturn = undefined;
    this.hasCursor = false;
    this.awaits = 0;
    const name = METHODS[opcode];
    if (name) this.method.ascii(name);
  }

  /** `database.collection` as on the wire. A command of OP_QUERY is sent to `database.$cmd`. */
  named(buf: Uint8Array, start: number, end: number): void {
    let dot = start;
    while (dot < end && buf[dot] !== DOT) dot++;
    this.namespace.bytes(buf, start, end);
    this.database.bytes(buf, start, dot);
    if (dot < end) this.collection.bytes(buf, dot + 1, end);
    this.isCommand = this.#opcode === OP.query && isCommands(this.collection);
    if (this.isCommand) this.method.clear();
  }

  get isSecret(): boolean {
    return this.command?.secret ?? false;
  }

  get wantsFull(): boolean {
    return this.#wantsFull;
  }

  /** A document begins. */
  begin(role: RequestRole): void {
    this.#role = role;
    if (role === 'sequence') {
      separate(this.#target);
      this.#target.byte(123);
    }
    const text = this.#whole;
    if (text) text.byte(123);
  }

  finish(): void {
    if (this.#role === 'sequence') this.#target.byte(125);
    const text = this.#whole;
    if (text) text.byte(125);
  }

  /** A list of documents beside the body: true when they are wanted. The same as an array of that name in the body. */
  beginSequence(buf: Uint8Array, start: number, end: number): boolean {
    const key = findKey(buf, start, end);
    const isData = key === KEY.documents || key === KEY.updates || key === KEY.ops;
    if (!this.#begin(isData)) return false;
    const target = this.#target;
    separate(target);
    target.byte(34);
    target.bytes(buf, start, end);
    target.ascii('":[');
    return true;
  }

  finishSequence(): void {
    this.#target.byte(93);
    this.#keep();
  }

  /** The cursor of OP_GET_MORE, or the only one of OP_KILL_CURSORS. */
  cursor(buf: Uint8Array, at: number): void {
    for (let i = 0; i < 8; i++) this.cursorId[i] = buf[at + i]!;
    this.hasCursor = true;
  }

  element(reader: DocumentReader): number {
    const { depth, key } = reader;
    const whole = this.#whole;
    if (whole) {
      reader.out = whole;
      return DO.print;
    }
    if (this.#role === 'sequence') {
      reader.out = this.#target;
      return DO.print;
    }
    let omitted = false;
    if (this.#role === 'command' && depth === this.#top) {
      if (!this.command) {
        if (key === KEY.wrapped && depth === 1 && reader.type === TYPE.document) {
          this.#top = 2;
          return DO.enter;
        }
        if (!this.#named(reader)) return DO.skip;
      } else {
        omitted = this.#take(reader);
      }
    }
    if (!this.#begin(omitted)) return DO.skip;
    reader.out = this.#target;
    return DO.print;
  }

  complete(_depth: number): void {
    // A sequence is kept as a whole.
    if (this.#role !== 'sequence') this.#keep();
  }

  /** What was written belongs to the request, and to the query unless it leaves it out. */
  #keep(): void {
    if (this.#pending === 0) return;
    const piece = this.#piece;
    if (this.#wantsFull) {
      separate(this.full);
      this.full.bytes(piece.buf, 0, piece.size);
      if (this.#pending === 2) {
        separate(this.params);
        this.params.bytes(piece.buf, 0, piece.size);
      }
    }
    this.#pending = 0;
  }

  /** Where the element goes that #begin() allowed. */
  get #target(): Text {
    return this.#wantsFull ? this.#piece : this.params;
  }

  /** The text that gets the document as it is. */
  get #whole(): Text | undefined {
    if (this.#role === 'selector') return this.selector;
    if (this.#role === 'update') return this.update;
    return this.#role === 'fields' ? this.returnFields : undefined;
  }

  /** False when nobody wants it. `omitted`: not for the query. */
  #begin(omitted: boolean): boolean {
    if (omitted && !this.#wantsFull) return false;
    this.#pending = omitted ? 1 : 2;
    if (this.#wantsFull) this.#piece.clear();
    return true;
  }

  /** The first element: the command and what it is about. True when it says more than that. */
  #named(reader: DocumentReader): boolean {
    const { buf, type, nameStart, nameEnd, value, size } = reader;
    this.method.bytes(buf, nameStart, nameEnd);
    const command = findCommand(buf, nameStart, nameEnd);
    this.command = command;
    if (command.secret) reader.secretFrom = Math.min(reader.secretFrom, reader.depth);
    if (type === TYPE.long) this.cursor(buf, value);
    if (type !== TYPE.string) return type === TYPE.document || type === TYPE.array;
    // As Packetbeat, which takes any text of OP_QUERY for a collection.
    if (command.target === 'other' && this.#opcode !== OP.query) return true;
    this.isNamespace = command.target === 'namespace' && this.#opcode !== OP.query;
    this.collection.clear();
    this.collection.bytes(buf, value + 4, value + Math.min(size, MAX_NAME + 5) - 1);
    return false;
  }

  /** A further element: keeps what is a field of its own. True when the query does not show it. */
  #take(reader: DocumentReader): boolean {
    const { key, type, buf, value, size } = reader;
    switch (key) {
      case KEY.db:
        if (type === TYPE.string && this.database.size === 0) {
          this.database.bytes(buf, value + 4, value + Math.min(size, MAX_NAME + 5) - 1);
        }
        return true;
      case KEY.lsid:
      case KEY.clusterTime:
        return true;
      case KEY.collection:
        if (type !== TYPE.string || this.collection.size > 0 || !this.hasCursor) return false;
        this.collection.bytes(buf, value + 4, value + Math.min(size, MAX_NAME + 5) - 1);
        return true;
      case KEY.skip:
        if (this.#opcode === OP.message) this.numberToSkip = numeric(type, buf, value);
        return false;
      case KEY.limit:
        if (this.#opcode === OP.message) this.numberToReturn = numeric(type, buf, value);
        return false;
      case KEY.batchSize:
        if (this.#opcode === OP.message) this.numberToReturn ??= numeric(type, buf, value);
        return false;
      case KEY.maxAwait:
        this.awaits = Math.min(MAX_AWAIT, Math.ceil(numeric(type, buf, value) / 1000) || 0);
        return false;
      default:
        return key !== KEY.none && key === this.command!.data;
    }
  }
}

/** `$cmd`, which takes commands. */
function isCommands({ size, buf }: Text): boolean {
  return size === 4 && buf[0] === DOLLAR && buf[1] === 99 && buf[2] === 109 && buf[3] === 100;
}

/** `.limit(n)`, of queries that have one. */
export function writeLimit(out: Text, limit: number): void {
  if (limit <= 0 || limit >= 0x7fffffff) return;
  out.ascii('.limit(');
  integer(out, limit);
  out.byte(41);
}
