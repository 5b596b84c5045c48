/** A message in progress on a channel: its method, then a content header, then a body in frames (AMQP 0-9-1 4.2.6). */
import { shared } from '../../events/envelope.js';
import type { Field } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { Text } from '../kit/text.js';
import type { Method } from './methods.js';

/** LIMIT: bytes of a body that are kept, whatever max_body_length says: what a field holds. */
export const MAX_BODY_KEPT = 65_536;
const CUT = Buffer.from(' [...]');

export class Content {
  channel = 0;
  method!: Method;
  /** Null: nobody wants an event of it. */
  row: Row | null = null;
  /** Of the body; -1 before the header. */
  size = -1;
  /** Bytes still to come. */
  left = 0;
  isText = false;
  hasLost = false;
  /** The first bytes of the body. */
  readonly body: Text;

  constructor(maxBodyLength: number) {
    this.body = new Text(Math.min(maxBodyLength, MAX_BODY_KEPT));
  }

  begin(channel: number, method: Method, row: Row | null): void {
    this.channel = channel;
    this.method = method;
    this.row = row;
    this.size = -1;
    this.left = 0;
    this.isText = false;
    this.hasLost = false;
    this.body.clear();
  }

  /** The body as text, or as decimal bytes where it is none. */
  writeBody(row: Row, field: Field<'text'>): void {
    const { buf, size } = this.body;
    const isCut = size < this.size;
    if (!this.isText) {
      const bytes = Buffer.from(buf.buffer, buf.byteOffset, size).join(' ');
      row.string(field, isCut ? `${bytes} [...]` : bytes);
      return;
    }
    const at = row.compose(size + CUT.length);
    if (at < 0) return;
    for (let i = 0; i < size; i++) row.heap[at + i] = buf[i]!;
    if (isCut) for (let i = 0; i < CUT.length; i++) row.heap[at + size + i] = CUT[i]!;
    row.composed(field, at, isCut ? size + CUT.length : size);
  }

  /** The side a body is shown on: what clients publish is a request. */
  get field(): typeof shared.request {
    return this.method.name === 'basic.publish' ? shared.request : shared.response;
  }
}
