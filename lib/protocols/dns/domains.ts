/**
 * Where the public suffix and the registered domain of a name begin (publicsuffix.org, private domains too). All parts
 * are ranges of the name itself, so a bounded table from names to offsets spares most names the look-up: names
 * are compared byte by byte without regard to case, a new one takes the place of an old one.
 */
import { createRequire } from 'node:module';
import type { parse as Parse } from 'tldts';

/** LIMIT: names remembered. */
const SLOTS = 16_384;
/** LIMIT: longer names are looked up each time. */
const MAX_REMEMBERED = 95;
const SLOT_BYTES = MAX_REMEMBERED + 1;

/** Loaded by the first name: the list costs 20 ms, which a thread without DNS need not pay. */
let parse: typeof Parse | undefined;

function loadList(): typeof Parse {
  parse ??= (createRequire(import.meta.url)('tldts') as { parse: typeof Parse }).parse;
  return parse;
}

const OPTIONS = {
  allowPrivateDomains: true,
  detectIp: false,
  extractHostname: false,
  validateHostname: false,
} as const;

const LOWER = new Uint8Array(256);
for (let c = 0; c < 256; c++) LOWER[c] = c >= 0x41 && c <= 0x5a ? c + 32 : c;

export class Domains {
  /** Offset of the registered domain in the name, or -1: it has none. */
  registered = -1;
  /** Offset of what follows the first label of the registered domain, or -1. */
  topLevel = -1;
  /** False: the name is itself a public suffix, nobody can have registered it. */
  isRegistrable = false;
  /** By slot: length of the name (0: free) and the name in lower case. */
  readonly #names = new Uint8Array(SLOTS * SLOT_BYTES);
  /** By slot: registered, topLevel, isRegistrable. */
  readonly #parts = new Int16Array(SLOTS * 3);

  /** Splits the name in [start, end), written as NameReader writes it. */
  split(buf: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size > MAX_REMEMBERED) {
      this.#look(buf, start, end);
      return;
    }
    let hash = size;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (buf[i]! | 0x20)) | 0;
    const slot = (Math.imul(hash, 0x9e3779b1) >>> 18) & (SLOTS - 1);
    if (this.#holds(slot, buf, start, size)) {
      this.#recall(slot);
      return;
    }
    // Each name has two places; the newest is in the first.
    const second = slot ^ 1;
    if (this.#holds(second, buf, start, size)) {
      this.#recall(second);
      return;
    }
    this.#look(buf, start, end);
    this.#names.copyWithin(second * SLOT_BYTES, slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
    this.#parts.copyWithin(second * 3, slot * 3, (slot + 1) * 3);
    this.#remember(slot, buf, start, size);
  }

  #recall(slot: number): void {
    const parts = this.#parts;
    this.registered = parts[slot * 3]!;
    this.topLevel = parts[slot * 3 + 1]!;
    this.isRegistrable = parts[slot * 3 + 2] === 1;
  }

  #holds(slot: number, buf: Uint8Array, start: number, size: number): boolean {
    const names = this.#names;
    let at = slot * SLOT_BYTES;
    if (names[at] !== size) return false;
    for (let i = start; i < start + size; i++) if (names[++at] !== LOWER[buf[i]!]) return false;
    return true;
  }

  #remember(slot: number, buf: Uint8Array, start: number, size: number): void {
    let at = slot * SLOT_BYTES;
    this.#names[at] = size;
    for (let i = start; i < start + size; i++) this.#names[++at] = LOWER[buf[i]!]!;
    this.#parts[slot * 3] = this.registered;
    this.#parts[slot * 3 + 1] = this.topLevel;
    this.#parts[slot * 3 + 2] = this.isRegistrable ? 1 : 0;
  }

  #look(buf: Uint8Array, start: number, end: number): void {
    let name = '';
    for (let i = start; i < end; i++) name += String.fromCharCode(LOWER[buf[i]!]!);
    const { domain, publicSuffix } = loadList()(name, OPTIONS);
    this.isRegistrable = domain !== null && name.endsWith(domain);
    const isSuffix = publicSuffix === name && name.indexOf('.') > 0;
    this.registered = this.isRegistrable ? name.length - domain!.length : isSuffix ? 0 : -1;
    const dot = this.registered < 0 ? -1 : name.indexOf('.', this.registered);
    this.topLevel = dot < 0 ? -1 : dot + 1;
  }
}
