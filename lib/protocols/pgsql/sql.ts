/**
 * Splits SQL at its semicolons as the server's own lexer would: strings, quoted names, dollar quotes, comments,
 * parentheses and SQL function bodies (BEGIN ATOMIC ... END) keep theirs. PostgreSQL manual 4.1; psqlscan.l for bodies.
 */
const TAB = 9;
const CR = 13;
const LF = 10;
const BLANK = 32;
const QUOTE = 39;
const DOUBLE = 34;
const DOLLAR = 36;
const OPEN = 40;
const CLOSE = 41;
const STAR = 42;
const DASH = 45;
const SLASH = 47;
const SEMICOLON = 59;
const BACKSLASH = 92;

/** Classes of bytes: what may follow in a word, and what needs a look. */
const WORD = 1;
const DIGIT = 2;
const SPACE = 3;
const SPECIAL = 4;
const classes = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  const letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c >= 128;
  if (letter) classes[c] = WORD;
  else if (c >= 48 && c <= 57) classes[c] = DIGIT;
}
for (const c of [TAB, LF, 11, 12, CR, BLANK]) classes[c] = SPACE;
for (const c of [QUOTE, DOUBLE, DOLLAR, OPEN, CLOSE, DASH, SLASH, SEMICOLON]) classes[c] = SPECIAL;

/** Words of a statement that are looked at to know a function's definition. */
const MAX_HEAD_WORDS = 4;

export class SqlScanner {
  /** The statement, without blanks around it and its semicolon. */
  start = 0;
  end = 0;
  /** Its first word; empty when it has none. */
  verbStart = 0;
  verbEnd = 0;
  /** Backslashes escape in plain strings too (standard_conforming_strings = off). */
  backslashes = false;
  #buf: Uint8Array = new Uint8Array(0);
  #pos = 0;
  #limit = 0;
  /** Something but comments was seen. */
  #filled = false;
  #depth = 0;
  #words = 0;
  #defines = false;
  #bodies = 0;

  open(buf: Uint8Array, start: number, end: number): void {
    this.#buf = buf;
    this.#pos = start;
    this.#limit = end;
  }

  /** The next statement that is more than comments; false at the end. */
  next(): boolean {
    while (this.#pos < this.#limit) {
      this.#begin();
      const buf = this.#buf;
      const at = this.#scan();
      let end = at;
      while (end > this.start && classes[buf[end - 1]!] === SPACE) end--;
      this.end = end;
      this.#pos = at + 1;
      if (this.#filled) return true;
    }
    return false;
  }

  #begin(): void {
    const buf = this.#buf;
    while (this.#pos < this.#limit && classes[buf[this.#pos]!] === SPACE) this.#pos++;
    this.start = this.#pos;
    this.verbStart = this.verbEnd = this.#pos;
    this.#filled = false;
    this.#depth = this.#words = this.#bodies = 0;
    this.#defines = false;
  }

  /** From the statement's start to its semicolon or the end. */
  #scan(): number {
    const buf = this.#buf;
    const limit = this.#limit;
    let at = this.#pos;
    while (at < limit) {
      const c = buf[at]!;
      switch (classes[c]) {
        case SPACE:
          at++;
          break;
        case WORD:
          at = this.#word(at);
          break;
        case DIGIT:
          this.#filled = true;
          at = wordEnd(buf, at, limit);
          break;
        case SPECIAL: {
          if (c === SEMICOLON && this.#depth === 0 && this.#bodies === 0) return at;
          at = this.#special(c, at);
          break;
        }
        default:
          this.#filled = true;
          at++;
      }
    }
    return limit;
  }

  #special(c: number, at: number): number {
    const buf = this.#buf;
    const limit = this.#limit;
    if (c === DASH && buf[at + 1] === DASH && at + 1 < limit) return lineEnd(buf, at, limit);
    if (c === SLASH && buf[at + 1] === STAR && at + 1 < limit) return commentEnd(buf, at, limit);
    this.#filled = true;
    if (c === QUOTE) return quoteEnd(buf, at, limit, QUOTE, this.backslashes);
    if (c === DOUBLE) return quoteEnd(buf, at, limit, DOUBLE, false);
    if (c === DOLLAR) return dollarEnd(buf, at, limit);
    if (c === OPEN) this.#depth++;
    else if (c === CLOSE && this.#depth > 0) this.#depth--;
    return at + 1;
  }

  #word(at: number): number {
    const buf = this.#buf;
    const end = wordEnd(buf, at, this.#limit);
    this.#filled = true;
    if (this.verbEnd === this.verbStart) {
      this.verbStart = at;
      this.verbEnd = end;
    }
    // E'...': backslashes escape.
    if (end - at === 1 && (buf[at]! & 0xdf) === 0x45 && end < this.#limit && buf[end] === QUOTE) {
      return quoteEnd(buf, end, this.#limit, QUOTE, true);
    }
    if (this.#words < MAX_HEAD_WORDS || this.#defines) this.#body(at, end);
    this.#words++;
    return end;
  }

  /** Follows BEGIN, CASE and END in CREATE [OR REPLACE] FUNCTION and PROCEDURE. */
  #body(start: number, end: number): void {
    const buf = this.#buf;
    if (this.#words === 0) return;
    if (this.#words < MAX_HEAD_WORDS && isWord(buf, this.verbStart, this.verbEnd, 'CREATE')) {
      if (isWord(buf, start, end, 'FUNCTION') || isWord(buf, start, end, 'PROCEDURE')) this.#defines = true;
    }
    if (!this.#defines || this.#depth > 0) return;
    if (isWord(buf, start, end, 'BEGIN')) this.#bodies++;
    else if (this.#bodies > 0 && isWord(buf, start, end, 'CASE')) this.#bodies++;
    else if (this.#bodies > 0 && isWord(buf, start, end, 'END')) this.#bodies--;
  }
}

/** Whether [start, end) is `word`, given in capitals; ASCII case does not count. */
export function isWord(buf: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((buf[start + i]! & 0xdf) !== word.charCodeAt(i)) return false;
  return true;
}

function wordEnd(buf: Uint8Array, from: number, limit: number): number {
  let at = from + 1;
  while (at < limit) {
    const kind = classes[buf[at]!];
    if (kind !== WORD && kind !== DIGIT && buf[at] !== DOLLAR) break;
    at++;
  }
  return at;
}

function lineEnd(buf: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit && buf[at] !== LF) at++;
  return at;
}

/** Comments nest. */
function commentEnd(buf: Uint8Array, from: number, limit: number): number {
  let depth = 0;
  let at = from;
  while (at + 1 < limit) {
    if (buf[at] === SLASH && buf[at + 1] === STAR) {
      depth++;
      at += 2;
    } else if (buf[at] === STAR && buf[at + 1] === SLASH) {
      at += 2;
      if (--depth === 0) return at;
    } else {
      at++;
    }
  }
  return limit;
}

/** A doubled quote ends one string and begins another, which comes to the same. */
function quoteEnd(buf: Uint8Array, from: number, limit: number, quote: number, escapes: boolean): number {
  for (let at = from + 1; at < limit; at++) {
    if (buf[at] === quote) return at + 1;
    if (escapes && buf[at] === BACKSLASH) at++;
  }
  return limit;
}

/** $tag$ ... $tag$; a $ that begins none ($1) stands for itself. */
function dollarEnd(buf: Uint8Array, from: number, limit: number): number {
  let open = from + 1;
  if (open < limit && classes[buf[open]!] === DIGIT) return open;
  while (open < limit && (classes[buf[open]!] === WORD || classes[buf[open]!] === DIGIT)) open++;
  if (open >= limit || buf[open] !== DOLLAR) return from + 1;
  const size = open + 1 - from;
  // A tag that is found partly is not looked at again: the next candidate begins at its last $.
  for (let at = open + 1; at + size <= limit; at++) {
    if (buf[at] !== DOLLAR) continue;
    let same = 1;
    while (same < size && buf[at + same] === buf[from + same]) same++;
    if (same === size) return at + size;
    at += same - 1;
  }
  return limit;
}
