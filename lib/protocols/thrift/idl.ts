/**
 * Thrift IDL files (thrift.apache.org/docs/idl): the methods of their services, with the names of parameters and exceptions.
 * Definitions of types are read over: what is inside a value has no names on the wire. Files are the user's own, errors in
 * them are told with their place.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PbfastError } from '../../base/errors.js';
import { Tokens } from './tokens.js';

/** LIMIT of files, with those they include. */
export const MAX_FILES = 256;

type Names = ReadonlyMap<number, Uint8Array>;

export interface IdlMethod {
  readonly service: string;
  readonly oneway: boolean;
  readonly parameters: Names;
  readonly exceptions: Names;
}

/** By `method` and by `Service:method`; where services share a name, the first one read has it. */
export type Idl = ReadonlyMap<string, IdlMethod>;

/** Reads the files and what they include. Throws PbfastError. */
export function readIdl(paths: readonly string[]): Idl {
  const methods = new Map<string, IdlMethod>();
  const queue = paths.map((path) => resolve(path));
  for (let i = 0; i < queue.length; i++) {
    const path = queue[i]!;
    for (const included of readDocument(new Tokens(path, readText(path)), methods)) {
      const target = resolve(dirname(path), included);
      if (!queue.includes(target)) queue.push(target);
    }
    if (queue.length > MAX_FILES)
      throw new PbfastError('ERR_PBFAST_CONFIG', `${path}: more than ${MAX_FILES} IDL files`);
  }
  return methods;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new PbfastError('ERR_PBFAST_CONFIG', `idl_files: ${(error as Error).message}`);
  }
}

/** Adds the document's methods; the paths it includes. */
function readDocument(tokens: Tokens, methods: Map<string, IdlMethod>): string[] {
  const included: string[] = [];
  while (!tokens.atEnd) {
    const word = tokens.next();
    if (word === 'include') included.push(tokens.text());
    else if (word === 'cpp_include') tokens.text();
    else if (word === 'namespace' || word === 'cpp_namespace') readNamespace(tokens, word);
    else if (word === 'typedef') readTypedef(tokens);
    else if (word === 'const') readConst(tokens);
    else if (['struct', 'union', 'exception', 'enum', 'senum'].includes(word)) readBlock(tokens);
    else if (word === 'service') readService(tokens, methods);
    else if (word !== ';' && word !== ',') throw tokens.unexpected(word);
  }
  return included;
}

function readNamespace(tokens: Tokens, word: string): void {
  if (word === 'namespace') tokens.next();
  tokens.next();
  readAnnotations(tokens);
}

function readTypedef(tokens: Tokens): void {
  readType(tokens);
  tokens.next();
  readAnnotations(tokens);
}

function readConst(tokens: Tokens): void {
  readType(tokens);
  tokens.next();
  tokens.expect('=');
  readValue(tokens);
}

function readBlock(tokens: Tokens): void {
  tokens.next();
  while (tokens.peek() !== '{') tokens.next();
  tokens.balanced('{', '}');
  readAnnotations(tokens);
}

function readService(tokens: Tokens, methods: Map<string, IdlMethod>): void {
  const service = tokens.next();
  if (tokens.accept('extends')) tokens.next();
  tokens.expect('{');
  while (!tokens.accept('}')) readMethod(tokens, service, methods);
  readAnnotations(tokens);
}

/** `oneway void name(1: type field, ...) throws (1: type field, ...)`. */
function readMethod(tokens: Tokens, service: string, methods: Map<string, IdlMethod>): void {
  const oneway = tokens.accept('oneway') || tokens.accept('async');
  readType(tokens);
  const name = tokens.next();
  const parameters = readFields(tokens);
  const exceptions = tokens.accept('throws') ? readFields(tokens) : new Map();
  readAnnotations(tokens);
  readSeparator(tokens);
  const method = { service, oneway, parameters, exceptions };
  for (const key of [name, `${service}:${name}`]) if (!methods.has(key)) methods.set(key, method);
}

/** `(1: required type name = value, ...)`. Fields without an id count down from -1. */
function readFields(tokens: Tokens): Names {
  const names = new Map<number, Uint8Array>();
  let implicit = -1;
  tokens.expect('(');
  while (!tokens.accept(')')) {
    const id = tokens.integer();
    if (id !== undefined) tokens.expect(':');
    if (!tokens.accept('required')) tokens.accept('optional');
    readType(tokens);
    tokens.accept('&');
    names.set(id ?? implicit--, Buffer.from(tokens.next()));
    if (tokens.accept('=')) readValue(tokens);
    readAnnotations(tokens);
    readSeparator(tokens);
  }
  return names;
}

function readType(tokens: Tokens): void {
  tokens.next();
  if (tokens.accept('cpp_type')) tokens.text();
  if (tokens.peek() === '<') tokens.balanced('<', '>');
  if (tokens.accept('cpp_type')) tokens.text();
  readAnnotations(tokens);
}

function readValue(tokens: Tokens): void {
  const first = tokens.peek();
  if (first === '{') tokens.balanced('{', '}');
  else if (first === '[') tokens.balanced('[', ']');
  else tokens.next();
}

/** `(name = "value", ...)` behind nearly everything. */
function readAnnotations(tokens: Tokens): void {
  if (tokens.peek() === '(') tokens.balanced('(', ')');
}

function readSeparator(tokens: Tokens): void {
  if (!tokens.accept(',')) tokens.accept(';');
}
