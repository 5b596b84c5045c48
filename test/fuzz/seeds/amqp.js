/** AMQP frames that the fuzzer starts from. */
const frame = (type, channel, hex) => {
  const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const head = Buffer.alloc(7);
  head[0] = type;
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
};

export const seeds = [
  'AMQP\0\0\x09\x01',
  frame(1, 0, '000a000a 00 09 00000008 0161 53 00000001 62 00000005 504c41494e 00000005 656e5f5553'),
  frame(1, 0, '000a000b 00000000 05504c41494e 00000004 00750070 05656e5f5553'),
  frame(1, 1, '0014000a 00'),
  frame(1, 1, '0014000b 00000000'),
  frame(1, 1, '0032000a 0000 0171 02 00000010 01 61 41 00000008 49 00000001 74 01 56'),
  frame(1, 1, '0032000b 0171 00000000 00000000'),
  frame(1, 1, '00320014 0000 0171 0178 0172 00 00000000'),
  frame(1, 1, '00140028 0194 024e4f 0032 0014'),
  frame(1, 1, '00140029'),
  frame(1, 1, '003c0028 0000 0178 0172 01'),
  frame(
    2,
    1,
    '003c 0000 0000000000000005 f8f8 0474657874 00 00000004 0161 74 01 02 05 01 63 01 72 01 65 01 6d 0000000056a68b95 01 74 01 75 01 61',
  ),
  frame(3, 1, '68656c6c6f'),
  frame(1, 1, '003c003c 0163 0000000000000001 00 0178 0172'),
  frame(1, 1, '003c0032 0138 024e4f 0178 0172'),
  frame(1, 1, '003c0046 0000 0171 00'),
  frame(1, 1, '003c0047 0000000000000001 00 0178 0172 00000001'),
  frame(1, 1, '003c0048 00'),
  frame(1, 1, '003c0050 0000000000000001 00'),
  frame(8, 0, ''),
];
