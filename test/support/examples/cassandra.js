import { long, medium, u16, u32 } from './wire.js';

/** Version 4, stream 1. */
const frame = (direction, opcode, body) => `${direction}\0${u16(1)}${opcode}${long(body)}`;
const columns = `${medium('shop')}${medium('users')}${medium('name')}${u16(13)}`;

export const example = {
  packets: [
    ['client', frame('\x04', '\x07', `${long('SELECT name FROM shop.users WHERE id = 7')}${u16(1)}\0`)],
    ['server', frame('\x84', '\x08', `${u32(2, 1, 1)}${columns}${u32(1)}${long('alice')}`)],
  ],
};
