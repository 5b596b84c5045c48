/** The ICMP header: RFC 792 and RFC 4443 2.1. One message a datagram; nothing is kept between two. */
import type { Cursor } from '../../base/cursor.js';

/** Type, code, checksum. */
const MIN_BYTES = 4;
const HEADER_BYTES = 8;

export class Message {
  type = 0;
  code = 0;
  checksum = 0;
  /** Identifier and sequence number as one number; only types that are paired have them. */
  key = 0;
  /** Bytes after the header. */
  size = 0;

  /** Reads the message at the cursor; false when it is too short to be one. */
  read({ buf, pos, end, cut }: Cursor): boolean {
    const length = end - pos;
    if (length < (cut > 0 ? HEADER_BYTES : MIN_BYTES)) return false;
    this.type = buf[pos]!;
    this.code = buf[pos + 1]!;
    this.checksum = (buf[pos + 2]! << 8) | buf[pos + 3]!;
    if (length < HEADER_BYTES) {
      this.key = 0;
      this.size = 0;
      return true;
    }
    this.key = (buf[pos + 4]! << 24) | (buf[pos + 5]! << 16) | (buf[pos + 6]! << 8) | buf[pos + 7]!;
    this.size = length + cut - HEADER_BYTES;
    return true;
  }
}
