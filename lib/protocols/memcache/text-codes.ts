/**
 * The text protocol's words (memcached doc/protocol.txt): what a command's arguments are, which responses may answer it,
 * and what a response means.
 */
import { Words } from '../kit/words.js';

/** Layouts of arguments. */
export const ARGS = {
  none: 0,
  keys: 1, // <key>*
  touchKeys: 2, // <exptime> <key>*
  store: 3, // <key> <flags> <exptime> <bytes> [noreply]
  cas: 4, // <key> <flags> <exptime> <bytes> <cas> [noreply]
  counter: 5, // <key> <delta> [noreply]
  touch: 6, // <key> <exptime> [noreply]
  remove: 7, // <key> [noreply]
  flush: 8, // [<exptime>] [noreply]
  verbosity: 9, // <level> [noreply]
  raw: 10,
  quit: 11,
  reassign: 12, // <class> <class>
  automove: 13, // <mode>
  sleep: 14, // <microseconds>
  number: 15, // <value>
  meta: 16, // <key> <flags>*
  metaSet: 17, // <key> <bytes> <flags>*
  unknown: 18,
} as const;

/** Kinds of responses, as bits: a command says which may answer it. */
export const KIND = {
  error: 1,
  value: 2,
  end: 4,
  stored: 8,
  number: 16,
  deleted: 32,
  touched: 64,
  ok: 128,
  stat: 256,
  version: 512,
  meta: 1024,
  metaEnd: 2048,
  metaNoop: 4096,
  metaDebug: 8192,
  listing: 16_384,
  /** Refusals of slabs and lru_crawler. */
  refused: 32_768,
  notFound: 65_536,
} as const;

export interface TextCommand {
  /** Index into tables made once a worker. */
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly args: number;
  readonly answers: number;
}

export type Severity = 'OK' | 'Error' | 'Client Error' | 'Server Error';

export interface TextResponse {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly kind: number;
  readonly severity: Severity;
  /** Words behind it say what went wrong. */
  readonly hasMessage: boolean;
}

const commands: TextCommand[] = [];
const responses: TextResponse[] = [];

function command(name: string, type: string, args: number, answers: number): TextCommand {
  const made = { id: commands.length, name, type, args, answers: answers | KIND.error };
  commands.push(made);
  return made;
}

function response(
  name: string,
  type: string,
  kind: number,
  severity: Severity = 'OK',
  hasMessage = false,
): TextResponse {
  const made = { id: responses.length, name, type, kind, severity, hasMessage };
  responses.push(made);
  return made;
}

const LOAD = KIND.value | KIND.end;
const STORE = KIND.stored | KIND.notFound;
const META = KIND.meta | KIND.notFound;
const SLABS = KIND.ok | KIND.refused;

export const UNKNOWN_COMMAND = command('UNKNOWN', 'UNKNOWN', ARGS.unknown, KIND.error);

for (const name of ['get', 'gets']) command(name, 'Load', ARGS.keys, LOAD);
for (const name of ['gat', 'gats']) command(name, 'Load', ARGS.touchKeys, LOAD);
for (const name of ['set', 'add', 'replace', 'append', 'prepend']) command(name, 'Store', ARGS.store, STORE);
command('cas', 'Store', ARGS.cas, STORE);
for (const name of ['incr', 'decr']) command(name, 'Counter', ARGS.counter, KIND.number | KIND.notFound);
command('touch', 'Store', ARGS.touch, KIND.touched | KIND.notFound);
command('delete', 'Delete', ARGS.remove, KIND.deleted | KIND.notFound);
command('flush_all', 'Delete', ARGS.flush, KIND.ok);
command('stats', 'Stats', ARGS.raw, KIND.stat | KIND.end | KIND.listing | KIND.ok);
command('verbosity', 'Info', ARGS.verbosity, KIND.ok);
command('version', 'Info', ARGS.none, KIND.version);
export const QUIT = command('quit', 'Info', ARGS.quit, 0);
command('cache_memlimit', 'Info', ARGS.raw, KIND.ok);
command('shutdown', 'Info', ARGS.raw, KIND.ok);
command('lru', 'LRUCrawler', ARGS.raw, KIND.ok);
export const WATCH = command('watch', 'Info', ARGS.raw, KIND.ok);
command('extstore', 'Info', ARGS.raw, KIND.ok);
command('refresh_certs', 'Info', ARGS.none, KIND.ok);
command('misbehave', 'Info', ARGS.none, KIND.ok);
export const META_GET = command('mg', 'Load', ARGS.meta, META | KIND.metaEnd);
command('ms', 'Store', ARGS.metaSet, META);
export const META_DELETE = command('md', 'Delete', ARGS.meta, META);
export const META_ARITHMETIC = command('ma', 'Counter', ARGS.meta, META);
command('mn', 'Info', ARGS.none, KIND.metaNoop);
command('me', 'Info', ARGS.meta, KIND.metaDebug | KIND.metaEnd);
const PLAIN = commands.length;

command('slabs reassign', 'SlabCtrl', ARGS.reassign, SLABS);
command('slabs automove', 'SlabCtrl', ARGS.automove, SLABS);
command('lru_crawler enable', 'LRUCrawler', ARGS.none, SLABS);
command('lru_crawler disable', 'LRUCrawler', ARGS.none, SLABS);
command('lru_crawler sleep', 'LRUCrawler', ARGS.sleep, SLABS);
command('lru_crawler tocrawl', 'LRUCrawler', ARGS.number, SLABS);
command('lru_crawler crawl', 'LRUCrawler', ARGS.raw, SLABS);
command('lru_crawler metadump', 'LRUCrawler', ARGS.raw, SLABS | KIND.listing | KIND.end);
command('lru_crawler mgdump', 'LRUCrawler', ARGS.raw, SLABS | KIND.listing | KIND.metaEnd);

export const VALUE = response('VALUE', 'Load', KIND.value);
export const END = response('END', 'Load', KIND.end);
response('STORED', 'Success', KIND.stored);
response('NOT_STORED', 'Fail', KIND.stored, 'Error');
response('EXISTS', 'Success', KIND.stored);
response('NOT_FOUND', 'Fail', KIND.notFound, 'Error');
response('TOUCHED', 'Success', KIND.touched);
response('DELETED', 'Success', KIND.deleted);
response('OK', 'Success', KIND.ok);
response('RESET', 'Success', KIND.ok);
response('ERROR', 'Fail', KIND.error, 'Error', true);
response('CLIENT_ERROR', 'Fail', KIND.error, 'Client Error', true);
response('SERVER_ERROR', 'Fail', KIND.error, 'Server Error', true);
response('BUSY', 'Fail', KIND.refused, 'Server Error', true);
response('BADCLASS', 'Fail', KIND.refused, 'Server Error', true);
response('NOSPARE', 'Fail', KIND.refused, 'Server Error', true);
response('NOTFULL', 'Fail', KIND.refused, 'Server Error', true);
response('UNSAFE', 'Fail', KIND.refused, 'Server Error', true);
response('SAME', 'Fail', KIND.refused, 'Client Error', true);
export const STAT = response('STAT', 'Stats', KIND.stat);
export const VERSION = response('VERSION', 'Info', KIND.version);
response('ITEM', 'Stats', KIND.listing);
response('PREFIX', 'Stats', KIND.listing);
export const META_VALUE = response('VA', 'Load', KIND.meta);
response('HD', 'Success', KIND.meta);
export const META_MISS = response('EN', 'Load', KIND.metaEnd);
response('NS', 'Fail', KIND.meta, 'Error');
response('EX', 'Success', KIND.meta);
response('NF', 'Fail', KIND.notFound, 'Error');
response('MN', 'Success', KIND.metaNoop);
response('ME', 'Info', KIND.metaDebug);
const NAMED = responses.length;

/** A number: what a counter has become. */
export const NUMBER = response('<counter_op_res>', 'Counter', KIND.number);
/** A line of lru_crawler metadump or mgdump. */
export const DUMPED = response('key', 'LRUCrawler', KIND.listing);
/** A line that is none of the above: only an unknown command can have brought it. */
export const UNKNOWN_RESPONSE = response('UNKNOWN', 'UNKNOWN', KIND.error);

export const COMMANDS: readonly TextCommand[] = commands;
export const RESPONSES: readonly TextResponse[] = responses;

/** Known words only are in these tables, so that unknown ones cannot fill them. */
const byName = new Map<string, TextCommand>(commands.slice(1, PLAIN).map((c) => [c.name.toUpperCase(), c]));
const commandWords = new Words<TextCommand>((name) => byName.get(name) ?? UNKNOWN_COMMAND);
const responseByName = new Map<string, TextResponse>(responses.slice(0, NAMED).map((r) => [r.name, r]));
const responseWords = new Words<TextResponse>((name) => responseByName.get(name) ?? UNKNOWN_RESPONSE);
for (const name of byName.keys()) commandWords.find(Buffer.from(name), 0, name.length);
for (const name of responseByName.keys()) responseWords.find(Buffer.from(name), 0, name.length);

/** Those of two words, and what their first word is. */
const FAMILIES = ['slabs', 'lru_crawler'].map((first) => ({
  first: Buffer.from(first),
  members: commands
    .slice(PLAIN)
    .filter(({ name }) => name.startsWith(`${first} `))
    .map((c) => ({ second: Buffer.from(c.name.slice(first.length + 1)), command: c })),
}));

/** The command of a word; case counts. */
export function findCommand(buf: Uint8Array, start: number, end: number): TextCommand {
  if (buf[start]! < 0x61) return UNKNOWN_COMMAND;
  return commandWords.find(buf, start, end) ?? UNKNOWN_COMMAND;
}

/** The command of two words, or undefined when the first begins none. */
export function findSubcommand(
  buf: Uint8Array,
  start: number,
  end: number,
  second: number,
  secondEnd: number,
): TextCommand | undefined {
  for (const { first, members } of FAMILIES) {
    if (!isWord(first, buf, start, end)) continue;
    return members.find((member) => isWord(member.second, buf, second, secondEnd))?.command;
  }
  return undefined;
}

/** Beginnings of the lines of lru_crawler metadump and mgdump. */
const LISTED = Buffer.from('key=');
const REPLAYED = Buffer.from('mg');

export function findResponse(buf: Uint8Array, start: number, end: number): TextResponse {
  const first = buf[start]!;
  if (first >= 0x30 && first <= 0x39) return NUMBER;
  if (first >= 0x61) {
    const isDump = isWord(LISTED, buf, start, Math.min(end, start + 4)) || isWord(REPLAYED, buf, start, end);
    return isDump ? DUMPED : UNKNOWN_RESPONSE;
  }
  return responseWords.find(buf, start, end) ?? UNKNOWN_RESPONSE;
}

export function isWord(word: Uint8Array, buf: Uint8Array, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (buf[start + i] !== word[i]) return false;
  return true;
}
