/**
 * Scripted AMQP clients for test/e2e/amqp.test.ts; runs inside the client's namespace. Its output is the truth the events are
 * compared with: one JSON line a method or message.
 *
 *   node amqp.js ROUNDS ADDRESS
 */
import { once } from 'node:events';
import amqplib from 'amqplib';

const CONNECTIONS = 4;
const [rounds, address] = [Number(process.argv[2]), process.argv[3]];
const lines = [];
/** fields: queue, exchange, key, body, code. */
const log = (method, fields = {}, status = 'OK') => lines.push(JSON.stringify({ method, status, ...fields }));

async function open() {
  const connection = await amqplib.connect(`amqp://guest:guest@${address}`);
  for (const method of ['connection.start', 'connection.tune', 'connection.open']) log(method);
  return connection;
}

async function close(connection) {
  await connection.close();
  log('connection.close', { code: 200 });
}

async function channelOf(connection, isConfirmed = false) {
  const channel = await (isConfirmed ? connection.createConfirmChannel() : connection.createChannel());
  log('channel.open');
  if (isConfirmed) log('confirm.select');
  return channel;
}

async function closeChannel(channel) {
  await channel.close();
  log('channel.close', { code: 200 });
}

/** Exchanges and queues, their bindings, and what is wrong with them. */
async function topology(connection, p) {
  const channel = await channelOf(connection);
  const [x, y, q] = [`${p}.x`, `${p}.y`, `${p}.q`];
  await channel.assertExchange(x, 'topic', { durable: false, autoDelete: true });
  log('exchange.declare', { exchange: x });
  await channel.assertExchange(y, 'headers', { durable: false, arguments: { 'alternate-exchange': x } });
  log('exchange.declare', { exchange: y });
  const named = { queue: q, exchange: x, key: '#.a' };
  await channel.assertQueue(q, {
    exclusive: true,
    messageTtl: 60_000,
    arguments: { nested: { list: [1, 'two', true] } },
  });
  log('queue.declare', { queue: q });
  const { queue: generated } = await channel.assertQueue('', { exclusive: true });
  log('queue.declare', { queue: generated });
  await channel.checkQueue(q);
  log('queue.declare', { queue: q });
  await channel.bindQueue(q, x, '#.a');
  log('queue.bind', named);
  await channel.bindExchange(y, x, 'k', { h: 'v' });
  log('exchange.bind', { key: 'k' });
  await channel.unbindExchange(y, x, 'k', { h: 'v' });
  log('exchange.unbind', { key: 'k' });
  await channel.unbindQueue(q, x, '#.a');
  log('queue.unbind', named);
  await channel.purgeQueue(q);
  log('queue.purge', { queue: q });
  for (const queue of [q, generated]) {
    await channel.deleteQueue(queue);
    log('queue.delete', { queue });
  }
  for (const exchange of [x, y]) {
    await channel.deleteExchange(exchange);
    log('exchange.delete', { exchange });
  }
  await closeChannel(channel);
}

const BODIES = [
  ['text/plain', 'hello'],
  ['application/json', '{"a":1}'],
  ['application/octet-stream', '\0\x01\x02'],
  ['text/plain', ''],
  ['text/plain', 'x'.repeat(50_000)],
  ['application/octet-stream', 'b'.repeat(300_000)],
];

/** How the event shows a body. */
function shown(type, body) {
  const cut = body.length > 1000 ? ' [...]' : '';
  const kept = Buffer.from(body.slice(0, 1000));
  return `${/text|json/.test(type) ? kept.toString() : kept.join(' ')}${cut}`;
}

/** Publishes with confirms, consumes, acknowledges in every way. */
async function messages(connection, p) {
  const channel = await channelOf(connection, true);
  await channel.prefetch(5);
  log('basic.qos');
  const queue = `${p}.m`;
  await channel.assertQueue(queue, { autoDelete: true });
  log('queue.declare', { queue });
  let left = BODIES.length;
  let rejected = false;
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const { consumerTag } = await channel.consume(queue, (message) => {
    const { fields, properties, content } = message;
    const body = shown(properties.contentType, content.toString('latin1'));
    log('basic.deliver', { key: fields.routingKey, body, tag: fields.deliveryTag });
    const tag = { tag: fields.deliveryTag };
    if (!rejected) {
      rejected = true;
      channel.nack(message, false, true);
      log('basic.nack', tag);
      return;
    }
    if (left % 3 === 0) {
      channel.reject(message, false);
      log('basic.reject', tag, 'Error');
    } else {
      channel.ack(message);
      log('basic.ack', tag);
    }
    if (--left === 0) finish();
  });
  log('basic.consume', { queue });
  for (const [contentType, body] of BODIES) {
    const headers = { n: 1, deep: { list: ['x', 2.5] } };
    const options = {
      contentType,
      headers,
      persistent: true,
      correlationId: p,
      messageId: `${p}.id`,
      timestamp: 1e9,
    };
    channel.publish('', queue, Buffer.from(body, 'latin1'), options);
    log('basic.publish', { key: queue, body: shown(contentType, body) });
  }
  const returned = once(channel, 'return');
  channel.publish('', `${p}.nowhere`, Buffer.from('lost'), { mandatory: true, contentType: 'text/plain' });
  log('basic.publish', { key: `${p}.nowhere`, body: 'lost' });
  await returned;
  log('basic.return', { key: `${p}.nowhere`, body: 'lost', code: 312 }, 'Error');
  await channel.waitForConfirms();
  await finished;
  await channel.cancel(consumerTag);
  log('basic.cancel');
  await closeChannel(channel);
}

/** Fetches one by one. */
async function fetching(connection, p) {
  const channel = await channelOf(connection);
  const queue = `${p}.g`;
  await channel.assertQueue(queue, { exclusive: true });
  log('queue.declare', { queue });
  await channel.get(queue);
  log('basic.get-empty', { queue });
  channel.sendToQueue(queue, Buffer.from('one'), { contentType: 'text/plain' });
  log('basic.publish', { key: queue, body: 'one' });
  let message = false;
  while (!message) {
    message = await channel.get(queue, { noAck: true });
    if (!message) log('basic.get-empty', { queue });
  }
  log('basic.get', { queue, key: queue, body: 'one', tag: message.fields.deliveryTag });
  await channel.recover();
  log('basic.recover');
  await channel.deleteQueue(queue);
  log('queue.delete', { queue });
  await closeChannel(channel);
}

/** What the server refuses closes the channel. */
async function refused(connection, p) {
  const attempts = [
    ['queue.declare', 404, { queue: `${p}.none` }, (c) => c.checkQueue(`${p}.none`)],
    ['exchange.declare', 404, { exchange: `${p}.none` }, (c) => c.checkExchange(`${p}.none`)],
    [
      'queue.bind',
      404,
      { queue: `${p}.none`, exchange: 'amq.topic', key: 'k' },
      (c) => c.bindQueue(`${p}.none`, 'amq.topic', 'k'),
    ],
    ['exchange.declare', 403, { exchange: 'amq.none' }, (c) => c.assertExchange('amq.none', 'direct')],
    ['basic.consume', 404, { queue: `${p}.none` }, (c) => c.consume(`${p}.none`, () => {})],
  ];
  for (const [method, code, fields, attempt] of attempts) {
    const channel = await channelOf(connection);
    channel.on('error', () => {});
    await attempt(channel).catch(() => {});
    log(method, { ...fields, code }, 'Error');
    log('channel.close', { code }, 'Error');
  }
  const channel = await channelOf(connection);
  const failed = once(channel, 'error').catch(() => {});
  channel.on('error', () => {});
  channel.publish(`${p}.none`, 'k', Buffer.from('x'), { contentType: 'text/plain' });
  log('basic.publish', { exchange: `${p}.none`, key: 'k', body: 'x' });
  await failed;
  log('channel.close', { code: 404 }, 'Error');
}

async function run(n) {
  const connection = await open();
  for (let round = 0; round < rounds; round++) {
    const p = `c${n}.${round}`;
    await Promise.all([topology(connection, p), messages(connection, p), fetching(connection, p)]);
    await refused(connection, p);
  }
  await close(connection);
}

await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => run(n)));
process.stdout.write(lines.map((entry) => `${entry}\n`).join(''));
