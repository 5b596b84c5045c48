import { long, u16, u32 } from './wire.js';

const message = (type, body) => type + u32(body.length + 4) + body;
const column = (name, type) => `${name}\0${u32(0)}${u16(0)}${u32(type)}${u16(4)}${u32(0)}${u16(0)}`;

export const example = {
  packets: [
    ['client', message('Q', 'select id, name from users where id = 7\0')],
    [
      'server',
      message('T', u16(2) + column('id', 23) + column('name', 25)) +
        message('D', u16(2) + long('7') + long('alice')) +
        message('C', 'SELECT 1\0') +
        message('Z', 'I'),
    ],
  ],
};
