/** Rows as plain objects, for tests without the native encoder. Layout: native/events/row.h. */
import { constantText } from '../../lib/events/constants.js';
import type { Catalogue } from '../../lib/events/fields.js';
import { FLAG, KIND } from '../../lib/events/layout.js';
import { HEADER_WORDS, MAX_FIELD_BYTES } from '../../lib/events/row.js';

// biome-ignore lint/suspicious/noExplicitAny: test events are free-form
export type TestEvent = Record<string, any>;

export function decodeRows(
  region: Uint32Array,
  words: number,
  memory: Uint8Array,
  fields: Catalogue,
): TestEvent[] {
  const events: TestEvent[] = [];
  for (let at = 0; at < words; at += region[at]!)
    events.push(new RowReader(region, at, memory, fields).event());
  return events;
}

class RowReader {
  #at: number;
  readonly #end: number;
  readonly #region: Uint32Array;
  readonly #row: number;
  readonly #memory: Uint8Array;
  readonly #fields: Catalogue;
  readonly #heap: Uint8Array;

  constructor(region: Uint32Array, row: number, memory: Uint8Array, fields: Catalogue) {
    this.#region = region;
    this.#row = row;
    this.#memory = memory;
    this.#fields = fields;
    this.#at = row + HEADER_WORDS;
    this.#end = this.#at + region[row + 1]! * 4;
    this.#heap = new Uint8Array(region.buffer, region.byteOffset + this.#end * 4, region[row + 2]!);
  }

  event(): TestEvent {
    const event = this.#envelope();
    while (this.#at < this.#end) {
      const id = this.#region[this.#at]! & 0xffff;
      event[this.#fields.byId[id]!.path] = this.#value();
    }
    return event;
  }

  #envelope(): TestEvent {
    const w = (i: number) => this.#region[this.#row + i]!;
    const flags = w(8);
    const event: TestEvent = { type: constantText(w(6)) };
    if (!(flags & FLAG.noStart)) event.start = w(9) + w(10) / 1e9;
    if (w(7)) event.status = constantText(w(7));
    if (flags & FLAG.hasEnd) event.end = w(11) + w(12) / 1e9;
    if (flags & FLAG.hasSourceBytes) event['source.bytes'] = w(13) + w(14) * 4294967296;
    if (flags & FLAG.hasDestinationBytes) event['destination.bytes'] = w(15) + w(16) * 4294967296;
    if (flags & FLAG.swapped) event.swapped = true;
    if (flags & FLAG.authentication) event['event.category'] = ['network', 'authentication'];
    return event;
  }

  #text(at: number, from: Uint8Array): string {
    const start = this.#region[at + 2]!;
    return Buffer.from(
      from.subarray(start, start + Math.min(this.#region[at + 1]!, MAX_FIELD_BYTES)),
    ).toString('utf8');
  }

  #value(): unknown {
    const at = this.#at;
    const kind = this.#region[at]! >>> 16;
    const low = this.#region[at + 2]!;
    const high = this.#region[at + 3]!;
    this.#at += 4;
    switch (kind) {
      case KIND.long:
        return (high | 0) * 4294967296 + low;
      case KIND.unsigned:
        return BigInt(high) * 4294967296n + BigInt(low);
      case KIND.double:
        return new Float64Array(new Uint32Array([low, high]).buffer)[0];
      case KIND.boolean:
        return low === 1;
      case KIND.date:
        return new Date(low * 1000 + high / 1e6).toISOString();
      case KIND.ip:
        return formatIp(this.#heap.subarray(low, low + this.#region[at + 1]!));
      case KIND.constant:
        return constantText(low);
      case KIND.lent:
        return this.#text(at, this.#memory);
      case KIND.heap:
        return this.#text(at, this.#heap);
      case KIND.list:
        return this.#list();
      case KIND.object:
        return this.#object();
      default:
        throw new Error(`entry of kind ${kind} where a value must be`);
    }
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    while (this.#region[this.#at]! >>> 16 !== KIND.close) items.push(this.#value());
    this.#at += 4;
    return items;
  }

  #object(): TestEvent {
    const object: TestEvent = {};
    for (;;) {
      const at = this.#at;
      const kind = this.#region[at]! >>> 16;
      this.#at += 4;
      if (kind === KIND.close) return object;
      object[this.#key(at, kind)] = this.#value();
    }
  }

  #key(at: number, kind: number): string {
    if (kind === KIND.keyConstant) return constantText(this.#region[at + 2]!);
    if (kind === KIND.keyLent) return this.#text(at, this.#memory);
    if (kind === KIND.keyHeap) return this.#text(at, this.#heap);
    throw new Error(`entry of kind ${kind} where a key must be`);
  }
}

function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const words: string[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  return words.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}
