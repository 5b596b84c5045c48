import { long, u32 } from './wire.js';

/** Binary protocol, framed. */
const message = (kind, name, body) => long(`\x80\x01\0${kind}${long(name)}${u32(1)}${body}\0`);

export const example = {
  packets: [
    ['client', message('\x01', 'add', `\x08\0\x01${u32(20)}\x08\0\x02${u32(22)}`)],
    ['server', message('\x02', 'add', `\x08\0\0${u32(42)}`)],
  ],
};
