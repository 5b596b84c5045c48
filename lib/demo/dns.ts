/** DNS messages of generated traffic: one question, records of the common types. */

export const DNS_TYPE = { a: 1, cname: 5, ptr: 12, mx: 15, txt: 16, aaaa: 28, srv: 33 } as const;
export const DNS_CODE = { ok: 0, serverFailure: 2, noName: 3 } as const;

const CLASS_IN = 1;
/** RFC 1035 4.1.4: points to the name in the question. */
const QUESTION_NAME = Buffer.from([0xc0, 0x0c]);
const TTL_SECONDS = 300;

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: number;
}

export interface Answer {
  readonly type: number;
  readonly data: Uint8Array;
  /** Whose record it is; without it, that of the name asked for. */
  readonly name?: string;
}

export function dnsQuery({ id, name, type }: Question): Buffer {
  return Buffer.concat([header(id, 0x0100, 0), question(name, type)]);
}

export function dnsAnswer(
  { id, name, type }: Question,
  answers: readonly Answer[],
  code: number = DNS_CODE.ok,
): Buffer {
  return Buffer.concat([
    header(id, 0x8180 | code, answers.length),
    question(name, type),
    ...answers.map(record),
  ]);
}

/** Data of an MX record. */
export const mailExchange = (preference: number, name: string): Buffer =>
  Buffer.concat([word(preference), encodeName(name)]);

/** Data of an SRV record. RFC 2782. */
export const service = (port: number, name: string): Buffer =>
  Buffer.concat([word(10), word(5), word(port), encodeName(name)]);

/** Data of a TXT record, at most 255 bytes. */
export const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);

/** A name of labels of at most 63 bytes, uncompressed. */
export function encodeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function header(id: number, flags: number, answers: number): Buffer {
  return Buffer.concat([word(id), word(flags), word(1), word(answers), word(0), word(0)]);
}

const question = (name: string, type: number): Buffer =>
  Buffer.concat([encodeName(name), word(type), word(CLASS_IN)]);

function record({ type, data, name }: Answer): Buffer {
  const owner = name === undefined ? QUESTION_NAME : encodeName(name);
  return Buffer.concat([
    owner,
    word(type),
    word(CLASS_IN),
    word(0),
    word(TTL_SECONDS),
    word(data.length),
    data,
  ]);
}

const word = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
