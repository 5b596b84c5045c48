import { describe, expect, it } from 'vitest';
import {
  channelClose,
  content,
  i16,
  i32,
  i64,
  longstr,
  method,
  octet,
  PROTOCOL,
  queueDeclare,
  queueDeclareOk,
  str,
  table,
  value,
} from '../../../test/support/amqp-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { amqp } from './analyzer.js';

const RAW = { send_request: true, send_response: true };
const OPEN = { hide_connection_information: false };

/** [method, status, error.message] of each event. */
const briefly = (t: TestSession) => t.events().map((e) => [e.method, e.status, e['error.message']]);

describe('methods', () => {
  it('have arguments, reply, sizes and times', () => {
    const t = new TestSession(amqp, RAW);
    const request = queueDeclare(1, '', 0b00110);
    t.client(request);
    t.nanoseconds = 7000;
    t.server(queueDeclareOk(1, 'amq.gen-1'));
    expect(t.events()).toEqual([
      {
        type: 'amqp',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.000007,
        'source.bytes': request.length,
        'destination.bytes': queueDeclareOk(1, 'amq.gen-1').length,
        method: 'queue.declare',
        'event.action': 'amqp.queue.declare',
        request: 'queue.declare',
        response: 'OK',
        'amqp.queue': 'amq.gen-1',
        'amqp.passive': false,
        'amqp.durable': true,
        'amqp.exclusive': true,
        'amqp.auto-delete': false,
        'amqp.no-wait': false,
        'amqp.message-count': 3,
        'amqp.consumer-count': 2,
      },
    ]);
  });

  const none = i32(0);
  it.each([
    [
      method(1, 40, 10, i16(0), str('x'), str(''), octet(0b00010), none),
      method(1, 40, 11),
      { method: 'exchange.declare', 'amqp.exchange-type': 'direct', 'amqp.durable': true },
    ],
    [
      method(1, 40, 10, i16(0), str('x'), str('topic'), octet(0b00100), none),
      method(1, 40, 11),
      { 'amqp.exchange-type': 'topic', 'amqp.auto-delete': true },
    ],
    [
      method(1, 40, 20, i16(0), str('x'), octet(1)),
      method(1, 40, 21),
      { method: 'exchange.delete', 'amqp.if-unused': true, request: 'exchange.delete x' },
    ],
    [
      method(1, 40, 30, i16(0), str('to'), str('from'), str('k'), octet(0), none),
      method(1, 40, 31),
      {
        method: 'exchange.bind',
        'amqp.destination': 'to',
        'amqp.source': 'from',
        request: 'exchange.bind from to',
      },
    ],
    [
      method(1, 40, 40, i16(0), str('to'), str('from'), str('k'), octet(0), none),
      method(1, 40, 51),
      { method: 'exchange.unbind' },
    ],
    [
      method(1, 50, 20, i16(0), str('q'), str('x'), str('k'), octet(0), none),
      method(1, 50, 21),
      { method: 'queue.bind', 'amqp.routing-key': 'k', request: 'queue.bind q x' },
    ],
    [
      method(1, 50, 50, i16(0), str('q'), str('x'), str('k'), none),
      method(1, 50, 51),
      { method: 'queue.unbind', 'amqp.exchange': 'x' },
    ],
    [
      method(1, 50, 30, i16(0), str('q'), octet(0)),
      method(1, 50, 31, i32(5)),
      { method: 'queue.purge', 'amqp.message-count': 5 },
    ],
    [
      method(1, 50, 40, i16(0), str('q'), octet(0b011)),
      method(1, 50, 41, i32(6)),
      { method: 'queue.delete', 'amqp.if-empty': true, 'amqp.message-count': 6 },
    ],
    [
      method(1, 60, 20, i16(0), str('q'), str(''), octet(0b0010), none),
      method(1, 60, 21, str('tag')),
      { method: 'basic.consume', 'amqp.no-ack': true, 'amqp.consumer-tag': 'tag' },
    ],
    [
      method(1, 60, 30, str('tag'), octet(0)),
      method(1, 60, 31, str('tag')),
      { method: 'basic.cancel', request: 'basic.cancel tag' },
    ],
    [method(1, 60, 110, octet(1)), method(1, 60, 111), { method: 'basic.recover', 'amqp.requeue': true }],
    [method(1, 85, 10, octet(0)), method(1, 85, 11), { method: 'confirm.select', 'amqp.no-wait': false }],
    [method(1, 90, 10), method(1, 90, 11), { method: 'tx.select', amqp: {} }],
    [method(1, 90, 20), method(1, 90, 21), { method: 'tx.commit' }],
    [method(1, 90, 30), method(1, 90, 31), { method: 'tx.rollback' }],
    [
      method(1, 60, 70, i16(0), str('q'), octet(1)),
      method(1, 60, 72, str('')),
      { method: 'basic.get-empty' },
    ],
  ])('%# is read', (request, reply, wanted) => {
    const t = new TestSession(amqp, RAW);
    t.client(request).server(reply);
    expect(t.events()).toMatchObject([{ ...wanted, status: 'OK', response: 'OK' }]);
  });

  it('that wait for nothing are events at once', () => {
    const t = new TestSession(amqp, RAW);
    t.client(queueDeclare(1, 'q', 0b10000));
    t.client(method(1, 60, 80, i64(7), octet(1))).client(method(1, 60, 90, i64(8), octet(1)));
    t.client(method(1, 60, 120, i64(9), octet(3))).client(method(1, 60, 100, octet(1)));
    t.server(method(1, 60, 80, i64(1), octet(0))).server(method(1, 60, 120, i64(2), octet(0)));
    expect(t.events().map((e) => [e.method, e.status, e['amqp.delivery-tag'], e.swapped ?? false])).toEqual([
      ['queue.declare', 'OK', undefined, false],
      ['basic.ack', 'OK', 7, false],
      ['basic.reject', 'Error', 8, false],
      ['basic.nack', 'OK', 9, false],
      ['basic.recover-async', 'OK', undefined, false],
      ['basic.ack', 'OK', 1, true],
      ['basic.nack', 'Error', 2, true],
    ]);
    expect(t.events()[2]!.request).toBe('basic.reject 8');
  });

  it('are paired by channel and kind', () => {
    const t = new TestSession(amqp);
    t.client(Buffer.concat([queueDeclare(1, 'a'), queueDeclare(2, 'b'), queueDeclare(1, 'c')]));
    t.client(method(1, 50, 30, i16(0), str('a'), octet(0)));
    t.server(Buffer.concat([queueDeclareOk(2, 'b'), method(1, 50, 31, i32(0))]));
    t.server(Buffer.concat([queueDeclareOk(1, 'a'), queueDeclareOk(1, 'c')]));
    expect(t.events().map((e) => [e.method, e['amqp.queue']])).toEqual([
      ['queue.declare', 'b'],
      ['queue.purge', 'a'],
      ['queue.declare', 'a'],
      ['queue.declare', 'c'],
    ]);
  });

  it('that are not known are counted', () => {
    const t = new TestSession(amqp);
    t.client(method(1, 999, 10))
      .client(queueDeclare(1, 'a'))
      .server(queueDeclareOk(1, 'a'));
    expect(t.events().length).toBe(1);
    expect(t.counters.snapshot()['amqp.method.unknown']).toBe(1);
  });
});

describe('errors', () => {
  it('answer the method that they blame, and end the others of the channel', () => {
    const t = new TestSession(amqp, RAW);
    t.client(queueDeclare(1, 'a'))
      .client(method(1, 90, 10))
      .client(queueDeclare(2, 'b'));
    t.server(channelClose(1, 404, 50, 10))
      .client(method(1, 20, 41))
      .server(queueDeclareOk(2, 'b'));
    expect(briefly(t)).toEqual([
      ['queue.declare', 'Error', undefined],
      ['tx.select', 'Error', 'Unmatched request'],
      ['channel.close', 'Error', undefined],
      ['queue.declare', 'OK', undefined],
    ]);
    expect(t.events()[0]).toMatchObject({
      'amqp.reply-code': 404,
      'amqp.reply-text': 'why',
      'amqp.queue': 'a',
    });
    expect(t.events()[2]).toMatchObject({
      'amqp.class-id': 50,
      'amqp.method-id': 10,
      swapped: true,
      response: 'OK',
    });
  });

  it('of a connection answer on any channel', () => {
    const t = new TestSession(amqp);
    t.client(queueDeclare(3, 'a'));
    t.server(method(0, 10, 50, i16(541), str('no'), i16(50), i16(10))).end();
    expect(briefly(t)).toEqual([
      ['queue.declare', 'Error', undefined],
      ['connection.close', 'Error', 'Close-ok method not received by sender'],
    ]);
  });

  it('are returned messages as well', () => {
    const t = new TestSession(amqp, RAW);
    t.server(
      Buffer.concat([
        method(1, 60, 50, i16(312), str('NO_ROUTE'), str('x'), str('k')),
        content(1, 'back', { flags: 0x8000, values: [str('text/plain')] }),
      ]),
    );
    expect(t.events()).toMatchObject([
      {
        method: 'basic.return',
        status: 'Error',
        'amqp.reply-code': 312,
        'amqp.reply-text': 'NO_ROUTE',
        'destination.bytes': 4,
        response: 'back',
        request: '',
      },
    ]);
  });
});

describe('connection information', () => {
  const secret = longstr('\0guest\0hunter2');
  const exchanges: [Buffer, Buffer, boolean][] = [
    [
      method(
        0,
        10,
        10,
        octet(0),
        octet(9),
        table({ product: value('S', longstr('R')) }),
        longstr('PLAIN'),
        longstr('en'),
      ),
      method(0, 10, 11, table({ v: value('S', longstr('1')) }), str('PLAIN'), secret, str('en_US')),
      true,
    ],
    [method(0, 10, 20, longstr('challenge')), method(0, 10, 21, secret), true],
    [method(0, 10, 30, i16(1), i32(2), i16(3)), method(0, 10, 31, i16(2047), i32(131_072), i16(60)), true],
    [method(0, 10, 40, str('/'), str(''), octet(0)), method(0, 10, 41, str('')), false],
    [method(0, 10, 70, secret, str('rotation')), method(0, 10, 71), false],
    [method(1, 20, 10, str('')), method(1, 20, 11, longstr('')), false],
    [method(1, 20, 20, octet(1)), method(1, 20, 21, octet(1)), true],
    [method(1, 60, 10, i32(0), i16(10), octet(0)), method(1, 60, 11), false],
    [channelClose(1, 200), method(1, 20, 41), false],
    [method(0, 10, 50, i16(200), str('bye'), i16(0), i16(0)), method(0, 10, 51), false],
  ];
  const run = (options: Record<string, unknown>) => {
    const t = new TestSession(amqp, { ...options, ...RAW });
    t.client(PROTOCOL);
    for (const [request, reply, isServers] of exchanges) {
      if (isServers) t.server(request).client(reply);
      else t.client(request).server(reply);
    }
    return t;
  };

  it('is left out', () => {
    const t = run({});
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'amqp.unmatched_requests': 0,
      'amqp.unmatched_responses': 0,
    });
  });

  it('is shown where it is wanted, without the password', () => {
    const t = run(OPEN);
    expect(t.events().map((e) => [e.method, e.swapped ?? false])).toEqual([
      ['connection.start', true],
      ['connection.secure', true],
      ['connection.tune', true],
      ['connection.open', false],
      ['connection.update-secret', false],
      ['channel.open', false],
      ['channel.flow', true],
      ['basic.qos', false],
      ['channel.close', false],
      ['connection.close', false],
    ]);
    expect(t.events()[0]).toMatchObject({
      'amqp.version-minor': 9,
      'amqp.server-properties': { product: 'R' },
      'amqp.client-properties': { v: '1' },
      'amqp.mechanism': 'PLAIN',
      'amqp.locale': 'en_US',
    });
    expect(t.events()[2]).toMatchObject({ 'amqp.channel-max': 2047, 'amqp.heartbeat': 60 });
    expect(JSON.stringify(t.events())).not.toMatch(/hunter2|guest|challenge/);
  });

  it('keep the properties of both sides without parse_arguments, as Packetbeat does', () => {
    expect(run(OPEN, { parse_arguments: false }).events()[0]).toMatchObject({
      'amqp.server-properties': { product: 'R' },
      'amqp.client-properties': { v: '1' },
    });
  });

  it('counts heartbeats and tells of blocked connections', () => {
    const t = new TestSession(amqp, OPEN);
    t.client(Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])).server(method(0, 10, 60, str('low on memory')));
    t.server(method(0, 10, 61));
    expect(t.events()).toMatchObject([
      { method: 'connection.blocked', 'amqp.reason': 'low on memory' },
      { method: 'connection.unblocked', amqp: {} },
    ]);
    expect(t.counters.snapshot()['amqp.frame.heartbeats']).toBe(1);
  });
});
