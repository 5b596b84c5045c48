/** AMQP 0-9-1: publish, deliver and acknowledge, get, declare; a channel that is closed with an error. */
import { be, join, sized } from '../bytes.js';
import { pair, round, tcpMix } from './mix.js';

const FRAME = { method: 1, header: 2, body: 3 };
const END = 0xce;
const frame = (type, channel, ...parts) => join(type, be(2, channel), sized(4, parts), END);
const method = (channel, classId, methodId, ...parts) =>
  frame(FRAME.method, channel, be(2, classId), be(2, methodId), parts);
const short = (text) => sized(1, text);
const table = (fields = {}) =>
  sized(
    4,
    Object.entries(fields).map(([name, text]) => [short(name), 'S', sized(4, text)]),
  );

/** content-type, headers, delivery-mode, correlation-id, message-id. */
const PROPERTIES = 0x8000 | 0x2000 | 0x1000 | 0x0400 | 0x0080;

function content(channel, size) {
  const body = `{"order":"00000000","lines":"${'x'.repeat(size)}"}`;
  const properties = [
    short('application/json'),
    table({ tenant: 'shop-00000000', trace: '4bf92f3577b34da6' }),
    2,
    short('reply-00000000'),
    short('message-00000000'),
  ];
  const header = frame(
    FRAME.header,
    channel,
    be(2, 60),
    be(2, 0),
    be(8, body.length),
    be(2, PROPERTIES),
    properties,
  );
  return join(header, frame(FRAME.body, channel, body));
}

const publish = (size) =>
  round(1, {
    client: join(
      method(1, 60, 40, be(2, 0), short('orders'), short('order.new.00000000'), 0),
      content(1, size),
    ),
  });
const deliver = (size, tag) =>
  round(
    2,
    {
      server: join(
        method(1, 60, 60, short('consumer-1'), be(8, tag), 0, short('orders'), short('order.new.00000000')),
        content(1, size),
      ),
    },
    { client: method(1, 60, 80, be(8, tag), 0) },
  );
const get = (size) =>
  pair(
    method(1, 60, 70, be(2, 0), short('queue-00000000'), 1),
    join(
      method(1, 60, 71, be(8, 17), 0, short('orders'), short('order.00000000'), be(4, 3)),
      content(1, size),
    ),
  );

const rounds = [
  pair(
    method(1, 50, 10, be(2, 0), short('queue-00000000'), 2, table({ 'x-queue-type': 'quorum' })),
    method(1, 50, 11, short('queue-00000000'), be(4, 5), be(4, 1)),
  ),
  pair(
    method(1, 50, 20, be(2, 0), short('queue-00000000'), short('orders'), short('order.#'), 0, table()),
    method(1, 50, 21),
  ),
  ...[20, 200, 900, 3000].map(publish),
  ...[50, 400, 1200].map((size, i) => deliver(size, i + 1)),
  ...[30, 700].map(get),
  pair(method(1, 60, 70, be(2, 0), short('empty-00000000'), 1), method(1, 60, 72, short(''))),
  pair(
    method(1, 40, 10, be(2, 0), short('exchange-00000000'), short('topic'), 2, table()),
    method(1, 40, 11),
  ),
  round(
    1,
    {
      server: method(
        1,
        20,
        40,
        be(2, 404),
        short(`NOT_FOUND - no queue 'gone-00000000' in vhost '/'`),
        be(2, 60),
        be(2, 70),
      ),
    },
    { client: method(1, 20, 41) },
    { client: method(1, 20, 10, short('')) },
    { server: method(1, 20, 11, be(4, 0)) },
  ),
  ...[60, 500].map(publish),
];

const server = table({ product: 'RabbitMQ', version: '4.0.3', platform: 'Erlang/OTP 27.1' });
const client = table({ product: 'pika', version: '1.3.2' });
const greeting = [
  { client: 'AMQP\x00\x00\x09\x01' },
  { server: method(0, 10, 10, 0, 9, server, sized(4, 'PLAIN AMQPLAIN'), sized(4, 'en_US')) },
  { client: method(0, 10, 11, client, short('PLAIN'), sized(4, '\0shop\0secret'), short('en_US')) },
  { server: method(0, 10, 30, be(2, 2047), be(4, 131_072), be(2, 60)) },
  {
    client: join(
      method(0, 10, 31, be(2, 2047), be(4, 131_072), be(2, 60)),
      method(0, 10, 40, short('/'), 0, 0),
    ),
  },
  { server: method(0, 10, 41, 0) },
  { client: method(1, 20, 10, short('')) },
  { server: method(1, 20, 11, be(4, 0)) },
];

export const amqp = tcpMix({
  name: 'm5-amqp',
  about: 'AMQP, publish, deliver and get with bodies of 20 to 3,000 bytes, a channel error',
  protocol: 'amqp',
  port: 5672,
  greeting,
  rounds,
});
