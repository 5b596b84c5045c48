/** Redis, some commands pipelined, some failing. */
import { redisBulk, redisCommand } from '../../dist/demo/messages.js';
import { exchange, writeConnections } from '../connections.js';

/** Twelve rounds; the numbers say how many commands each sends at once. */
const PIPELINES = [1, 1, 1, 4, 1, 1, 1, 1, 1, 6, 1, 1];
const REDIS_EXCHANGES = PIPELINES.reduce((a, b) => a + b);
const REDIS_PAIRS = [
  [redisCommand('GET', 'session:00000000'), redisBulk('{"user":4711,"name":"Ada","cart":[1,2,3]}')],
  [redisCommand('SET', 'session:00000000', '{"user":4711,"name":"Ada"}', 'EX', '3600'), '+OK\r\n'],
  [redisCommand('INCR', 'hits:00000000'), ':4711\r\n'],
  [
    redisCommand('HGETALL', 'user:00000000'),
    `*4\r\n${['name', 'Ada', 'city', 'London'].map(redisBulk).join('')}`,
  ],
  [redisCommand('GET', 'missing:00000000'), '$-1\r\n'],
  [
    redisCommand('LPUSH', 'hits:00000000', 'x'),
    '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
  ],
];

const redisExchanges = () =>
  PIPELINES.map((count, i) => {
    const pairs = Array.from({ length: count }, (_, n) => REDIS_PAIRS[(i + n) % REDIS_PAIRS.length]);
    return exchange(
      6379,
      pairs.map(([command]) => command).join(''),
      pairs.map(([, reply]) => reply).join(''),
    );
  });

export const redis = {
  name: 'm4-redis',
  about: `Redis, ${REDIS_EXCHANGES} exchanges a connection, some pipelined`,
  protocol: 'redis',
  exchanges: 400_000,
  unit: REDIS_EXCHANGES,
  write(file, count) {
    const connections = count / REDIS_EXCHANGES;
    writeConnections(file, { port: 6379, connections, rounds: redisExchanges() });
    return { exchanges: count, flows: connections };
  },
};
