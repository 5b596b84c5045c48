import { long, u32 } from './wire.js';

/** One record of ONC RPC. */
const record = (message) => u32(0x80000000 + message.length) + message;
const unix = long(u32(7) + long('node') + u32(500, 500, 0));

export const example = {
  packets: [
    // GETATTR of version 3, as user 500.
    ['client', record(`${u32(41, 0, 2, 100003, 3, 1, 1)}${unix}${u32(0, 0)}${long('handle12')}`)],
    ['server', record(u32(41, 1, 0, 0, 0, 0, 0, ...new Array(21).fill(1)))],
  ],
};
