/** Messages of memcache's binary protocol and frames of its datagrams, for tests. */

type Piece = string | Uint8Array;

function binary(
  magic: number,
  opcode: number,
  parts: {
    key?: string;
    extras?: number[];
    value?: Piece;
    status?: number;
    opaque?: number;
    cas?: number;
  } = {},
): Buffer {
  const { key = '', extras = [], value = '', status = 0, opaque = 0, cas = 0 } = parts;
  const body = Buffer.concat([Buffer.from(extras), Buffer.from(key), Buffer.from(value as string)]);
  const header = Buffer.alloc(24);
  header[0] = magic;
  header[1] = opcode;
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt32BE(opaque, 12);
  header.writeUInt32BE(cas, 20);
  return Buffer.concat([header, body]);
}
/** A request: opcode and parts. */
export const request = (opcode: number, parts = {}) => binary(0x80, opcode, parts);
/** A response: opcode and parts. */
export const response = (opcode: number, parts = {}) => binary(0x81, opcode, parts);

/** A datagram: request id, payload, sequence number and number of datagrams. */
export const frame = (id: number, text: Piece, sequence = 0, count = 1) =>
  Buffer.concat([Buffer.from([id >> 8, id & 255, 0, sequence, 0, count, 0, 0]), Buffer.from(text as string)]);
