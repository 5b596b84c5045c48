/**
 * One connection: tells the client from the server, reads the start of the session, which has messages of its own, keeps both
 * directions in step with the stream, and finds the next message again after lost bytes.
 */
import type { Cursor } from '../../base/cursor.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { EndReason } from '../../handoff/record.js';
import type { Direction, Flow, Session, Verdict } from '../analyzer.js';
import { Answers } from './answers.js';
import { SERVER, STARTUP } from './codes.js';
import { Conversation, type Shop, STEP } from './conversation.js';
import { endsReady, isStartup, type MessageReader, u32, zero } from './parser.js';
import { Requests } from './requests.js';

/** LIMIT: bytes in which no message is found: before the first message, and later (a row may be that long). */
const MAX_UNREAD = 64 << 10;
const MAX_UNREAD_LATER = 64 << 20;
/** LIMIT: times one connection may turn out not to be what it seemed, without a round in between. */
const MAX_LOSSES = 8;
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR = 3;
const YES = 0x53;
const GSS_YES = 0x47;
const NO = 0x4e;
const LOGIN = constant('STARTUP');
const USER = Buffer.from('user', 'latin1');

export class PgsqlSession implements Session {
  readonly #talk: Conversation;
  readonly #requests: Requests;
  readonly #answers: Answers;
  #client: Direction | undefined;
  /** The server will answer one byte: the code of what it was asked for, or 0. */
  #asked = 0;
  /** By role (client, server): where the next message begins is not known. */
  readonly #lost = [true, true];
  #unread = 0;
  #losses = 0;
  /** The start of the session or a whole round was seen. */
  #trusted = false;

  constructor(shop: Shop, flow: Flow) {
    this.#talk = new Conversation(shop, flow);
    this.#requests = new Requests(this.#talk);
    this.#answers = new Answers(this.#talk);
    this.#identify(flow.client);
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    // Only the start of a session begins with a zero; else the server is heard first.
    if (this.#client === undefined)
      this.#identify(bytes.buf[bytes.pos] === 0 ? dir : ((1 - dir) as Direction));
    return dir === this.#client ? this.#readRequests(bytes) : this.#readAnswers(bytes);
  }

  gap(dir: Direction, _missing: number, beyond: number): Verdict {
    // All of it lay in what was skipped.
    if (beyond > 0) this.#lose(dir === this.#client ? 0 : 1);
    return 'ok';
  }

  end(reason: EndReason): void {
    if (reason !== 'shutdown') this.#answers.end();
    this.#talk.flush(reason);
  }

  #identify(client: Direction | undefined): void {
    this.#client = client;
    this.#talk.swapped = client === 1;
  }

  // ---- the client

  #readRequests(cursor: Cursor): Verdict {
    const requests = this.#requests;
    const { reader } = requests;
    while (cursor.left > 0) {
      const first = cursor.buf[cursor.pos]!;
      if (first === 0) {
        const outcome = this.#start(cursor);
        if (outcome === 'more') return 'ok';
        if (outcome === 'message') continue;
        // Anything may begin with a zero where it is not known what begins.
        if (!this.#lost[0]) return this.#bad(0, cursor);
      }
      // TLS without being asked for (PostgreSQL 17), or the answer to the request for it was not seen.
      if (first === TLS_HANDSHAKE && (this.#asked > 0 || !this.#trusted)) {
        if (!cursor.need(2)) return 'ok';
        if (cursor.buf[cursor.pos + 1] === TLS_MAJOR) return 'tls';
      }
      if (this.#lost[0] && !this.#align(0, reader, cursor)) return this.#searching(cursor);
      const outcome = reader.read(cursor);
      if (outcome === 'more') return 'ok';
      if (outcome === 'bad') return this.#bad(0, cursor);
      this.#answers.quiet = false;
      requests.message(cursor);
      reader.skip(cursor);
    }
    return 'ok';
  }

  /** Messages without a first byte: the start of a session, and what may come before it. Manual 55.2.1, 55.2.10. */
  #start(cursor: Cursor): 'message' | 'more' | 'bad' {
    if (!cursor.need(8)) return 'more';
    const { buf, pos } = cursor;
    const size = u32(buf, pos);
    const code = u32(buf, pos + 4);
    if (!isStartup(size, code)) return 'bad';
    if (!cursor.need(size)) return 'more';
    this.#lost[0] = this.#lost[1] = false;
    this.#trusted = true;
    this.#asked = code === STARTUP.ssl || code === STARTUP.gss ? code : 0;
    if (code === STARTUP.cancel) this.#talk.shop.counters.cancels.value++;
    else if (this.#asked === 0) this.#login(cursor, size);
    cursor.skip(size);
    return 'message';
  }

  /** An event only when the server refuses it. Who answers how (passwords, SASL) is never looked at. */
  #login(cursor: Cursor, size: number): void {
    const talk = this.#talk;
    const exchange = talk.open(cursor.firstSeconds, cursor.firstNanoseconds, size);
    const { buf, pos } = cursor;
    exchange.row.word(shared.method, LOGIN);
    const end = pos + size;
    for (let at = pos + 8; at < end && buf[at] !== 0; ) {
      const nameEnd = zero(buf, at, end);
      const valueEnd = zero(buf, nameEnd + 1, end);
      if (isUser(buf, at, nameEnd) && valueEnd > nameEnd + 1) {
        exchange.row.text(shared['user.name'], buf, nameEnd + 1, valueEnd);
        exchange.row.list(shared['related.user']);
        exchange.row.text(ITEM, buf, nameEnd + 1, valueEnd);
        exchange.row.close();
        break;
      }
      at = valueEnd + 1;
    }
    talk.push(STEP.run, exchange, null);
    talk.push(STEP.sync, null, null);
  }

  // ---- the server

  #readAnswers(cursor: Cursor): Verdict {
    const answers = this.#answers;
    const { reader } = answers;
    if (this.#asked > 0) {
      const verdict = this.#answered(cursor);
      if (verdict !== 'ok') return verdict;
    }
    while (cursor.left > 0) {
      if (this.#lost[1] && !this.#align(1, reader, cursor)) return this.#searching(cursor);
      const outcome = reader.read(cursor);
      if (outcome === 'more') return 'ok';
      if (outcome === 'bad') return this.#bad(1, cursor);
      answers.message(cursor);
      reader.skip(cursor);
      if (reader.type === SERVER.dataRow && answers.countsOnly) answers.skipRows(cursor);
      if (answers.idle) this.#idle();
    }
    this.#requests.backslashes = answers.backslashes;
    return 'ok';
  }

  /** The one byte that answers a request for encryption; an old server sends an error instead. */
  #answered(cursor: Cursor): Verdict {
    const answer = cursor.buf[cursor.pos];
    const asked = this.#asked;
    this.#asked = 0;
    if (answer !== NO && answer !== (asked === STARTUP.ssl ? YES : GSS_YES)) return 'ok';
    cursor.skip(1);
    if (answer === NO) return 'ok';
    if (asked === STARTUP.ssl) return 'tls';
    this.#talk.shop.counters.gssapi.value++;
    return 'drop';
  }

  #idle(): void {
    this.#answers.idle = false;
    this.#trusted = true;
    this.#losses = this.#unread = 0;
    this.#requests.transactionEnded();
  }

  // ---- finding messages

  /** Whether messages are found again at the cursor. */
  #align(role: 0 | 1, reader: MessageReader, cursor: Cursor): boolean {
    const begins = reader.begins(cursor);
    if (begins === 'more') return false;
    if (begins === 'yes') {
      this.#lost[role] = false;
      this.#talk.shop.counters.joined.value++;
      return true;
    }
    this.#unread += cursor.left;
    if (role === 1 && endsReady(cursor)) {
      this.#lost[1] = false;
      this.#answers.ready();
    }
    this.#talk.shop.counters.unread.value += cursor.left;
    cursor.skip(cursor.left);
    return false;
  }

  #searching(cursor: Cursor): Verdict {
    if (cursor.left > 0) return 'ok';
    return this.#unread > (this.#trusted ? MAX_UNREAD_LATER : MAX_UNREAD) ? 'drop' : 'ok';
  }

  #bad(role: 0 | 1, cursor: Cursor): Verdict {
    if (!this.#trusted || ++this.#losses > MAX_LOSSES) return 'drop';
    this.#lose(role);
    this.#talk.shop.counters.unread.value += cursor.left;
    cursor.skip(cursor.left);
    return 'ok';
  }

  /** Bytes of the client: what it asked is not known. Of the server: what it has answered is not. */
  #lose(role: 0 | 1): void {
    this.#lost[role] = true;
    if (role === 0) {
      this.#requests.gap();
      return;
    }
    this.#answers.gap();
    this.#talk.flush();
  }
}

function isUser(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start !== USER.length) return false;
  for (let i = 0; i < USER.length; i++) if (buf[start + i] !== USER[i]) return false;
  return true;
}
