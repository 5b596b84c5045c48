/**
 * The methods of AMQP 0-9-1 (specification, "Class and Method ID Summaries", and RabbitMQ's extensions): what each is to
 * the others, and its arguments in wire order.
 */
import { constant } from '../../events/constants.js';
import type { Field } from '../../events/fields.js';
import { fields } from './fields.js';

/** How an argument lies on the wire. */
export const WIRE = {
  octet: 0,
  short: 1,
  long: 2,
  longlong: 3,
  shortstr: 4,
  longstr: 5,
  bits: 6,
  table: 7,
  /** Not reported: reserved, or a credential. */
  hiddenShort: 8,
  hiddenLongstr: 9,
} as const;

export interface Argument {
  readonly wire: number;
  // biome-ignore lint/suspicious/noExplicitAny: of the type that the wire form asks for
  readonly field?: Field<any>;
  /** Bits, lowest first; undefined: reserved. */
  // biome-ignore lint/suspicious/noExplicitAny: booleans
  readonly flags?: readonly (Field<any> | undefined)[];
  /** Bits that are only reported where they are set; as in `flags`. */
  // biome-ignore lint/suspicious/noExplicitAny: booleans
  readonly rare?: readonly (Field<any> | undefined)[];
  /** A short string: left out when empty. */
  readonly isOptional?: boolean;
  /** A short string: what an empty one means. */
  readonly fallback?: number;
}

/**
 * 'request' waits for a reply, unless no-wait says otherwise; 'reply' is one; 'content' is followed by a content header and
 * body; 'alone' is neither.
 */
type Role = 'request' | 'reply' | 'content' | 'alone';

export interface Method {
  readonly classId: number;
  readonly methodId: number;
  readonly name: string;
  readonly role: Role;
  readonly arguments: readonly Argument[];
  /** Of a reply: the name of its request. */
  readonly request: string;
  /** Which of its short strings `request` names, see send_request; -1: the delivery tag. */
  readonly text: readonly number[];
  /** Only shown with hide_connection_information off. */
  readonly isConnection: boolean;
  /** Ends the channel or connection. */
  readonly isClose: boolean;
  readonly id: number;
  readonly action: number;
}

const at = (name: keyof typeof fields) => fields[name];
const octet = (name: keyof typeof fields): Argument => ({ wire: WIRE.octet, field: at(name) });
const short = (name: keyof typeof fields): Argument => ({ wire: WIRE.short, field: at(name) });
const long = (name: keyof typeof fields): Argument => ({ wire: WIRE.long, field: at(name) });
const longlong = (name: keyof typeof fields): Argument => ({ wire: WIRE.longlong, field: at(name) });
const str = (name: keyof typeof fields): Argument => ({ wire: WIRE.shortstr, field: at(name) });
const optional = (name: keyof typeof fields): Argument => ({ ...str(name), isOptional: true });
const longstr = (name: keyof typeof fields): Argument => ({ wire: WIRE.longstr, field: at(name) });
const table = (name: keyof typeof fields): Argument => ({ wire: WIRE.table, field: at(name) });
const bits = (...names: (keyof typeof fields | undefined)[]): Argument => ({
  wire: WIRE.bits,
  flags: names.map((name) => (name ? at(name) : undefined)),
});
const RESERVED_SHORT: Argument = { wire: WIRE.hiddenShort };
const HIDDEN_LONG: Argument = { wire: WIRE.hiddenLongstr };
const EXCHANGE = optional('amqp.exchange');
const NO_WAIT = bits('amqp.no-wait');
const ARGUMENTS = table('amqp.arguments');
const TAG = longlong('amqp.delivery-tag');

const CLASSES = {
  connection: 10,
  channel: 20,
  access: 30,
  exchange: 40,
  queue: 50,
  basic: 60,
  confirm: 85,
  tx: 90,
} as const;

const CONNECTION_INFORMATION = new Set(['connection', 'channel', 'access']);

const methods: Method[] = [];

function define(
  name: string,
  methodId: number,
  role: Role,
  args: readonly Argument[] = [],
  text: readonly number[] = [],
): void {
  const [klass, verb] = name.split('.') as [keyof typeof CLASSES, string];
  methods.push({
    classId: CLASSES[klass],
    methodId,
    name,
    role,
    arguments: args,
    request: name.replace(/-(ok|empty)$/, ''),
    text,
    isConnection: CONNECTION_INFORMATION.has(klass) || name.startsWith('basic.qos'),
    isClose: verb === 'close',
    id: constant(name),
    action: constant(`amqp.${name}`),
  });
}

const CLOSE = [
  short('amqp.reply-code'),
  str('amqp.reply-text'),
  short('amqp.class-id'),
  short('amqp.method-id'),
];

define('connection.start', 10, 'request', [
  octet('amqp.version-major'),
  octet('amqp.version-minor'),
  table('amqp.server-properties'),
  longstr('amqp.mechanisms'),
  longstr('amqp.locales'),
]);
// The response of start-ok and of secure-ok holds the password.
define('connection.start-ok', 11, 'reply', [
  table('amqp.client-properties'),
  str('amqp.mechanism'),
  HIDDEN_LONG,
  str('amqp.locale'),
]);
define('connection.secure', 20, 'request', [HIDDEN_LONG]);
define('connection.secure-ok', 21, 'reply', [HIDDEN_LONG]);
// What the server proposes is settled by tune-ok.
define('connection.tune', 30, 'request');
define('connection.tune-ok', 31, 'reply', [
  short('amqp.channel-max'),
  long('amqp.frame-max'),
  short('amqp.heartbeat'),
]);
define('connection.open', 40, 'request', [str('amqp.virtual-host')]);
define('connection.open-ok', 41, 'reply');
define('connection.close', 50, 'request', CLOSE);
define('connection.close-ok', 51, 'reply');
define('connection.blocked', 60, 'alone', [str('amqp.reason')]);
define('connection.unblocked', 61, 'alone');
define('connection.update-secret', 70, 'request', [HIDDEN_LONG, str('amqp.reason')]);
define('connection.update-secret-ok', 71, 'reply');

define('channel.open', 10, 'request');
define('channel.open-ok', 11, 'reply');
define('channel.flow', 20, 'request', [bits('amqp.active')]);
define('channel.flow-ok', 21, 'reply', [bits('amqp.active')]);
define('channel.close', 40, 'request', CLOSE);
define('channel.close-ok', 41, 'reply');

define('access.request', 10, 'request');
define('access.request-ok', 11, 'reply');

define(
  'exchange.declare',
  10,
  'request',
  [
    RESERVED_SHORT,
    str('amqp.exchange'),
    { ...str('amqp.exchange-type'), fallback: constant('direct') },
    {
      ...bits('amqp.passive', 'amqp.durable', undefined, undefined, 'amqp.no-wait'),
      // Packetbeat does not report them.
      rare: [undefined, undefined, at('amqp.auto-delete'), at('amqp.internal')],
    },
    ARGUMENTS,
  ],
  [0],
);
define('exchange.declare-ok', 11, 'reply');
define(
  'exchange.delete',
  20,
  'request',
  [RESERVED_SHORT, str('amqp.exchange'), bits('amqp.if-unused', 'amqp.no-wait')],
  [0],
);
define('exchange.delete-ok', 21, 'reply');
const EXCHANGE_BINDING = [
  RESERVED_SHORT,
  str('amqp.destination'),
  str('amqp.source'),
  str('amqp.routing-key'),
  NO_WAIT,
  ARGUMENTS,
];
define('exchange.bind', 30, 'request', EXCHANGE_BINDING, [1, 0]);
define('exchange.bind-ok', 31, 'reply');
define('exchange.unbind', 40, 'request', EXCHANGE_BINDING, [1, 0]);
define('exchange.unbind-ok', 51, 'reply');

define(
  'queue.declare',
  10,
  'request',
  [
    RESERVED_SHORT,
    str('amqp.queue'),
    bits('amqp.passive', 'amqp.durable', 'amqp.exclusive', 'amqp.auto-delete', 'amqp.no-wait'),
    ARGUMENTS,
  ],
  [0],
);
define('queue.declare-ok', 11, 'reply', [
  str('amqp.queue'),
  long('amqp.message-count'),
  long('amqp.consumer-count'),
]);
const BINDING = [RESERVED_SHORT, str('amqp.queue'), EXCHANGE, str('amqp.routing-key')];
define('queue.bind', 20, 'request', [...BINDING, NO_WAIT, ARGUMENTS], [0, 1]);
define('queue.bind-ok', 21, 'reply');
define('queue.purge', 30, 'request', [RESERVED_SHORT, str('amqp.queue'), NO_WAIT], [0]);
define('queue.purge-ok', 31, 'reply', [long('amqp.message-count')]);
define(
  'queue.delete',
  40,
  'request',
  [RESERVED_SHORT, str('amqp.queue'), bits('amqp.if-unused', 'amqp.if-empty', 'amqp.no-wait')],
  [0],
);
define('queue.delete-ok', 41, 'reply', [long('amqp.message-count')]);
define('queue.unbind', 50, 'request', [...BINDING, ARGUMENTS], [0, 1]);
define('queue.unbind-ok', 51, 'reply');

define('basic.qos', 10, 'request', [
  long('amqp.prefetch-size'),
  short('amqp.prefetch-count'),
  bits('amqp.global'),
]);
define('basic.qos-ok', 11, 'reply');
define(
  'basic.consume',
  20,
  'request',
  [
    RESERVED_SHORT,
    str('amqp.queue'),
    str('amqp.consumer-tag'),
    bits('amqp.no-local', 'amqp.no-ack', 'amqp.exclusive', 'amqp.no-wait'),
    ARGUMENTS,
  ],
  [0],
);
define('basic.consume-ok', 21, 'reply', [str('amqp.consumer-tag')]);
define('basic.cancel', 30, 'request', [str('amqp.consumer-tag'), NO_WAIT], [0]);
define('basic.cancel-ok', 31, 'reply', [str('amqp.consumer-tag')]);
define('basic.publish', 40, 'content', [
  RESERVED_SHORT,
  EXCHANGE,
  str('amqp.routing-key'),
  bits('amqp.mandatory', 'amqp.immediate'),
]);
define('basic.return', 50, 'content', [
  short('amqp.reply-code'),
  str('amqp.reply-text'),
  str('amqp.exchange'),
  str('amqp.routing-key'),
]);
define('basic.deliver', 60, 'content', [
  str('amqp.consumer-tag'),
  TAG,
  bits('amqp.redelivered'),
  EXCHANGE,
  str('amqp.routing-key'),
]);
define('basic.get', 70, 'request', [RESERVED_SHORT, str('amqp.queue'), bits('amqp.no-ack')], [0]);
define('basic.get-ok', 71, 'content', [
  TAG,
  bits('amqp.redelivered'),
  EXCHANGE,
  str('amqp.routing-key'),
  long('amqp.message-count'),
]);
define('basic.get-empty', 72, 'reply');
define('basic.ack', 80, 'alone', [TAG, bits('amqp.multiple')]);
define('basic.reject', 90, 'alone', [TAG, bits('amqp.requeue')], [-1]);
define('basic.recover-async', 100, 'alone', [bits('amqp.requeue')]);
define('basic.recover', 110, 'request', [bits('amqp.requeue')]);
define('basic.recover-ok', 111, 'reply');
define('basic.nack', 120, 'alone', [TAG, bits('amqp.multiple', 'amqp.requeue')]);

define('confirm.select', 10, 'request', [NO_WAIT]);
define('confirm.select-ok', 11, 'reply');

define('tx.select', 10, 'request');
define('tx.select-ok', 11, 'reply');
define('tx.commit', 20, 'request');
define('tx.commit-ok', 21, 'reply');
define('tx.rollback', 30, 'request');
define('tx.rollback-ok', 31, 'reply');

export const METHODS: readonly Method[] = methods;

const METHOD_SLOTS = 128;
/** By class and method. */
const byNumber: (Method | undefined)[] = new Array(METHOD_SLOTS * METHOD_SLOTS).fill(undefined);
for (const method of methods) byNumber[method.classId * METHOD_SLOTS + method.methodId] = method;

export function findMethod(classId: number, methodId: number): Method | undefined {
  if (classId >= METHOD_SLOTS || methodId >= METHOD_SLOTS) return undefined;
  return byNumber[classId * METHOD_SLOTS + methodId];
}

export function methodNamed(name: string): Method {
  return methods.find((method) => method.name === name)!;
}

/** By reply, the method it replies to. */
export const REQUEST_OF: ReadonlyMap<Method, Method> = new Map(
  methods
    .filter(({ name, request }) => name !== request)
    .map((method) => [method, methodNamed(method.request)]),
);
