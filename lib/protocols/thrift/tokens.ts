/** Words, numbers, texts and signs of an IDL file, without comments. Errors name the file and the line. */
import { PbfastError } from '../../base/errors.js';

/** LIMIT of one file, characters. */
export const MAX_FILE = 4_194_304;

const PATTERN =
  /\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|(?<token>"[^"]*"|'[^']*'|[A-Za-z_][\w.-]*|[+-]?[\w.]+|[{}()[\]<>,;:=*&])/y;

export class Tokens {
  readonly #path: string;
  readonly #tokens: string[] = [];
  readonly #lines: number[] = [];
  #at = 0;

  constructor(path: string, source: string) {
    this.#path = path;
    if (source.length > MAX_FILE) throw this.#error(1, `longer than ${MAX_FILE} characters`);
    this.#split(source);
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Empty at the end. */
  peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  next(): string {
    if (this.atEnd) throw this.#error(this.#lines.at(-1) ?? 1, 'ends in the middle of a definition');
    return this.#tokens[this.#at++]!;
  }

  accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  expect(token: string): void {
    const found = this.next();
    if (found !== token) throw this.unexpected(found, `'${token}'`);
  }

  /** The next token when it is a number. */
  integer(): number | undefined {
    if (!/^[+-]?\d+$/.test(this.peek())) return undefined;
    return Number(this.next());
  }

  /** A text in quotes, without them. */
  text(): string {
    const found = this.next();
    if (!/^["']/.test(found)) throw this.unexpected(found, 'a text in quotes');
    return found.slice(1, -1);
  }

  /** Passes over what stands between a pair of signs, both included. */
  balanced(open: string, close: string): void {
    this.expect(open);
    for (let depth = 1; depth > 0; ) {
      const token = this.next();
      if (token === open) depth++;
      else if (token === close) depth--;
    }
  }

  /** The error for the token just read. */
  unexpected(token: string, wanted = 'a definition'): PbfastError {
    return this.#error(this.#lines[this.#at - 1] ?? 1, `${wanted} is expected, not ${token}`);
  }

  #split(source: string): void {
    let line = 1;
    PATTERN.lastIndex = 0;
    while (PATTERN.lastIndex < source.length) {
      const at = PATTERN.lastIndex;
      const match = PATTERN.exec(source);
      if (!match) throw this.#error(line, `${source.slice(at, at + 20).split('\n', 1)[0]} is not understood`);
      if (match.groups!.token !== undefined) {
        this.#tokens.push(match.groups!.token);
        this.#lines.push(line);
      }
      line += match[0].split('\n').length - 1;
    }
  }

  #error(line: number, what: string): PbfastError {
    return new PbfastError('ERR_PBFAST_CONFIG', `${this.#path}:${line}: ${what}`, 'thrift -strict says more');
  }
}
