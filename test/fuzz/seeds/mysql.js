/** MySQL messages that the fuzzer starts from. */
const packet = (sequence, payload) => {
  const size = payload.length;
  return String.fromCharCode(size & 255, (size >> 8) & 255, size >> 16, sequence) + payload;
};
const column = (table, name, type) =>
  `\x03def\x04test${text(table)}${text(table)}${text(name)}${text(name)}\x0c\x21\x00\xff\x00\x00\x00${type}\x00\x00\x00\x00\x00`;
const text = (value) => String.fromCharCode(value.length) + value;
const EOF = '\xfe\x00\x00\x02\x00';
const OK = '\x00\x01\x02\x02\x00\x00\x00';

export const seeds = [
  packet(0, '\x0a8.0.36\x00\x01\x00\x00\x00saltsalt\x00\xff\xff\x21\x02\x00\xff\xdf\x15'.padEnd(60, '\x00')),
  packet(
    1,
    `\x8d\xa6\xff\x19\x00\x00\x00\x01\x21${'\x00'.repeat(23)}root\x00\x04abcdtest\x00mysql_native_password\x00`,
  ),
  packet(1, `\x20\xae\xff\x19\x00\x00\x00\x01\x21${'\x00'.repeat(23)}root\x00\x00test\x00`),
  packet(2, OK),
  packet(0, '\x03select * from t where a = 1'),
  packet(0, '\x03\x01\x01\x00\x01\xfe\x00\x01n\x02vvselect 1'),
  packet(0, "\x03SET PASSWORD = 'secret'"),
  packet(1, '\x02') +
    packet(2, column('t', 'a', '\x03')) +
    packet(3, column('t', 'b', '\xfd')) +
    packet(4, EOF) +
    packet(5, '\x011\x02ab') +
    packet(6, '\xfb\x00') +
    packet(7, EOF),
  packet(1, '\xff\x16\x04#3D000No database selected'),
  packet(1, '\xfbfile.csv') + packet(2, 'a,b\n'),
  packet(0, '\x16select ? + ?'),
  packet(1, '\x00\x01\x00\x00\x00\x01\x00\x02\x00\x00\x00\x00') +
    packet(2, column('', '?', '\x08')) +
    packet(3, column('', '?', '\x08')) +
    packet(4, EOF) +
    packet(5, column('', 'sum', '\x08')) +
    packet(6, EOF),
  packet(
    0,
    '\x17\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01\x08\x00\x0c\x00\x2a\x00\x00\x00\x00\x00\x00\x00\x04\xe7\x07\x01\x02',
  ),
  packet(0, '\x18\x01\x00\x00\x00\x00\x00long data'),
  packet(0, '\x19\x01\x00\x00\x00') + packet(0, '\x0e'),
  packet(0, '\x1c\x01\x00\x00\x00\x05\x00\x00\x00'),
  packet(0, '\x02test'),
  packet(0, '\x11root\x00\x04abcdtest\x00'),
  `\x0b\x00\x00\x00\x00\x00\x00${packet(0, '\x03begin')}`,
  '\xff\xff\xff\x00\x03insert into t values',
];
