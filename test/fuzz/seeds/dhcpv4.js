/** DHCP messages that the fuzzer starts from. */
const message = (operation, options, file = '') => {
  const bytes = Buffer.alloc(240);
  bytes.set([operation, 1, 6, 0, 0, 0, 0x3d, 0x1d]);
  bytes.set([192, 168, 0, 10, 0, 0, 0, 0, 192, 168, 0, 1], 16);
  bytes.set([0, 0x0b, 0x82, 1, 0xfc, 0x42], 28);
  bytes.write(file, 108, 'latin1');
  bytes.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([bytes, Buffer.from(options, 'latin1')]);
};

export const seeds = [
  message(1, '5\x01\x01=\x07\x01\0\x0b\x82\x01\xfcB2\x04\0\0\0\x007\x04\x01\x03\x06*\xff'),
  message(
    2,
    '5\x01\x02\x01\x04\xff\xff\xff\x003\x04\0\0\x0e\x106\x04\xc0\xa8\0\x01\x03\x04\xc0\xa8\0\x01\xff',
  ),
  message(2, '4\x01\x015\x01\x05\xff', '\x0c\x02pc\x0f\x04test\xff'),
  message(1, '\x0c\x02pc\x0c\x02pc\xff'),
  message(1, 'R\x0c\x01\x04eth0\x02\x04\0\x01\x02\x03Q\x07\x04\0\0\x02pc\0|\x07\0\0\0\x0c\x02\x01\x02\xff'),
];
