const message = (operation, options) => {
  const bytes = Buffer.alloc(240);
  bytes.set([operation, 1, 6, 0, 0, 0, 0x3d, 0x1d]);
  bytes.set([0, 0x0b, 0x82, 1, 0xfc, 0x42], 28);
  bytes.writeUInt32BE(0x63825363, 236);
  return bytes.toString('latin1') + options;
};

export const example = {
  transport: 'udp',
  // DISCOVER, with the client's name.
  packets: [['client', message(1, '5\x01\x01\x0c\x06laptop7\x03\x01\x03\x06\xff')]],
};
