import { short } from './wire.js';

const packet = (sequence, payload) => String.fromCharCode(payload.length, 0, 0, sequence) + payload;
const column = (name, type) =>
  `${short('def')}${short('shop')}${short('users').repeat(2)}${short(name).repeat(2)}\x0c\x21\0\xff\0\0\0${type}\0\0\0\0\0`;
const EOF = '\xfe\0\0\x02\0';

export const example = {
  packets: [
    ['client', packet(0, '\x03select id, name from users where id = 7')],
    [
      'server',
      packet(1, '\x02') +
        packet(2, column('id', '\x03')) +
        packet(3, column('name', '\xfd')) +
        packet(4, EOF) +
        packet(5, short('7') + short('alice')) +
        packet(6, EOF),
    ],
  ],
};
