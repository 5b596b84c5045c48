import { describe, expect, it } from 'vitest';
import {
  content,
  deliver,
  frame,
  i16,
  i32,
  i64,
  method,
  octet,
  PROTOCOL,
  publish,
  queueDeclare,
  queueDeclareOk,
  str,
} from '../../../test/support/amqp-wire.js';
import { cut, TestSession } from '../../../test/support/session.js';
import { amqp } from './analyzer.js';

const RAW = { send_request: true, send_response: true };
const briefly = (t: TestSession) => t.events().map((e) => [e.method, e.status, e['error.message']]);

describe('pairing', () => {
  it('leaves out what lies across the ends of the capture', () => {
    const t = new TestSession(amqp);
    t.server(queueDeclareOk(1, 'a')).client(queueDeclare(1, 'b')).end('shutdown');
    expect(briefly(t)).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'amqp.unmatched_requests': 1,
      'amqp.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('reports what stays unanswered, and replies to nothing', () => {
    const t = new TestSession(amqp);
    t.client(queueDeclare(1, 'a')).wait(11).server(queueDeclareOk(1, 'a'));
    t.client(queueDeclare(1, 'b')).end();
    expect(briefly(t)).toEqual([
      ['queue.declare', 'Error', 'Unmatched request'],
      ['queue.declare', 'Error', 'Unmatched response'],
      ['queue.declare', 'Error', 'Unmatched request'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'amqp.unmatched_requests': 2,
      'amqp.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('waits as long as transaction_timeout says', () => {
    const t = new TestSession(amqp, { transaction_timeout: 60 });
    t.client(queueDeclare(1, 'a')).wait(50).server(queueDeclareOk(1, 'a'));
    expect(briefly(t)).toEqual([['queue.declare', 'OK', undefined]]);
  });

  it('pushes the oldest out past the limit', () => {
    const t = new TestSession(amqp);
    for (let i = 0; i < 1030; i++) t.client(queueDeclare(1, 'q'));
    expect(t.events().length).toBe(6);
  });

  it('finds the client by content', () => {
    const t = new TestSession(amqp, {}, { detect: true, reversed: true });
    t.client(PROTOCOL).server(method(0, 10, 10, octet(0), octet(9), i32(0), i32(0), i32(0)));
    t.client(queueDeclare(1, 'a')).server(queueDeclareOk(1, 'a'));
    expect(t.events()).toMatchObject([{ method: 'queue.declare', swapped: true }]);
  });

  it.each(['AMQP\0\x01\0\0', 'AMQP\x03\x01\0\0', 'AMQP\x01\x01\0\x09'])('leaves %j alone', (header) => {
    const t = new TestSession(amqp);
    t.client(header);
    expect(t.counters.snapshot()).toMatchObject({
      'amqp.session.unsupported': 1,
      'amqp.session.dropped': 1,
    });
  });

  it.each(['GET / HTTP/1.1\r\n\r\n', '*1\r\n$4\r\nPING\r\n', '\x16\x03\x01\x02\0', 'AMQP\0\x01\0\0', 'AMQX'])(
    'does not claim %j',
    (text) => {
      const t = new TestSession(amqp, {}, { detect: true });
      t.client(text).client(queueDeclare(1, 'a')).server(queueDeclareOk(1, 'a'));
      expect(t.events()).toEqual([]);
    },
  );
});

describe('gaps', () => {
  it('inside a body lose nothing but the body', () => {
    const t = new TestSession(amqp, RAW);
    const message = Buffer.concat([publish(1, 'x', 'k'), content(1, 'y'.repeat(3000))]);
    t.client(message.subarray(0, 500)).gap(0, 1000).client(message.subarray(1500));
    t.client(queueDeclare(1, 'a')).server(queueDeclareOk(1, 'a'));
    expect(briefly(t)).toEqual([
      ['basic.publish', 'OK', 'Packet loss while capturing the message'],
      ['queue.declare', 'OK', undefined],
    ]);
  });

  it('elsewhere end what is in progress, and the next frame is found', () => {
    const t = new TestSession(amqp);
    t.client(queueDeclare(1, 'a'));
    t.server(deliver(1, 1, 'x', 'k'))
      .gap(1, 100)
      .server('\x01\x02 rest of something')
      .server(queueDeclareOk(1, 'a'));
    t.client(queueDeclare(1, 'b')).server(queueDeclareOk(1, 'b'));
    expect(briefly(t)).toEqual([
      ['basic.deliver', 'Error', 'The message is incomplete'],
      ['queue.declare', 'Error', 'Unmatched request'],
      ['queue.declare', 'Error', 'Unmatched response'],
      ['queue.declare', 'OK', undefined],
    ]);
    expect(t.rows.open).toBe(0);
  });

  it('starts in the middle', () => {
    const t = new TestSession(amqp);
    t.client('the rest of a body\xce').client(queueDeclare(1, 'a'));
    t.server(frame(3, 4, Buffer.from('body without a method'))).server(queueDeclareOk(1, 'a'));
    expect(briefly(t)).toEqual([['queue.declare', 'OK', undefined]]);
    expect(t.counters.snapshot()['amqp.frame.stray']).toBe(1);
  });
});

describe('hostile and cut input', () => {
  const stream = Buffer.concat([
    Buffer.from(PROTOCOL, 'latin1'),
    queueDeclare(1, 'a'),
    publish(1, 'x', 'k'),
    content(1, 'z'.repeat(300), { flags: 0x8000, values: [str('text/plain')], frames: 3 }),
    method(2, 60, 70, i16(0), str('q'), octet(1)),
    method(1, 60, 80, i64(1), octet(0)),
  ]);
  const replies = Buffer.concat([
    queueDeclareOk(1, 'a'),
    deliver(1, 9, 'x', 'k'),
    content(1, 'd'.repeat(50)),
    method(2, 60, 71, i64(3), octet(1), str('x'), str('k'), i32(8)),
    content(2, 'got'),
  ]);
  const whole = new TestSession(amqp, RAW).client(stream).server(replies).events();

  it('reads five events', () => {
    const names = 'basic.publish basic.ack queue.declare basic.deliver basic.get'.split(' ');
    expect(whole.map((e) => e.method)).toEqual(names);
    expect(whole.every(({ status }) => status === 'OK')).toBe(true);
  });

  it.each([1, 2, 7, 0])('gives the same events in pieces of %i bytes', (size) => {
    for (const options of [RAW, {}]) {
      const t = new TestSession(amqp, options);
      for (const piece of cut(stream, size)) t.client(piece);
      for (const piece of cut(replies, size, 7)) t.server(piece);
      expect(t.events()).toEqual(new TestSession(amqp, options).client(stream).server(replies).events());
    }
  });

  it('gives the same events or fewer when cut at any byte', () => {
    for (let at = 0; at <= replies.length; at++) {
      const t = new TestSession(amqp, RAW);
      t.client(stream);
      if (at > 0) t.server(replies.subarray(0, at));
      const answered = t.events();
      expect(answered).toEqual(whole.slice(0, answered.length));
      t.end();
      expect(t.rows.open).toBe(0);
    }
  });

  it('ends a message that another method interrupts', () => {
    const t = new TestSession(amqp);
    t.client(publish(1, 'x', 'k'))
      .client(publish(1, 'x', 'l'))
      .client(content(1, 'body'));
    expect(t.events().map((e) => [e['amqp.routing-key'], e.status])).toEqual([
      ['k', 'Error'],
      ['l', 'OK'],
    ]);
    expect(t.counters.snapshot()['amqp.content.incomplete']).toBe(1);
  });

  it('bounds messages in progress', () => {
    const t = new TestSession(amqp);
    for (let channel = 1; channel <= 100; channel++) t.client(publish(channel, 'x', 'k'));
    expect(t.events().length).toBe(36);
    t.end();
    expect(t.rows.open).toBe(0);
  });

  it.each([
    ['a method of 4 GiB', Buffer.from([1, 0, 1, 255, 255, 255, 255, 0])],
    ['a frame without its end', Buffer.from([1, 0, 1, 0, 0, 0, 4, 0, 50, 0, 10, 0])],
    ['an unknown frame', Buffer.from([9, 0, 1, 0, 0, 0, 0, 0xce])],
    ['TLS', Buffer.from('\x16\x03\x01\x02\0\x01\0\x01', 'latin1')],
  ])('gives up on %s when it does not end', (_what, bytes) => {
    const t = new TestSession(amqp);
    t.client(queueDeclare(1, 'a'));
    for (let i = 0; i < 600; i++) t.client(bytes);
    expect(t.counters.snapshot()['amqp.session.dropped']).toBe(1);
    expect(t.rows.open).toBe(0);
  });

  it.each([
    ['strings past the end', method(1, 50, 10, i16(0), octet(200), str('q'))],
    ['no arguments', method(1, 50, 10)],
    ['no method', frame(1, 1, Buffer.from([0]))],
  ])('takes %s', (_what, bytes) => {
    const t = new TestSession(amqp);
    t.client(bytes).client(queueDeclare(2, 'a')).server(queueDeclareOk(2, 'a')).end();
    expect(t.events().at(0)).toMatchObject({ status: 'OK', 'amqp.queue': 'a' });
    expect(t.rows.open).toBe(0);
  });

  it('takes a content header that is broken', () => {
    const t = new TestSession(amqp);
    t.client(publish(1, 'x', 'k')).client(frame(2, 1, Buffer.from([0, 60])));
    t.client(publish(1, 'x', 'l')).client(content(1, 'b', { flags: 0xffff, values: [i16(0xffff)] }));
    expect(t.events().map((e) => e.status)).toEqual(['Error', 'OK']);
  });
});
