import { hex } from './wire.js';

const question = '0377777707 6578616d706c65 03636f6d 00 0001 0001';

export const example = {
  transport: 'udp',
  packets: [
    ['client', hex(`1234 0100 0001 0000 0000 0000 ${question}`)],
    ['server', hex(`1234 8180 0001 0001 0000 0000 ${question} c00c 0001 0001 00000064 0004 c6336407`)],
  ],
};
