/** Whether what a plugin exports is an analyzer that can work beside the others; each refusal says what to do. */
import { PbfastError } from '../base/errors.js';
import { ENTRY } from '../config/schema.js';
import type { Field, FieldType } from '../events/fields.js';
import type { Analyzer } from '../protocols/analyzer.js';
import { fieldRooms } from './catalogue.js';

const NAME = /^[a-z][a-z0-9_]*$/;
/** ICMP has no ports to tell analyzers apart by. */
const TRANSPORTS = ['tcp', 'udp'];
const KINDS = ['flag', 'integer', 'text', 'duration', 'strings', 'integers'];
const TYPES: Readonly<Record<FieldType, true>> = {
  keyword: true,
  text: true,
  wildcard: true,
  long: true,
  unsigned: true,
  double: true,
  boolean: true,
  ip: true,
  date: true,
  object: true,
  flattened: true,
};

type Fail = (what: string, hint: string) => PbfastError;
type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

/** `known`: the analyzers that are there already. Throws ERR_PBFAST_PLUGIN. */
export function checkAnalyzer(exported: unknown, file: string, known: readonly Analyzer[]): Analyzer {
  const fail: Fail = (what, hint) => new PbfastError('ERR_PBFAST_PLUGIN', `${file}: ${what}`, hint);
  if (!isObject(exported)) throw fail('the default export is no analyzer', 'export default analyzer({ … })');
  checkName(exported.name, known, fail);
  checkReach(exported, fail);
  if (typeof exported.create !== 'function')
    throw fail(
      'create is no function',
      'create(options, emit) returns the function that is called once a flow',
    );
  if (exported.probe !== undefined && typeof exported.probe !== 'function')
    throw fail('probe is no function', 'leave it out, or return yes, no or more');
  checkOptions(exported.options, fail);
  checkFields(exported.fields, known, fail);
  return exported as unknown as Analyzer;
}

function checkName(name: unknown, known: readonly Analyzer[], fail: Fail): void {
  if (typeof name !== 'string' || !NAME.test(name))
    throw fail(
      `the name ${JSON.stringify(name)} is none`,
      'lower case letters, digits and _, a letter first',
    );
  if (name === 'flow' || known.some((other) => other.name === name))
    throw fail(`the name '${name}' is taken`, 'give the analyzer another name');
}

function checkReach({ transports, ports }: Loose, fail: Fail): void {
  const hasTransports = Array.isArray(transports) && transports.length > 0;
  if (!hasTransports || !transports.every((transport) => TRANSPORTS.includes(transport)))
    throw fail('transports is wrong', `a list of ${TRANSPORTS.join(', ')} is expected`);
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65536;
  if (!Array.isArray(ports) || !ports.every(isPort))
    throw fail('ports is wrong', 'a list of whole numbers from 1 to 65535 is expected; it may be empty');
}

function checkOptions(options: unknown, fail: Fail): void {
  if (!isObject(options)) throw fail('options is missing', 'options: {} when there are none');
  for (const [name, option] of Object.entries(options)) {
    if (ENTRY.includes(name)) throw fail(`the option '${name}' is every protocol's`, 'give it another name');
    if (!isObject(option) || !KINDS.includes(String(option.kind)) || typeof option.about !== 'string')
      throw fail(`the option '${name}' is none`, 'use flag, integer, text, duration, strings or integers');
  }
}

/** The same path may be declared twice, with one type: there is one index template. */
function checkFields(fields: unknown, known: readonly Analyzer[], fail: Fail): void {
  if (!isObject(fields)) throw fail('fields is missing', 'fields: declare({ … })');
  const types = new Map(
    fieldRooms(known).flatMap((room) => Object.values(room).map(({ path, type }) => [path, type])),
  );
  for (const [path, field] of Object.entries(fields)) {
    const { type, id } = (isObject(field) ? field : {}) as Partial<Field>;
    if (type === undefined || !Object.hasOwn(TYPES, type) || typeof id !== 'number')
      throw fail(`the field ${path} is none`, `declare() it, as ${Object.keys(TYPES).join(', ')}`);
    const other = types.get(path);
    if (other !== undefined && other !== type)
      throw fail(
        `the field ${path} is declared as ${type}, but it is ${other}`,
        'use that type, or another path',
      );
  }
}
