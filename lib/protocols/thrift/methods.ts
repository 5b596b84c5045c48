/**
 * Methods by their names on the wire: what recurs in every event is made once. A bounded table; the IDL's methods are in it
 * from the start. Unlike kit/words.ts case counts here.
 */
import { constant } from '../../events/constants.js';
import type { Idl, IdlMethod } from './idl.js';

/** LIMIT: names from the wire that are kept; further ones are written as they come. */
export const MAX_METHODS = 1024;
const BUCKETS = 1024;

export interface Method {
  /** Name and service as constants; the service is the empty text where none is known. */
  readonly name: number;
  readonly service: number;
  readonly hasService: boolean;
  /** Bytes before the name in a multiplexed call: `Service:`. */
  readonly prefix: number;
  readonly oneway: boolean;
  /** The IDL says that it is answered. */
  readonly answered: boolean;
  /** Names of fields by id. */
  readonly parameters: ReadonlyMap<number, Uint8Array> | undefined;
  readonly exceptions: ReadonlyMap<number, Uint8Array> | undefined;
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly method: Method;
  readonly next: Entry | undefined;
}

export class Methods {
  readonly #buckets: (Entry | undefined)[] = new Array(BUCKETS).fill(undefined);
  readonly #idl: Idl;
  #size = 0;

  constructor(idl: Idl) {
    this.#idl = idl;
  }

  /** The method named in [start, end), whose bytes hash to `hash`; undefined past the limit. */
  find(hash: number, buf: Uint8Array, start: number, end: number): Method | undefined {
    for (let entry = this.#buckets[hash & (BUCKETS - 1)]; entry; entry = entry.next) {
      if (same(entry.bytes, buf, start, end)) return entry.method;
    }
    return this.#add(hash & (BUCKETS - 1), buf.slice(start, end));
  }

  #add(bucket: number, bytes: Uint8Array): Method | undefined {
    const method = describe(Buffer.from(bytes), this.#idl);
    if (!method.parameters) {
      if (this.#size >= MAX_METHODS) return undefined;
      this.#size++;
    }
    this.#buckets[bucket] = { bytes, method, next: this.#buckets[bucket] };
    return method;
  }
}

/** A multiplexed call names `Service:method`. */
function describe(bytes: Buffer, idl: Idl): Method {
  const prefix = bytes.indexOf(':') + 1;
  const wire = bytes.toString();
  const name = bytes.toString('utf8', prefix);
  const known: IdlMethod | undefined = idl.get(wire) ?? idl.get(name);
  const service = prefix > 1 ? bytes.toString('utf8', 0, prefix - 1) : (known?.service ?? '');
  return {
    name: constant(name),
    service: constant(service),
    hasService: service !== '',
    prefix,
    oneway: known?.oneway ?? false,
    answered: known?.oneway === false,
    parameters: known?.parameters,
    exceptions: known?.exceptions,
  };
}

function same(name: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== buf[start + i]) return false;
  return true;
}
