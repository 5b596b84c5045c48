/** A message as one line of text, for `request` and `response`: header, questions and the data of the records. */
import { Text } from '../kit/text.js';
import { CLASSES, OPCODES, RCODES, TYPE, TYPES } from './codes.js';
import { extendedRcode } from './edns.js';
import { NAME_START } from './names.js';
import { HEADER_BYTES, type Message } from './parser.js';
import type { RecordWriter } from './records.js';
import { TextSink } from './sink.js';

const FLAGS = [
  [0x0400, 'aa'],
  [0x0200, 'tc'],
  [0x0100, 'rd'],
  [0x0080, 'ra'],
  [0x0020, 'ad'],
  [0x0010, 'cd'],
] as const;

/** The text of a message, as long as a field may be. */
export class Renderer {
  readonly text = new Text();
  readonly #sink = new TextSink(this.text);
  readonly #records: RecordWriter;

  constructor(records: RecordWriter) {
    this.#records = records;
  }

  /** Puts the message into `text`. */
  render(message: Message): void {
    const { text } = this;
    text.clear();
    this.#header(message);
    this.#questions(message);
    let from = 0;
    for (const [title, count] of [
      ['ANSWER', message.answers],
      ['AUTHORITY', message.authorities],
      ['ADDITIONAL', message.additionals],
    ] as const) {
      if (count > 0) {
        text.ascii(`; ${title} `);
        this.records(message, from, from + count);
      }
      from += count;
    }
  }

  /** Appends the data of records [from, to). OPT records leave an empty place. */
  records(message: Message, from: number, to: number): void {
    for (let i = from; i < to && !this.text.cut; i++) {
      if (i > from) this.text.ascii('; ');
      if (message.type(i) !== TYPE.OPT) this.#records.write(this.#sink, message, i);
    }
  }

  #header(message: Message): void {
    const { id, flags, isResponse } = message;
    const set = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
    const opcode = OPCODES.text((flags >>> 11) & 15);
    const kind = isResponse ? 'response' : 'query';
    const rcode = RCODES.text(extendedRcode(message));
    this.text.ascii(`ID ${id}; QR ${kind}; OPCODE ${opcode}; FLAGS ${set.join(' ')}; RCODE ${rcode}`);
  }

  #questions(message: Message): void {
    const { wire, base, end } = message;
    const { names } = this.#records.data;
    let at = base + HEADER_BYTES;
    for (let i = 0; i < message.questions && !this.text.cut; i++) {
      at = names.read(wire, base, at, end);
      const type = (wire[at]! << 8) | wire[at + 1]!;
      const klass = (wire[at + 2]! << 8) | wire[at + 3]!;
      at += 4;
      this.text.ascii(i === 0 ? '; QUESTION ' : '; ');
      this.text.ascii(`class ${CLASSES.text(klass)}, type ${TYPES.text(type)}, `);
      this.text.bytes(names.buf, NAME_START, names.end);
    }
  }
}
