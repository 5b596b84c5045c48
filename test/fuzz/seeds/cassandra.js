/** CASSANDRA messages that the fuzzer starts from. */
const frame = (version, flags, stream, op, body) => {
  const head = Buffer.alloc(9);
  head.set([version, flags]);
  head.writeInt16BE(stream, 2);
  head[4] = op;
  head.writeUInt32BE(body.length, 5);
  return Buffer.concat([head, Buffer.from(body, 'latin1')]).toString('latin1');
};
const string = (text) => `${String.fromCharCode(text.length >> 8, text.length & 255)}${text}`;
const long = (text) => `\0\0${string(text)}`;
const map = `\0\x02${string('CQL_VERSION')}${string('3.0.0')}${string('COMPRESSION')}${string('lz4')}`;
const columns = `${string('ks')}${string('t')}${string('a')}\0\x0d${string('b')}\0\x22\0\x31\0\x02\0\x09\0\x0d`;

export const seeds = [
  frame(4, 0, 0, 5, ''),
  frame(5, 0, 1, 1, map),
  frame(0x85, 0, 1, 2, ''),
  frame(4, 0, 1, 7, `${long('SELECT * FROM t')}\0\x01\0`),
  frame(4, 4, 1, 7, `\0\x01${string('k')}\0\0\0\x01v${long("ALTER ROLE a WITH PASSWORD = 'b'")}\0\x01\0`),
  frame(4, 0, 2, 9, long('SELECT ?')),
  frame(4, 0, 3, 10, `${string('0123456789abcdef')}\0\x01\0`),
  frame(
    4,
    0,
    4,
    13,
    `\0\0\x02\0${long('INSERT')}\0\0\x01${string('0123456789abcdef')}\0\x01\0\0\0\x01x\0\x01\0`,
  ),
  frame(0x84, 0, 1, 8, `\0\0\0\x02\0\0\0\x01\0\0\0\x02${columns}\0\0\0\x01\0\0\0\x01x\0\0\0\0`),
  frame(0x84, 2, 1, 8, `0123456789abcdef\0\0\0\x01`),
  frame(
    0x84,
    0,
    2,
    8,
    `\0\0\0\x04${string('0123456789abcdef')}\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\0${columns}\0\0\0\x04\0\0\0\0`,
  ),
  frame(
    0x84,
    8,
    3,
    0,
    `\0\x01${string('careful')}\0\0\x13\0${string('no')}\0\x04\0\0\0\x01\0\0\0\x02\0\0\0\x01\0`,
  ),
  frame(0x84, 0, -1, 12, `${string('STATUS_CHANGE')}${string('UP')}\x04\x7f\0\0\x01\0\0\x23\x52`),
  frame(0x84, 0, 0, 6, `\0\x01${string('COMPRESSION')}\0\x02${string('lz4')}${string('snappy')}`),
  frame(0x84, 1, 1, 8, '\0\0\0\x04\x40\0\0\0\x01'),
  frame(0x84, 1, 1, 8, '\x04\x0c\0\0\0\x01'),
  // A segment of version 5 with one RESULT, and one packed with lz4.
  `\x0d\0\x02\xcf\x07\xf7${frame(0x85, 0, 1, 8, '\0\0\0\x01')}\0\0\0\0`,
];
