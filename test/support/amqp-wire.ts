/** AMQP frames for tests. */

/** Values of arguments by their form: `i16(0)`, `str('queue')` ... put together with `args`. */
export const octet = (n: number) => Buffer.from([n]);
export const i16 = (n: number) => Buffer.from([n >> 8, n & 255]);
export function i32(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
}
export function i64(n: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(n)));
  return bytes;
}
export const str = (text: string) => Buffer.concat([octet(Buffer.byteLength(text)), Buffer.from(text)]);
export const longstr = (bytes: string | Uint8Array) => {
  const data = Buffer.from(bytes as string);
  return Buffer.concat([i32(data.length), data]);
};
/** A field table: names with values, each a type letter and its bytes. */
export const table = (entries: Record<string, Uint8Array>) =>
  longstr(Buffer.concat(Object.entries(entries).flatMap(([name, value]) => [str(name), value])));
/** A field value: type letter and bytes. */
export const value = (type: string, bytes: Uint8Array = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from(type), bytes]);

export function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  return Buffer.concat([octet(type), i16(channel), i32(payload.length), payload, octet(0xce)]);
}

/** A method frame: class and method number, then the arguments. */
export const method = (channel: number, classId: number, number: number, ...args: Uint8Array[]) =>
  frame(1, channel, Buffer.concat([i16(classId), i16(number), ...args]));

/** Content header and body frames; properties as flags and their bytes. */
export function content(
  channel: number,
  body: string | Uint8Array,
  properties: { flags?: number; values?: readonly Uint8Array[]; frames?: number } = {},
): Buffer {
  const { flags = 0, values = [], frames = 1 } = properties;
  const bytes = Buffer.from(body as string);
  const header = Buffer.concat([i16(60), i16(0), i64(bytes.length), i16(flags), ...values]);
  const size = Math.ceil(bytes.length / frames);
  const bodies = Array.from({ length: bytes.length === 0 ? 0 : frames }, (_, i) =>
    frame(3, channel, bytes.subarray(i * size, (i + 1) * size)),
  );
  return Buffer.concat([frame(2, channel, header), ...bodies]);
}

export const PROTOCOL = 'AMQP\0\0\x09\x01';
export const NO_TABLE = i32(0);
/** The methods that tests use most. */
export const queueDeclare = (channel: number, queue: string, bits = 0, tables: Uint8Array = NO_TABLE) =>
  method(channel, 50, 10, i16(0), str(queue), octet(bits), tables);
export const queueDeclareOk = (channel: number, queue: string) =>
  method(channel, 50, 11, str(queue), i32(3), i32(2));
export const publish = (channel: number, exchange: string, key: string) =>
  method(channel, 60, 40, i16(0), str(exchange), str(key), octet(1));
export const deliver = (channel: number, tag: number, exchange: string, key: string) =>
  method(channel, 60, 60, str('ctag'), i64(tag), octet(0), str(exchange), str(key));
export const channelClose = (channel: number, code: number, classId = 0, number = 0) =>
  method(channel, 20, 40, i16(code), str('why'), i16(classId), i16(number));
