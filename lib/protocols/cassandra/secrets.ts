/**
 * Passwords in statements: CREATE and ALTER of ROLE and USER carry them as literals. Every literal behind the word
 * `password` is masked there, quoted either way, so that a dialect with other punctuation leaks nothing.
 */
const MASK = Buffer.from('REDACTED');
const QUOTE = 0x27;
const DOLLAR = 0x24;

const lower = (c: number): number => (c >= 0x41 && c <= 0x5a ? c + 32 : c);
const isLetter = (c: number): boolean => lower(c) >= 0x61 && lower(c) <= 0x7a;

/** Whether `word`, in lower case, stands at `at`. */
function isAt(buf: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (lower(buf[at + i]!) !== word.charCodeAt(i)) return false;
  return true;
}

/** Past blanks and comments. */
function skipBlanks(buf: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    while (at < end && buf[at]! <= 32) at++;
    if (isAt(buf, at, end, '--') || isAt(buf, at, end, '//')) {
      while (at < end && buf[at] !== 10) at++;
    } else if (isAt(buf, at, end, '/*')) {
      at += 2;
      while (at < end && !isAt(buf, at, end, '*/')) at++;
      at = Math.min(end, at + 2);
    } else {
      return at;
    }
  }
}

/** Where, in a statement on roles or users, the word `password` stands; -1 for all other statements. */
function findPassword(buf: Uint8Array, start: number, end: number): number {
  // PERF: nearly all statements end here, at their first letter.
  let at = buf[start]! > 32 && isLetter(buf[start]!) ? start : skipBlanks(buf, start, end);
  const first = lower(buf[at] ?? 0);
  if (first !== 0x63 && first !== 0x61) return -1;
  if (!isAt(buf, at, end, 'create') && !isAt(buf, at, end, 'alter')) return -1;
  while (at < end && isLetter(buf[at]!)) at++;
  at = skipBlanks(buf, at, end);
  if (!isAt(buf, at, end, 'role') && !isAt(buf, at, end, 'user')) return -1;
  for (; at < end; at++) if (isAt(buf, at, end, 'password')) return at;
  return -1;
}

/** The statement in [start, end) with its passwords masked; undefined when it has none. */
export function maskPasswords(buf: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const password = findPassword(buf, start, end);
  if (password < 0) return undefined;
  const parts: Uint8Array[] = [];
  let kept = start;
  for (let at = password; at < end; at++) {
    const size = buf[at] === QUOTE ? 1 : isAt(buf, at, end, '$$') ? 2 : 0;
    if (size === 0) continue;
    const close = findEnd(buf, at + size, end, size === 1 ? QUOTE : DOLLAR);
    parts.push(buf.slice(kept, at + size), MASK);
    kept = close;
    at = Math.min(end, close + size) - 1;
  }
  return new Uint8Array(Buffer.concat([...parts, buf.slice(kept, end)]));
}

/** Where a literal ends: at its quote, of which two in a row stand for one, or at `$$`; `end` when it is cut. */
function findEnd(buf: Uint8Array, start: number, end: number, quote: number): number {
  for (let at = start; at < end; at++) {
    if (buf[at] !== quote) continue;
    const doubled = buf[at + 1] === quote && at + 1 < end;
    if (quote === DOLLAR ? doubled : !doubled) return at;
    if (quote === QUOTE) at++;
  }
  return end;
}
