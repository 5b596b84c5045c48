/** ICMP messages that the fuzzer starts from. */
export const seeds = [
  Buffer.from('0800f7ff00010001abcdefgh', 'latin1'),
  Buffer.from('0000ffff00010001', 'hex'),
  Buffer.from('0301fcfe00000000', 'hex'),
];
