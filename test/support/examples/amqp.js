import { hex, long, short, u16 } from './wire.js';

const frame = (type, payload) => `${String.fromCharCode(type)}${u16(1)}${long(payload)}\xce`;
const publish = `${hex('003c0028 0000')}${short('orders')}${short('created')}\0`;
/** Content type text/plain; 5 bytes follow. */
const header = hex('003c0000 0000000000000005 8000') + short('text/plain');

export const example = {
  packets: [['client', frame(1, publish) + frame(2, header) + frame(3, 'hello')]],
};
