import { describe, expect, it } from 'vitest';
import {
  content,
  deliver,
  i16,
  i32,
  i64,
  longstr,
  method,
  octet,
  publish,
  queueDeclare,
  queueDeclareOk,
  str,
  table,
  value,
} from '../../../test/support/amqp-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { amqp } from './analyzer.js';

const RAW = { send_request: true, send_response: true };

describe('messages', () => {
  const all = [
    str('text/plain'),
    table({ n: value('I', i32(0xffffffff)) }),
    octet(2),
    octet(9),
    str('corr'),
    str('reply'),
    str('60000'),
    str('id'),
    i64(1_453_753_189),
    str('kind'),
    str('anna'),
    str('app'),
  ];

  it('have properties, and the size of the body', () => {
    const t = new TestSession(amqp, RAW);
    t.client(Buffer.concat([publish(1, 'x', 'k'), content(1, 'hello', { flags: 0xbff8, values: all })]));
    expect(t.events()).toEqual([
      {
        type: 'amqp',
        status: 'OK',
        start: 1_000_000,
        'source.bytes': 5,
        method: 'basic.publish',
        'event.action': 'amqp.basic.publish',
        request: 'hello',
        response: '',
        'amqp.exchange': 'x',
        'amqp.routing-key': 'k',
        'amqp.mandatory': true,
        'amqp.immediate': false,
        'amqp.content-type': 'text/plain',
        'amqp.headers': { n: -1 },
        'amqp.delivery-mode': 'persistent',
        'amqp.priority': 9,
        'amqp.correlation-id': 'corr',
        'amqp.reply-to': 'reply',
        'amqp.expiration': '60000',
        'amqp.message-id': 'id',
        'amqp.timestamp': 'January 25 20:19:49 2016',
        'amqp.type': 'kind',
        'amqp.user-id': 'anna',
        'user.id': 'anna',
        'amqp.app-id': 'app',
      },
    ]);
  });

  it.each([
    ['text/plain', undefined, 'h\xe9llo', 'h\xe9llo'],
    ['application/json', undefined, '{}', '{}'],
    ['application/json', 'gzip', '{}', '123 125'],
    ['image/png', undefined, '\x89P', '194 137 80'],
    [undefined, undefined, 'ab', '97 98'],
  ])('of type %s, encoding %s are shown as they can be', (type, encoding, body, shown) => {
    const values = [type, encoding].filter((v) => v !== undefined).map(str);
    const flags = (type ? 0x8000 : 0) | (encoding ? 0x4000 : 0);
    const t = new TestSession(amqp, RAW);
    t.server(Buffer.concat([deliver(1, 5, '', 'k'), content(1, body, { flags, values })]));
    expect(t.events()).toMatchObject([{ method: 'basic.deliver', 'amqp.delivery-tag': 5, response: shown }]);
    expect(t.events()[0]).not.toHaveProperty('amqp.exchange');
  });

  it('are cut at max_body_length, and skipped where nobody wants them', () => {
    const message = Buffer.concat([
      publish(1, 'x', 'k'),
      content(1, 'x'.repeat(5000), { flags: 0x8000, values: [str('text/x')], frames: 3 }),
    ]);
    const t = new TestSession(amqp, { ...RAW, max_body_length: 10 });
    t.client(message);
    expect(t.events()).toMatchObject([{ request: 'xxxxxxxxxx [...]', 'source.bytes': 5000 }]);
    const skipping = new TestSession(amqp);
    skipping.client(message.subarray(0, 200));
    expect(skipping.commands).toMatchObject([{ command: 3, dir: 0 }]);
  });

  it('without a body are events too', () => {
    const t = new TestSession(amqp, RAW);
    t.client(Buffer.concat([publish(1, '', 'k'), content(1, '')]));
    expect(t.events()).toMatchObject([{ method: 'basic.publish', 'source.bytes': 0, request: '' }]);
  });

  it('of several channels may be mixed', () => {
    const t = new TestSession(amqp, RAW);
    const [a, b] = ['aaaa', 'bbbb'].map((body, i) => content(i + 1, body, { frames: 2 }));
    const at = a!.length - 2 * 10;
    t.client(
      Buffer.concat([publish(1, 'x', 'a'), publish(2, 'x', 'b'), a!.subarray(0, at), b!.subarray(0, at)]),
    );
    t.client(Buffer.concat([a!.subarray(at), b!.subarray(at)]));
    expect(t.events().map((e) => [e['amqp.routing-key'], e.request])).toEqual([
      ['a', '97 97 97 97'],
      ['b', '98 98 98 98'],
    ]);
  });

  it('that are fetched answer basic.get', () => {
    const t = new TestSession(amqp, RAW);
    t.client(method(1, 60, 70, i16(0), str('q'), octet(1)));
    t.server(
      Buffer.concat([method(1, 60, 71, i64(3), octet(1), str('x'), str('k'), i32(8)), content(1, 'body')]),
    );
    expect(t.events()).toMatchObject([
      {
        method: 'basic.get',
        status: 'OK',
        request: 'basic.get q',
        response: '98 111 100 121',
        'amqp.queue': 'q',
        'amqp.redelivered': true,
        'amqp.message-count': 8,
        'destination.bytes': 4,
      },
    ]);
  });

  it('without their properties where parse_headers is off', () => {
    const t = new TestSession(amqp, { parse_headers: false });
    t.client(Buffer.concat([publish(1, 'x', 'k'), content(1, 'hello', { flags: 0xbff8, values: all })]));
    expect(
      Object.keys(t.events()[0]!)
        .filter((name) => name.startsWith('amqp.'))
        .sort(),
    ).toEqual(['amqp.exchange', 'amqp.immediate', 'amqp.mandatory', 'amqp.routing-key']);
  });
});

describe('field tables', () => {
  const read = (entries: Record<string, Uint8Array>, options = {}) => {
    const t = new TestSession(amqp, options);
    t.client(queueDeclare(1, 'q', 0, table(entries))).server(queueDeclareOk(1, 'q'));
    return t.events()[0]!;
  };

  it('have values of every type', () => {
    const float = Buffer.alloc(4);
    float.writeFloatBE(0.1);
    const double = Buffer.alloc(8);
    double.writeDoubleBE(-1.5);
    const event = read({
      t: value('t', octet(1)),
      b: value('b', octet(255)),
      B: value('B', octet(255)),
      s: value('s', i16(0xfffe)),
      U: value('U', i16(0x8000)),
      u: value('u', i16(0x8000)),
      I: value('I', i32(0x80000000)),
      i: value('i', i32(0x80000000)),
      l: value('l', i64(-3)),
      L: value('L', i64(9_007_199_254_740_993n)),
      f: value('f', float),
      d: value('d', double),
      D: value('D', Buffer.concat([octet(2), i32(5)])),
      S: value('S', longstr('text')),
      A: value('A', longstr(Buffer.concat([value('t', octet(0)), value('V'), value('S', longstr('x'))]))),
      T: value('T', i64(0)),
      F: value('F', table({ inner: value('F', table({})) })),
      V: value('V'),
      x: value('x', longstr(Buffer.from([1, 2, 255]))),
    });
    expect(event['amqp.arguments']).toEqual({
      t: true,
      b: -1,
      B: 255,
      s: -2,
      U: -32768,
      u: 32768,
      I: -2147483648,
      i: 2147483648,
      l: -3,
      L: 9007199254740993n,
      f: 0.1,
      d: -1.5,
      D: '0.05',
      S: 'text',
      A: { 0: false, 2: 'x' },
      T: 'January  1 00:00:00 1970',
      F: { inner: {} },
      x: '[1, 2, 255]',
    });
  });

  it('are left out where parse_arguments is off', () => {
    expect(read({ a: value('t', octet(1)) }, { parse_arguments: false })).not.toHaveProperty(
      'amqp.arguments',
    );
  });

  const deep = (levels: number): Buffer =>
    levels === 0 ? value('t', octet(1)) : value('F', table({ a: deep(levels - 1) }));
  it.each([
    ['an unknown type', { ok: value('t', octet(1)), a: value('?', octet(1)) }],
    ['a value past the end', { ok: value('t', octet(1)), a: value('I', i16(1)) }],
    ['a lying length', { ok: value('t', octet(1)), a: value('S', i32(0xffffffff)) }],
    ['nesting beyond the limit', { ok: value('t', octet(1)), a: deep(20) }],
    [
      'too many values',
      Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`k${i}`, value('t', octet(1))])),
    ],
  ])('with %s are left out, and said so', (_what, entries) => {
    const event = read(entries);
    expect(event).not.toHaveProperty('amqp.arguments');
    expect(event).toMatchObject({
      method: 'queue.declare',
      'amqp.queue': 'q',
      'error.message': 'Failed to parse additional arguments',
    });
  });

  it('may be nested up to the limit', () => {
    expect(read({ a: deep(14) })).toHaveProperty('amqp.arguments');
  });
});
