/** TLS messages that the fuzzer starts from. */
const hex = (text) => Buffer.from(text, 'hex').toString('latin1');

export const seeds = [
  hex(
    '160301003d010000390301ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000080035002f000a00ff01000008002300000010000500030268',
  ),
];
