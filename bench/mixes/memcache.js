/** memcached, text protocol: most keys are there, some not, some commands fail. */
import { pair, tcpMix } from './mix.js';

const PORT = 11_211;
const value = (key, text) => `VALUE ${key} 0 ${text.length}\r\n${text}\r\n`;
const text = (size) => `{"user":"00000000","cart":"${'item,'.repeat(size / 5)}"}`;

const gets = [20, 100, 400, 1000, 3000].map((size) => {
  const key = `session:00000000:${size}`;
  return pair(`get ${key}\r\n`, `${value(key, text(size))}END\r\n`);
});
const sets = [20, 100, 400, 2000].map((size) =>
  pair(`set session:00000000:${size} 0 3600 ${text(size).length}\r\n${text(size)}\r\n`, 'STORED\r\n'),
);
const keys = ['name', 'mail', 'cart', 'seen'].map((name) => `user:00000000:${name}`);
const others = [
  pair(`get missing:00000000\r\n`, 'END\r\n'),
  pair(`get ${keys.join(' ')}\r\n`, `${keys.map((key) => value(key, text(40))).join('')}END\r\n`),
  pair(`gets ${keys[0]}\r\n`, `VALUE ${keys[0]} 0 5 4711\r\nhello\r\nEND\r\n`),
  pair(`incr hits:00000000 1\r\n`, '4711\r\n'),
  pair(`decr stock:00000000 2\r\n`, 'NOT_FOUND\r\n'),
  pair(`delete session:00000000\r\n`, 'DELETED\r\n'),
  pair(`add lock:00000000 0 10 1\r\n1\r\n`, 'NOT_STORED\r\n'),
  pair(`cas ${keys[1]} 0 0 5 4711\r\nhello\r\n`, 'EXISTS\r\n'),
  pair(`incr name:00000000 1\r\n`, 'CLIENT_ERROR cannot increment or decrement non-numeric value\r\n'),
  pair(`set big:00000000 0 0 4\r\n4711\r\n`, 'SERVER_ERROR object too large for cache\r\n'),
];

export const memcache = tcpMix({
  name: 'm5-memcache',
  about: 'memcached text, values of 20 to 3,000 bytes, misses, errors',
  protocol: 'memcache',
  port: PORT,
  rounds: [...gets, ...sets, ...others],
});
