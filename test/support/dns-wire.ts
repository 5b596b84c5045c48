/** Builds DNS messages for tests. */
export interface Parts {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly Buffer[];
  readonly answers?: readonly Buffer[];
  readonly authorities?: readonly Buffer[];
  readonly additionals?: readonly Buffer[];
}

export const QUERY = 0x0100;
export const RESPONSE = 0x8180;

export const u16 = (n: number): Buffer => Buffer.from([(n >> 8) & 255, n & 255]);

export function u32(n: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n >>> 0);
  return b;
}

/** `.`-separated labels; latin-1. */
export function name(text: string): Buffer {
  if (text === '' || text === '.') return Buffer.from([0]);
  const labels = text
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

export const pointer = (to: number): Buffer => u16(0xc000 | to);
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

export function question(owner: string | Buffer, type = 1, klass = 1): Buffer {
  return Buffer.concat([typeof owner === 'string' ? name(owner) : owner, u16(type), u16(klass)]);
}

export function record(owner: string | Buffer, type: number, data: Buffer, ttl = 300, klass = 1): Buffer {
  const at = typeof owner === 'string' ? name(owner) : owner;
  return Buffer.concat([at, u16(type), u16(klass), u32(ttl), u16(data.length), data]);
}

export function message(parts: Parts): Buffer {
  const { id = 7, flags = QUERY, questions = [], answers = [], authorities = [], additionals = [] } = parts;
  const head = [id, flags, questions.length, answers.length, authorities.length, additionals.length].map(u16);
  return Buffer.concat([...head, ...questions, ...answers, ...authorities, ...additionals]);
}

export const opt = (size = 1232, ttl = 0, data: Buffer = Buffer.alloc(0)): Buffer =>
  record('.', 41, data, ttl, size);
export const option = (code: number, data: Buffer): Buffer =>
  Buffer.concat([u16(code), u16(data.length), data]);

/** With the length before it that streams have. */
export const framed = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes]);

export const soa = (serial: number): Buffer =>
  Buffer.concat([name('ns.x'), name('root.x'), u32(serial), u32(2), u32(3), u32(4), u32(0xffffffff)]);
