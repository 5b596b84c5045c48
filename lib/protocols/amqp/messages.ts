/** The messages of one connection: method, content header, body, on any channels at once; each is an event. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import type { Direction } from '../analyzer.js';
import type { Content } from './content.js';
import type { FrameReader } from './frames.js';
import { type Method, methodNamed } from './methods.js';
import type { Shop } from './shop.js';

/** LIMIT: messages that one direction has in progress, on as many channels. */
const MAX_CONTENTS = 64;

const OK = constant('OK');
const ERROR = constant('Error');
const NOTE = {
  table: constant('Failed to parse additional arguments'),
  loss: constant('Packet loss while capturing the message'),
  incomplete: constant('The message is incomplete'),
} as const;
const PUBLISH = methodNamed('basic.publish');
const RETURN = methodNamed('basic.return');

export class Messages {
  readonly #shop: Shop;
  /** In progress, by direction. */
  readonly #contents: readonly [Content[], Content[]] = [[], []];

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** The method of a message: its content follows. */
  open(dir: Direction, frame: FrameReader, method: Method, row: Row): void {
    const contents = this.#contents[dir];
    if (contents.length >= MAX_CONTENTS) this.#abandon(dir, contents[0]!);
    const content = this.#shop.content();
    content.begin(frame.channel, method, row);
    contents.push(content);
  }

  /** A content header. */
  header(dir: Direction, frame: FrameReader): void {
    const content = this.#contentOn(dir, frame.channel);
    if (!content || content.size >= 0) {
      this.#shop.strayContents.value++;
      return;
    }
    const { header, settings } = this.#shop;
    const row = content.row!;
    header.read(settings.parse_headers ? row : null, frame.buf, frame.start, frame.end);
    if (header.hasBadTable) row.word(shared['error.message'], NOTE.table);
    content.isText = header.isText;
    content.size = Math.max(0, header.size);
    content.left = content.size;
    if (header.size < 0) this.#abandon(dir, content);
    else if (header.size === 0) this.#complete(dir, content);
  }

  /** The payload of a body frame begins. */
  body(dir: Direction, frame: FrameReader): void {
    const content = this.#contentOn(dir, frame.channel);
    if (!content || content.size < 0) {
      this.#shop.strayContents.value++;
      return;
    }
    const { settings } = this.#shop;
    const isWanted = content.method === PUBLISH ? settings.send_request : settings.send_response;
    if (isWanted && !content.body.cut && settings.max_body_length > 0) frame.into = content.body;
  }

  /** The payload of a body frame has passed. */
  bodyEnd(dir: Direction, frame: FrameReader): void {
    const content = this.#contentOn(dir, frame.channel);
    if (!content || content.size < 0) return;
    if (frame.hasLost) content.hasLost = true;
    content.left -= frame.size;
    if (content.left <= 0) this.#complete(dir, content);
  }

  #complete(dir: Direction, content: Content): void {
    this.#remove(dir, content);
    const row = content.row!;
    const { method } = content;
    const { send_request: sendRequest, send_response: sendResponse } = this.#shop.settings;
    if (method === PUBLISH) {
      row.requestBytes(content.size);
      if (sendResponse) row.string(shared.response, '');
    } else row.responseBytes(content.size);
    if (method === PUBLISH ? sendRequest : sendResponse) content.writeBody(row, content.field);
    if (content.hasLost) row.word(shared['error.message'], NOTE.loss);
    row.status = method === RETURN ? ERROR : OK;
    this.#shop.emit.send(row);
    this.#shop.recycleContent(content);
  }

  /** The rest of the message does not come. */
  #abandon(dir: Direction, content: Content): void {
    this.#remove(dir, content);
    this.#shop.brokenContents.value++;
    const row = content.row!;
    row.status = ERROR;
    row.word(shared['error.message'], NOTE.incomplete);
    this.#shop.emit.send(row);
    this.#shop.recycleContent(content);
  }

  /** Another method came on the channel: a message that is not whole ends. */
  interrupt(dir: Direction, channel: number): void {
    const content = this.#contentOn(dir, channel);
    if (content) this.#abandon(dir, content);
  }

  /** The messages of one direction do not go on. */
  lose(dir: Direction): void {
    for (const content of [...this.#contents[dir]]) this.#abandon(dir, content);
  }

  #contentOn(dir: Direction, channel: number): Content | undefined {
    const contents = this.#contents[dir];
    for (let i = contents.length - 1; i >= 0; i--) {
      if (contents[i]!.channel === channel) return contents[i];
    }
    return undefined;
  }

  #remove(dir: Direction, content: Content): void {
    const contents = this.#contents[dir];
    const last = contents.pop()!;
    if (last !== content) contents[contents.indexOf(content)] = last;
  }
}
