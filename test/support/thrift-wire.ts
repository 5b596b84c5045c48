/** Thrift messages as npm's thrift library writes them, for tests of the analyzer: any protocol, any transport. */
import { createRequire } from 'node:module';

const thrift = createRequire(import.meta.url)('thrift');
const { Thrift } = thrift;

export type Protocol = 'binary' | 'compact';
export type TransportKind = 'buffered' | 'framed';

/** A value with its type, as the protocol needs it. */
export type Value =
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'byte' | 'i16' | 'i32' | 'i64' | 'double'; readonly value: number }
  | { readonly type: 'string'; readonly value: string | Uint8Array }
  | { readonly type: 'struct'; readonly fields: readonly [number, Value][] }
  | { readonly type: 'list' | 'set'; readonly of: string; readonly values: readonly Value[] }
  | {
      readonly type: 'map';
      readonly of: readonly [string, string];
      readonly values: readonly [Value, Value][];
    };

export const bool = (value: boolean): Value => ({ type: 'bool', value });
export const byte = (value: number): Value => ({ type: 'byte', value });
export const i16 = (value: number): Value => ({ type: 'i16', value });
export const i32 = (value: number): Value => ({ type: 'i32', value });
export const i64 = (value: number): Value => ({ type: 'i64', value });
export const double = (value: number): Value => ({ type: 'double', value });
export const text = (value: string | Uint8Array): Value => ({ type: 'string', value });
export const struct = (fields: Readonly<Record<number, Value>>): Value => ({
  type: 'struct',
  fields: Object.entries(fields).map(([id, value]) => [Number(id), value]),
});
export const list = (of: string, ...values: Value[]): Value => ({ type: 'list', of, values });
export const set = (of: string, ...values: Value[]): Value => ({ type: 'set', of, values });
export const map = (of: readonly [string, string], ...values: [Value, Value][]): Value => ({
  type: 'map',
  of,
  values,
});

const typeOf = (name: string): number => Thrift.Type[name.toUpperCase()];

// biome-ignore lint/suspicious/noExplicitAny: the library's protocols have no types
function write(out: any, value: Value): void {
  if (value.type === 'struct') writeStruct(out, value.fields);
  else if (value.type === 'map') {
    out.writeMapBegin(typeOf(value.of[0]), typeOf(value.of[1]), value.values.length);
    for (const pair of value.values) for (const item of pair) write(out, item);
  } else if (value.type === 'list' || value.type === 'set') {
    if (value.type === 'list') out.writeListBegin(typeOf(value.of), value.values.length);
    else out.writeSetBegin(typeOf(value.of), value.values.length);
    for (const item of value.values) write(out, item);
  } else if (value.type === 'string') {
    if (typeof value.value === 'string') out.writeString(value.value);
    else out.writeBinary(Buffer.from(value.value));
  } else {
    const method = `write${value.type[0]!.toUpperCase()}${value.type.slice(1)}`;
    out[method](value.value);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the library's protocols have no types
function writeStruct(out: any, fields: readonly (readonly [number, Value])[]): void {
  out.writeStructBegin('');
  for (const [id, value] of fields) {
    out.writeFieldBegin('', typeOf(value.type), id);
    write(out, value);
  }
  out.writeFieldStop();
  out.writeStructEnd();
}

/** Messages of one protocol over one transport. */
export class Wire {
  readonly #protocol: Protocol;
  readonly #transport: TransportKind;

  constructor(protocol: Protocol = 'binary', transport: TransportKind = 'buffered') {
    this.#protocol = protocol;
    this.#transport = transport;
  }

  call(name: string, fields: Readonly<Record<number, Value>> = {}, sequence = 1): Buffer {
    return this.#message(Thrift.MessageType.CALL, name, fields, sequence);
  }

  oneway(name: string, fields: Readonly<Record<number, Value>> = {}, sequence = 1): Buffer {
    return this.#message(Thrift.MessageType.ONEWAY, name, fields, sequence);
  }

  reply(name: string, fields: Readonly<Record<number, Value>> = {}, sequence = 1): Buffer {
    return this.#message(Thrift.MessageType.REPLY, name, fields, sequence);
  }

  exception(name: string, message: string, kind: number, sequence = 1): Buffer {
    return this.#message(Thrift.MessageType.EXCEPTION, name, { 1: text(message), 2: i32(kind) }, sequence);
  }

  #message(kind: number, name: string, fields: Readonly<Record<number, Value>>, sequence: number): Buffer {
    let bytes = Buffer.alloc(0);
    const Transport = this.#transport === 'framed' ? thrift.TFramedTransport : thrift.TBufferedTransport;
    const Protocol = this.#protocol === 'compact' ? thrift.TCompactProtocol : thrift.TBinaryProtocol;
    const transport = new Transport(undefined, (written: Buffer) => {
      bytes = Buffer.concat([bytes, written]);
    });
    const out = new Protocol(transport);
    out.writeMessageBegin(name, kind, sequence);
    writeStruct(
      out,
      Object.entries(fields).map(([id, value]) => [Number(id), value] as const),
    );
    out.writeMessageEnd();
    transport.setCurrSeqId?.(sequence);
    transport.flush();
    return bytes;
  }
}
