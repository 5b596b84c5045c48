/**
 * What an event says of the hellos. Clients of one make send the same hello but for a few parts: the rest is put together
 * once, its fingerprints with it, and kept by what it was made from.
 */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import { type Block, Row } from '../../events/row.js';
import { ByContent, MAX_KEY } from './cache.js';
import { CIPHER_SUITES, COMPRESSIONS, isGrease, SUPPORTED_GROUPS, unknown16 } from './codes.js';
import { writeExtensions, writeName } from './extensions.js';
import { fields } from './fields.js';
import { type Carrier, ja3, ja3s, ja4, ja4s } from './fingerprints.js';
import { EXTENSION, type Hello, type Role } from './hello.js';
import { versionOf } from './versions.js';

/** LIMIT: larger blocks are not kept, bytes. */
const MAX_BLOCK = 32_768;
const RANDOM_AT = 2;
const RANDOM_END = 34;
const HOST_NAME = 0;
const EMPTY = constant('');
/** Extensions whose content the block depends on, by number; beyond, it is unknown or differs each time. */
const DESCRIBED = [1, 2, 4, 5, 9, 10, 11, 12, 13, 16, 43].reduce((bits, id) => {
  bits[id] = 1;
  return bits;
}, new Uint8Array(64));

/** PERF: looked up once, as names put together for each event would be searched in the engine's table of strings. */
const varyingOf = (role: Role) => ({
  random: fields[`tls.detailed.${role}_hello.random`],
  session: fields[`tls.detailed.${role}_hello.session_id`],
  ticket: fields[`tls.detailed.${role}_hello.extensions.session_ticket`],
});
const VARYING = { client: varyingOf('client'), server: varyingOf('server') };

export class Hellos {
  readonly #detailed: boolean;
  readonly #kept = { client: new ByContent<Block>(), server: new ByContent<Block>() };
  readonly #draft = new Row(new Uint8Array(0), []);
  readonly #key = new Uint8Array(MAX_KEY);
  #size = 0;

  constructor(detailed: boolean) {
    this.#detailed = detailed;
  }

  write(row: Row, role: Role, hello: Hello, carrier: Carrier): void {
    this.#makeKey(hello, role, carrier);
    const kept = this.#size <= MAX_KEY ? this.#kept[role].find(this.#key, 0, this.#size) : undefined;
    row.paste(kept ?? this.#describe(role, hello, carrier));
    if (role === 'client') writeServerName(row, hello, this.#detailed);
    if (this.#detailed) writeVarying(row, role, hello);
  }

  #describe(role: Role, hello: Hello, carrier: Carrier): Block {
    const row = this.#draft;
    row.clear();
    if (role === 'client') writeClient(row, hello, carrier);
    else writeServer(row, hello, carrier);
    if (this.#detailed) writeDetails(row, role, hello);
    const block = row.copy();
    const small = block.entries.length * 4 + block.heap.length <= MAX_BLOCK;
    if (small && this.#size <= MAX_KEY) this.#kept[role].keep(this.#key, 0, this.#size, block);
    return block;
  }

  /** All that the block is made from, each part with its length before it. */
  #makeKey(hello: Hello, role: Role, carrier: Carrier): void {
    this.#size = 0;
    this.#put16(carrier.charCodeAt(0));
    this.#put16(hello.version);
    this.#put(hello, hello.ciphersAt, hello.ciphersEnd);
    this.#put(hello, hello.compressionAt, hello.compressionEnd);
    for (let i = 0; i < hello.extensions; i++) {
      const id = hello.ids[i]!;
      const [at, end] = [hello.at[i]!, hello.ends[i]!];
      this.#put16(id);
      if (id < DESCRIBED.length && DESCRIBED[id] === 1) this.#put(hello, at, end);
      else if (id === EXTENSION.serverName) this.#put16(end - at >= 2 ? 1 : 0);
      else if (id === EXTENSION.keyShare && role === 'server') this.#put16(hello.u16(at));
    }
  }

  #put16(value: number): void {
    if (this.#size + 2 <= MAX_KEY) {
      this.#key[this.#size] = value >> 8;
      this.#key[this.#size + 1] = value;
    }
    this.#size += 2;
  }

  #put(hello: Hello, start: number, end: number): void {
    this.#put16(end - start);
    const at = this.#size;
    this.#size += end - start;
    if (this.#size > MAX_KEY) return;
    const { buf } = hello;
    for (let i = start; i < end; i++) this.#key[at + i - start] = buf[i]!;
  }
}

function writeClient(row: Row, hello: Hello, carrier: Carrier): void {
  row.string(fields['tls.client.ja3'], ja3(hello));
  row.string(fields['tls.client.ja4'], ja4(hello, carrier));
  row.list(fields['tls.client.supported_ciphers']);
  for (let at = hello.ciphersAt; at + 2 <= hello.ciphersEnd; at += 2) {
    if (!isGrease(hello.u16(at))) writeName(row, CIPHER_SUITES, hello.u16(at));
  }
  row.close();
}

function writeServer(row: Row, hello: Hello, carrier: Carrier): void {
  row.string(fields['tls.server.ja3s'], ja3s(hello));
  row.string(fields['tls.server.ja4s'], ja4s(hello, carrier));
  const suite = hello.u16(hello.ciphersAt);
  const name = CIPHER_SUITES.find(suite);
  if (name > 0) row.word(fields['tls.cipher'], name);
  else row.string(fields['tls.cipher'], unknown16(suite));
  const share = hello.find(EXTENSION.keyShare);
  if (share >= 0 && hello.ends[share]! - hello.at[share]! >= 2) writeCurve(row, hello.u16(hello.at[share]!));
  const alpn = hello.find(EXTENSION.alpn);
  if (alpn < 0) return;
  // RFC 7301 3.1: the list holds the one that was chosen.
  const at = hello.at[alpn]! + 3;
  const end = at + hello.u8(at - 1);
  if (end <= hello.ends[alpn]! && end > at) row.text(fields['tls.next_protocol'], hello.buf, at, end);
}

export function writeCurve(row: Row, group: number): void {
  const name = SUPPORTED_GROUPS.find(group);
  if (name > 0) row.word(fields['tls.curve'], name);
  else row.string(fields['tls.curve'], unknown16(group));
}

function writeDetails(row: Row, role: Role, hello: Hello): void {
  row.word(fields[`tls.detailed.${role}_hello.version`], versionOf(hello.version).bytes);
  if (role === 'client') {
    row.list(fields['tls.detailed.client_hello.supported_compression_methods']);
    for (let at = hello.compressionAt; at < hello.compressionEnd; at++)
      row.word(ITEM, COMPRESSIONS[hello.u8(at)]!);
    row.close();
  } else {
    const method = COMPRESSIONS[hello.u8(hello.compressionAt)]!;
    row.word(fields['tls.detailed.server_hello.selected_compression_method'], method);
  }
  writeExtensions(row, role, hello);
}

/** RFC 6066 3: a list of names, in practice of one. */
function writeServerName(row: Row, hello: Hello, detailed: boolean): void {
  const i = hello.find(EXTENSION.serverName);
  if (i < 0) return;
  const start = hello.at[i]! + 2;
  const end = Math.min(hello.ends[i]!, start + hello.u16(start - 2));
  const next = nameEnd(hello, start, end);
  if (next <= start + 3 || hello.u8(start) !== HOST_NAME) return;
  row.text(fields['tls.client.server_name'], hello.buf, start + 3, next);
  row.text(shared['destination.domain'], hello.buf, start + 3, next);
  if (!detailed) return;
  row.list(fields['tls.detailed.client_hello.extensions.server_name_indication']);
  for (let at = start, to = next; to > at; at = to, to = nameEnd(hello, at, end)) {
    if (hello.u8(at) === HOST_NAME) row.text(ITEM, hello.buf, at + 3, to);
  }
  row.close();
}

/** Where the name entry at `at` ends; -1 when it is not whole. */
function nameEnd(hello: Hello, at: number, end: number): number {
  const next = at + 3 + hello.u16(at + 1);
  return at + 3 <= end && next <= end ? next : -1;
}

function writeVarying(row: Row, role: Role, hello: Hello): void {
  const { random, session, ticket } = VARYING[role];
  writeHex(row, random, hello.buf, RANDOM_AT, RANDOM_END);
  const { sessionAt, sessionSize } = hello;
  if (sessionSize > 0) writeHex(row, session, hello.buf, sessionAt, sessionAt + sessionSize);
  const i = hello.find(EXTENSION.sessionTicket);
  if (i < 0) return;
  const size = hello.ends[i]! - hello.at[i]!;
  if (size === 0) row.word(ticket, EMPTY);
  else row.string(ticket, `(${size} bytes)`);
}

const DIGITS = Buffer.from('0123456789abcdef');

function writeHex(
  row: Row,
  field: (typeof fields)['tls.detailed.client_hello.random'],
  buf: Uint8Array,
  start: number,
  end: number,
): void {
  const at = row.compose((end - start) * 2);
  if (at < 0) return;
  const { heap } = row;
  for (let i = start, to = at; i < end; i++, to += 2) {
    heap[to] = DIGITS[buf[i]! >> 4]!;
    heap[to + 1] = DIGITS[buf[i]! & 15]!;
  }
  row.composed(field, at, (end - start) * 2);
}
